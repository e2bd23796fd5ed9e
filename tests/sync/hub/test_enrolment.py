"""Tills get in with a code of the office, once, and nobody else does."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import shake_128
from itertools import count
from pathlib import Path

import pytest

from sync.hub.authority import Authority
from sync.hub.enrolment import CODE_LIFE_MS, WRONG_TRIES_MAX, EnrolFault, Enrolment, EnrolRefused, normal_code
from sync.hub.hub_store import HubStore
from sync.hub.kept import Boot, Terminal
from sync.signing import CROCKFORD, fingerprint
from sync.wire import EnrolAnswer, EnrolRequest
from tests.sync.hub.shop import NOON, Ids
from tests.sync.hub.stores import KINDS

KEY, OTHER_KEY = b"k" * 32, b"o" * 32


class Wound:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> datetime:
        """Return the time it was set to."""
        return self.at

    def monotonic_ns(self) -> int:
        """Return nothing passed."""
        return 0


class Office:
    """A hub's desk for tills and its clock."""

    def __init__(self, store: HubStore) -> None:
        self.store = store
        self.clock = Wound()
        self.authority = Authority(store, zone=UTC, clock=self.clock, ids=Ids())
        numbers = count(1)
        self.desk = Enrolment(
            store, clock=self.clock, chance=lambda size: shake_128(b"%d" % next(numbers)).digest(size)
        )

    def later(self, **passed: float) -> None:
        """Let time pass."""
        self.clock.at += timedelta(**passed)

    def enrol(self, code: str, terminal_id: str = "till-1", key: bytes = KEY) -> EnrolAnswer | EnrolRefused:
        """Let a till ask for its place."""
        return self.desk.enrol(
            EnrolRequest(code=code, terminal_id=terminal_id, public_key=key, version="1.2", device="Kasse")
        )

    def fault(self, code: str, terminal_id: str = "till-1", key: bytes = KEY) -> EnrolFault:
        """Return why a till is not let in."""
        answer = self.enrol(code, terminal_id, key)
        assert isinstance(answer, EnrolRefused), answer
        return answer.fault


@pytest.fixture(params=KINDS)
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    """Return a hub nobody is enrolled at, over each kind of store."""
    store = KINDS[request.param](tmp_path)
    yield Office(store)
    store.close()


def test_a_code_lets_one_till_in(office: Office) -> None:
    """The till is bound to the store of the code, and listed with its label and what it said of itself."""
    code, until_ms = office.desk.invite("s7", "counter by the door")
    answer = office.enrol(code)
    assert isinstance(answer, EnrolAnswer)
    assert (answer.terminal_id, answer.store_id, answer.fingerprint) == ("till-1", "s7", fingerprint(KEY))
    assert until_ms == answer.hub_ms + CODE_LIFE_MS
    (terminal,) = office.desk.terminals()
    assert terminal == Terminal(
        terminal_id="till-1",
        public_key=KEY,
        store_id="s7",
        enrolled_ms=answer.hub_ms,
        label="counter by the door",
        device="Kasse",
        version="1.2",
    )


def test_a_code_can_be_read_out(office: Office) -> None:
    """Ten signs without look-alikes, in two groups; small letters, O for 0 and I or L for 1 are the same code."""
    code, _ = office.desk.invite("s7", "")
    assert len(normal_code(code)) == 10
    assert set(normal_code(code)) <= set(CROCKFORD)
    misread = code.lower().replace("0", "o").replace("1", "l").replace("-", " ")
    assert isinstance(office.enrol(misread), EnrolAnswer)


def test_no_code_is_kept_as_it_is(office: Office) -> None:
    """A copy of the database is no way in."""
    code, _ = office.desk.invite("s7", "")
    with office.store.reading() as reading:
        kept = b"".join(memo.key.encode() + memo.document for memo in reading.memos("invitation"))
    assert normal_code(code).encode() not in kept
    assert code.encode() not in kept


def test_the_same_till_may_ask_again(office: Office) -> None:
    """An answer that was lost is given again, as long as the code lives; it is one till all the same."""
    code, _ = office.desk.invite("s7", "")
    first = office.enrol(code)
    office.later(minutes=14)
    again = office.enrol(code)
    assert isinstance(first, EnrolAnswer)
    assert isinstance(again, EnrolAnswer)
    assert (again.store_id, again.epoch, again.fingerprint) == (first.store_id, first.epoch, first.fingerprint)
    assert len(office.desk.terminals()) == 1
    office.later(minutes=2)
    assert office.fault(code) is EnrolFault.EXPIRED_CODE


