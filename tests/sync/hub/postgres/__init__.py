"""The hub on a real PostgreSQL server."""
