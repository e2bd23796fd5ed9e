"""Wrong settings are named in whole sentences."""

import msgspec
import pytest

from drivers.lexers.framing import Framing
from drivers.misconfiguration import problems
from drivers.settings import ReaderSettings

RIGHT = ReaderSettings(name="counter", port="/dev/ttyACM0")


def test_defaults_suit_a_reader_as_delivered() -> None:
    """9600 8N1, any end of line, debounce of a second and a half; and nothing to complain about."""
    assert msgspec.json.decode(b'{"name": "counter", "port": "/dev/ttyACM0"}', type=ReaderSettings) == RIGHT
    assert (RIGHT.baud, RIGHT.bytesize, RIGHT.parity, RIGHT.stopbits, RIGHT.debounce_ms) == (9600, 8, "N", 1, 1500)
    assert RIGHT.frames == Framing(mode="line", idle_gap_ms=30)
    assert problems([RIGHT, ReaderSettings(name="door", port="socket://[::1]:4001")]) == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": " "}, "a reader has no name: give it one, such as 'counter'"),
        (
            {"port": "COM3"},
            "reader 'counter': port 'COM3' is neither a device such as /dev/serial/by-id/... nor socket://host:port",
        ),
        (
            {"port": "socket://x:y"},
            "reader 'counter': port 'socket://x:y' is neither a device such as /dev/serial/by-id/... nor socket://host:port",
        ),
        ({"baud": 0}, "reader 'counter': baud 0 is outside 300 to 4000000; most readers leave the factory with 9600"),
        (
            {"idle_gap_ms": 5},
            "reader 'counter': idle_gap_ms 5 is outside 20 to 1000; an adapter may hold bytes back for 16 ms",
        ),
        ({"debounce_ms": -1}, "reader 'counter': debounce_ms -1 is outside 0 to 60000; 1500 suits most shops"),
    ],
)
def test_each_wrong_value_is_one_sentence(changes: dict[str, object], sentence: str) -> None:
    """Value, limits and advice are in the sentence."""
    assert problems([msgspec.structs.replace(RIGHT, **changes)]) == [sentence]


def test_two_readers_share_neither_name_nor_port() -> None:
    """Both clashes are named."""
    assert problems([RIGHT, RIGHT]) == [
        "two readers are called 'counter': give each its own name",
        "two readers use /dev/ttyACM0: a port belongs to one reader",
    ]


@pytest.mark.parametrize(
    ("port", "address"),
    [
        ("socket://192.0.2.7:4001", ("192.0.2.7", 4001)),
        ("socket://[::1]:4001", ("::1", 4001)),
        ("socket://converter", None),
        ("socket://[::1:4001", None),
        ("socket://converter:99999", None),
        ("/dev/ttyACM0", None),
    ],
)
def test_the_address_of_a_network_reader(port: str, address: tuple[str, int] | None) -> None:
    """Host and port are taken from the URL, and anything else is no address."""
    assert ReaderSettings(name="x", port=port).address == address
