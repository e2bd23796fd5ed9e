"""Which rows a till gets: those of its store, of its region, or all; and the same of it as the hub says."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_loyalty.core.event_bodies import Body, MemberErased, MemberMerged, MemberUnmerged
from pos_loyalty.core.feed import Cursor, FeedPage, RowKind
from pos_loyalty.errors import StoreLocked
from sync.hub.authority import program_row
from sync.hub.exporting import export
from sync.hub.jobs.night import Nights
from sync.hub.kept import Terminal
from sync.hub.memory import MemoryHubStore
from sync.hub.office import Office
from sync.hub.scope_building import is_scope_name, set_up
from sync.hub.scopes import parted, scopes_in
from sync.hub.scoping import STAY_DAYS
from sync.hub.terminals import OFFICE
from sync.wire import PushAnswer
from tests.sync.hub.scoped import MEMBER, STORES, VOUCHER, Chain
from tests.sync.hub.shop import CLUB, Ids, Till, enrolled, issued, note, sale, used
from tests.sync.hub.stores import KINDS


@pytest.fixture(params=KINDS)
def chain(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Chain]:
    """Return a chain of stores over each kind of store."""
    store = KINDS[request.param](tmp_path)
    chain = Chain(store)
    yield chain
    chain.check()
    store.close()


@pytest.fixture
def small() -> Iterator[Chain]:
    """Return a chain of stores in memory."""
    chain = Chain(MemoryHubStore())
    yield chain
    chain.check()


def test_without_a_scope_nothing_is_kept(small: Chain) -> None:
    """A single shop has everything on every till, and no membership of anything."""
    small.did("a", (enrolled(), "m1"), (sale(uses=1), "m1"))
    with small.store.reading() as reading:
        assert reading.scopes() == []
    assert small.has("b") == {"m1"}


def test_a_till_gets_the_rows_of_its_store(chain: Chain) -> None:
    """Members of another store come once they are seen here; what is the whole shop's comes always."""
    chain.hub.publish([program_row(CLUB)])
    chain.keep(a="a", b="b")
    chain.put("a", "store:a")
    chain.put("b", "store:b")
    chain.did("a", (enrolled(), "m1"), (sale(vouchers=[issued("CARD", 9)], uses=2), None))
    chain.did("b", (enrolled(), "m2"))
    assert (chain.has("a"), chain.has("b"), chain.has("c")) == ({"m1"}, {"m2"}, {"m1", "m2"})
    for till in STORES:
        assert chain.has(till, VOUCHER) == {"CARD"}
        assert chain.has(till, RowKind.USAGE) == {"spring/all"}
        assert chain.has(till, RowKind.PROGRAM) == {"club@1"}
    chain.did("b", (note(), "m1"))
    assert (chain.has("a"), chain.has("b")) == ({"m1"}, {"m1", "m2"})
    exported = export(chain.store, "m1")
    assert exported is not None
    assert [scope.partition("/")[0] for scope in exported["scopes"]] == ["store:a", "store:b"]
    chain.agree()


def test_what_stood_before_a_scope_is_in_it(chain: Chain) -> None:
    """Whoever a store had to do with before its scope was set up is at home there, and so are vouchers."""
    chain.did("a", (enrolled(), "m1"), (sale(vouchers=[issued("V1")]), "m1"), (sale(uses=1), None))
    chain.did("b", (note(), "m1"), (enrolled(), "m2"))
    chain.keep(a="a", b="b", c="c")
    for till in STORES:
        chain.put(till, f"store:{till}")
    assert [chain.has(till) for till in STORES] == [{"m1"}, {"m1", "m2"}, set()]
    assert [chain.has(till, VOUCHER) for till in STORES] == [{"V1"}, {"V1"}, set()]
    assert [chain.has(till, RowKind.USAGE) for till in STORES] == [{"spring/all"}] * 3
    assert chain.pass_days(10 * STAY_DAYS) == 0


