"""A long day at one till."""
