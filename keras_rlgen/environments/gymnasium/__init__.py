"""Environments of Gymnasium, checked and stepped together."""
