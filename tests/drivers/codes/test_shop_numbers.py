"""Numbers and codes of the shop are read by its own rules, and only by them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.codes.check_digits import CHECK_ALPHABET
from drivers.codes.shop_numbers import CodeKind, NumberTemplate, coded, problems, read_coded

PREFIXES: dict[CodeKind, str] = {"voucher": "PLV-", "gift_card": "PLG-"}
KINDS: list[CodeKind] = ["voucher", "gift_card"]
PAYLOADS = st.text(CHECK_ALPHABET, min_size=6, max_size=29)


@pytest.mark.parametrize(
    ("pattern", "number", "fields"),
    [
        ("20MMMMMMMMMMK", "2012345678903", {"member": "1234567890"}),
        ("21IIIIIPPPPPK", "2100042012990", {"item": "00042", "price": "01299"}),
        ("28IIIIVWWWWWK", "2812343012504", {"item": "1234", "weight": "01250"}),
        ("0MMMMMMK", "00012348", {"member": "001234"}),
        ("20MMMMMMMMMMK", "2112345678900", None),
        ("20MMMMMMMMMMK", "20123457", None),
    ],
)
def test_a_template_takes_its_numbers_apart(pattern: str, number: str, fields: dict[str, str] | None) -> None:
    """Fields keep their leading zeros; a number of another prefix or length is not of this kind."""
    assert NumberTemplate("member", pattern).fields(number) == fields


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        ("20MMMK", "template '20MMMK' has 6 characters: expected 8 or 13"),
        ("20MMMMMMMMXXK", "template 20MMMMMMMMXXK has X: expected digits and M, I, P, W, S, V, K"),
        ("20MMMMMMMMMMM", "template 20MMMMMMMMMMM must end with the check digit K, and have no other"),
        ("400MMMMMMMMMK", "template 400MMMMMMMMMK begins with a prefix of others: expected one of 02, 04, 20, "),
        ("99MMMMMMMMMMK", "template 99MMMMMMMMMMK begins with a prefix of others: expected one of 02, 04, 20, "),
        ("MMMMMMMMMMMMK", "template MMMMMMMMMMMMK begins with a prefix of others: expected one of 02, 04, 20, "),
        ("9MMMMMMK", "template 9MMMMMMK begins with a prefix of others: expected one of 0, 2"),
        ("201234567890K", "template 201234567890K has no field: expected at least one of M, I, P, W, S"),
        ("20MMM1MMMMMMK", "template 20MMM1MMMMMMK has M in several pieces: write each field in one"),
    ],
)
def test_a_wrong_template_is_named(pattern: str, sentence: str) -> None:
    """The sentence says value, expectation and remedy."""
    assert any(found.startswith(sentence) for found in problems([NumberTemplate("member", pattern)]))


def test_templates_that_fit_the_same_number_are_named() -> None:
    """Two kinds may share a length, not a number."""
    one, other, apart = (NumberTemplate("member", p) for p in ("20MMMMMMMMMMK", "200IIIIPPPPPK", "21IIIIIPPPPPK"))
    assert problems([one, apart, NumberTemplate("member", "2MMMMMMK")]) == []
    assert problems([one, other]) == [
        "templates 20MMMMMMMMMMK and 200IIIIPPPPPK fit the same numbers: give each its own prefix"
    ]


@given(PAYLOADS, st.sampled_from(KINDS), st.data())
def test_a_code_is_read_however_people_write_it(payload: str, kind: CodeKind, data: st.DataObject) -> None:
    """Case, dashes, blanks, Persian digits and look-alikes do not matter."""
    code = coded(kind, payload, PREFIXES[kind])
    body = code.removeprefix(PREFIXES[kind])
    written = "".join(
        data.draw(st.sampled_from([char, char.lower(), *{"0": "Oo۰", "1": "IlL۱"}.get(char, "")]))
        + data.draw(st.sampled_from(["", "-", " "]))
        for char in body
    )
    assert read_coded(kind, PREFIXES[kind] + written, PREFIXES[kind]) == code


@given(PAYLOADS)
def test_a_voucher_is_never_a_gift_card(payload: str) -> None:
    """The kind is under the check character, so changing the prefix changes nothing into money."""
    code = coded("voucher", payload, "PLV-").replace("PLV-", "PLG-")
    assert read_coded("gift_card", code, "PLG-") is None


@pytest.mark.parametrize("payload", ["", "12345", "A" * 30, "ABCDEI", "abcdef"])
def test_a_payload_that_cannot_be_checked_is_not_issued(payload: str) -> None:
    """Too short, too long or outside the alphabet is an error of the program that issues codes."""
    with pytest.raises(ValueError, match="expected 6 to 29"):
        coded("voucher", payload, "PLV-")


@given(st.text(max_size=60) | st.text(CHECK_ALPHABET + "-", max_size=40).map("PLV-".__add__))
def test_any_text_is_a_right_code_or_none(text: str) -> None:
    """Nothing raises, and what is read could have been issued."""
    code = read_coded("voucher", text, "PLV-")
    if code is not None:
        assert coded("voucher", code[4:-1], "PLV-") == code
    NumberTemplate("member", "20MMMMMMMMMMK").fields(text)
    problems([NumberTemplate("member", text)])
