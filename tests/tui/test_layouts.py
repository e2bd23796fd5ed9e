"""What Textual makes of the keys of a reader, under every keyboard layout and in both ways that terminals tell keys."""

from collections.abc import Callable

import pytest
from textual import events
from textual._xterm_parser import XTermParser

from drivers.codes.keymap import LAYOUTS
from drivers.codes.layout_undo import lost, undo
from tui.bursts import Burst, Bursts

PRINTED = "".join(row for rows in LAYOUTS["us"] for row in rows)
"""Everything that a US keyboard types, so everything that a reader can."""
SPECIAL = {"\r": 13, "\t": 9}


def legacy(typed: str) -> str:
    """Return what xterm, VTE, tmux and sshd send."""
    return typed


def kitty(typed: str) -> str:
    """Return what foot and kitty send: ``CSI key ; modifiers ; text u``, Enter and Tab without text."""
    keys = (f"\x1b[{SPECIAL[char]}u" if char in SPECIAL else f"\x1b[{ord(char)};;{ord(char)}u" for char in typed)
    return "".join(keys)


def burst_of(sent: str) -> Burst[events.Key]:
    """Return what the screen takes for one scan, if all of it comes at once."""
    bursts: Bursts[events.Key] = Bursts()
    found = []
    for message in XTermParser().feed(sent):
        assert isinstance(message, events.Key)
        message.time = 100.0
        typed, burst = bursts.press(message)
        assert typed == []
        found += [burst] if burst else []
    (only,) = found
    return only


@pytest.mark.parametrize("way", [legacy, kitty])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("end", ["\r", "\t"])
def test_every_key_of_every_layout_reaches_the_till_and_can_be_undone(
    way: Callable[[str], str], layout: str, end: str
) -> None:
    """Persian digits, vowel signs, joiners and ligatures included; but for the dead keys, which type nothing."""
    meant = "".join(char for char in PRINTED if char not in lost(layout))
    types = dict(zip(PRINTED, "".join(row for rows in LAYOUTS[layout] for row in rows), strict=True))
    typed = "".join(types[char] for char in meant)
    burst = burst_of(way(typed + end))
    assert burst.text == typed
    assert undo(burst.text, layout) == meant


@pytest.mark.parametrize("group", ["\x1d", "\x1b[93;5u", "\x1b[27;5;93~"])
def test_fnc1_arrives_as_ctrl_and_bracket(group: str) -> None:
    """As a byte, in the protocol of kitty, and in that of xterm (modifyOtherKeys)."""
    assert burst_of(f"]C1801895200000000000000{group}10A\r").text == "]C1801895200000000000000\x1d10A"
