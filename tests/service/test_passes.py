"""Member passes at the till: with and without a row, good once, refused with a reason, over files that change."""

from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from pos_loyalty.core.basket import Basket, BasketStatus, LineRequest
from pos_loyalty.core.members import Member
from pos_loyalty.core.passes import Claims, PassFault
from pos_loyalty.core.session import NoticeCode, Stage
from pos_loyalty.errors import StoreFull
from pos_loyalty.ports import ReplicaContents, Store
from pos_loyalty.service.clock import RandomIds
from pos_loyalty.service.passes import NOTICES, PassCheck, PassFiles
from pos_loyalty.service.wire import Health, IdentifyAnswer, TillView
from pos_loyalty.store.sqlite import SqliteStore
from tests.support.pass_files import (
    PRIVATE,
    RETIRED,
    STOLEN,
    STRANGER,
    claims_of,
    files_in,
    printed,
    shown,
    write,
)
from tests.support.running_till import RunningTill, running
from tests.support.small_shop import CLUB, EMILY, NOW, PRODUCTS, SHIRT, SHIRT_CODE, THANKS, ManualClock

LOST = claims_of("m-lost")
STRANGER_ID = "m-elsewhere"
ROTATING = claims_of("m-emily", rotates=True)


@pytest.fixture
def files(tmp_path: Path) -> PassFiles:
    """The keys of the shop, with one pass revoked."""
    return files_in(tmp_path / "passes", revoked=(LOST,))


@pytest.fixture
async def till(store: Store, tmp_path: Path, clock: ManualClock, files: PassFiles) -> AsyncIterator[RunningTill]:
    """A till that has the keys."""
    async with running(store, tmp_path / "till.sock", clock=clock, pass_files=files) as it:
        yield it


async def scanned(till: RunningTill, text: str) -> TillView:
    """Return the view after a text was typed."""
    view = await till.client.scan(text)
    assert isinstance(view, TillView), view
    return view


def events(store: Store) -> list[str]:
    """Return what happened, by type."""
    return [event.type for event in store.events()]


async def test_a_pass_of_a_known_member_greets_by_the_row(till: RunningTill, store: Store) -> None:
    """Name, tier and history are those of the store, and nothing but the visit is written."""
    view = await scanned(till, printed(claims_of(EMILY.member_id)))
    assert view.member is not None
    assert (view.member.name, view.member.tier, view.member.from_pass) == (EMILY.name, "silver", False)
    assert events(store) == ["visit.opened"]


async def test_a_pass_of_a_member_without_a_row_greets_sells_and_earns(till: RunningTill, store: Store) -> None:
    """By what the pass says: rewards that cost points are not there, what the sale earns is written for the member."""
    view = await scanned(till, printed(claims_of(STRANGER_ID)))
    assert view.stage is Stage.IDENTIFIED
    assert view.member is not None
    assert (view.member.name.given, view.member.tier, view.member.from_pass) == ("Ms Carter", "gold", True)
    opened = await till.client.open_basket()
    assert isinstance(opened, Basket)
    priced = await till.client.replace(opened.basket_id, (LineRequest(product=SHIRT),))
    assert isinstance(priced, Basket)
    assert priced.evaluation is not None
    assert priced.evaluation.claimable == ()
    sold = await till.client.commit(priced.basket_id)
    assert isinstance(sold, Basket)
    assert (sold.status, sold.member_id) == (BasketStatus.COMMITTED, STRANGER_ID)
    assert sold.receipt is not None
    assert sold.receipt.balances_after == {"club": 25}
    assert events(store) == ["pass.shown", "visit.opened", "basket.committed", "visit.closed"]
    assert {event.member_id for event in store.events()} == {STRANGER_ID}


async def test_the_row_takes_over_when_it_comes(till: RunningTill, store: Store) -> None:
    """What this till did meanwhile is on top of it; the pass says no more than who it is."""
    await scanned(till, printed(claims_of(STRANGER_ID)))
    row = Member(member_id=STRANGER_ID, name=EMILY.name, tier="silver", balances={"club": 700})
    store.load(ReplicaContents(members=(row,), products=PRODUCTS, programs=(CLUB, THANKS)))
    await till.client.dismiss()
    view = await scanned(till, printed(claims_of(STRANGER_ID)))
    assert view.member is not None
    assert (view.member.name, view.member.tier, view.member.from_pass) == (EMILY.name, "silver", False)
    assert (view.member.balances, view.member.visit_count) == ({"club": 700}, 1)
    assert events(store).count("pass.shown") == 1


