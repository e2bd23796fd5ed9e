"""What goes wrong between the hub and its server, and what is left of it."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC
from typing import cast

import psycopg
import pytest
from msgspec.structs import replace
from psycopg import errors

from pos_loyalty.core.verdicts import Outcome, QuarantineCode
from pos_loyalty.errors import (
    ConfigError,
    InvariantBroken,
    PosLoyaltyError,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreInDoubt,
    StoreInterrupted,
    StoreReadOnly,
)
from sync.hub.authority import Authority
from sync.hub.hub_store import HubStore, Transaction
from sync.hub.intake import digest_of
from sync.hub.kept import MemoKey, PutAside
from sync.hub.postgres.connections import Connection, address, connect, place_of
from sync.hub.postgres.faults import from_postgres
from sync.hub.postgres.store import PostgresHubStore
from tests.sync.hub.postgres.test_missed_rows import DEADLINE_S
from tests.sync.hub.shop import Ids, StandingClock, Till, hub_over, note, outcomes, sale

APPLIED, DUPLICATE = Outcome.APPLIED, Outcome.DUPLICATE
OURS = "SELECT pid FROM pg_stat_activity WHERE application_name = 'pos-loyalty hub' AND state <> 'idle'"


@pytest.fixture
def watch(dsn: str) -> Iterator[Connection]:
    """Return a connection of somebody with rights, by another name."""
    with connect(address(dsn)) as opened:
        opened.execute("SET application_name = 'watch'")
        yield opened


@contextmanager
def nobody_confirms(watch: Connection) -> Iterator[None]:
    """Let every commit wait for a standby that never comes."""
    watch.execute("ALTER SYSTEM SET synchronous_standby_names = 'gone'")
    watch.execute("SELECT pg_reload_conf()")
    until(watch, "SELECT 1 WHERE current_setting('synchronous_standby_names') = 'gone'")
    try:
        yield
    finally:
        watch.execute("ALTER SYSTEM RESET synchronous_standby_names")
        watch.execute("SELECT pg_reload_conf()")
        until(watch, "SELECT 1 WHERE current_setting('synchronous_standby_names') = ''")


def until(watch: Connection, statement: str) -> object:
    """Ask until there is an answer, and return it."""
    for _ in range(50_000):
        if found := watch.execute(statement.encode()).fetchone():
            return found[0]
    raise AssertionError(f"never: {statement}")


class Hooked:
    """A store that lets something happen once in the middle of a step, after the log was asked for ids."""

    def __init__(self, store: HubStore, happen: Callable[[], object]) -> None:
        self._store = store
        self._happen = [happen]
        self.reading, self.scrub, self.close = store.reading, store.scrub, store.close

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Begin a step."""
        with self._store.transaction() as step:
            yield cast("Transaction", _Interrupted(step, self._happen))


class _Interrupted:
    def __init__(self, step: Transaction, happen: list[Callable[[], object]]) -> None:
        self._step = step
        self._happen = happen

    def __getattr__(self, name: str) -> object:
        if name == "lock" and self._happen:
            self._happen.pop()()
        return getattr(self._step, name)


def late(store: HubStore, happen: Callable[[], object]) -> Authority:
    """Return a hub in whose first push something happens."""
    return Authority(Hooked(store, happen), zone=UTC, clock=StandingClock(), ids=Ids(9_000))


def kept(store: HubStore) -> list[str]:
    """Return the ids in the log."""
    with store.reading() as reading:
        return [each.event.event_id for each in reading.log()]


def journal(*amounts: int) -> Till:
    """Return a till with sales."""
    till = Till("t1", Ids())
    for amount in amounts:
        till.did(sale(amount))
    return till


