"""Generative models of what an environment does."""
