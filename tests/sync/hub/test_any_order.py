"""Whatever comes in whatever order and however often: each event is there once, and in the end all agree."""

from collections.abc import Callable

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pos_loyalty.core.event_bodies import Body
from pos_loyalty.core.events import Event
from pos_loyalty.core.feed import RowKind
from pos_loyalty.core.fold import apply
from pos_loyalty.core.members import Member
from pos_loyalty.core.verdicts import Outcome
from sync.hub.audit import faults
from sync.hub.hub_store import HubStore
from sync.hub.kept import RowKey
from sync.hub.memory import MemoryHubStore
from tests.sync.hub.replica import Replica, rows_in
from tests.sync.hub.shop import Ids, Till, answered, back, earned, enrolled, hub_over, issued, note, sale, used, visit

TILLS = ("t1", "t2", "t3")
MEMBERS = ("m1", "m2", "m3", "m4")

_amounts = st.integers(1, 50)
_codes = st.sampled_from(("V1", "V2", "V3"))
_bodies: st.SearchStrategy[Body] = st.one_of(
    st.builds(note),
    st.builds(enrolled, st.sampled_from(("Roya", "سارا"))),
    st.builds(visit),
    st.builds(sale, _amounts),
    st.builds(lambda amount: sale(-amount), _amounts),
    st.builds(lambda spent, got, uses: sale(-spent, got, uses=uses), _amounts, _amounts, st.integers(0, 3)),
    st.builds(earned, _amounts),
    st.builds(lambda code: sale(vouchers=[issued(code, 20)]), _codes),
    st.builds(lambda code, amount: sale(vouchers=[used(code, amount)]), _codes, st.integers(0, 30)),
)
_acts = st.tuples(st.sampled_from(TILLS), st.sampled_from(MEMBERS), _bodies)
_deliveries = st.tuples(st.sampled_from(TILLS), st.integers(0, 12), st.integers(1, 6), st.integers(0, 5))
_worlds = st.tuples(st.lists(_acts, max_size=25), st.lists(_deliveries, max_size=25))


def journals(acts: list[tuple[str, str, Body]]) -> dict[str, Till]:
    """Let tills live through some acts."""
    tills = {name: Till(name, Ids(1 + 10_000 * number)) for number, name in enumerate(TILLS)}
    for name, member_id, body in acts:
        tills[name].did(body, member_id)
    return tills


def deliver(
    store: HubStore, tills: dict[str, Till], deliveries: list[tuple[str, int, int, int]], after_each: Callable[[], None]
) -> list[str]:
    """Push pieces of journals, then all of each; return the ids in the order in which they were told applied."""
    hub = hub_over(store, *TILLS)
    applied = []
    pieces = [(tills[name], tills[name].journal[at : at + count]) for name, at, count, _ in deliveries]
    for till, events in [*pieces, *((till, till.journal) for till in tills.values())]:
        verdicts = answered(hub.push(till.request(*events))) if events else ()
        applied += [v.event_id for v in verdicts if v.outcome is Outcome.APPLIED]
        assert all(v.outcome is not Outcome.QUARANTINED for v in verdicts)
        after_each()
    return applied


def refolded(events: list[Event]) -> Member:
    """Fold one member's events, each as if of a terminal of its own, so that ``apply`` passes over none."""
    member = Member(member_id=events[0].member_id or "", from_pass=True)
    for event in events:
        alone = replace(event, terminal_id=event.event_id, seq=1)
        member = replace(apply(member, alone), applied={})
    applied = {name: max(e.seq for e in events if e.terminal_id == name) for name in {e.terminal_id for e in events}}
    return replace(member, applied=applied)


@settings(max_examples=120, deadline=None)
@given(_worlds)
def test_each_event_is_there_once_and_documents_are_their_fold(
    world: tuple[list[tuple[str, str, Body]], list[tuple[str, int, int, int]]],
) -> None:
    """Any interleaving, repetition and order of batches: one place for each, no gap, and no other document."""
    acts, deliveries = world
    store, tills = MemoryHubStore(), journals(acts)

    def sound() -> None:
        with store.reading() as reading:
            assert faults(reading) == ()

    applied = deliver(store, tills, deliveries, sound)
    everything = [event.event_id for till in tills.values() for event in till.journal]
    assert sorted(applied) == sorted(everything)
    with store.reading() as reading:
        log = [each.event for each in reading.log()]
    assert sorted(event.event_id for event in log) == sorted(everything)
    for member_id in {event.member_id for event in log if event.member_id}:
        row = rows_in(store)[RowKey(RowKind.MEMBER, member_id)]
        folded = refolded([event for event in log if event.member_id == member_id])
        shown = msgspec.json.decode(row.document or b"", type=Member)
        assert replace(shown, overdrawn=()) == folded
        assert shown.overdrawn == tuple(unit for unit, points in shown.balances.items() if points < 0)


@settings(max_examples=60, deadline=None)
@given(_worlds, st.integers(1, 9))
def test_a_reader_beside_the_writers_ends_with_what_the_hub_has(
    world: tuple[list[tuple[str, str, Body]], list[tuple[str, int, int, int]]], limit: int
) -> None:
    """Pages of any size between any steps: no row at or below the cursor is missing, no checksum is wrong."""
    acts, deliveries = world
    store, tills = MemoryHubStore(), journals(acts)
    replica = Replica(hub_over(store, *TILLS), "t1")

    def pull() -> None:
        replica.pull(limit)
        replica.check_against(store)

    deliver(store, tills, deliveries, pull)
    replica.pull_all(limit)
    assert {key: row.number for key, row in replica.rows.items()} == {k: r.number for k, r in rows_in(store).items()}


@settings(max_examples=60, deadline=None)
@given(st.permutations(range(7)), st.lists(_amounts, min_size=2, max_size=2))
def test_returns_and_sales_meet_in_any_order(order: list[int], amounts: list[int]) -> None:
    """Goods come back at other tills, before or after the hub hears of the sale: points end where they belong."""
    store, tills = MemoryHubStore(), journals([])
    hub = hub_over(store, *TILLS)
    opening = tills["t1"].did(earned(200))
    sold = [tills["t1"].did(sale(-amount, amount + 5)) for amount in amounts]
    goods = list(zip(sold, amounts, strict=True))
    returns = [tills["t2"].did(back(each.event_id, -amount - 5, amount)) for each, amount in goods]
    again = [tills["t3"].did(back(each.event_id, -amount - 5, amount)) for each, amount in goods]
    events = [opening, *sold, *returns, *again]
    for index in order:
        event = events[index]
        hub.push(tills[event.terminal_id].request(event))
    with store.reading() as reading:
        assert faults(reading) == ()
    member = msgspec.json.decode(rows_in(store)[RowKey(RowKind.MEMBER, "m1")].document or b"", type=Member)
    assert member.balances == {"points": 200}
    assert member.short == {}
