"""Parts of recipes/finance_series.py."""
