"""The screen: what it says (pure), how it draws, and the real application against a real till."""
