"""Drivers: they run a policy in environments and return what happened."""
