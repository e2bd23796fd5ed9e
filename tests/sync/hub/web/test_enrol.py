"""Enrolling over HTTP, holds and lookups."""

import logging

import msgspec
import pytest

from pos_loyalty.core.ids import uuid7
from sync.hub.enrolment import WRONG_TRIES_MAX
from sync.signing import TerminalKey, fingerprint
from sync.wire import EnrolAnswer, EnrolRequest, HoldAnswer, HoldRequest, HoldState, LookupAnswer, LookupRequest
from tests.sync.hub.shop import enrolled, issued, sale
from tests.sync.hub.web.site import KEY, OTHER_KEY, Site, problem_of, site


def asking(code: str, name: str = "t2", key: TerminalKey = OTHER_KEY) -> bytes:
    """Return the body of a till that asks for its place."""
    return msgspec.json.encode(EnrolRequest(code=code, terminal_id=name, public_key=key.public))


async def outcome(hub: Site, body: bytes, key: TerminalKey = OTHER_KEY, name: str = "t2") -> tuple[int, str]:
    """Return status and problem of a till that is not let in."""
    response = await hub.ask("POST", "/sync/1/enrol", body, key=key, name=name)
    return response.status_code, problem_of(response)


async def test_a_till_gets_its_place_and_is_served() -> None:
    """With a code and a signature by its own key; then it may push."""
    async with site() as hub:
        code, _ = hub.enrolment.invite("s9", "door")
        response = await hub.ask("POST", "/sync/1/enrol", asking(code), key=OTHER_KEY, name="t2")
        answer = msgspec.json.decode(response.content, type=EnrolAnswer)
        assert (answer.terminal_id, answer.store_id) == ("t2", "s9")
        assert answer.fingerprint == fingerprint(OTHER_KEY.public)
        served = await hub.ask("GET", "/sync/1/feed", key=OTHER_KEY, name="t2")
        assert served.status_code == 200


async def test_a_till_that_was_refused_before_is_served_once_it_is_enrolled() -> None:
    """That nobody knew it is not remembered for long."""
    async with site() as hub:
        code, _ = hub.enrolment.invite("s9", "door")
        assert (await hub.ask("GET", "/sync/1/feed", key=OTHER_KEY, name="t2")).status_code == 403
        await hub.ask("POST", "/sync/1/enrol", asking(code), key=OTHER_KEY, name="t2")
        hub.clock.later(3)
        assert (await hub.ask("GET", "/sync/1/feed", key=OTHER_KEY, name="t2")).status_code == 200


async def test_a_key_that_was_only_seen_cannot_be_enrolled() -> None:
    """Who brings a public key must sign with its private half, under the name it asks for."""
    async with site() as hub:
        code, _ = hub.enrolment.invite("s9", "door")
        assert await outcome(hub, asking(code), key=KEY) == (401, "bad-signature")
        assert await outcome(hub, asking(code), name="t3") == (401, "unknown-key")
        assert hub.enrolment.terminals()[0].terminal_id == "t1"


async def test_a_till_whose_clock_is_off_learns_the_time_by_enrolling() -> None:
    """The very first request may be ten years off; the code is as good as before."""
    async with site() as hub:
        code, _ = hub.enrolment.invite("s9", "door")
        response = await hub.ask("POST", "/sync/1/enrol", asking(code), key=OTHER_KEY, name="t2", off_s=-315_360_000)
        assert (response.status_code, problem_of(response)) == (401, "clock")
        again = await hub.ask("POST", "/sync/1/enrol", asking(code), key=OTHER_KEY, name="t2")
        assert again.status_code == 200


