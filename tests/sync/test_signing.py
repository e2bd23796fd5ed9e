"""Signed requests: who has the key is believed, and nobody else, whatever is changed."""

from base64 import b64decode, b64encode
from hashlib import sha256
from typing import Final

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from hypothesis import given, settings
from hypothesis import strategies as st

from pos_loyalty.errors import ConfigError
from sync.signing import (
    CROCKFORD,
    WINDOW_S,
    Doubt,
    Doubted,
    Message,
    Signed,
    TerminalKey,
    _parsed,
    fingerprint,
    sign,
    verify,
)

NOW: Final = 1_790_000_000
BODY: Final = b'{"terminal_id":"till-1"}'
KEY: Final = TerminalKey(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
OTHER: Final = TerminalKey(Ed25519PrivateKey.from_private_bytes(bytes(32)))
KEYS: Final = {"till-1": KEY.public, "till-2": OTHER.public}
PUSH: Final = Message("POST", "/sync/1/push")

RFC_KEY: Final = b"""-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF
-----END PRIVATE KEY-----
"""
RFC_BASE: Final = b"""\
"date": Tue, 20 Apr 2021 02:07:55 GMT
"@method": POST
"@path": /foo
"@authority": example.com
"content-type": application/json
"content-length": 18
"@signature-params": ("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;\
keyid="test-key-ed25519\""""
RFC_SIGNATURE: Final = "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="


def signed(message: Message = PUSH, body: bytes = BODY, key: TerminalKey = KEY, name: str = "till-1") -> Message:
    """Return ``message`` with the fields of its signature."""
    return message._replace(fields=tuple(sign(message, body, key, name, NOW).items()))


def checked(message: Message, now_s: int = NOW) -> Signed | Doubted:
    """Return what a hub that knows two tills says."""
    return verify(message, KEYS.get, now_s)


def doubt(message: Message) -> Doubt | None:
    """Return why a request is not believed."""
    answer = checked(message)
    return answer.doubt if isinstance(answer, Doubted) else None


def test_whoever_has_the_key_is_believed() -> None:
    """A request that a till signed is that till's, with its body and its query."""
    for message, body in ((PUSH, BODY), (Message("GET", "/sync/1/feed", "cursor=e30%3D&x=1"), b"")):
        answer = checked(signed(message, body))
        assert isinstance(answer, Signed)
        assert (answer.key_id, answer.created_s) == ("till-1", NOW)
        assert answer.is_body(body)
        assert not answer.is_body(body + b" ")


def test_the_signature_is_that_of_the_rfcs() -> None:
    """What is signed is the text of RFC 9421 (section 2.5), by hand, and the digest that of RFC 9530."""
    fields = sign(Message("GET", "/sync/1/feed", "cursor=e30%3D"), BODY, KEY, "till-1", NOW)
    digest = f"sha-256=:{b64encode(sha256(BODY).digest()).decode()}:"
    params = f'("@method" "@path" "@query" "content-digest");created={NOW};keyid="till-1";alg="ed25519"'
    base = (
        '"@method": GET\n"@path": /sync/1/feed\n"@query": ?cursor=e30%3D\n'
        f'"content-digest": {digest}\n"@signature-params": {params}'
    )
    assert fields["Content-Digest"] == digest
    assert fields["Signature-Input"] == f"till={params}"
    made = b64decode(fields["Signature"].removeprefix("till=:").removesuffix(":"))
    Ed25519PublicKey.from_public_bytes(KEY.public).verify(made, base.encode())


def test_a_key_signs_the_example_of_the_rfc() -> None:
    """The key and the text of RFC 9421, B.2.6, give its signature."""
    read = TerminalKey.of_pem(RFC_KEY)
    assert b64encode(read.key.sign(RFC_BASE)).decode() == RFC_SIGNATURE


def test_a_request_without_a_signature_is_unsigned() -> None:
    """Both fields must be there before anything is looked at."""
    both = signed().fields
    assert checked(PUSH) == Doubted(Doubt.UNSIGNED)
    for missing in ("Signature", "Signature-Input"):
        assert doubt(PUSH._replace(fields=tuple(each for each in both if each[0] != missing))) is Doubt.UNSIGNED


def test_a_till_that_nobody_knows_is_told_so() -> None:
    """A key that was never enrolled is told apart from a wrong signature: its till has to enrol."""
    assert checked(signed(name="stranger")) == Doubted(Doubt.UNKNOWN_KEY, "stranger")


def test_a_signature_of_another_key_is_bad() -> None:
    """Who says that it is another till is not believed."""
    assert checked(signed(key=OTHER)) == Doubted(Doubt.BAD_SIGNATURE, "till-1")


@pytest.mark.parametrize(
    "changed",
    [
        signed()._replace(method="PUT"),
        signed()._replace(path="/sync/1/holds"),
        signed()._replace(query="cursor=1"),
    ],
)
def test_a_changed_request_is_not_the_one_that_was_signed(changed: Message) -> None:
    """Method, path and query are covered."""
    assert checked(changed) == Doubted(Doubt.BAD_SIGNATURE, "till-1")


def test_a_changed_digest_is_not_the_one_that_was_signed() -> None:
    """A new body cannot be given a new digest."""
    fields = dict(signed().fields) | {"Content-Digest": sign(PUSH, b"other", KEY, "till-1", NOW)["Content-Digest"]}
    assert doubt(PUSH._replace(fields=tuple(fields.items()))) is Doubt.BAD_SIGNATURE


def test_a_signature_that_leaves_out_the_body_is_bad() -> None:
    """A till that covers less than was agreed is not believed, though its signature is good."""
    covered = '("@method" "@path" "@query")'
    params = f'{covered};created={NOW};keyid="till-1"'
    base = f'"@method": POST\n"@path": /sync/1/push\n"@query": ?\n"@signature-params": {params}'
    made = b64encode(KEY.key.sign(base.encode())).decode()
    fields = (("Signature-Input", f"till={params}"), ("Signature", f"till=:{made}:"))
    assert checked(PUSH._replace(fields=fields)) == Doubted(Doubt.BAD_SIGNATURE, "till-1")


def test_a_signature_without_a_time_is_bad() -> None:
    """Without a time it would be good for ever."""
    digest = dict(signed().fields)["Content-Digest"]
    params = '("@method" "@path" "@query" "content-digest");keyid="till-1"'
    base = (
        '"@method": POST\n"@path": /sync/1/push\n"@query": ?\n'
        f'"content-digest": {digest}\n"@signature-params": {params}'
    )
    made = b64encode(KEY.key.sign(base.encode())).decode()
    fields = (("Signature-Input", f"a={params}"), ("Signature", f"a=:{made}:"), ("Content-Digest", digest))
    assert doubt(PUSH._replace(fields=fields)) is Doubt.BAD_SIGNATURE


@pytest.mark.parametrize("off_s", [-WINDOW_S, 0, WINDOW_S])
def test_the_clocks_may_differ_by_five_minutes(off_s: int) -> None:
    """A till's clock is a little off everywhere; that is no fault."""
    assert isinstance(checked(signed(), NOW + off_s), Signed)


@pytest.mark.parametrize("off_s", [-WINDOW_S - 1, WINDOW_S + 1, 10 * 365 * 86_400, -10 * 365 * 86_400])
def test_a_clock_that_is_further_off_is_said_to_be_the_clock(off_s: int) -> None:
    """The till is told what is wrong, and only once its signature is known to be good."""
    assert checked(signed(), NOW + off_s) == Doubted(Doubt.CLOCK, "till-1")
    assert checked(signed(key=OTHER), NOW + off_s) == Doubted(Doubt.BAD_SIGNATURE, "till-1")


def test_a_request_caught_and_sent_again_is_the_same_request() -> None:
    """Within the window it is taken again, after it it is not: so what it asks for must be harmless twice."""
    caught = signed()
    assert checked(caught) == checked(caught, NOW + WINDOW_S)
    assert isinstance(checked(caught, NOW + WINDOW_S + 1), Doubted)


def test_names_of_fields_have_any_case() -> None:
    """HTTP/2 and ASGI send lower case."""
    lower = tuple((name.lower(), value) for name, value in signed().fields)
    assert isinstance(checked(PUSH._replace(fields=(("host", "hub.example"), *lower))), Signed)


def test_a_second_signature_is_no_way_in() -> None:
    """Two signatures on one request, of which one is good, are not taken for either."""
    one, two = dict(signed().fields), dict(signed(key=OTHER, name="till-2").fields)
    fields = {name: f"{one[name]}, {two[name].replace('till=', 'b=', 1)}" for name in ("Signature-Input", "Signature")}
    message = PUSH._replace(fields=(("Content-Digest", one["Content-Digest"]), *fields.items()))
    assert doubt(message) is Doubt.BAD_SIGNATURE


@given(st.text(max_size=200), st.text(max_size=200), st.text(max_size=60), st.text(max_size=40), st.text(max_size=40))
def test_nothing_that_is_sent_raises(given: str, made: str, digest: str, path: str, query: str) -> None:
    """Header fields are bytes of a stranger: each has an answer, and none of them is an exception."""
    fields = (("Signature-Input", given), ("Signature", made), ("Content-Digest", digest))
    assert isinstance(verify(Message("POST", path, query, fields), KEYS.get, NOW), Doubted)
    good = dict(signed().fields)
    for name, value in zip(good, (digest, given, made), strict=True):
        spoilt = tuple((good | {name: value}).items())
        assert isinstance(checked(PUSH._replace(fields=spoilt)), Doubted)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["GET", "POST", "PUT"]),
    st.from_regex(r"/(?:[A-Za-z0-9/._~-]|%[0-9A-F]{2}){0,20}", fullmatch=True),
    st.from_regex(r"(?:[A-Za-z0-9._~=&+?-]|%[0-9A-F]{2}){0,20}", fullmatch=True),
    st.sampled_from(["till-1", "till-2", "stranger"]),
    st.tuples(st.integers(0, 2), st.integers(0, 200), st.sampled_from('aA0=:;"( ,\t-')) | st.none(),
    st.integers(-WINDOW_S - 1, WINDOW_S + 1),
)
def test_both_ways_to_read_a_signature_say_the_same(
    method: str, path: str, query: str, name: str, change: tuple[int, int, str] | None, off_s: int
) -> None:
    """What is spelt as our tills do is read without the library, and judged as the library would."""
    message = signed(Message(method, path, query), name=name)
    if change is not None:
        field, place, sign_put = change
        fields = [list(each) for each in message.fields]
        place %= len(fields[field][1])
        fields[field][1] = fields[field][1][:place] + sign_put + fields[field][1][place + 1 :]
        message = message._replace(fields=tuple((each, value) for each, value in fields))
    assert verify(message, KEYS.get, NOW + off_s) == _parsed(message, KEYS.get, NOW + off_s)


