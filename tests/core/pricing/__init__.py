"""Pricing: the 32 points of docs/explanation/pitfalls.md, and each module by itself."""
