"""DeepSpeed's JSON config."""
