"""Reports of a stripe reader become the text of its tracks, and nothing of them stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.codes.reading import read
from drivers.codes.reading_settings import ReadingSettings
from drivers.lexers.framing import Frame, FrameFault
from drivers.lexers.stripe_reports import StripeLexer, misfit, track_text
from drivers.pipeline import Pipeline
from pos_loyalty.core.decisions import Outcome
from pos_loyalty.core.scans import RefusedScan, Scan, ScanFault
from tests.drivers.hid_reports import KEYBOARD, MAGNESAFE, MAGTEK, POS_SCANNER, STRIPE_READER, swipe

BANK = (b"%B4111111111111111^CARTER/EMILY^30121010000000000?", b";4111111111111111=30121010000000000?")
MEMBER = b";1234567=9901?"


def test_the_tracks_of_a_member_card_are_read() -> None:
    """Three tracks, the third with the sentinel that tells it from the second."""
    report = swipe(b"%1234567^CARTER/EMILY?", MEMBER, b";1234567=42?")
    assert len(report) == 337
    text = b"%1234567^CARTER/EMILY?;1234567=9901?+1234567=42?"
    assert StripeLexer().receive(report, 7) == [Frame(text, 7, 7)]
    decision = read(text, "hidmsr", ReadingSettings())
    assert (decision.outcome, decision.fields) == (Outcome.MEMBER, {"number": "1234567"})


@pytest.mark.parametrize(("front", "behind"), [(b"\1", b""), (b"", b"\5"), (b"\1", b"\5")])
@pytest.mark.parametrize("tracks", [(b"", MEMBER), (b"%1234567?",), (b"", b"", MEMBER), (b"%1?", MEMBER, MEMBER)])
def test_an_id_in_front_and_a_status_behind_change_nothing(
    front: bytes, behind: bytes, tracks: tuple[bytes, ...]
) -> None:
    """Whichever of the tracks there are."""
    assert track_text(front + swipe(*tracks) + behind) == track_text(swipe(*tracks))


def test_a_track_that_could_not_be_decoded_is_a_read_error() -> None:
    """It is told apart from one that is empty; the others are read."""
    assert track_text(swipe(b"", MEMBER, failed=(1,))) == b"%E?" + MEMBER
    assert track_text(swipe(b"", b"", b"", failed=(1, 2, 3))) == b"%E?;E?+E?"
    assert track_text(swipe()) == b"%E?;E?+E?"
    assert read(b"%E?;E?+E?", "hidmsr", ReadingSettings()).outcome is Outcome.UNREADABLE


def test_an_lrc_behind_the_end_sentinel_is_passed_on() -> None:
    """``drivers.codes.stripe`` checks it."""
    assert track_text(swipe(b"", b";1234567890?5")) == b";1234567890?5"


@pytest.mark.parametrize(
    "report",
    [
        swipe(b"\x93" * 48, b"\x12" * 40),
        swipe(b"1234567"),
        swipe(b";1234567"),
        swipe(b"", MEMBER)[:-1],
        bytes(851),
        b"",
    ],
    ids=["encrypted", "no start", "no end", "short", "MagneSafe", "empty"],
)
def test_a_report_of_another_layout_is_refused(report: bytes) -> None:
    """Nothing is read out of it."""
    assert StripeLexer().receive(report, 3) == [FrameFault(ScanFault.UNREADABLE, b"", 3, 3)]


def test_a_bank_card_is_refused_and_nothing_of_it_stays() -> None:
    """The answer has no field for it, and neither lexer nor pipeline holds a byte of it."""
    lexer = StripeLexer()
    line = Pipeline("counter", "hidmsr", lexer, ReadingSettings(), debounce_ms=1500)
    (refused,) = line.receive(swipe(*BANK), 5)
    assert isinstance(refused, RefusedScan)
    assert refused.fault is ScanFault.PAYMENT_CARD
    assert vars(lexer) == {}
    held = repr([vars(line), vars(line._debounce), refused])
    assert "4111111111111111" not in held
    (scan,) = line.receive(swipe(b"", MEMBER), 6)
    assert isinstance(scan, Scan)


def test_nothing_is_waited_for_and_nothing_is_answered() -> None:
    """A swipe is one report."""
    lexer = StripeLexer()
    assert (lexer.deadline_ns, lexer.silence(5), lexer.reset(), lexer.owed()) == (None, [], [], b"")


def test_the_descriptor_tells_stripe_readers_from_other_devices() -> None:
    """The page of the standard and that of MagTek are read; a reader that encrypts is refused with the reason."""
    assert misfit(MAGTEK) == ""
    assert misfit(STRIPE_READER) == ""
    assert misfit(MAGNESAFE) == (
        "encrypts what it reads (reports of 348 bytes), and a till has no key: use one that does not"
    )
    assert misfit(bytes.fromhex("05 8e 09 01 a1 01 75 08 95 40 81 02 c0")).startswith("has reports of 64 bytes")
    for other in (KEYBOARD, POS_SCANNER, b""):
        assert misfit(other).startswith("is no stripe reader in HID mode")


@given(st.binary(max_size=400) | st.binary(min_size=337, max_size=339))
def test_no_bytes_raise(report: bytes) -> None:
    """Any report is one frame or one fault."""
    (result,) = StripeLexer().receive(report, 1)
    assert isinstance(result, Frame) or result.payload == b""