async def test_a_pass_joins_the_basket_that_is_open(till: RunningTill) -> None:
    """As a card does, and never swaps its member."""
    await scanned(till, SHIRT_CODE)
    view = await scanned(till, printed(claims_of(STRANGER_ID)))
    assert view.basket is not None
    assert view.basket.member_id == STRANGER_ID
    again = await scanned(till, printed(claims_of("m-another")))
    assert again.notice is not None
    assert (again.notice.code, again.member and again.member.member_id) == (NoticeCode.BASKET_HAS_MEMBER, STRANGER_ID)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (printed(LOST), NoticeCode.PASS_REVOKED),
        (printed(claims_of("m-x"), STOLEN), NoticeCode.PASS_REVOKED),
        (printed(claims_of("m-x"), RETIRED), NoticeCode.PASS_FORGED),
        (printed(claims_of("m-x"), STRANGER), NoticeCode.PASS_FOREIGN),
        (printed(claims_of("m-x", days=1)), NoticeCode.PASS_EXPIRED),
        (printed(claims_of("m-x", issued=NOW + timedelta(days=1))), NoticeCode.PASS_CLOCK),
        (printed(claims_of("m-x"))[:-1], NoticeCode.PASS_MISREAD),
        (printed(claims_of("m-x")).replace("PL45", "PL32"), NoticeCode.PASS_MISREAD),
        (shown(ROTATING, NOW - timedelta(minutes=5)), NoticeCode.PASS_STALE),
        (shown(ROTATING, NOW, key=PRIVATE), NoticeCode.PASS_STALE),
    ],
)
async def test_a_pass_that_is_not_good_greets_nobody_and_says_why(
    till: RunningTill, store: Store, text: str, why: NoticeCode
) -> None:
    """Each reason is a word of its own where a cashier does something else; nothing is written."""
    view = await scanned(till, text)
    assert (view.stage, view.refusal, view.member) == (Stage.REFUSED, why, None)
    assert events(store) == []


async def test_a_forged_pass_is_told(till: RunningTill) -> None:
    """A sign of the signature was changed for another that the base has."""
    text = printed(claims_of("m-x"))
    changed = "0" if text[-20] != "0" else "1"
    view = await scanned(till, text[:-20] + changed + text[-19:])
    assert view.refusal is NoticeCode.PASS_FORGED


async def test_each_step_of_a_rotating_pass_is_good_once(till: RunningTill, store: Store, clock: ManualClock) -> None:
    """A picture of it is refused while its code is still of this minute; the next code is good again."""
    text = shown(ROTATING, NOW)
    assert (await scanned(till, text)).stage is Stage.IDENTIFIED
    await till.client.dismiss()
    assert (await scanned(till, text)).refusal is NoticeCode.PASS_STALE
    clock.go_on(timedelta(seconds=30))
    view = await scanned(till, shown(ROTATING, clock.now()))
    assert view.member is not None
    assert (view.stage, view.member.name) == (Stage.IDENTIFIED, EMILY.name)
    assert events(store) == ["pass.shown", "visit.opened", "visit.closed", "pass.shown", "visit.opened"]


async def test_a_step_that_was_used_stays_used_when_the_till_is_started_again(
    tmp_path: Path, clock: ManualClock, files: PassFiles
) -> None:
    """On disk: the store is closed and opened between the two, and whom the pass named is still there."""
    text = shown(claims_of(STRANGER_ID, rotates=True), NOW)
    for number in range(2):
        with closing(SqliteStore(tmp_path / "store", clock=clock, ids=RandomIds())) as store:
            async with running(store, tmp_path / f"{number}.sock", clock=clock, pass_files=files) as till:
                if number:
                    resumed = await till.client.till()
                    assert resumed.member is not None
                    assert (resumed.member.name.given, resumed.member.from_pass) == ("Ms Carter", True)
                view = await scanned(till, text)
                told = view.notice and view.notice.code
                assert (view.stage, told) == (Stage.IDENTIFIED, NoticeCode.PASS_STALE if number else None)


