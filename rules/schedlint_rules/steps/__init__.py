"""Rules about steps and epochs."""
