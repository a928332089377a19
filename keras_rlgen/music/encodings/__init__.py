"""Encodings of music as sequences of integers."""