def test_a_visitor_leaves_and_comes_back(chain: Chain) -> None:
    """After so many days without an event the row is gone in that store, and only there; the next event brings it."""
    chain.keep(a="a", b="b")
    chain.put("a", "store:a")
    chain.put("b", "store:b")
    chain.did("a", (enrolled(), "m1"), (sale(5, vouchers=[issued("V1")]), "m1"))
    chain.did("b", (note(), "m1"))
    chain.follow()
    assert (chain.has("b"), chain.has("b", VOUCHER)) == ({"m1"}, {"V1"})
    assert chain.pass_days(STAY_DAYS - 1) == 0
    chain.did("b", (note(), "m1"))
    assert chain.pass_days(STAY_DAYS - 1) == 0
    assert chain.has("b", VOUCHER) == {"V1"}, "the voucher stays as long as the member does"
    assert chain.pass_days(1) == 2
    assert (chain.has("b"), chain.has("b", VOUCHER)) == (set(), set())
    assert (chain.has("a"), chain.has("a", VOUCHER), chain.has("c")) == ({"m1"}, {"V1"}, {"m1"})
    chain.did("b", (note(), "m1"))
    assert chain.has("b") == {"m1"}
    assert (chain.follow(), chain.follow()) == (1, 0)
    assert chain.has("b", VOUCHER) == {"V1"}
    chain.agree()


def test_a_voucher_comes_where_its_member_is(chain: Chain) -> None:
    """One that is issued elsewhere comes with the same event; one that was nobody's stays everybody's."""
    chain.keep(a="a", b="b")
    chain.put("a", "store:a")
    chain.put("b", "store:b")
    chain.did("a", (enrolled(), "m1"))
    chain.did("b", (sale(vouchers=[issued("V1")]), "m1"), (sale(vouchers=[used("V2", 3)]), None))
    chain.did("a", (sale(vouchers=[issued("V2", 9)]), "m1"))
    assert (chain.has("a", VOUCHER), chain.has("b", VOUCHER)) == ({"V1", "V2"}, {"V1", "V2"})


def test_a_region_has_what_its_stores_have(chain: Chain) -> None:
    """A store that is put into it brings its members; its tills take them anew, and only when all is ready."""
    chain.did("a", (enrolled(), "m1"))
    chain.did("b", (enrolled(), "m2"))
    chain.did("c", (enrolled(), "m3"))
    chain.keep(north="ab")
    chain.put("a", "region:north")
    assert chain.has("a") == {"m1", "m2"}
    before = chain.replicas["a"].cursor
    chain.keep(north="ab")
    chain.replicas["a"].pull_all()
    assert chain.replicas["a"].cursor == before, "what is as it was is not set up again"
    chain.keep(north="abc")
    assert chain.has("a") == {"m1", "m2", "m3"}
    chain.did("c", (note(), "m4"))
    assert chain.has("a") == {"m1", "m2", "m3", "m4"}
    with chain.store.reading() as reading:
        assert len(reading.scopes()) == 2


def test_a_till_that_is_put_elsewhere_takes_everything_anew(chain: Chain) -> None:
    """Its epoch is another, in the feed as in the answer to a push; what it had of the other scope goes."""
    chain.keep(a="a", b="b")
    chain.did("a", (enrolled(), "m1"))
    chain.did("b", (enrolled(), "m2"))
    assert chain.has("a") == {"m1", "m2"}
    all_epoch = chain.replicas["a"].cursor.epoch
    chain.put("a", "store:a")
    assert chain.has("a") == {"m1"}
    epoch = chain.replicas["a"].cursor.epoch
    answer = chain.hub.push(chain.tills["a"].request())
    assert isinstance(answer, PushAnswer)
    assert (answer.epoch, parted(epoch)[0]) == (epoch, all_epoch)
    assert parted(epoch)[1].startswith("store:a/")
    chain.keep(north="ab")
    chain.put("a", "region:north")
    assert chain.has("a") == {"m1", "m2"}
    assert chain.replicas["a"].cursor.epoch != all_epoch
    chain.put("a", "")
    assert (chain.has("a"), chain.replicas["a"].cursor.epoch) == ({"m1", "m2"}, all_epoch)


def test_a_scope_without_the_till_s_store_is_all(small: Chain) -> None:
    """A till always gets the rows that it changes, and is not left without any by a name that means nothing."""
    small.did("a", (enrolled(), "m1"))
    small.keep(a="a")
    for scope in ("store:nowhere", "store:a"):
        small.put("b", scope)
        assert small.has("b") == {"m1"}


