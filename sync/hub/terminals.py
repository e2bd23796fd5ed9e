"""Whether a terminal is served, and what its requests say about it. Pure."""

from collections.abc import Collection
from typing import Final

import msgspec
from msgspec.structs import replace

from sync.hub.hub_store import Reading, Transaction
from sync.hub.kept import Boot, Memo, MemoKey, Terminal
from sync.wire import Halt, HaltReason

OFFICE = "hub"
"""The terminal of the hub itself: it has no key, so nobody pushes under its name from outside."""
BOOTS_KEPT = 32
"""Starts that are remembered; a till that comes back after so many looks like one put back from a backup."""
SETTLED: Final = "settled"
"""Memos: up to when a till has told everything, by its id."""


class Settled(msgspec.Struct, frozen=True):
    """The word of a till that it has told all it may have done before a time, and that its disk knows that time."""

    life: str
    """Of the history that it told. Another may have lost what this one was told."""
    ms: int
    """By the hub's clock, in milliseconds since 1970 UTC."""


_settled = msgspec.json.Decoder(Settled).decode


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


def settled_ms(reading: Reading, terminal_id: str) -> int:
    """Return up to when a till has told this life of the history everything, by the hub's clock; 0: nobody knows.

    Whatever the till may still do, it does in the knowledge that it is later than this.
    """
    known = _settled_in(reading.memo(MemoKey(SETTLED, terminal_id)))
    return known.ms if known and known.life == reading.epochs()[-1].name else 0


def settle(step: Transaction, terminal_id: str, said: Settled, *, by_ms: int = 1) -> bool:
    """Keep what a till said if it is ``by_ms`` further than what is known; return whether it was kept.

    What was said to another life of the history counts for nothing.
    """
    if said.life != step.epochs()[-1].name:
        return False
    key = MemoKey(SETTLED, terminal_id)
    known = _settled_in(step.own_memo(key))
    if known and known.life == said.life and said.ms < known.ms + by_ms:
        return False
    step.put_memos([Memo(*key, msgspec.json.encode(said))])
    return True


def _settled_in(memo: Memo | None) -> Settled | None:
    return _settled(memo.document) if memo else None
