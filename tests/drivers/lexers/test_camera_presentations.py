"""One reading for each time that a code is shown to a camera."""

from hypothesis import given
from hypothesis import strategies as st

from drivers.lexers.camera_presentations import AWAY_NS, Presentation, Presentations

MS = 1_000_000
FRAME = 100 * MS
MEMBER, OTHER = b"]Q1PL-1001", b"]Q1PL-1002"


def read(pictures: list[list[bytes]], every: int = FRAME) -> list[tuple[int, bytes]]:
    """Return which picture gave which reading."""
    shown = Presentations()
    return [
        (number, presentation.payload)
        for number, payloads in enumerate(pictures)
        for presentation in shown.see(payloads, number * every)
    ]


def test_the_second_sight_reads() -> None:
    """One picture may show what is not there; two in a row do not."""
    assert read([[MEMBER], [MEMBER]]) == [(1, MEMBER)]
    assert read([[MEMBER], [], [OTHER], []]) == []
    assert read([[MEMBER], [], [], [MEMBER]]) == [(3, MEMBER)]
    assert read([[MEMBER], [], [], [], [MEMBER]]) == []
    shown = Presentations()
    assert [shown.see([MEMBER], 5), shown.see([MEMBER], 9)] == [[], [Presentation(MEMBER, 5)]]


def test_it_is_known_whether_another_look_is_needed() -> None:
    """Only while a code was seen once; one that is read, or out of sight, needs none."""
    shown = Presentations()
    unsure = []
    for payloads in ([], [MEMBER], [MEMBER], [OTHER], [], [], [], []):
        shown.see(payloads, 0)
        unsure.append(shown.is_unsure)
    assert unsure == [False, True, False, True, True, True, True, False]


def test_a_code_that_is_held_is_read_once() -> None:
    """For a minute, and though the picture is blurred for half a second now and then."""
    held = [[] if number % 10 < 5 else [MEMBER] for number in range(600)]
    assert read(held) == [(6, MEMBER)]


def test_a_code_that_was_taken_away_is_read_again() -> None:
    """After a second out of sight; two codes at once are two readings."""
    away: list[list[bytes]] = [[]] * (AWAY_NS // FRAME + 1)
    assert read([[MEMBER]] * 2 + away + [[MEMBER]] * 2) == [(1, MEMBER), (14, MEMBER)]
    assert read([[MEMBER, OTHER]] * 3) == [(1, MEMBER), (1, OTHER)]


def test_a_slow_camera_reads_too() -> None:
    """One picture in three seconds is enough, and a code that is held is still one reading."""
    assert read([[MEMBER]] * 8, every=3000 * MS) == [(1, MEMBER)]


@given(st.lists(st.lists(st.sampled_from((MEMBER, OTHER, b"")), unique=True), max_size=40))
def test_nothing_is_read_that_was_not_shown_twice(pictures: list[list[bytes]]) -> None:
    """Whatever is shown: a reading was in its own picture and in one before, and never twice within a second."""
    found = read(pictures)
    for number, payload in found:
        assert payload in pictures[number]
        assert any(payload in earlier for earlier in pictures[max(0, number - 3) : number])
    for number, payload in found:
        assert all(later - number > AWAY_NS // FRAME for later, other in found if other == payload and later > number)


def test_memory_is_bounded() -> None:
    """A wall of codes fills no table for ever."""
    shown = Presentations()
    for number in range(10_000):
        shown.see([str(number).encode()], number)
    assert len(shown._sights) <= 64
