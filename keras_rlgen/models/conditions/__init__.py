"""Conditions of generative models: labels, vectors, degraded images."""
