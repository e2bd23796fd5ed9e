"""What goes out of a port goes out whole or not at all, and what wakes its thread is heard once."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from drivers.ports.port import Alarm, Messages, read_available, write_available

LONG = bytes(range(256)) * 4096
"""A mebibyte: no socket takes it at once."""


class End:
    """One end of a connection, as a port."""

    def __init__(self, end: socket.socket) -> None:
        end.setblocking(False)
        self._end = end

    def fileno(self) -> int:
        """Give the descriptor."""
        return self._end.fileno()

    def write(self, data: bytes) -> None:
        """Write it."""
        write_available(self.fileno(), data)

    def close(self) -> None:
        """Close it."""
        self._end.close()


@pytest.fixture
def ends() -> Iterator[tuple[End, End]]:
    """Give both ends of a connection."""
    left, right = socket.socketpair()
    with closing(left), closing(right):
        yield End(left), End(right)


def heard(end: End) -> bytes:
    """Give everything that has arrived."""
    pieces = []
    with suppress(BlockingIOError):
        while True:
            pieces.append(os.read(end.fileno(), 65536))
    return b"".join(pieces)


def test_a_message_that_was_begun_is_finished_before_the_next(ends: tuple[End, End]) -> None:
    """What does not fit while the other end does not listen is dropped whole; nothing is ever cut."""
    ours, theirs = ends
    rest = write_available(ours.fileno(), LONG)
    assert 0 < len(rest) < len(LONG)
    assert write_available(ours.fileno(), b"dropped", rest) == rest
    arrived = heard(theirs)
    while rest:
        rest = write_available(ours.fileno(), b"next", rest)
        arrived += heard(theirs)
    assert arrived == LONG + b"next"
    assert write_available(ours.fileno(), b"more") == b""
    assert heard(theirs) == b"more"


def test_a_full_line_drops_a_message_without_a_trace(ends: tuple[End, End]) -> None:
    """A message of which nothing was taken leaves no rest to be finished."""
    ours, theirs = ends
    rest = write_available(ours.fileno(), LONG)
    assert write_available(ours.fileno(), b"dropped") == b""
    arrived = heard(theirs)
    assert arrived + rest == LONG


def test_a_message_wakes_the_reader_once(ends: tuple[End, End]) -> None:
    """It ends the wait without a byte; taken, it is gone, and the next wait lasts its time."""
    with closing(Alarm()) as alarm, closing(Messages()) as messages:
        ours, theirs = ends
        messages.put(b"B")
        messages.put(b"F")
        assert read_available(ours, alarm, None, messages) == b""
        assert (messages.take(), messages.take()) == (b"BF", b"")
        theirs.write(b"42\r")
        assert read_available(ours, alarm, None, messages) == b"42\r"
        assert read_available(ours, alarm, 0, messages) == b""


def test_only_the_newest_messages_wait() -> None:
    """A reader that is busy for long hears the last eight signs."""
    with closing(Messages()) as messages:
        for number in range(100):
            messages.put(b"%d " % number)
        assert messages.take() == b"92 93 94 95 96 97 98 99 "


def test_messages_after_the_end_are_dropped() -> None:
    """Any thread may still talk to a reader that has stopped: no descriptor of somebody else is written to."""
    messages = Messages()
    before = len(list(Path("/proc/self/fd").iterdir()))
    messages.put(b"B")
    messages.close()
    messages.close()
    with closing(Alarm()):  # whose descriptors are likely to have the same number
        messages.put(b"B")
        assert messages.take() == b""
    assert len(list(Path("/proc/self/fd").iterdir())) == before - 1


def test_no_message_of_any_thread_is_lost_while_they_are_taken(ends: tuple[End, End]) -> None:
    """Two threads put one at a time, each when the last was taken: all arrive, in the order of each thread."""
    got: list[bytes] = []
    with closing(Alarm()) as alarm, closing(Messages()) as messages:
        turns = threading.Semaphore(4)

        def talk(name: bytes) -> None:
            for number in range(200):
                assert turns.acquire(timeout=10)
                messages.put(b"%s%d " % (name, number))

        threads = [threading.Thread(target=talk, args=(name,)) for name in (b"a", b"b")]
        for thread in threads:
            thread.start()
        while len(got) < 400:
            assert read_available(ends[0], alarm, 10, messages) == b""
            for message in messages.take().split():
                got.append(message)
                turns.release()
        for thread in threads:
            thread.join()
    assert [message for message in got if message[:1] == b"a"] == [b"a%d" % number for number in range(200)]
    assert [message for message in got if message[:1] == b"b"] == [b"b%d" % number for number in range(200)]
