"""Rules about the learning-rate schedule and its warm-up."""
