"""Policies of TF-Agents that draw from stateless seeds."""
