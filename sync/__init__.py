"""Sync with the hub (issue 5): the wire, the engine, the client and the hub will live here. Empty until then."""
