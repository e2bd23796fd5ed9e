"""The member document leaves out what is not known and bears what is not known yet."""

from datetime import date

import msgspec

from pos_loyalty.core.identifiers import Identifier, IdentifierKind
from pos_loyalty.core.members import (
    HeldPoints,
    Member,
    Note,
    Occasion,
    PersonName,
    Preference,
    Purchase,
    Title,
    Used,
    Visit,
    spendable,
)
from pos_loyalty.core.tiers import TierState
from pos_loyalty.core.vouchers import Voucher, VoucherStatus
from tests.support.builders import NOW

FULL = Member(
    member_id="m1",
    name=PersonName(given="سارا", family="رضایی", title=Title.DR_F),
    language="fa",
    tier="gold",
    identifiers=(Identifier(IdentifierKind.NFC, "04A2"),),
    balances={"points": -5},
    held={"h1": HeldPoints(account="points", points=4, terminal="t1", until_ms=5)},
    overdrawn=("points",),
    short={"points": 3},
    vouchers=(Voucher(code="C-1", program_id="next", member_id="m1", status=VoucherStatus.REDEEMED, issued_by="e1"),),
    used={"spring/daily:2026-03-21": Used(amount=1, until=date(2026, 3, 21))},
    granted={"birthday": date(2026, 3, 1)},
    segments=("lead-users",),
    preferences=(Preference(key="size.shirt", value="41"),),
    occasions=(Occasion(kind="birthday", month=2, day=29, year=1992),),
    notes=(Note(event_id="e1", at=NOW, text="x"),),
    visits=(Visit(visit_id="v1", opened_at=NOW, closed_at=NOW, place="door"),),
    purchases=(Purchase(event_id="e2", basket_id="b1", at=NOW, currency="IRR", net=1, items=("Tie",)),),
    visit_count=1,
    purchase_count=1,
    enrolled_at=NOW,
    tier_terms={"club": TierState(tier_id="gold", since=date(2026, 3, 1))},
    merged_into="m2",
    parts=(Member(member_id="m3"),),
    book="m2",
    from_pass=True,
    applied={"t1": 9},
)


def test_a_member_of_whom_nothing_is_known_is_an_id() -> None:
    """Defaults are left out, so a million documents stay small."""
    assert msgspec.json.encode(Member(member_id="m1")) == b'{"member_id":"m1"}'
    assert msgspec.json.decode(b'{"member_id":"m1"}', type=Member) == Member(member_id="m1")


def test_a_full_member_survives_the_wire() -> None:
    """Every field is read back as it was."""
    assert all(getattr(FULL, field) != getattr(Member(member_id=""), field) for field in FULL.__struct_fields__)
    assert msgspec.json.decode(msgspec.json.encode(FULL), type=Member) == FULL


def test_fields_of_a_newer_hub_are_ignored() -> None:
    """A document with a wish list is read by a till that has never heard of one."""
    newer = msgspec.json.encode(FULL).replace(b'{"member_id"', b'{"wishes":[{"what":"scarf"}],"member_id"', 1)
    assert msgspec.json.decode(newer, type=Member) == FULL


def test_members_share_no_defaults() -> None:
    """An empty balance of one member is not the empty balance of another."""
    assert Member(member_id="m1").balances is not Member(member_id="m2").balances


def test_a_basket_can_spend_what_is_not_held_for_others() -> None:
    """Its own holds and what is set aside for its terminal are its own; other accounts have their own holds."""
    held = {
        "own": HeldPoints(account="points", points=1),
        "other": HeldPoints(account="points", points=2),
        "here": HeldPoints(account="points", points=4, terminal="t1"),
        "there": HeldPoints(account="points", points=8, terminal="t2"),
        "stamps": HeldPoints(account="stamps", points=16),
    }
    member = Member(member_id="m1", balances={"points": 100}, held=held)
    assert spendable(member, "points", ["own", "here"]) == 90
    assert spendable(member, "points") == 85
    assert spendable(member, "stamps") == -16