@pytest.mark.parametrize(("terminal_id", "key"), [("till-2", KEY), ("till-1", OTHER_KEY), ("till-2", OTHER_KEY)])
def test_a_code_lets_no_second_till_in(office: Office, terminal_id: str, key: bytes) -> None:
    """Whoever brings a used code with another name or key stays outside, and the first till stays in."""
    code, _ = office.desk.invite("s7", "")
    office.enrol(code)
    assert office.fault(code, terminal_id, key) is EnrolFault.USED_CODE
    (terminal,) = office.desk.terminals()
    assert (terminal.terminal_id, terminal.public_key) == ("till-1", KEY)


def test_a_code_is_over_after_a_quarter_of_an_hour(office: Office) -> None:
    """A slip of paper that is found later is worth nothing; for a day it is said why."""
    code, _ = office.desk.invite("s7", "")
    office.later(minutes=15, seconds=1)
    assert office.fault(code) is EnrolFault.EXPIRED_CODE
    office.later(days=2)
    office.desk.invite("s7", "")
    assert office.fault(code) is EnrolFault.UNKNOWN_CODE
    assert office.desk.terminals() == []


def test_guessing_is_slow(office: Office) -> None:
    """After ten wrong codes in a minute nobody is let in, and then one try is free again."""
    code, _ = office.desk.invite("s7", "")
    for number in range(WRONG_TRIES_MAX):
        office.later(seconds=1)
        assert office.fault(f"WRONG{number:05}") is EnrolFault.UNKNOWN_CODE
    assert office.enrol(code) == EnrolRefused(EnrolFault.TOO_MANY_TRIES, 51_000)
    office.later(seconds=50)
    assert office.fault(code) is EnrolFault.TOO_MANY_TRIES
    office.later(seconds=1)
    assert isinstance(office.enrol(code), EnrolAnswer)


def test_a_clock_that_goes_back_keeps_nobody_outside(office: Office) -> None:
    """Wrong tries of a time that is yet to come do not count."""
    code, _ = office.desk.invite("s7", "")
    for number in range(WRONG_TRIES_MAX):
        office.fault(f"WRONG{number:05}")
    office.later(days=-1)
    assert isinstance(office.enrol(code), EnrolAnswer)


def test_a_name_is_not_taken_from_another_till(office: Office) -> None:
    """A code that was not made for a till does not replace its key, and is as good as before."""
    first, _ = office.desk.invite("s7", "")
    second, _ = office.desk.invite("s7", "")
    office.enrol(first)
    assert office.fault(second, key=OTHER_KEY) is EnrolFault.NAME_TAKEN
    assert isinstance(office.enrol(second, "till-2", OTHER_KEY), EnrolAnswer)


def test_a_till_is_enrolled_anew_with_a_code_that_names_it(office: Office) -> None:
    """It keeps its numbers and its label is the new one; a code for one till lets in no other."""
    office.authority.enrol(Terminal(terminal_id="till-1", public_key=OTHER_KEY, store_id="s1"))
    with office.store.transaction() as step:
        step.put_terminal(Terminal(terminal_id="till-1", public_key=OTHER_KEY, last_seq=9, boots=(Boot("n", 9),)))
        step.commit()
    code, _ = office.desk.invite("s7", "new machine", "till-1")
    assert office.fault(code, "till-3") is EnrolFault.NAME_TAKEN
    assert isinstance(office.enrol(code), EnrolAnswer)
    (terminal,) = office.desk.terminals()
    assert (terminal.public_key, terminal.store_id, terminal.label) == (KEY, "s7", "new machine")
    assert (terminal.last_seq, terminal.boots) == (9, (Boot("n", 9),))


def test_a_revoked_till_comes_back_by_a_new_code_and_not_by_its_old_one(office: Office) -> None:
    """Revoking is not undone by what the till still has."""
    code, _ = office.desk.invite("s7", "")
    office.enrol(code)
    assert office.authority.revoke("till-1")
    assert office.fault(code) is EnrolFault.USED_CODE
    fresh, _ = office.desk.invite("s7", "")
    assert isinstance(office.enrol(fresh), EnrolAnswer)
    assert office.desk.terminals()[0].revoked_ms is None


@pytest.mark.parametrize("terminal_id", ["", "-x", "a b", "a/b", "ä", "x" * 65, "a\n", '"', "hub"])
def test_a_name_that_cannot_be_one_is_refused(office: Office, terminal_id: str) -> None:
    """Names go into header fields, addresses and files; the code is as good as before."""
    code, _ = office.desk.invite("s7", "")
    assert office.fault(code, terminal_id) is EnrolFault.UNFIT
    assert isinstance(office.enrol(code), EnrolAnswer)


@pytest.mark.parametrize("key", [b"", b"k" * 31, b"k" * 33])
def test_a_key_that_is_none_is_refused(office: Office, key: bytes) -> None:
    """An Ed25519 key has 32 bytes."""
    code, _ = office.desk.invite("s7", "")
    assert office.fault(code, key=key) is EnrolFault.UNFIT
