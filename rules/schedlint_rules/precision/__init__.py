"""Rules about precision, optimizer and memory."""
