"""Stripes give a member number, or the reason why not, and never a bank card's."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from drivers.codes.stripe import StripeFault, Track, has_sentinels, lrc, member_numbers, tracks

PAN = "6037997111111119"
TRACK_1 = f"%B{PAN}^REZAEI/REZA^2912101000000000?"
TRACK_2 = f";{PAN}=29121010000000000?"
NUMERIC = st.text("0123456789:<=>", min_size=1, max_size=37)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (";1234567?", (Track(2, "1234567"),)),
        (";1234567?\r", (Track(2, "1234567"),)),
        ("%1234567^CARTER/EMILY?;1234567=9901?", (Track(1, "1234567^CARTER/EMILY"), Track(2, "1234567=9901"))),
        ("%MEMBER-42?\r;1234567?\r+998877?\r", (Track(1, "MEMBER-42"), Track(2, "1234567"), Track(3, "998877"))),
        ("%E?;1234567?+E?", (Track(2, "1234567"),)),
        ("%MEMBER-42?;E?+E?", (Track(1, "MEMBER-42"),)),
        ("1234567", (Track(2, "1234567"),)),
        ("1234567=9901", (Track(2, "1234567=9901"),)),
        ("MEMBER-42^CARTER", (Track(1, "MEMBER-42^CARTER"),)),
        ("%E?;E?+E?", StripeFault.READ_ERROR),
        (";E?", StripeFault.READ_ERROR),
        ("E", StripeFault.READ_ERROR),
        (";1234567", StripeFault.CUT),
        ("1234567?", StripeFault.CUT),
        ("%1234567;1234567?", (Track(1, "1234567;1234567"),)),
        (";12A4567?", StripeFault.CUT),
        (";1234567?;1234567?", StripeFault.CUT),
        ("%abc?", StripeFault.CUT),
        (";?", StripeFault.EMPTY),
        ("", StripeFault.EMPTY),
    ],
)
def test_a_swipe_is_taken_apart(text: str, expected: tuple[Track, ...] | StripeFault) -> None:
    """With sentinels and without, one track or three; what is cut or garbled is refused."""
    assert tracks(text) == expected


@pytest.mark.parametrize(("number", "data", "check"), [(2, "1234567890", "5"), (1, "A", "["), (3, "1234567890", "5")])
def test_the_lrc_is_computed_over_the_sentinels_too(number: int, data: str, check: str) -> None:
    """Worked by hand: the XOR of every character of the track, from start to end sentinel."""
    assert lrc(number, data) == check


@given(NUMERIC, st.data())
def test_a_track_with_one_wrong_character_is_refused(data: str, draw: st.DataObject) -> None:
    """Where the reader sends the LRC, no single wrong character passes."""
    assume(isinstance(tracks(f";{data}?"), tuple))
    assert tracks(f";{data}?{lrc(2, data)}") == (Track(2, data),)
    index = draw.draw(st.integers(0, len(data) - 1))
    wrong = draw.draw(st.sampled_from("0123456789:<=>"))
    assume(wrong != data[index])
    spoilt = data[:index] + wrong + data[index + 1 :]
    assert tracks(f";{spoilt}?{lrc(2, data)}") in {StripeFault.LRC, StripeFault.PAYMENT_CARD}


@given(st.text("ABC 123/-", min_size=1, max_size=11), st.text("0123456789", min_size=1, max_size=11))
def test_two_tracks_with_their_lrc_are_told_apart(one: str, two: str) -> None:
    """An LRC that looks like the next track's sentinel does not confuse the tracks."""
    swipe = f"%{one}?{lrc(1, one)};{two}?{lrc(2, two)}"
    assert tracks(swipe) == (Track(1, one), Track(2, two))


@pytest.mark.parametrize(
    "text",
    [
        TRACK_1,
        TRACK_2,
        TRACK_1 + TRACK_2,
        f"%E?{TRACK_2}+E?",
        f"{TRACK_1};E?",
        TRACK_2.strip(";?"),
        f";{PAN}?",
        f"%E?;{PAN}?",
        f";{PAN}?{lrc(2, PAN)}",
        f"%B{PAN}?",
        f"%{PAN}?;1234567?",
        f";{PAN}9121010000000000?",
        f"+01{PAN}=0?",
        ";6037997111111118=29121010000000000?",
        "%B603799711111111^A/B^291201?",
        "%B603799711111111U^REZAEI?",
        "%603799711111111^A/B^2912101?",
        ";603799711111111100000079=29121010000000000?",
    ],
)
def test_bank_cards_are_refused_on_any_track(text: str) -> None:
    """Whole, bare, beside a bad track, behind an LRC or without its separator, a bank card is refused as one."""
    assert tracks(text) is StripeFault.PAYMENT_CARD


@pytest.mark.parametrize("swipe", [TRACK_1, TRACK_2, TRACK_1 + TRACK_2, TRACK_2.strip(";?")])
def test_a_bank_card_read_with_any_one_error_is_no_member(swipe: str) -> None:
    """One character lost, added or replaced, anywhere: what is left of the number names nobody."""
    spoilt = {
        swipe[:index] + char + swipe[index + length :]
        for index in range(len(swipe))
        for char in ("", *"0369=^;%?+EBX ")
        for length in (0, 1)
    }
    named = {text: found for text in spoilt if isinstance(found := tracks(text), tuple) and member_numbers(found)}
    assert named == {}


@pytest.mark.parametrize(
    ("found", "numbers"),
    [
        ((Track(1, "1234567^CARTER/EMILY"), Track(2, "1234567=9901")), ("1234567",)),
        ((Track(1, "B1234567^CARTER/EMILY"), Track(2, "1234567")), ("1234567",)),
        ((Track(1, "MEMBER-42"),), ("MEMBER-42",)),
        ((Track(1, "1234567"), Track(2, "7654321")), ("1234567", "7654321")),
        ((Track(2, "12"),), ()),
        ((Track(2, "12345678901234567890"),), ()),
        ((Track(2, "=9901"),), ()),
        ((Track(1, "CARTER/EMILY^"),), ()),
    ],
)
def test_the_member_number_stands_in_front(found: tuple[Track, ...], numbers: tuple[str, ...]) -> None:
    """Tracks that agree give one number, tracks that do not give both, names give none."""
    assert member_numbers(found) == numbers


@pytest.mark.parametrize(("text", "framed"), [(";1?", True), ("%A?x\r", True), ("+98912", False), ("?", False)])
def test_a_stripe_behind_a_keyboard_reader_is_known_by_its_sentinels(text: str, *, framed: bool) -> None:
    """Keyboard readers send stripes too, mixed with bar codes."""
    assert has_sentinels(text) is framed


@given(st.text(max_size=80) | st.text("%;+?E0123456789=^B \r", max_size=80))
def test_any_text_gives_tracks_or_a_fault(text: str) -> None:
    """Nothing raises, and no number of a bank card comes out."""
    found = tracks(text)
    if isinstance(found, tuple):
        assert found
        assert all(PAN not in number for number in member_numbers(found))
