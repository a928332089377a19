"""Agents of TF-Agents with what ours need of them, and parts of algorithms."""
