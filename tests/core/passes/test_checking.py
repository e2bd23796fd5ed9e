"""Every text has an answer: a member, or one reason why not."""

from datetime import datetime, timedelta

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from pos_loyalty.core.passes import (
    CLOCK_SKEW,
    Accepted,
    Claims,
    Form,
    KeyRing,
    PassFault,
    PublicKey,
    Refused,
    Revocations,
    armoured,
    check_pass,
    opened,
    public_half,
    seal,
    with_code,
)
from pos_loyalty.core.passes.keys import key_id_of
from tests.core.passes.samples import EMILY, KEY, NOON, PRIVATE, REZA, RING, STRANGER, YEAR, forms, some_claims, text_of

KNOWN_BASE45 = (
    "PL45.22S:8YND-KRLYDOR1R-0GS9$96946W10.OE/Y8XED3EFEN85LE5$CGVK/AGOEQE-OMXUF6S4+Q05O2/T/LFUG94%A5N6C54"
    "UBQ%VFR+N5$2B1LE%CH2D8/N*N0GY1A5GCIP+OO2CONYBOH1OV2GA9"
)
KNOWN_BASE32 = (
    "PL32CBLEOIDLALMUA3HEBTAAOUCMFUYTAMBTABGXGICFNVUWY6JAINQXE5DFOKR3PAD52A4MKG7TGHPJTVFWX246Z5T2QNFB6VOM"
    "GODCBEOPW56EBPISCZMKMVLFVBTUBPMGAQZA3437PPEPPQRYX73F2FAK7YKV2SID"
)
NONE_REVOKED = Revocations()
SECOND = timedelta(seconds=1)


def fault_of(text: str, ring: KeyRing = RING, revoked: Revocations = NONE_REVOKED, at: datetime = NOON) -> str | None:
    """Return why the pass is refused, if it is."""
    answer = check_pass(text, ring, revoked, at)
    return answer.fault if isinstance(answer, Refused) else None


def test_known_answers() -> None:
    """The same member and key give the same text for ever: passes that are printed stay good."""
    assert public_half(PRIVATE).hex() == "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"
    assert text_of(EMILY) == KNOWN_BASE45
    assert text_of(EMILY, Form.BASE32) == KNOWN_BASE32
    assert check_pass(KNOWN_BASE45, RING, NONE_REVOKED, NOON) == Accepted(claims=EMILY)


@given(some_claims().filter(lambda claims: not claims.rotates), forms)
def test_a_pass_comes_back(claims: Claims, form: Form) -> None:
    """Whatever the name, in Persian, Arabic or any script, the till reads what the shop signed."""
    ring = KeyRing((msgspec.structs.replace(KEY, since=claims.issued),))
    assert check_pass(text_of(claims, form), ring, NONE_REVOKED, claims.issued) == Accepted(claims=claims)


def test_the_longest_pass_is_not_too_long() -> None:
    """Longest member id, tier and name, with a rotating code, in the longer form."""
    longest = Claims(member_id="m" * 32, name="ر" * 32, tier="t" * 16, issued=NOON, expires=NOON + YEAR, rotates=True)
    text = armoured(with_code(seal(longest, PRIVATE), 0), Form.BASE32)
    assert len(text) == 315
    assert fault_of(text) is PassFault.CODE_UNCHECKED


