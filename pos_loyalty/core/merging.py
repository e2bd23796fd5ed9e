"""Documents of two members that are one person, and that were two after all.

The one document that is left has, beside what it shows, the own document of everybody in it. What comes in later is
folded into what is shown and into the document of whom it names. So parting them gives each exactly what is theirs,
whatever happened in between; only points go by the ledger's word (:mod:`pos_loyalty.core.merges`), and of a history
longer than a document keeps, each has their own.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from datetime import date, datetime
from operator import attrgetter
from typing import TypeVar

from msgspec.structs import replace

from pos_loyalty.core.members import NOTES_KEPT, PURCHASES_KEPT, VISITS_KEPT, Member, Used
from pos_loyalty.errors import InvariantBroken

_T = TypeVar("_T")


def merged(target: Member, source: Member, into: str = "") -> Member:
    """Return ``target`` with all of ``source``, and of whoever was merged into either, in it.

    ``into`` is whom the merge named, if that was one who is part of ``target`` by now: should those two be parted,
    ``source`` goes along. What only one can have (name, language, tier) is the target's, unless it has none. Points
    are in the books of ``target`` from then on, parted or not: what was spent was spent of both.
    """
    book = target.book or target.member_id
    first, *others = (replace(part, book=book) for part in source.parts or (source,))
    joining = (replace(first, merged_into=into or target.member_id), *others)
    return _joined((*(target.parts or (target,)), *joining), target)


def parted(shown: Member, source_id: str) -> tuple[Member, Member]:
    """Return what stays of ``shown`` without ``source_id``, and the document of that one: who came along goes along.

    Raises:
        InvariantBroken: ``source_id`` was not merged into it.
    """
    into = {part.member_id: part.merged_into for part in shown.parts}
    if not into.get(source_id):
        raise InvariantBroken("a member was to be parted from one it is not part of: look which it was merged into")
    going = [part for part in shown.parts if source_id in _way_out(part.member_id, into)]
    staying = tuple(part for part in shown.parts if part not in going)
    going.sort(key=lambda part: part.member_id != source_id)
    first = replace(going[0], merged_into="")
    return _joined(staying, shown), _joined((first, *going[1:]), first)


def forwarded(member: Member, into: str) -> Member:
    """Return what is left under a member's own name: whom it was merged into."""
    return Member(member_id=member.member_id, merged_into=into, book=member.book, applied=member.applied)


def with_parts(shown: Member, parts: tuple[Member, ...]) -> Member:
    """Return ``shown`` (which has the event that changed ``parts`` inside) with them.

    Points and vouchers of ``shown`` are as last heard from whoever keeps them; parts learn of the vouchers by it.
    """
    vouchers = {voucher.code: voucher for voucher in shown.vouchers}
    told = tuple(
        replace(part, vouchers=tuple(vouchers.get(each.code, each) for each in part.vouchers)) for part in parts
    )
    joined = _joined(told, shown)
    return replace(
        joined,
        balances=shown.balances,
        held=shown.held,
        overdrawn=shown.overdrawn,
        short=shown.short,
        vouchers=shown.vouchers,
        applied=shown.applied,
    )


def _way_out(member_id: str, into: Mapping[str, str]) -> Iterable[str]:
    while member_id:
        yield member_id
        member_id = into.get(member_id, "")


def _joined(parts: tuple[Member, ...], shown: Member) -> Member:
    """Return one document of ``parts``, the first of which is the one it is of."""
    first = replace(parts[0], book=shown.book)
    if len(parts) == 1:
        return first
    return replace(
        first,
        name=_first(part.name for part in parts if part.name.given or part.name.family) or first.name,
        language=_first(part.language for part in parts) or "",
        tier=_first(part.tier for part in parts) or "",
        tier_terms=_by_key(parts, attrgetter("tier_terms")),
        identifiers=_union(parts, attrgetter("identifiers"), lambda each: each),
        balances=_sums(part.balances for part in parts),
        held=_by_key(parts, attrgetter("held")),
        overdrawn=_union(parts, attrgetter("overdrawn"), lambda each: each),
        short=_sums(part.short for part in parts),
        vouchers=_union(parts, attrgetter("vouchers"), lambda each: each.code),
        used=_used(parts),
        granted=_latest(part.granted for part in parts),
        segments=_union(parts, attrgetter("segments"), lambda each: each),
        preferences=_union(parts, attrgetter("preferences"), lambda each: each.key),
        occasions=_union(parts, attrgetter("occasions"), lambda each: (each.kind, each.label)),
        notes=_newest(parts, attrgetter("notes"), attrgetter("at"))[:NOTES_KEPT],
        visits=_newest(parts, attrgetter("visits"), attrgetter("opened_at"))[:VISITS_KEPT],
        purchases=_newest(parts, attrgetter("purchases"), attrgetter("at"))[:PURCHASES_KEPT],
        visit_count=sum(part.visit_count for part in parts),
        purchase_count=sum(part.purchase_count for part in parts),
        enrolled_at=min((part.enrolled_at for part in parts if part.enrolled_at), default=None),
        from_pass=all(part.from_pass for part in parts),
        parts=parts,
        applied=_highest(part.applied for part in parts),
    )


def _first(values: Iterable[_T]) -> _T | None:
    return next((value for value in values if value), None)


def _by_key(parts: Iterable[Member], of: Callable[[Member], dict[str, _T]]) -> dict[str, _T]:
    """Return the value of each key that the first part that has one says."""
    joined: dict[str, _T] = {}
    for part in parts:
        joined = of(part) | joined
    return joined


def _union(
    parts: Iterable[Member], of: Callable[[Member], tuple[_T, ...]], name: Callable[[_T], Hashable]
) -> tuple[_T, ...]:
    """Return what any part has, once; of two with one name that of the first part."""
    found: dict[Hashable, _T] = {}
    for part in parts:
        for each in of(part):
            found.setdefault(name(each), each)
    return tuple(found.values())


def _newest(
    parts: Iterable[Member], of: Callable[[Member], tuple[_T, ...]], at: Callable[[_T], datetime]
) -> tuple[_T, ...]:
    return tuple(sorted((each for part in parts for each in of(part)), key=at, reverse=True))


def _sums(numbers: Iterable[Mapping[str, int]]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for each in numbers:
        for key, number in each.items():
            sums[key] = sums.get(key, 0) + number
    return sums


def _highest(numbers: Iterable[Mapping[str, int]]) -> dict[str, int]:
    highest: dict[str, int] = {}
    for each in numbers:
        for key, number in each.items():
            highest[key] = max(number, highest.get(key, 0))
    return highest


def _latest(days: Iterable[Mapping[str, date]]) -> dict[str, date]:
    latest: dict[str, date] = {}
    for each in days:
        for key, day in each.items():
            latest[key] = max(day, latest.get(key, day))
    return latest


def _used(parts: Iterable[Member]) -> dict[str, Used]:
    used: dict[str, Used] = {}
    for part in parts:
        for key, each in part.used.items():
            before = used.get(key, Used(amount=0, until=each.until))
            until = max(each.until, before.until) if each.until and before.until else None
            used[key] = Used(amount=before.amount + each.amount, until=until)
    return used
