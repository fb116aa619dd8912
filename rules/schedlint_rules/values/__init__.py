"""Rules about keys and values."""
