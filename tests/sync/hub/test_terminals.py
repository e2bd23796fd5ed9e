"""What pushes say about a terminal."""

from sync.hub.kept import Boot, Terminal
from sync.hub.terminals import BOOTS_KEPT, forked, heard, served
from sync.wire import Halt, HaltReason

TILL = Terminal(terminal_id="t1")


def test_a_terminal_is_served_until_it_is_revoked() -> None:
    """The record itself, or why not; the reason says what to do."""
    revoked = served(Terminal(terminal_id="t1", revoked_ms=1), "t1")
    stranger = served(None, "t9")
    assert served(TILL, "t1") is TILL
    assert isinstance(revoked, Halt)
    assert isinstance(stranger, Halt)
    assert (revoked.reason, stranger.reason) == (HaltReason.REVOKED, HaltReason.UNKNOWN_TERMINAL)
    assert "t9" in stranger.detail


def test_the_nonce_tells_a_clone_from_a_journal_put_back() -> None:
    """A till that others came after is a clone; one that starts now, or lives, has an old journal."""
    terminal = heard(heard(TILL, "a", [1, 2]), "b", [3])
    assert [forked(terminal, nonce, 3).reason for nonce in ("a", "b", "c")] == [
        HaltReason.CLONED,
        HaltReason.FORKED,
        HaltReason.FORKED,
    ]
    assert "number 3 of t1 is taken" in forked(terminal, "a", 3).detail
    assert terminal.last_seq == 3
    assert heard(terminal, "c", []) == terminal


def test_numbers_do_not_go_back_and_boots_are_few() -> None:
    """A late event leaves the highest as it is; of many starts the newest are kept."""
    terminal = TILL
    for number in range(BOOTS_KEPT + 5):
        terminal = heard(terminal, f"boot-{number}", [100 - number])
    assert terminal.last_seq == 100
    assert len(terminal.boots) == BOOTS_KEPT
    assert terminal.boots[-1] == Boot(f"boot-{BOOTS_KEPT + 4}", 100 - BOOTS_KEPT - 4)
    assert forked(terminal, "boot-0", 1).reason is HaltReason.FORKED
