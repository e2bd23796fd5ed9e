"""The hub: the step, the feed, what must always be true, and its stores."""
