"""The screen: a client of the local API, nothing more."""
