"""Contactless cards behind a real PC/SC service (make test-nfc)."""
