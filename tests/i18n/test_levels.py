"""UAX #9 against Unicode's own conformance file, and what it does not cover."""

import pytest

from pos_loyalty.i18n import mirrors
from pos_loyalty.i18n.levels import bidi_class, first_strong, resolve, visual_order
from tests.i18n.bidi_cases import SAMPLE, WHOLE, BidiCase, read_cases, sample

needs_unicode_data = pytest.mark.skipif(
    not WHOLE.exists(), reason=f"{WHOLE} is not installed (Debian package unicode-data)"
)


def _conforms(case: BidiCase) -> bool:
    base = (first_strong(case.text) or 0) if case.base is None else case.base
    levels = resolve(case.text, base)
    kept = [i for i, level in enumerate(case.levels) if level is not None]
    order = [kept[k] for k in visual_order([levels[i] for i in kept])]
    return (
        base == case.resolved_base
        and all(want is None or got == want for got, want in zip(levels, case.levels, strict=True))
        and order == case.order
    )


def test_the_sample_of_the_conformance_file_is_resolved_as_unicode_says() -> None:
    """Levels and order are right for each of the 1,900 sampled lines, all embeddings among them."""
    cases = list(read_cases(SAMPLE))
    assert len(cases) > 1900
    assert [case for case in cases if not _conforms(case)] == []


@needs_unicode_data
def test_the_whole_conformance_file_is_resolved_as_unicode_says() -> None:
    """Levels and order are right for every line of BidiCharacterTest.txt (about 92,000, 3 s)."""
    failed = total = 0
    for case in read_cases(WHOLE):
        total += 1
        failed += not _conforms(case)
    assert (failed, total > 90_000) == (0, True)


@needs_unicode_data
def test_the_vendored_sample_is_drawn_from_the_installed_file() -> None:
    """The sample is a part of the file and not an edited one, while both are of one Unicode version."""
    text = WHOLE.read_text("utf-8")
    if "BidiCharacterTest-15.0.0" not in text:
        pytest.skip("the installed file is of another Unicode version than the sample")
    assert sample(text.splitlines()) == [
        line for line in SAMPLE.read_text("utf-8").splitlines() if not line.startswith("#")
    ]


@needs_unicode_data
def test_brackets_and_mirrors_are_those_of_unicode() -> None:
    """Each pair of the installed BidiBrackets.txt and BidiMirroring.txt is in our tables, which are Unicode 15.0's."""
    if "BidiCharacterTest-15." not in WHOLE.read_text("utf-8"):
        pytest.skip("the installed files are of a later Unicode version, which may have more pairs")
    brackets = _fields("BidiBrackets.txt")
    for opening, closing, kind in brackets:
        if kind == "o":
            assert mirrors.OPENING[_char(opening)] == mirrors.CLOSING[_char(closing)]
    for left, right in _fields("BidiMirroring.txt"):
        assert mirrors.MIRRORED[_char(left)] == _char(right)


def _fields(name: str) -> list[list[str]]:
    lines = (line.partition("#")[0].strip() for line in (WHOLE.parent / name).read_text("utf-8").splitlines())
    return [[field.strip() for field in line.split(";")] for line in lines if line]


def _char(point: str) -> str:
    return chr(int(point, 16))


def test_depth_beyond_125_overflows_without_harm() -> None:
    """Two hundred nested embeddings or isolates stop rising at level 125 and close again (BD2, X5c)."""
    for opening, closing in (("\u202b", "\u202c"), ("\u2067", "\u2069")):
        levels = resolve("a" + opening * 200 + "א" + closing * 200 + "a", 0)
        assert max(levels) <= 126
        assert (levels[0], levels[-1]) == (0, 0)
        assert levels[201] == 125


def test_more_brackets_than_the_stack_holds_pair_not_at_all() -> None:
    """The 64th open bracket ends the search of BD16, and the line is still resolved."""
    text = "א" + "(" * 64 + "a" + ")" * 64
    assert resolve(text, 1) == [1] * 65 + [2] + [1] * 64


def test_an_unknown_character_of_a_right_to_left_block_runs_right_to_left() -> None:
    """A code point that no Python knows yet counts by its block (UAX #9, 3.2)."""
    assert (bidi_class("\u05ff"), bidi_class("\U0001efff"), bidi_class("\u0378")) == ("R", "R", "L")


def test_a_second_paragraph_in_a_line_is_no_accident() -> None:
    """A paragraph separator gets the level of the line, as X8 and L1 say, and nothing raises."""
    assert resolve("א \u2029", 0) == [1, 0, 0]