def test_a_new_life_of_the_history_keeps_what_a_scope_has_in_common(small: Chain) -> None:
    """After a fall of the hub a till of a scope takes anew what is not common, and no more."""
    small.keep(a="a")
    small.put("a", "store:a")
    small.did("a", (enrolled(), "m1"))
    assert small.has("a") == {"m1"}
    before = small.replicas["a"].cursor
    life = small.hub.begin_epoch()
    page = small.hub.feed("a", before)
    assert isinstance(page, FeedPage)
    assert page.cursor == Cursor(epoch=f"{life}@{parted(before.epoch)[1]}", numbers=before.numbers)


def test_people_who_are_made_one_are_where_one_of_them_was(chain: Chain) -> None:
    """Both stores get the one document, and both after they are parted; who is erased is gone everywhere."""
    chain.keep(a="a", b="b", c="c")
    for till in STORES:
        chain.put(till, f"store:{till}")
    chain.did("a", (enrolled(), "m1"), (sale(vouchers=[issued("V1")]), "m1"))
    chain.did("b", (enrolled(), "m2"))
    chain.did("c", (MemberMerged(target="m2"), "m1"))
    chain.follow()
    assert [chain.has(till) for till in STORES] == [{"m1", "m2"}] * 3
    assert [chain.has(till, VOUCHER) for till in STORES] == [{"V1"}] * 3
    chain.did("b", (MemberUnmerged(target="m2"), "m1"))
    assert [chain.has(till) for till in STORES] == [{"m1", "m2"}] * 3
    chain.pass_days(STAY_DAYS)
    assert [chain.has(till) for till in STORES] == [{"m1", "m2"}, {"m1", "m2"}, set()]
    chain.hub.enrol(Terminal(terminal_id=OFFICE))
    teller = Till(OFFICE, Ids(700_000))
    chain.hub.push(teller.request(teller.did(MemberErased(), "m1")))
    assert [chain.has(till) for till in STORES] == [{"m2"}, {"m2"}, set()]


def test_the_night_lets_rows_leave(small: Chain) -> None:
    """The nightly job does it, for the day whose night it is."""
    small.keep(b="b")
    small.put("b", "store:b")
    small.did("b", (note(), "m1"))
    nights = Nights(small.store, small.hub, Office(small.hub, small.store, Ids(900_000)))
    assert list(nights.run(small.day))[-1].job == "done"
    assert small.has("b") == {"m1"}
    small.pass_days(0)
    small.clock.time = small.clock.time.replace(year=small.clock.time.year + 1)
    assert "leave" in {step.job for step in nights.run(small.day)}
    assert small.has("b") == set()


def test_a_setting_up_that_was_cut_off_is_begun_again(chain: Chain) -> None:
    """Nobody gets anything of it before it is whole, and nothing of it stays behind."""
    chain.did("a", (enrolled(), "m1"))
    cut_off = set_up(chain.store, {"store:a": ["a"]}, Ids(5_000_000))
    for _ in range(70):
        next(cut_off)
    chain.put("a", "store:a")
    chain.did("b", (note(), "m2"))
    assert chain.has("a") == {"m1", "m2"}
    chain.keep(a="a")
    with pytest.raises(StoreLocked, match="at the same time"):
        list(cut_off)
    assert chain.has("a") == {"m1"}
    with chain.store.reading() as reading:
        assert len(reading.scopes()) == 2
        assert list(scopes_in(reading)) == ["store:a"]


def test_what_happens_while_a_scope_is_set_up_is_in_it(small: Chain) -> None:
    """Between any two steps: from then on the row is where it was seen, whether its partition was done or not."""
    building = set_up(small.store, {"store:a": ["a"]}, Ids(5_000_000))
    members = {f"m{number}" for number, _ in enumerate(_acted(small, building))}
    small.put("a", "store:a")
    small.follow()
    assert small.has("a") == members
    assert small.has("a", VOUCHER) == {f"V{member}" for member in members}


