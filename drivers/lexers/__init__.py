"""Bytes of a device to frames, for each kind of reader its own. Pure."""