def test_what_our_tills_say_needs_no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """The signatures of requests as they are made are spelt as the quick reader wants them."""
    messages = [signed(), signed(Message("GET", "/sync/1/feed", "cursor=e30&settled=5"), b"")]
    messages.append(signed(Message("POST", "/sync/1/holds/0190-ab/void")))
    monkeypatch.setattr("sync.signing._parsed", None)
    assert all(isinstance(checked(each), Signed) for each in messages)


def test_a_field_that_is_there_twice_is_left_to_the_library() -> None:
    """Which of two counts is not for us to say; in one request they are one list, and that is no signature of ours."""
    twice = signed()
    for field in twice.fields:
        assert checked(twice._replace(fields=(*twice.fields, field))) == _parsed(
            twice._replace(fields=(*twice.fields, field)), KEYS.get, NOW
        )


def test_a_key_is_kept_and_read_again() -> None:
    """What a till keeps in its file is the key that it had."""
    made = TerminalKey.made()
    assert TerminalKey.of_pem(made.pem).public == made.public
    assert len(made.public) == 32
    assert made.public != TerminalKey.made().public


def ec_key() -> bytes:
    """Return a key of another kind."""
    return generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize("pem", [b"", b"rubbish", KEY.pem[:40], ec_key()])
def test_a_file_that_holds_no_key_is_said_to(pem: bytes) -> None:
    """A spoilt key says what to do, and nothing of what is in the file."""
    with pytest.raises(ConfigError, match="enrol the till anew"):
        TerminalKey.of_pem(pem)


def test_any_tool_can_read_the_key() -> None:
    """It is PKCS #8 in PEM, as openssl writes it."""
    assert isinstance(load_pem_private_key(KEY.pem, password=None), Ed25519PrivateKey)


def test_a_fingerprint_is_six_signs_that_can_be_read_out() -> None:
    """Both ends show the same, and other keys show something else."""
    shown = {fingerprint(bytes([number]) * 32) for number in range(200)}
    assert len(shown) == 200
    assert all(len(each) == 6 and set(each) <= set(CROCKFORD) for each in shown)
