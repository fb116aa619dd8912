"""Rules about processes and what they share."""
