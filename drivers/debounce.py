"""A trigger held down, or a card left on the reader, is one reading. Pure; time comes in as an argument.

One debounce belongs to one reader: the same card read at two readers is two readings.
"""


class Debounce:
    """Remembers which codes came within the window, by a salted hash and no longer than the window."""

    def __init__(self, window_ms: int) -> None:
        self._window_ns = window_ms * 1_000_000
        self._seen_ns: dict[int, int] = {}

    def is_repeat(self, code: str | bytes, at_ns: int) -> bool:
        """Whether ``code`` came within the window before ``at_ns``; asking renews the window.

        Renewed, so that a card left lying on a reader which reports it every 65 ms is one reading however long it
        lies there.
        """
        self._seen_ns = {seen: ns for seen, ns in self._seen_ns.items() if at_ns - ns < self._window_ns}
        key = hash(code)
        repeat = key in self._seen_ns
        if self._window_ns > 0:
            self._seen_ns[key] = at_ns
        return repeat
