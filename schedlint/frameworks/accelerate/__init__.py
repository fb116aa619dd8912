"""accelerate's launch config."""
