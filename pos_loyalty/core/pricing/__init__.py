"""Pricing: what a basket costs this customer, what it earns, and why."""

from pos_loyalty.core.pricing.engine import NO_PRODUCTS, evaluate

__all__ = ["NO_PRODUCTS", "evaluate"]
