"""What the office does with members and nights, by the commands that people type."""

import json
from contextlib import AbstractContextManager
from pathlib import Path

import msgspec
import pytest
import zstandard
from click.testing import CliRunner, Result
from msgspec.structs import replace

from pos_loyalty.cli import main
from pos_loyalty.cli.exits import Exit
from pos_loyalty.cli.hub_opening import Office, office
from pos_loyalty.core.event_bodies import Body, IdentifierLinked
from pos_loyalty.core.feed import RowKind
from pos_loyalty.core.identifiers import Identifier, IdentifierKind
from pos_loyalty.core.members import Member
from pos_loyalty.core.verdicts import Outcome
from sync.hub.authority import program_row
from sync.hub.jobs.night import LAST, Last
from sync.hub.kept import Memo, Terminal
from sync.hub.terminals import Settled, settle
from tests.sync.hub.shop import CLUB, Ids, Till, enrolled, note, outcomes, sale

CARD = IdentifierLinked(identifier=Identifier(IdentifierKind.CARD, "PL-77"))


class Shop:
    """A hub in a folder, and a till that pushes to it."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "hub.toml"
        self.config.write_text(
            f'[hub]\ntime_zone = "Europe/Vienna"\ndatabase = "sqlite:///{folder}/hub.db"\nsnapshots = ""\n', "utf-8"
        )
        self._till = Till("t1", Ids())
        with self.open() as opened:
            opened.authority.enrol(Terminal(terminal_id="t1", public_key=b"k" * 32))

    def open(self) -> AbstractContextManager[Office]:
        """Open the hub as a command does."""
        return office(self.config)

    def did(self, *what: tuple[Body, str]) -> None:
        """Let the till do these things and push them."""
        events = [self._till.did(body, member) for body, member in what]
        with self.open() as opened:
            assert set(outcomes(opened.authority.push(self._till.request(*events)))) == {Outcome.APPLIED}

    def run(self, *words: str, typed: str = "") -> Result:
        """Run ``pos-loyalty hub`` with these words."""
        return CliRunner().invoke(main, ["hub", *words, "--config", str(self.config)], input=typed)

    def rows(self) -> dict[str, bytes]:
        """Return the members' documents."""
        with self.open() as opened, opened.store.reading() as reading:
            return {row.key: bytes(row.document or b"") for row in reading.rows_of(RowKind.MEMBER)}


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Return a hub with two members who have one card."""
    made = Shop(tmp_path)
    made.did((enrolled("Roya"), "m1"), (CARD, "m1"), (sale(50), "m1"), (enrolled("Zerxes"), "m2"), (CARD, "m2"))
    made.did((note("secret"), "m2"), (sale(30), "m2"))
    return made


def test_two_with_one_card_are_found_merged_and_parted(shop: Shop) -> None:
    """Check names them without the card's number; merged they are one, and parted two."""
    found = shop.run("check")
    assert found.exit_code == Exit.OK
    assert "a card names m1 and m2" in found.output
    assert "PL-77" not in found.output
    assert shop.run("member", "merge", "m2", "m1").exit_code == Exit.OK
    assert b'"points":80' in shop.rows()["m1"]
    assert "a card names" not in shop.run("check").output
    assert shop.run("member", "unmerge", "m2", "m1").exit_code == Exit.OK
    assert b'"points":30' in shop.rows()["m2"]


def test_what_cannot_be_merged_is_told(shop: Shop) -> None:
    """An id that nobody has, and two who are not one: a sentence, and 1."""
    unknown = shop.run("member", "merge", "m9", "m1")
    assert (unknown.exit_code, "nobody here has the id m9" in unknown.output) == (Exit.REFUSED, True)
    never = shop.run("member", "unmerge", "m2", "m1")
    assert (never.exit_code, "not_merged" in never.output) == (Exit.REFUSED, True)


def test_a_person_gets_all_there_is_and_is_forgotten(shop: Shop) -> None:
    """The export has document, points and events; after the erasure there is nothing, and the hub is sound."""
    exported = json.loads(shop.run("export", "m2").output)
    assert exported["document"]["name"]["given"] == "Zerxes"
    assert [event["type"] for event in exported["events"]][-2:] == ["note.written", "basket.committed"]
    assert exported["points"][0]["lots"][0]["points"] == 30
    assert exported["tills"] == ["t1"]
    assert shop.run("export", "m9").exit_code == Exit.REFUSED
    assert shop.run("member", "erase", "m2", typed="n\n").exit_code == Exit.REFUSED
    assert b"Zerxes" in shop.rows()["m2"]
    erased = shop.run("member", "erase", "m2", "--yes")
    assert (erased.exit_code, "3 events were emptied" in erased.output) == (Exit.OK, True)
    assert "m2" not in shop.rows()
    after = json.loads(shop.run("export", "m2").output)
    assert (after["document"], "Zerxes" in json.dumps(after), "secret" in json.dumps(after)) == (None, False, False)
    assert shop.run("check").exit_code == Exit.OK


def test_an_export_of_one_has_both_and_of_two_only_its_own(shop: Shop) -> None:
    """Merged, it is one person; parted, the book is shared and the other's points are left out."""
    shop.run("member", "merge", "m2", "m1")
    assert json.loads(shop.run("export", "m2").output)["ids"] == ["m1", "m2"]
    shop.run("member", "unmerge", "m2", "m1")
    own = json.loads(shop.run("export", "m2").output)
    assert own["ids"] == ["m2"]
    assert [lot["points"] for lot in own["points"][0]["lots"]] == [30]


