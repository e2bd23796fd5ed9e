"""What several tests need: builders, real parts, conversation scripts."""
