"""Rules about batch sizes, and files that state them twice."""
