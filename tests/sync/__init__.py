"""The sync: engine, hub and simulator."""
