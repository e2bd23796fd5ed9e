"""Customers of other stores who are here today: rows that the hub sent for one code, beside the replica.

They belong to no partition and no sum. A row is forgotten when its own comes down, a day later, or when there are
too many; and with a restart, for the hub can be asked again.
"""

from collections.abc import Callable, Iterable
from threading import Lock
from typing import Final, NamedTuple

import msgspec

from pos_loyalty.core.feed import Row, RowKind
from pos_loyalty.core.members import Member
from pos_loyalty.core.rows import VoucherRow
from pos_loyalty.store.semantics import is_named

VISITORS_MAX: Final = 1_000
STAY_NS: Final = 24 * 3_600 * 1_000_000_000

_decode_member = msgspec.json.Decoder(Member).decode
_decode_voucher = msgspec.json.Decoder(VoucherRow).decode


class _Visit(NamedTuple):
    until_ns: int
    document: Member | VoucherRow


class Visitors:
    """Members and vouchers by key. For any thread."""

    def __init__(self, monotonic_ns: Callable[[], int]) -> None:
        self._monotonic_ns = monotonic_ns
        self._turn = Lock()
        self._visits: dict[str, _Visit] = {}

    def __bool__(self) -> bool:
        return bool(self._visits)

    def welcome(self, rows: Iterable[Row]) -> None:
        """Keep what the hub sent; a row that this build cannot read is nobody."""
        until_ns = self._monotonic_ns() + STAY_NS
        with self._turn:
            for row in rows:
                self._visits.pop(row.key, None)
                if (document := _read(row)) is not None:
                    self._visits[row.key] = _Visit(until_ns, document)
            while len(self._visits) > VISITORS_MAX:
                del self._visits[next(iter(self._visits))]

    def member(self, member_id: str) -> Member | None:
        """Return one member's document."""
        found = self._here(member_id)
        return found if isinstance(found, Member) else None

    def voucher(self, code: str) -> VoucherRow | None:
        """Return one voucher."""
        found = self._here(code)
        return found if isinstance(found, VoucherRow) else None

    def by_code(self, code: str) -> list[Member]:
        """Return the members that ``code`` names."""
        with self._turn:
            members = [visit.document for visit in self._visits.values()]
        named = [each.member_id for each in members if isinstance(each, Member) and is_named(each, code)]
        return [member for member in map(self.member, named) if member is not None]

    def forget(self, keys: Iterable[str]) -> None:
        """Forget those whose own row has come, or is gone."""
        if self._visits:
            with self._turn:
                for key in keys:
                    self._visits.pop(key, None)

    def clear(self) -> None:
        """Forget everybody."""
        with self._turn:
            self._visits.clear()

    def _here(self, key: str) -> Member | VoucherRow | None:
        with self._turn:
            visit = self._visits.get(key)
            if visit is not None and visit.until_ns < self._monotonic_ns():
                del self._visits[key]
                visit = None
        return visit.document if visit else None


def _read(row: Row) -> Member | VoucherRow | None:
    try:
        match row.kind, row.document:
            case RowKind.MEMBER, msgspec.Raw() as document:
                return _decode_member(document)
            case RowKind.VOUCHER, msgspec.Raw() as document:
                return _decode_voucher(document)
    except msgspec.DecodeError:
        return None
    return None
