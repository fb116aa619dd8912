"""Hugging Face transformers: the Trainer and its arguments."""
