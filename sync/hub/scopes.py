"""Scopes: which rows a till gets. Of its store, of its region, or all. Pure.

A scope has a name, ``store:7`` or ``region:north``, and is kept under a name of its own each time it is set up
(``store:7/5f2c91aa``), so that what was kept before can be told from what is kept now. That name is part of the epoch
that a till is told: one whose scope is another takes everything anew, as after any change of the epoch.
"""

from typing import Final

import msgspec

from sync.hub.hub_store import Reading
from sync.hub.kept import Memo, MemoKey, Terminal

ALL: Final = ""
"""The scope of who gets everything; it needs no keeping."""
SHARED: Final = "*"
"""Rows of the members' partitions that belong to every scope: shared counters, vouchers that are nobody's."""
STORE: Final = "store:"
REGION: Final = "region:"
NAME_LENGTH_MAX: Final = 120
SCOPE: Final = "scope"
"""Memos: how each scope is kept, by its name."""
KEPT_FOR: Final = "scopes of a store"
"""Memos: under which names scopes are kept that a store is part of, by the store."""

_MARK: Final = "@"
"""In the epoch that a till is told; the name of a life of the history has none."""


class Scope(msgspec.Struct, frozen=True):
    """How a scope is kept."""

    kept: str
    """Under which name."""
    stores: tuple[str, ...]


_scope = msgspec.json.Decoder(Scope).decode
_names = msgspec.json.Decoder(tuple[str, ...]).decode


def told(life: str, scope: str) -> str:
    """Return the epoch that a till is told, of a life of the history and what its scope is kept under.

    >>> told("e1", "store:7/5f2c91aa"), told("e1", ALL)
    ('e1@store:7/5f2c91aa', 'e1')
    """
    return f"{life}{_MARK}{scope}" if scope else life


def parted(epoch: str) -> tuple[str, str]:
    """Return the life and the scope that :func:`told` made an epoch of."""
    life, _, scope = epoch.partition(_MARK)
    return life, scope


def scope_of(reading: Reading, terminal: Terminal) -> str:
    """Return what the scope of a till is kept under; all, if it has none that was set up and has its store.

    A till must get the rows that it changes: it takes what was acknowledged, and is below its cursor, to be in them.
    """
    memo = reading.memo(MemoKey(SCOPE, terminal.scope)) if terminal.scope else None
    scope = _scope(memo.document) if memo else None
    return scope.kept if scope and terminal.store_id in scope.stores else ALL


def scopes_in(reading: Reading) -> dict[str, Scope]:
    """Return all scopes that were set up, by name."""
    return {memo.key: _scope(memo.document) for memo in reading.memos(SCOPE)}


def scopes_in_use(reading: Reading) -> dict[str, str]:
    """Return the scopes that tills are in, by name, with what each is kept under; ``all`` is always there."""
    names = {till.scope for till in reading.terminals() if till.revoked_ms is None}
    return {"all": ALL} | {name: scope.kept for name, scope in scopes_in(reading).items() if name in names}


def scope_memo(name: str, scope: Scope) -> Memo:
    """Return what to keep of a scope."""
    return Memo(SCOPE, name, msgspec.json.encode(scope))


def kept_for(reading: Reading, store_id: str) -> tuple[str, ...]:
    """Return under which names scopes are kept that a store is part of; also those that are being set up."""
    memo = reading.memo(MemoKey(KEPT_FOR, store_id)) if store_id else None
    return _names(memo.document) if memo else ()


def all_kept_for(reading: Reading) -> dict[str, tuple[str, ...]]:
    """Return the same of every store."""
    return {memo.key: _names(memo.document) for memo in reading.memos(KEPT_FOR)}


def kept_for_memo(store_id: str, names: tuple[str, ...]) -> Memo:
    """Return what to keep of a store."""
    return Memo(KEPT_FOR, store_id, msgspec.json.encode(names))
