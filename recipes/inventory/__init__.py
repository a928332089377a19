"""Parts of recipes/decision_support.py."""
