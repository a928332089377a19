"""Corpora of music, as tokens."""
