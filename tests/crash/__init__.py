"""The real service, killed."""