def test_nights_are_made_and_told(shop: Shop) -> None:
    """None was made; then today's is; then none is due, and it can be made again."""
    assert "no night yet; 1 due" in shop.run("jobs", "--status").output
    assert shop.run("jobs", "--dry-run").exit_code == Exit.REFUSED
    made = shop.run("jobs")
    assert (made.exit_code, "2 sales priced again" in made.output) == (Exit.OK, True)
    assert "none due" in shop.run("jobs", "--status").output
    assert shop.run("jobs", "--dry-run").exit_code == Exit.OK
    assert ": 0 events" in shop.run("jobs", "--now").output
    assert "2 sales come out otherwise" in shop.run("check").output


def test_a_clock_that_jumped_is_doubted(shop: Shop) -> None:
    """The last night is 40 days ago: it wants a word, and makes them with it."""
    shop.run("jobs")
    with shop.open() as opened:
        forget_nights(opened, 40)
    doubted = shop.run("jobs")
    assert (doubted.exit_code, "is the clock right?" in doubted.output) == (Exit.REFUSED, True)
    made = shop.run("jobs", "--yes")
    assert (made.exit_code, made.output.count(" events")) == (Exit.OK, 40)


def forget_nights(opened: Office, days: int) -> None:
    """Put the last night back by some days."""
    with opened.store.transaction() as step:
        memo = step.memo(LAST)
        assert memo is not None
        last = msgspec.json.decode(memo.document, type=Last)
        earlier = replace(last, day=last.day.fromordinal(last.day.toordinal() - days))
        step.put_memos([Memo(*LAST, msgspec.json.encode(earlier))])
        step.commit()


def test_a_hub_that_contradicts_itself_is_told_of(shop: Shop) -> None:
    """A checksum that is not that of its rows: a line, and 1."""
    with shop.open() as opened, opened.store.transaction() as step:
        partition, counter = next(iter(step.counters().items()))
        step.put_counters({partition: counter._replace(checksum=7)})
        step.commit()
    wrong = shop.run("check")
    assert (wrong.exit_code, "wrong: the checksum of partition" in wrong.output) == (Exit.REFUSED, True)


def test_old_events_go_into_an_archive_that_can_be_checked_and_forgets_as_well(shop: Shop, tmp_path: Path) -> None:
    """What was not priced again stays; then all goes, only the hub reads who it was, and after an erasure nobody."""
    folder = tmp_path / "archive"
    assert "0 events archived" in shop.run("archive", str(folder), "--before", "2100-01-01").output
    shop.run("jobs")
    archived = shop.run("archive", str(folder), "--before", "2100-01-01")
    assert (archived.exit_code, " events archived" in archived.output) == (Exit.OK, True)
    assert "Zerxes" not in str(shop.run("export", "m2").output.partition('"events"')[2])
    assert "Zerxes" in str(json.loads(shop.run("export", "m2", "--archive", str(folder)).output)["archived"])
    assert shop.run("check", "--archive", str(folder)).exit_code == Exit.OK
    (packed,) = folder.glob("*.zst")
    before = packed.read_bytes()
    assert not any(name in zstandard.decompress(before, 1 << 20) for name in (b"Zerxes", b"Roya"))
    assert shop.run("member", "erase", "m2", "--yes").exit_code == Exit.OK
    assert packed.read_bytes() == before
    assert "Zerxes" not in shop.run("export", "m2", "--archive", str(folder)).output
    assert shop.run("check", "--archive", str(folder)).exit_code == Exit.OK
    packed.write_bytes(packed.read_bytes()[:-1])
    wrong = shop.run("check", "--archive", str(folder))
    assert (wrong.exit_code, "is not what was written" in wrong.output) == (Exit.REFUSED, True)


def test_the_night_sets_points_aside_for_the_tills_that_are_named(shop: Shop) -> None:
    """As hub.toml says; check has nothing to say of a till that is heard of, and one that is revoked keeps nothing."""
    with shop.config.open("a", encoding="utf-8") as file:
        file.write('[allowance]\nterminals = ["t1"]\nmost = { points = 20 }\n')
    with shop.open() as opened:
        opened.authority.enrol(Terminal(terminal_id="t1", store_id="s1", public_key=b"k" * 32))
        with opened.store.transaction() as step:
            now_ms = opened.authority.shop(step).now_ms
            settle(step, "t1", Settled(step.epochs()[-1].name, now_ms))
            step.commit()
    assert shop.run("jobs").exit_code == Exit.OK
    held = [msgspec.json.decode(row, type=Member).held.values() for row in shop.rows().values()]
    assert [[(each.terminal, each.points) for each in one] for one in held] == [[("t1", 20)], [("t1", 15)]]
    assert "set aside" not in shop.run("check").output
    assert shop.run("revoke", "t1").exit_code == Exit.OK
    assert shop.run("jobs", "--now").exit_code == Exit.OK
    assert [msgspec.json.decode(row, type=Member).held for row in shop.rows().values()] == [{}, {}]


def test_names_in_the_allowances_that_nobody_has_are_told(shop: Shop) -> None:
    """A till that is not enrolled and an account of no program: both are likely misspelt, and neither is a fault."""
    with shop.config.open("a", encoding="utf-8") as file:
        file.write('[allowance]\nterminals = ["t1", "tt2"]\nmost = { points = 20, pionts = 5 }\n')
    with shop.open() as opened:
        opened.authority.enrol(Terminal(terminal_id="t1", store_id="s1", public_key=b"k" * 32))
        opened.authority.publish([program_row(CLUB)])
    told = shop.run("check")
    assert told.exit_code == Exit.OK
    assert [line for line in told.output.splitlines() if line.startswith("[allowance]")] == [
        "[allowance] terminals: tt2 is not enrolled: is that its name?",
        "[allowance] most: no program has an account pionts: is that its name?",
    ]
