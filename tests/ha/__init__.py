"""Three servers of which two may fail, killed under load (make test-ha)."""
