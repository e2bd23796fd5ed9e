"""The rotating code: RFC 6238, a step early or late, each step once."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_loyalty.core.passes import (
    Accepted,
    Form,
    PassFault,
    Refused,
    Revocations,
    Rotation,
    armoured,
    check_pass,
    key_from_text,
    pass_secret,
    rotating_code,
    seal,
    step_at,
    with_code,
)
from tests.core.passes.samples import NOON, PRIVATE, REZA, RING

SHOP_KEY = bytes(range(64, 96))
ROTATING = msgspec.structs.replace(REZA, rotates=True)
SECRET = pass_secret(SHOP_KEY, ROTATING)
NOW = step_at(NOON)


def shown(step: int, *, last_step: int = -1) -> Accepted | Refused:
    """Check at noon the pass that shows the code of a step."""
    text = armoured(with_code(seal(ROTATING, PRIVATE), rotating_code(SECRET, step)), Form.BASE45)
    return check_pass(text, RING, Revocations(), NOON, Rotation(key=SHOP_KEY, last_step=last_step))


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, 46119246),
        (1111111109, 68084774),
        (1111111111, 67062674),
        (1234567890, 91819424),
        (2000000000, 90698825),
        (20000000000, 77737706),
    ],
)
def test_the_vectors_of_the_standard(seconds: int, code: int) -> None:
    """RFC 6238 Appendix B, the rows of SHA-256."""
    time = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    assert rotating_code(b"12345678901234567890123456789012", step_at(time)) == code


@pytest.mark.parametrize("step", [NOW - 1, NOW, NOW + 1])
def test_a_step_early_or_late_is_taken(step: int) -> None:
    """The clock of a telephone may be half a minute wrong; the answer has the step for the caller to keep."""
    assert shown(step) == Accepted(claims=ROTATING, step=step)


@pytest.mark.parametrize("step", [NOW - 2, NOW + 2, NOW - 2880])
def test_a_picture_of_a_pass_is_worth_nothing(step: int) -> None:
    """A code of a minute ago, or of yesterday, is stale."""
    assert shown(step) == Refused(fault=PassFault.STALE_CODE, claims=ROTATING)


@pytest.mark.parametrize(("step", "last_step"), [(NOW, NOW), (NOW - 1, NOW), (NOW - 1, NOW - 1)])
def test_a_step_is_good_once(step: int, last_step: int) -> None:
    """A code that was used, or an older one, is a replay."""
    assert shown(step, last_step=last_step) == Refused(fault=PassFault.REPLAYED_STEP, claims=ROTATING)


def test_the_next_step_after_one_that_was_used_is_good() -> None:
    """The customer who comes back half a minute later is served."""
    assert shown(NOW, last_step=NOW - 1) == Accepted(claims=ROTATING, step=NOW)


def test_without_the_shops_key_a_pass_that_rotates_is_refused() -> None:
    """The till says that it cannot check the code, and does not do without."""
    text = armoured(with_code(seal(ROTATING, PRIVATE), rotating_code(SECRET, NOW)), Form.BASE45)
    answer = check_pass(text, RING, Revocations(), NOON)
    assert answer == Refused(fault=PassFault.CODE_UNCHECKED, claims=ROTATING)


def test_a_pass_that_rotates_is_none_without_its_code() -> None:
    """What was printed once cannot be shown without the telephone."""
    answer = check_pass(armoured(seal(ROTATING, PRIVATE), Form.BASE45), RING, Revocations(), NOON)
    assert answer == Refused(fault=PassFault.TRUNCATED)


def test_before_1970_there_are_no_steps() -> None:
    """A till whose clock has nothing (and a pass of the first minutes) gets an answer."""
    start = datetime(1970, 1, 1, tzinfo=UTC)
    key = msgspec.structs.replace(RING.keys[0], since=start)
    oldest = msgspec.structs.replace(ROTATING, issued=start)
    text = armoured(with_code(seal(oldest, PRIVATE), 0), Form.BASE45)
    ring = msgspec.structs.replace(RING, keys=(key,))
    answer = check_pass(text, ring, Revocations(), start - timedelta(minutes=2), Rotation(key=SHOP_KEY))
    assert answer == Refused(fault=PassFault.STALE_CODE, claims=oldest)


@given(st.binary(min_size=32, max_size=32), st.integers(0, 2**40))
def test_codes_have_eight_digits_at_most(secret: bytes, step: int) -> None:
    """So that four bytes hold them."""
    assert 0 <= rotating_code(secret, step) < 10**8


def test_each_pass_has_a_secret_of_its_own() -> None:
    """Another pass of the same member, or another member, or another shop: another secret."""
    newer = msgspec.structs.replace(ROTATING, issued=NOON + timedelta(seconds=1))
    other = msgspec.structs.replace(ROTATING, member_id="PL-1003")
    secrets = {SECRET, pass_secret(SHOP_KEY, newer), pass_secret(SHOP_KEY, other), pass_secret(PRIVATE, ROTATING)}
    assert len(secrets) == 4


@pytest.mark.parametrize("text", [b"%s", b" \t%s\r\n", b"%s\n\n"])
def test_the_key_of_the_shop_is_read_from_its_file(text: bytes) -> None:
    """White space around it is what editors leave."""
    assert key_from_text(text % SHOP_KEY.hex().encode()) == SHOP_KEY


@pytest.mark.parametrize("text", [b"", b"40", SHOP_KEY, b"zz" * 32, b"40" * 33, b"%s %s" % (b"40" * 32, b"40" * 32)])
def test_a_file_that_holds_anything_else_is_told_without_being_quoted(text: bytes) -> None:
    """It may be nearly the secret."""
    with pytest.raises(ValueError, match=r"^expected 64 hexadecimal digits$"):
        key_from_text(text)
