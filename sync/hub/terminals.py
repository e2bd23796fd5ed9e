"""Whether a terminal is served, and what its pushes say about it. Pure."""

from collections.abc import Collection

from msgspec.structs import replace

from sync.hub.kept import Boot, Terminal
from sync.wire import Halt, HaltReason

OFFICE = "hub"
"""The terminal of the hub itself: it has no key, so nobody pushes under its name from outside."""
BOOTS_KEPT = 32
"""Starts that are remembered; a till that comes back after so many looks like one put back from a backup."""


def served(terminal: Terminal | None, terminal_id: str) -> Terminal | Halt:
    """Return the record of a terminal, or why it is not served."""
    if terminal is None:
        return Halt(reason=HaltReason.UNKNOWN_TERMINAL, detail=f"nobody enrolled {terminal_id} here: enrol this till")
    if terminal.revoked_ms is not None:
        return Halt(reason=HaltReason.REVOKED, detail=f"{terminal_id} was revoked: enrol this till anew")
    return terminal


def forked(terminal: Terminal, nonce: str, seq: int) -> Halt:
    """Return what to tell a till whose number ``seq`` is taken by another event.

    Either its journal was put back from a backup: then it started anew, under a nonce that nobody has seen. Or it is
    alive beside a till of the same name, and brought events itself before that one did. The numbers alone find both,
    for two journals of one name part at a number. The nonce says which; alone it would prove nothing, since a request
    of an earlier start can be late.
    """
    taken = f"number {seq} of {terminal.terminal_id} is taken by another event"
    if any(boot.nonce == nonce for boot in terminal.boots[:-1]):
        return Halt(reason=HaltReason.CLONED, detail=f"{taken}, for two tills have this name: enrol each anew")
    return Halt(reason=HaltReason.FORKED, detail=f"{taken}: its journal was put back from a backup; enrol it anew")


def heard(terminal: Terminal, nonce: str, seqs: Collection[int]) -> Terminal:
    """Return the record after new events of these numbers came under ``nonce``."""
    if not seqs:
        return terminal
    highest = max(seqs)
    others = tuple(boot for boot in terminal.boots if boot.nonce != nonce)
    boots = (*others, Boot(nonce, highest))[-BOOTS_KEPT:]
    return replace(terminal, boots=boots, last_seq=max(terminal.last_seq, highest))
