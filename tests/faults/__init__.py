"""Real processes and a bad network between them."""
