"""Rules about evaluations and checkpoints."""