@pytest.mark.parametrize(
    ("name", "good"),
    [("store:7", True), ("region:شمال", True), ("store:", False), ("7", False), ("", False), ("store:a\n", False)],
)
def test_a_scope_has_a_name(name: str, good: bool) -> None:  # noqa: FBT001 - the answer
    """It is of a store or of a region, and can be printed."""
    assert is_scope_name(name) is good
    assert not is_scope_name("store:" + "x" * 200)


def _acted(chain: Chain, building: Iterator[int]) -> Iterator[int]:
    for number, done in enumerate(building):
        chain.did("a", (enrolled(), f"m{number}"))
        chain.did("a", (sale(vouchers=[issued(f"Vm{number}")]), f"m{number}"))
        yield done


_tills = st.sampled_from(STORES)
_members = st.sampled_from(("m1", "m2", "m3", "m4"))
_codes = st.sampled_from(("V1", "V2", "V3"))
_bodies: st.SearchStrategy[Body] = st.one_of(
    st.builds(note),
    st.builds(enrolled),
    st.builds(sale, st.integers(1, 9), uses=st.integers(0, 1)),
    st.builds(lambda code: sale(vouchers=[issued(code, 20)]), _codes),
    st.builds(lambda code: sale(vouchers=[used(code, 3)]), _codes),
    st.builds(MemberMerged, target=_members),
    st.builds(MemberUnmerged, target=_members),
)
_scopes = st.sampled_from(("", "store:a", "store:b", "region:north"))
_acts = st.one_of(
    st.tuples(st.just("did"), _tills, st.lists(st.tuples(_bodies, st.one_of(_members, st.none())), max_size=3)),
    st.tuples(st.just("keep"), st.sampled_from(("a", "b")), st.none()),
    st.tuples(st.just("region"), st.sampled_from(("a", "ab", "bc")), st.none()),
    st.tuples(st.just("put"), _tills, _scopes),
    st.tuples(st.just("pull"), _tills, st.integers(1, 4)),
    st.tuples(st.just("days"), st.integers(1, 60), st.none()),
    st.tuples(st.just("follow"), st.none(), st.none()),
)


def _act(chain: Chain, what: str, first: object, second: object) -> None:
    match what, first, second:
        case "did", str(till), list(happened):
            for body, member in happened:
                if member or not isinstance(body, MemberMerged | MemberUnmerged):
                    chain.did(till, (body, member))
        case "keep", str(store), _:
            chain.keep(**{store: store})
        case "region", str(stores), _:
            chain.keep(north=stores)
        case "put", str(till), str(scope):
            chain.put(till, scope)
        case "pull", str(till), int(limit):
            chain.replicas[till].pull(limit)
        case "days", int(days), _:
            chain.pass_days(days)
        case _:
            chain.follow()


@settings(max_examples=60, deadline=None)
@given(st.lists(_acts, max_size=25))
def test_every_till_ends_with_what_its_scope_has(acts: list[tuple[str, object, object]]) -> None:
    """Events, merges, nights and changes of scope in any order, pages between them: rows and sums are the hub's."""
    chain = Chain(MemoryHubStore())
    for act in acts:
        _act(chain, *act)
        chain.check()
    chain.agree()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(_tills, _members, st.booleans(), st.integers(0, 50)), max_size=25))
def test_a_member_is_where_a_store_saw_them_of_late(acts: list[tuple[str, str, bool, int]]) -> None:
    """For ever where they were enrolled, elsewhere so many days after the last event of that store."""
    chain = Chain(MemoryHubStore())
    chain.keep(a="a", b="b", c="c")
    until: dict[tuple[str, str], int] = {}
    for till, member_id, enrols, days in acts:
        chain.put(till, f"store:{till}")
        chain.did(till, (enrolled() if enrols else note(), member_id))
        last = chain.day.toordinal() + STAY_DAYS
        until[till, member_id] = 0 if enrols or until.get((till, member_id)) == 0 else last
        chain.pass_days(days)
        today = chain.day.toordinal()
        until = {pair: due for pair, due in until.items() if due == 0 or due > today}
    for till in {each[0] for each in acts}:
        assert chain.has(till, MEMBER) == {member for store, member in until if store == till}