async def test_a_disk_that_is_full_greets_by_no_pass_that_must_be_written(
    store: Store, tmp_path: Path, clock: ManualClock, files: PassFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not on disk could be used again after a restart."""

    def full(_: object) -> None:
        raise StoreFull("the disk is full")

    async with running(store, tmp_path / "till.sock", clock=clock, pass_files=files) as till:
        monkeypatch.setattr(store, "commit", full)
        view = await scanned(till, shown(ROTATING, NOW))
    assert (view.stage, view.notice and view.notice.code) == (Stage.IDLE, NoticeCode.STORE_FULL)


async def test_a_till_without_keys_says_so(running_till: RunningTill) -> None:
    """No pass is taken where nothing is configured."""
    view = await scanned(running_till, printed(claims_of(EMILY.member_id)))
    assert view.refusal is NoticeCode.PASS_UNCHECKED


async def test_without_the_key_for_codes_a_rotating_pass_is_not_taken_for_a_static_one(
    store: Store, tmp_path: Path, clock: ManualClock
) -> None:
    """The till says that it cannot check it, and takes those that do not rotate."""
    files = files_in(tmp_path / "passes", rotates=False)
    async with running(store, tmp_path / "till.sock", clock=clock, pass_files=files) as till:
        assert (await scanned(till, shown(ROTATING, NOW))).refusal is NoticeCode.PASS_UNCHECKED
        assert (await scanned(till, printed(claims_of(EMILY.member_id)))).stage is Stage.IDENTIFIED


async def test_a_plug_in_may_ask_about_a_pass_and_uses_up_nothing(till: RunningTill, store: Store) -> None:
    """Whom it names, also without a row, or why it is refused."""
    for text, outcome, name, reason in (
        (shown(ROTATING, NOW), "member", EMILY.name.given, ""),
        (printed(claims_of(STRANGER_ID)), "member", "Ms Carter", ""),
        (printed(LOST), "pass_revoked", "", "it was revoked"),
    ):
        answer = await till.client.identify(text)
        assert isinstance(answer, IdentifyAnswer)
        called = "".join(member.name.given for member in answer.members)
        assert (answer.outcome, called, answer.reason) == (outcome, name, reason)
    assert events(store) == []


@pytest.fixture
def check(store: Store, files: PassFiles) -> PassCheck:
    """The files being watched."""
    return PassCheck(files, store)


def taken(check: PassCheck, claims: Claims) -> bool:
    """Whether a pass that does not rotate is good now."""
    return not hasattr(check.check(printed(claims), NOW), "why")


def test_a_list_that_changes_counts_at_once(check: PassCheck, files: PassFiles) -> None:
    """Nobody restarts a till because a pass was lost."""
    found = claims_of("m-found")
    assert (taken(check, LOST), taken(check, found)) == (False, True)
    assert files.ring is not None
    files_in(files.ring.parent, revoked=(found,))
    assert (taken(check, LOST), taken(check, found)) == (True, False)


@pytest.mark.parametrize("name", ["ring", "revoked", "rotation_key"])
@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[1]", b'{"passes":' + b"[" * 9999, b"the other", None])
def test_a_file_that_breaks_leaves_in_force_what_it_said(
    check: PassCheck, files: PassFiles, name: str, content: bytes | None
) -> None:
    """And the health of the till names it, without quoting it, until it is whole again."""
    file = getattr(files, name)
    whole = file.read_bytes()
    assert list(check.problems) == []
    if content is None:
        file.unlink()
    else:
        other = files.revoked if name == "ring" else files.ring
        write(file, other.read_bytes() if content == b"the other" and other else content)
    told = check.problems
    assert [sentence.partition(": ")[0] for sentence in told] == [str(file)]
    assert told[0].endswith("what it said before is still in force")
    assert (taken(check, LOST), taken(check, claims_of("m-found"))) == (False, True)
    write(file, whole)
    assert list(check.problems) == []


@pytest.mark.parametrize("name", ["ring.json", "revoked.json"])
def test_until_every_named_file_was_read_once_no_pass_is_taken(store: Store, tmp_path: Path, name: str) -> None:
    """Without the list a lost one would be."""
    files = files_in(tmp_path / "passes")
    (tmp_path / "passes" / name).unlink()
    check = PassCheck(files, store)
    assert not taken(check, claims_of("m-found"))
    assert len(check.problems) == 1
    files_in(tmp_path / "passes")
    assert taken(check, claims_of("m-found"))


async def test_a_secret_that_others_may_read_is_not_used(till: RunningTill, files: PassFiles) -> None:
    """It may be in wrong hands already; the health says what to do."""
    assert files.rotation_key is not None
    files.rotation_key.chmod(0o640)
    assert (await scanned(till, shown(ROTATING, NOW))).refusal is NoticeCode.PASS_UNCHECKED
    health = await till.client.health()
    assert isinstance(health, Health)
    (sentence,) = health.pass_problems
    assert "others may read this secret; chmod 600" in sentence


def test_every_fault_of_a_pass_has_a_notice() -> None:
    """A new one is not forgotten."""
    assert set(NOTICES) == set(PassFault)
