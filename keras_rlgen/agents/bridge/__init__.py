"""Adapters between Keras 3 and TF-Agents: import, optimizers, specs, export."""
