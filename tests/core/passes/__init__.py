"""The signed member pass."""