def test_a_session_that_is_ended_in_mid_step_leaves_nothing_and_the_step_is_made_again(
    store: PostgresHubStore, watch: Connection
) -> None:
    """As when a server is stopped or an administrator ends it: the caller of the hub does not even notice."""
    hub_over(store, "t1")
    ended: list[int] = []

    def end_all() -> None:
        ended.extend(pid for (pid,) in watch.execute(OURS.encode()).fetchall())
        watch.execute("SELECT pg_terminate_backend(%s, 5000)", ended)
        assert kept(store) == []

    till = journal(3, 4)
    assert outcomes(late(store, end_all).push(till.request())) == [APPLIED] * 2
    assert len(ended) == 1
    assert kept(store) == [event.event_id for event in till.journal]


def test_idle_connections_that_a_restart_took_are_noticed_before_they_are_used(
    store: PostgresHubStore, watch: Connection
) -> None:
    """All of a pool at once, more than a step is made again: none of them is given to a step."""
    with store.reading(), store.reading(), store.reading(), store.reading():
        pass
    watch.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'pos-loyalty hub'"
    )
    for _ in range(5):
        with store.reading() as reading:
            assert reading.epochs() == ()


def test_whoever_finds_no_connection_free_is_told_what_to_look_at(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that hangs must not make others hang behind it without a word."""
    monkeypatch.setattr("sync.hub.postgres.connections.WAIT_S", 0.01)
    said = r"all connections to the database postgres at .* are in use .* \(pg_stat_activity\), or allow more"
    with closing(PostgresHubStore(dsn, connections=1)) as store, store.reading(), pytest.raises(StoreError, match=said):
        store.reading().__enter__()


def test_an_id_that_another_terminal_brings_meanwhile_is_taken_once(store: PostgresHubStore) -> None:
    """Neither step saw it in the log; the second is made again, sees it, and nobody hears of it."""
    hub = hub_over(store, "t1", "t2")
    first = journal(5)
    second = Till("t2", Ids(70))
    second.did(note(), "elsewhere")
    second.journal[0] = replace(first.journal[0], terminal_id="t2")
    beside = late(store, lambda: hub.push(first.request()))
    assert APPLIED not in outcomes(beside.push(second.request()))
    assert kept(store) == [first.journal[0].event_id]


@pytest.mark.parametrize("end", ["pg_cancel_backend", "pg_terminate_backend"])
def test_a_commit_whose_wait_for_a_standby_is_cut_short_is_told_as_in_doubt(
    end: str, store: PostgresHubStore, watch: Connection
) -> None:
    """The server says that it committed, or nothing; no standby has it. The same again finds out what became of it."""
    hub, till = hub_over(store, "t1"), journal(3)
    with nobody_confirms(watch), ThreadPoolExecutor(1) as pool:
        pushing = pool.submit(hub.push, till.request())
        waiting = until(watch, f"{OURS} AND wait_event = 'SyncRep'")
        watch.execute(f"SELECT {end}(%s)".encode(), [waiting])
        with pytest.raises(StoreInDoubt, match="send the same again"):
            pushing.result(DEADLINE_S)
    assert outcomes(hub.push(till.request())) == [DUPLICATE]
    assert kept(store) == [till.journal[0].event_id]


def test_a_standby_is_no_place_for_a_hub(dsn: str) -> None:
    """A server that takes no changes is not connected to; it says what the address should be."""
    for more in ({}, {"target_session_attrs": "any"}):
        with pytest.raises(StoreReadOnly, match="name all servers as hosts"):
            PostgresHubStore(_with(dsn, "-c default_transaction_read_only=on", **more))


def test_what_is_put_aside_may_say_anything(store: PostgresHubStore) -> None:
    """A NUL, or an id of a megabyte, which neither a text nor an index of PostgreSQL takes: the queue goes on."""
    hub, till = hub_over(store, "t1"), journal(3)
    odd = ["nul \0 in it", "n" * (1 << 20), ""]
    for event_id in odd:
        till.journal.append(replace(till.journal[0], event_id=event_id, seq=9))
    for _ in range(2):
        assert outcomes(hub.push(till.request()))[1:] == [Outcome.QUARANTINED] * len(odd)
    with store.reading() as reading:
        assert [each.event.event_id for each in reading.quarantine()] == odd
        assert reading.terminal("t\0") is None
        assert reading.memo(MemoKey("kind", "\0")) is None
    with store.transaction() as step:
        assert step.own("t\0") is None
        assert step.own_memo(MemoKey("kind", "\0")) is None
        each = PutAside("t1", till.journal[1], digest_of(till.journal[1]), 0, QuarantineCode.UNREADABLE, "why", 1)
        assert step.aside("t1", odd)[odd[0]] == {each.digest: each.code}


def test_names_longer_than_an_index_takes_are_kept(store: PostgresHubStore) -> None:
    """A member and a kind of points of 512 characters of four bytes each are together past the 2,704 of an index."""
    hub, till = hub_over(store, "t1"), Till("t1", Ids())
    name = "".join(chr(0x1F300 + number) for number in range(512))
    body = sale(7)
    till.did(replace(body, moves=tuple(replace(move, account=name[::-1]) for move in body.moves)), name)
    assert outcomes(hub.push(till.request())) == [APPLIED]
    with store.reading() as reading:
        assert [(book.member_id, book.unit) for book in reading.books()] == [(name, name[::-1])]
        assert [book.unit for book in reading.books_of(name)] == [name[::-1]]


def test_a_name_that_was_asked_for_and_not_taken_leaves_no_trace(store: PostgresHubStore, watch: Connection) -> None:
    """Guesses at one-time codes must not fill a table."""
    with store.transaction() as step:
        assert step.own("nobody") is None
        assert step.own_memo(MemoKey("code", "guess")) is None
        step.commit()
    assert watch.execute("SELECT count(*) FROM terminal").fetchone() == (0,)
    assert watch.execute("SELECT count(*) FROM memo").fetchone() == (0,)


def test_an_address_that_is_none_is_refused_without_quoting_it() -> None:
    """It may hold a password."""
    with pytest.raises(ConfigError) as caught:
        PostgresHubStore("postgresql://hub:secret@[half")
    assert "secret" not in str(caught.value)
    assert place_of(address("postgresql://hub:secret@a,b/shop")) == "database shop at a,b"


@pytest.mark.parametrize(
    ("said", "meant", "remedy"),
    [
        (errors.UniqueViolation("Key (code)=(secret) exists"), InvariantBroken, "nothing was kept"),
        (errors.DuplicateTable("secret"), StoreError, "name a database of the hub's own"),
        (errors.DiskFull("secret"), StoreFull, "free some space on the server's disk"),
        (errors.ReadOnlySqlTransaction("secret"), StoreReadOnly, "name all servers as hosts"),
        (errors.InsufficientPrivilege("secret"), StoreReadOnly, "give the tables to the user"),
        (errors.DataCorrupted("secret"), StoreDamaged, "put back a backup and begin another epoch"),
        (errors.SerializationFailure("secret"), StoreInterrupted, "make it again"),
        (errors.DeadlockDetected("secret"), StoreInterrupted, "make it again"),
        (errors.AdminShutdown("secret"), StoreInterrupted, "make it again"),
        (psycopg.OperationalError("secret"), StoreInterrupted, "make it again"),
        (errors.TooManyConnections("secret"), StoreError, "PostgreSQL said 53300; see the server's log"),
        (errors.SyntaxError("secret"), StoreError, "PostgreSQL said 42601; see the server's log"),
    ],
)
def test_what_the_server_says_is_said_again_so_that_somebody_can_act(
    said: psycopg.Error, meant: type[PosLoyaltyError], remedy: str
) -> None:
    """Each has its kind and its remedy, and none repeats what a statement carried."""
    found = from_postgres(said, "database shop at a,b")
    assert type(found) is meant
    assert remedy in str(found)
    assert "secret" not in str(found)


def _with(dsn: str, option: str, **more: str) -> str:
    options = f"{psycopg.conninfo.conninfo_to_dict(dsn)['options']} {option}"
    return psycopg.conninfo.make_conninfo(dsn, options=options, **more)