@given(st.sampled_from((REZA, EMILY)), st.data())
def test_any_flipped_bit_is_refused(claims: Claims, draw: st.DataObject) -> None:
    """Of head, claims or signature."""
    data = bytearray(seal(claims, PRIVATE))
    bit = draw.draw(st.integers(0, 8 * len(data) - 1))
    data[bit // 8] ^= 1 << bit % 8
    assert fault_of(armoured(bytes(data), Form.BASE45)) is not None


@pytest.mark.parametrize("form", Form)
def test_any_truncation_says_so(form: Form) -> None:
    """Wherever the text ends, it is no pass at all or its end is missing; a pass with more at its end is none."""
    text = text_of(REZA, form)
    for end in range(len(text)):
        expected = PassFault.TRUNCATED if end >= len(form.prefix) else PassFault.NOT_A_PASS
        assert fault_of(text[:end]) is expected
    assert fault_of(armoured(seal(REZA, PRIVATE) + b"\0", form)) is PassFault.MALFORMED


@given(st.binary(max_size=200), forms)
def test_random_bytes_have_an_answer(data: bytes, form: Form) -> None:
    """Nothing raises, and nothing that the shop did not sign is a member."""
    assert fault_of(armoured(data, form)) is not None


@given(st.binary(max_size=200), st.booleans())
def test_random_claims_under_a_good_head_are_no_member(body: bytes, is_uuid: bool) -> None:  # noqa: FBT001 - hypothesis names it
    """Random bytes that have come through every check but the signature fail there."""
    head = bytes([0x10 | is_uuid]) + KEY.key_id + bytes([len(body)])
    assert fault_of(armoured(head + body + bytes(64), Form.BASE45)) is PassFault.BAD_SIGNATURE


@given(st.text())
def test_random_text_has_an_answer(text: str) -> None:
    """With and without a prefix, in any script."""
    assert fault_of(text) is not None
    assert fault_of("PL45" + text) is not None
    assert fault_of("PL32" + text) is not None


def test_what_was_signed_must_be_a_member() -> None:
    """A right signature under bytes that say nothing is told apart from a forgery."""
    for body in (b"", b"\xff" * 40):
        signed = bytes([0x10]) + KEY.key_id + bytes([len(body)]) + body
        signature = Ed25519PrivateKey.from_private_bytes(PRIVATE).sign(b"pos-loyalty member pass\0" + signed)
        assert fault_of(armoured(signed + signature, Form.BASE45)) is PassFault.MALFORMED


def test_a_key_used_for_something_else_makes_no_pass() -> None:
    """The purpose is signed along."""
    data = seal(REZA, PRIVATE)[:-64]
    signature = Ed25519PrivateKey.from_private_bytes(PRIVATE).sign(data)
    assert fault_of(armoured(data + signature, Form.BASE45)) is PassFault.BAD_SIGNATURE


@pytest.mark.parametrize("first", [0x00, 0x20, 0x14, 0xFF])
def test_another_version_is_told(first: int) -> None:
    """A version or a flag that this program does not know is no forgery."""
    data = bytes([first]) + seal(REZA, PRIVATE)[1:]
    assert fault_of(armoured(data, Form.BASE45)) is PassFault.UNKNOWN_VERSION


def test_a_strangers_pass_is_refused() -> None:
    """By its key id, and if it claims our key id, by its signature."""
    assert fault_of(text_of(REZA, private=STRANGER)) is PassFault.UNKNOWN_KEY
    forged = bytearray(seal(REZA, STRANGER))
    forged[1:3] = KEY.key_id
    assert fault_of(armoured(bytes(forged), Form.BASE45)) is PassFault.BAD_SIGNATURE


def test_a_public_key_that_is_none_verifies_nothing() -> None:
    """A ring with 32 bytes that are no point of the curve refuses and does not break."""
    broken = PublicKey(public=b"\x02" + bytes(31), since=NOON)
    data = bytearray(seal(REZA, PRIVATE))
    data[1:3] = key_id_of(broken.public)
    assert fault_of(armoured(bytes(data), Form.BASE45), KeyRing((broken,))) is PassFault.BAD_SIGNATURE


def test_a_pass_has_its_time() -> None:
    """From issue to expiry, five minutes more on both sides for the clock of the till, and not a second longer."""
    text = text_of(REZA)
    assert fault_of(text, at=NOON - CLOCK_SKEW - SECOND) is PassFault.NOT_YET_VALID
    assert fault_of(text, at=NOON - CLOCK_SKEW) is None
    assert fault_of(text, at=NOON + YEAR + CLOCK_SKEW - SECOND) is None
    assert fault_of(text, at=NOON + YEAR + CLOCK_SKEW) is PassFault.EXPIRED


def test_a_retired_key_is_good_for_what_it_signed() -> None:
    """Passes from before its end are good, one that says it is from later or from before its beginning is not."""
    text = text_of(REZA)
    ended = msgspec.structs.replace(KEY, until=NOON + SECOND)
    assert fault_of(text, KeyRing((ended,))) is None
    assert fault_of(text, KeyRing((msgspec.structs.replace(KEY, until=NOON),))) is PassFault.KEY_RETIRED
    assert fault_of(text, KeyRing((msgspec.structs.replace(KEY, since=NOON + SECOND),))) is PassFault.KEY_RETIRED


def test_a_stolen_key_is_good_for_nothing() -> None:
    """Also not for what it signed before, since a thief writes any date."""
    assert fault_of(text_of(REZA), KeyRing((msgspec.structs.replace(KEY, is_stolen=True),))) is PassFault.KEY_STOLEN


def test_a_revoked_pass_is_refused_and_its_member_known() -> None:
    """The cashier can still see whose it was; the other passes of the member stay good."""
    revoked = Revocations(frozenset({(REZA.member_id, REZA.instance)}))
    newer = msgspec.structs.replace(REZA, issued=NOON + SECOND)
    assert check_pass(text_of(REZA), RING, revoked, NOON) == Refused(fault=PassFault.REVOKED, claims=REZA)
    assert fault_of(text_of(newer), revoked=revoked) is None


def test_an_expired_pass_can_be_opened() -> None:
    """To revoke a pass it need not be good, but it must be ours."""
    found = opened(text_of(REZA), RING)
    assert not isinstance(found, PassFault)
    assert found.claims == REZA
    assert opened(text_of(REZA, private=STRANGER), RING) is PassFault.UNKNOWN_KEY


def test_keys_are_found_by_their_ids() -> None:
    """With two keys in the ring each pass is verified with its own."""
    ring = KeyRing((KEY, PublicKey(public=public_half(STRANGER), since=NOON)))
    assert fault_of(text_of(REZA), ring) is None
    assert fault_of(text_of(EMILY, private=STRANGER), ring) is None
