"""Tiers: who is looked at in a night, and in which tier they are then.

Looked at are those about whom something was logged since the last look, and those whose tier's term has come; nobody
else can have changed. What the amount is, the ledger says; of money, the sales in the log say it.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple

import msgspec
from msgspec.structs import replace

from pos_loyalty.core.event_bodies import TierAssessed
from pos_loyalty.core.events import Draft
from pos_loyalty.core.feed import PARTITIONS, RowKind
from pos_loyalty.core.ids import named_uuid, part_of
from pos_loyalty.core.members import Member
from pos_loyalty.core.programs import Program
from pos_loyalty.core.tiering import TierBy, Tiering, TierMeasure, assess, period_of
from sync.hub.book_records import Shelf, shelf_of
from sync.hub.books import open_holds
from sync.hub.hub_store import HubStore, Transaction
from sync.hub.jobs.days import beginning_of
from sync.hub.jobs.spending import catch_up, spent
from sync.hub.kept import BookKey, Memo, MemoKey, RecordKind, RowKey
from sync.hub.shop import Shop
from sync.hub.whereabouts import find

LOOKED_AT: Final = MemoKey("night", "tiers")
"""Memo: partition to the last number of the log that was looked at."""
_CHUNK: Final = 500
_MEMBERS_AT_ONCE: Final = 50

_numbers = msgspec.json.Decoder(dict[int, int]).decode
_member = msgspec.json.Decoder(Member).decode


class _Look(NamedTuple):
    """What one night's look goes by."""

    transaction: Transaction
    shop: Shop
    day: date

    def amount(self, member: Member, program: Program, tiering: Tiering) -> int:
        """Return what is compared with the thresholds of a program."""
        window = period_of(tiering, self.day)
        if tiering.by is TierBy.SPEND:
            people = [part.member_id for part in member.parts] or [member.member_id]
            return spent(self.transaction, people, program.currency, window)
        key = BookKey(find(self.transaction, member.member_id).book, program.account)
        book = shelf_of(key, self.transaction.records_of(key)).book
        if tiering.measure is TierMeasure.BALANCE:
            # What is set aside for a till is the member's as before.
            aside = sum(hold.points for hold in open_holds(Shelf(book), member.member_id) if hold.terminal)
            return book.spendable(member.member_id, self.day) + aside
        return book.collected(member.member_id, *window.moments(self.shop.zone))

    def draft(self, member: Member, program: Program, tiering: Tiering) -> Draft | None:
        """Return that a member's tier is another, or for another time; None if it is as it was."""
        before = member.tier_terms.get(program.program_id)
        after = assess(tiering, program.tiers, before, self.amount(member, program, tiering), self.day)
        if after == before:
            return None
        body = TierAssessed(program_id=program.program_id, unit=program.account, since=self.day)
        if after:
            # From the day after the last there is something to look at: a new term, or grace, or its end.
            look_on = after.held_until + timedelta(days=1) if after.held_until else None
            body = replace(body, tier_id=after.tier_id, since=after.since, held_until=after.held_until, look_on=look_on)
        names = (member.member_id, program.program_id, self.day.isoformat(), repr(after))
        return Draft(
            event_id=named_uuid("TierAssessed", *names),
            occurred_at=beginning_of(self.day, self.shop.zone),
            body=body,
            member_id=member.member_id,
            part=part_of(member.member_id),
        )


def tiered(shop: Shop) -> list[tuple[Program, Tiering]]:
    """Return the version of each program in force now that has tiers, with its policy."""
    currencies = sorted({program.currency for program in shop.programs.programs})
    speaking = (program for currency in currencies for program in shop.programs.speaking(currency, shop.now))
    return [(program, program.tiering) for program in speaking if program.tiering and program.tiers]


def assessments(store: HubStore, shop: Shop, day: date) -> Iterator[list[Draft]]:
    """Yield what tiers are other than before, piece by piece; when all was told, what was looked at is written down."""
    programs = tiered(shop)
    if not programs:
        return
    if any(tiering.by is TierBy.SPEND for _, tiering in programs):
        catch_up(store)
    members, numbers = _named(store)
    waiting = sorted(members | _termed(store, day))
    for first in range(0, len(waiting), _MEMBERS_AT_ONCE):
        with store.transaction() as transaction:
            look = _Look(transaction, shop, day)
            drafts = _drafts(look, waiting[first : first + _MEMBERS_AT_ONCE], programs)
        if drafts:
            yield drafts
    with store.transaction() as transaction:
        transaction.put_memos([Memo(*LOOKED_AT, msgspec.json.encode(numbers))])
        transaction.commit()


def _named(store: HubStore) -> tuple[set[str], dict[int, int]]:
    """Return about whom something was logged since the last look, and how far that has gone."""
    members: set[str] = set()
    with store.reading() as reading:
        memo = reading.memo(LOOKED_AT)
        numbers = _numbers(memo.document) if memo else {}
        for partition in range(PARTITIONS):
            while piece := reading.log_above(partition, numbers.get(partition, 0), _CHUNK):
                members |= {each.event.member_id for each in piece if each.event.member_id}
                numbers[partition] = piece[-1].number
    return members, numbers


def _termed(store: HubStore, day: date) -> set[str]:
    """Return whose tier's term has come."""
    members: set[str] = set()
    after: BookKey | None = None
    with store.reading() as reading:
        while keys := reading.due(RecordKind.TIER, day.toordinal(), after, _CHUNK):
            records = [record for key in keys for record in reading.records_of(key)]
            due = (record for record in records if record.kind is RecordKind.TIER and record.due)
            members |= {record.record_id.partition("/")[2] for record in due if record.due <= day.toordinal()}
            after = keys[-1]
    return members


def _drafts(look: _Look, members: Sequence[str], programs: Sequence[tuple[Program, Tiering]]) -> list[Draft]:
    owners = sorted({find(look.transaction, member_id).owner for member_id in members})
    rows = look.transaction.rows([RowKey(RowKind.MEMBER, owner) for owner in owners]).values()
    known = [_member(row.document) for row in rows if row.document is not None]
    found = (look.draft(member, program, tiering) for member in known for program, tiering in programs)
    return [draft for draft in found if draft]
