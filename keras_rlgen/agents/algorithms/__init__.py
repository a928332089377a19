"""Subclasses of TF-Agents' agents, and parts of algorithms."""
