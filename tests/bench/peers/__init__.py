"""The comparison with other engines, without them."""
