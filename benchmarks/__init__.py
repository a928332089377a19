"""Measurements; `results/` holds the tables, each with its command and machine."""
