"""Models of sequences of integers."""
