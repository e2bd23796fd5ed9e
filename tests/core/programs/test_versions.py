"""The life of a version: it moves on, it never changes, and what was earned under it keeps its terms."""

from datetime import date, datetime, timedelta, timezone

import msgspec
import pytest

from pos_loyalty.core.expiry import ExpiryPolicy
from pos_loyalty.core.programs import Program, Status
from pos_loyalty.core.programs.versions import VersionFault, VersionFaultKind, canonical, publish, retire
from tests.support.builders import earn, percent_off, program
from tests.support.counted import Counted

FIRST = program(earn(1, 100))
SECOND = msgspec.structs.replace(FIRST, version=2, expiry=ExpiryPolicy(months=1))


def draft(of: Program) -> Program:
    """Return a version before it was published."""
    return msgspec.structs.replace(of, status=Status.DRAFT)


def retired(of: Program) -> Program:
    """Return a version after its life."""
    done = retire(of)
    assert isinstance(done, Program)
    return done


def refusal(answer: Program | VersionFault) -> tuple[VersionFaultKind, int | None]:
    """Return why a step was refused, and the version that could be published."""
    assert isinstance(answer, VersionFault)
    assert str(answer.version) in answer.message
    return answer.kind, answer.expected


def test_versions_are_published_one_after_the_other() -> None:
    """The first is 1, the next one more; drafts and other programs do not count."""
    assert publish(draft(FIRST), []) == FIRST
    assert publish(draft(SECOND), [FIRST, program(percent_off(5), name="other", version=7)]) == SECOND
    assert refusal(publish(draft(SECOND), [draft(FIRST)])) == (VersionFaultKind.NOT_NEXT, 1)
    third = msgspec.structs.replace(SECOND, version=3)
    assert refusal(publish(draft(third), [FIRST])) == (VersionFaultKind.NOT_NEXT, 2)


def test_a_published_version_never_changes() -> None:
    """The same content again is answered with what is published; any other content needs another number."""
    assert publish(draft(FIRST), [FIRST]) is FIRST
    changed = msgspec.structs.replace(FIRST, pending_days=1)
    assert refusal(publish(draft(changed), [FIRST])) == (VersionFaultKind.CHANGED, 2)
    assert refusal(publish(changed, [FIRST, SECOND])) == (VersionFaultKind.CHANGED, 3)


def test_a_retired_version_does_not_come_back() -> None:
    """Neither as itself nor as a draft of the same number; the next number goes on after it."""
    assert retired(FIRST).status is Status.RETIRED
    assert retire(retired(FIRST)) == retired(FIRST)
    for again in (draft(FIRST), FIRST, retired(FIRST)):
        assert refusal(publish(again, [retired(FIRST)])) == (VersionFaultKind.RETIRED, 2)
    assert publish(draft(SECOND), [retired(FIRST)]) == SECOND


def test_a_draft_is_not_retired() -> None:
    """It was never in force; there is nothing to end."""
    assert refusal(retire(draft(FIRST))) == (VersionFaultKind.NOT_PUBLISHED, None)


def test_the_content_of_a_version_is_the_same_at_every_stage_of_its_life() -> None:
    """Bytes differ when a rule differs, not when the version is published or retired."""
    assert canonical(FIRST) == canonical(draft(FIRST)) == canonical(retired(FIRST))
    assert canonical(FIRST) != canonical(SECOND)


@pytest.mark.parametrize("status", Status)
def test_only_a_published_version_speaks(status: Status) -> None:
    """Drafts and retired versions are not in force."""
    now = datetime(2026, 3, 21, 9, tzinfo=timezone(timedelta(hours=3, minutes=30)))
    assert msgspec.structs.replace(FIRST, status=status).holds_at(now) is (status is Status.PUBLISHED)


def test_a_new_version_does_not_rewrite_old_lots() -> None:
    """Points earned under a version keep the last day it gave them; a newer one counts from then on."""
    till = Counted(today=date(2026, 3, 21))
    till.earn(10, FIRST.expiry)
    till.earn(20, ExpiryPolicy(months=12))
    newer = publish(draft(SECOND), [FIRST])
    assert isinstance(newer, Program)
    till.earn(40, newer.expiry)
    assert till.book.expiring("m") == ((date(2026, 4, 21), 40), (date(2027, 3, 21), 20))
    till.today = date(2027, 3, 22)
    till.night()
    assert till.book.spendable("m", till.today) == 10
