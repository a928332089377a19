"""Rewards of music."""
