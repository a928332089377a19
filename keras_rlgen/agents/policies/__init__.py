"""Policies of TF-Agents that sample with stateless seeds."""
