"""Bytes of an input device become events, however they are cut."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from drivers.lexers.input_events import EVENT, EventStream, InputEvent

EVENTS = st.builds(
    InputEvent,
    at_ns=st.integers(0, 2**62).map(lambda ns: ns // 1000 * 1000),
    type=st.integers(0, 0xFFFF),
    code=st.integers(0, 0xFFFF),
    value=st.integers(-(2**31), 2**31 - 1),
)


def as_bytes(event: InputEvent) -> bytes:
    """Give an event as the kernel does."""
    seconds, rest = divmod(event.at_ns, 1_000_000_000)
    return EVENT.pack(seconds, rest // 1000, event.type, event.code, event.value)


def test_an_event_has_the_size_that_the_kernel_gives_it() -> None:
    """Two longs, two shorts and an int: 24 bytes on 64 bits, 16 on 32."""
    assert EVENT.size == 2 * struct.calcsize("l") + 8


@given(st.lists(EVENTS, max_size=8), st.lists(st.integers(1, 60), min_size=1, max_size=8))
def test_events_survive_any_cut(events: list[InputEvent], sizes: list[int]) -> None:
    """Reads of any size give the same events in the same order."""
    data, stream, got = b"".join(map(as_bytes, events)), EventStream(), []
    while data:
        for size in sizes:
            got += stream.take(data[:size])
            data = data[size:]
    assert got == events
