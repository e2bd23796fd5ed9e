"""Whether a terminal is served, and what its pushes say about it. Pure."""

from collections.abc import Collection

from msgspec.structs import replace

from sync.hub.kept import Boot, Terminal
from sync.wire import Halt, HaltReason

BOOTS_KEPT = 32
"""Starts that are remembered; a clone that sleeps through so many is found out by its numbers alone."""


def served(terminal: Terminal | None, terminal_id: str) -> Terminal | Halt:
    """Return the record of a terminal, or why it is not served."""
    if terminal is None:
        return Halt(reason=HaltReason.UNKNOWN_TERMINAL, detail=f"nobody enrolled {terminal_id} here: enrol this till")
    if terminal.revoked_ms is not None:
        return Halt(reason=HaltReason.REVOKED, detail=f"{terminal_id} was revoked: enrol this till anew")
    return terminal


def is_clone(terminal: Terminal, nonce: str) -> bool:
    """Whether whoever brings new events under ``nonce`` is a second till of this name.

    A till that starts again draws a new nonce and never uses the old one. So a nonce that brought events, and after
    which another did, cannot bring new ones: but a second till that is alive beside the first can. What it repeats is
    no sign, for a network may be late.
    """
    return any(boot.nonce == nonce for boot in terminal.boots[:-1])


def heard(terminal: Terminal, nonce: str, seqs: Collection[int]) -> Terminal:
    """Return the record after new events of these numbers came under ``nonce``."""
    if not seqs:
        return terminal
    highest = max(seqs)
    others = tuple(boot for boot in terminal.boots if boot.nonce != nonce)
    boots = (*others, Boot(nonce, highest))[-BOOTS_KEPT:]
    return replace(terminal, boots=boots, last_seq=max(terminal.last_seq, highest))
