"""scan and member, against a real service over its socket."""

import msgspec
import pytest
from click.testing import CliRunner

from pos_loyalty.cli import main
from pos_loyalty.cli.demo.place import Place
from pos_loyalty.core.members import Member
from pos_loyalty.sample import AMBIGUOUS_CODE
from pos_loyalty.sample.products import sample_products
from pos_loyalty.sample.stars import AHMAD, EMILY, REZA


def _ask(till: Place, *arguments: str) -> tuple[int, str, str]:
    ran = CliRunner().invoke(main, [*arguments, "--socket", str(till.socket)])
    return ran.exit_code, ran.stdout, ran.stderr


@pytest.mark.parametrize(
    ("code", "exit_code", "out"),
    [
        (REZA.code, 0, "member: آقای رضایی"),
        (EMILY.barcode, 0, "member: Ms Emily Carter"),
        (sample_products()[0].codes[0], 0, "product: Grey wool suit, 148,000,000 IRR"),
        (AMBIGUOUS_CODE, 1, "ambiguous: the code names several people"),
        ("PL-404", 1, "unknown_code: the code names nobody"),
        ("4111 1111 1111 1111", 1, "payment_card: the code is a payment card and was refused"),
    ],
)
def test_asking_says_whom_a_code_names(till: Place, code: str, exit_code: int, out: str) -> None:
    """One sentence and one exit code for each outcome; a payment card is not repeated."""
    ended, said, _ = _ask(till, "scan", "--ask", code)
    assert (ended, said.splitlines()[0][: len(out)]) == (exit_code, out)
    assert "4111" not in said


def test_a_scan_reaches_the_till_and_its_screen(till: Place) -> None:
    """What is scanned from the command line is shown as if a reader had read it."""
    ended, said, _ = _ask(till, "scan", "--json", AHMAD.code)
    answer = msgspec.json.decode(said)
    assert ended == 0
    assert answer["till"]["stage"] == "identified"
    assert answer["till"]["member"]["member_id"] == answer["answer"]["members"][0]["member_id"] == AHMAD.member_id


def test_a_code_can_come_from_standard_input(till: Place) -> None:
    """So that the signs of a pass need no quoting, and no list of processes shows it."""
    ran = CliRunner().invoke(main, ["scan", "--ask", "-", "--socket", str(till.socket)], input=f"{REZA.code}\r\n")
    assert ran.exit_code == 0
    assert ran.stdout.startswith("member: آقای رضایی")


def test_a_member_is_shown_by_code_and_by_id(till: Place) -> None:
    """Both print the same facts: points, likes and notes in the member's own words."""
    by_code = _ask(till, "member", "show", REZA.code)
    assert by_code == _ask(till, "member", "show", REZA.member_id)
    assert by_code[0] == 0
    for fact in ("2,480 points in club", "drink: چای دارچین", "birthday of دخترم سارا", "کفش آکسفورد مشکی"):
        assert fact in by_code[1]


def test_members_are_found_by_the_beginning_of_a_name(till: Place) -> None:
    """Nobody found is told with exit code 1."""
    ended, said, _ = _ask(till, "member", "search", "emi car")
    assert (ended, said.split("  ")[0]) == (0, "Ms Emily Carter")
    ended, said, err = _ask(till, "member", "search", "zzz")
    assert (ended, said) == (1, "")
    assert "try fewer letters" in err


def test_a_note_is_in_the_client_book_at_once(till: Place) -> None:
    """It is found in the document, and the answer names its event."""
    ended, said, _ = _ask(till, "member", "note", EMILY.code, "Likes the window seat", "--json")
    event_id = msgspec.json.decode(said)["event_id"]
    member = msgspec.json.decode(_ask(till, "member", "show", "--json", EMILY.member_id)[1], type=Member)
    assert ended == 0
    assert (member.notes[0].event_id, member.notes[0].text) == (event_id, "Likes the window seat")


@pytest.mark.parametrize(
    ("who", "sentence"),
    [
        ("PL-404", "neither the id of a member nor a code that names one"),
        (AMBIGUOUS_CODE, "the code names several people; give the id of one"),
        ("00000000-0000-7000-8000-000000000000", "no member with this id"),
    ],
)
def test_a_member_that_cannot_be_told_is_refused_with_a_sentence(till: Place, who: str, sentence: str) -> None:
    """Exit code 1, and what to do."""
    ended, _, err = _ask(till, "member", "show", who)
    assert ended == 1
    assert sentence in err


def test_a_till_that_is_not_there_is_unavailable(here: Place) -> None:
    """Exit code 69 and the way to start it."""
    ended, _, err = _ask(here, "scan", "PL-1001")
    assert ended == 69
    assert "start it with `pos-loyalty serve`" in err