async def test_every_refusal_has_its_name() -> None:
    """A wrong, an old and a used code, a name that is taken, one that cannot be one, and too many tries."""
    async with site() as hub:
        assert await outcome(hub, asking("WRONG00000")) == (403, "unknown-code")
        old, _ = hub.enrolment.invite("s9", "")
        hub.clock.later(901)
        assert await outcome(hub, asking(old)) == (403, "expired-code")
    async with site() as hub:
        code, _ = hub.enrolment.invite("s9", "")
        assert await outcome(hub, asking(code, "t1"), name="t1") == (409, "name-taken")
        assert await outcome(hub, asking(code, "a b"), name="a b") == (400, "unfit")
        await hub.ask("POST", "/sync/1/enrol", asking(code), key=OTHER_KEY, name="t2")
        assert await outcome(hub, asking(code, "t3"), name="t3") == (403, "used-code")
        for _ in range(WRONG_TRIES_MAX):
            await hub.ask("POST", "/sync/1/enrol", asking("WRONG00000"), key=OTHER_KEY, name="t2")
        response = await hub.ask("POST", "/sync/1/enrol", asking("WRONG00000"), key=OTHER_KEY, name="t2")
        assert (response.status_code, problem_of(response)) == (429, "too-many-tries")
        assert response.headers["retry-after"] == "60"


async def test_a_large_body_is_no_enrolment() -> None:
    """Nobody is known yet, so little is read."""
    async with site() as hub:
        assert await outcome(hub, b" " * 20_000) == (413, "too-large")
        assert await outcome(hub, b"{}") == (400, "unreadable")


@pytest.mark.parametrize("points", [40, 60])
async def test_points_are_held_once_and_given_back(points: int) -> None:
    """A hold of what is there is open, one of more is refused; the same again is the same, and voided it is over."""
    async with site() as hub:
        hub.till.did(enrolled())
        hub.till.did(sale(50))
        await hub.push()
        name = uuid7(1_774_094_400_000, b"\x07" * 10)
        body = msgspec.json.encode(HoldRequest(hold_id=name, member_id="m1", unit="points", points=points))
        answers = [await hub.ask("POST", "/sync/1/holds", body) for _ in range(2)]
        answers.append(await hub.ask("POST", f"/sync/1/holds/{name}/void"))
        states = [msgspec.json.decode(each.content, type=HoldAnswer).state for each in answers]
        word = HoldState.OPEN if points <= 50 else HoldState.REFUSED
        assert states == [word, word, HoldState.VOIDED]


async def test_a_hold_of_nonsense_is_bad_input() -> None:
    """Points below zero and a hold for a week are 400."""
    async with site() as hub:
        for said in ({"hold_id": "x", "points": -1}, {"hold_id": "x", "seconds": 604_800}, {}):
            response = await hub.ask("POST", "/sync/1/holds", msgspec.json.encode(said))
            assert (response.status_code, problem_of(response)) == (400, "unreadable")


async def test_a_revoked_till_holds_nothing() -> None:
    """Holds ask for the till in their own step, so revoking is at once."""
    async with site() as hub:
        assert (await hub.push()).status_code == 200
        hub.authority.revoke("t1")
        body = msgspec.json.encode(HoldRequest(hold_id="x", voucher="V"))
        assert (await hub.ask("POST", "/sync/1/holds", body)).status_code == 403
        assert (await hub.ask("POST", "/sync/1/holds/x/void")).status_code == 403


async def test_a_code_is_looked_up_and_leaves_no_trace(caplog: pytest.LogCaptureFixture) -> None:
    """Rows of whom it names, or none; the code is in no log."""
    async with site() as hub:
        hub.till.did(sale(vouchers=[issued("V-SECRET")]))
        await hub.push()
        found = []
        with caplog.at_level(logging.INFO):
            for code in ("V-SECRET", "NOBODY"):
                body = msgspec.json.encode(LookupRequest(code=code))
                response = await hub.ask("POST", "/sync/1/lookup", body)
                found.append([row.key for row in msgspec.json.decode(response.content, type=LookupAnswer).rows])
        assert found == [["V-SECRET"], []]
        assert "SECRET" not in caplog.text
        hub.authority.revoke("t1")
        assert (await hub.ask("POST", "/sync/1/lookup", b'{"code":"V-SECRET"}')).status_code == 403
