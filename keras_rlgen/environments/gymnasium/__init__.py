"""Adapters between agents, tensor environments and Gymnasium."""
