"""Contacts give a name and numbers, bounded and clean; passwords and links give nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.codes.contacts import (
    NAME_LENGTH_MAX,
    PHONES_MAX,
    Contact,
    ContactFault,
    contact,
    is_contact,
    is_link,
    is_wifi,
    telephone_of,
)


def vcard(*lines: str) -> str:
    """Return a whole vCard of these lines."""
    return "\r\n".join(("BEGIN:VCARD", "VERSION:3.0", *lines, "END:VCARD", ""))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (vcard("FN:Emily Carter", "TEL:+15550101234"), Contact("Emily Carter", ("+15550101234",))),
        (vcard("N:Carter;Emily;;Ms;", "TEL;TYPE=cell:0912-345 6789"), Contact("Ms Emily Carter", ("+989123456789",))),
        (vcard("FN:رضا رضایی", "TEL:۰۹۱۲۳۴۵۶۷۸۹"), Contact("رضا رضایی", ("+989123456789",))),
        (vcard("item1.TEL;VALUE=uri:tel:+98-912-345-6789;ext=5"), Contact("", ("+989123456789",))),
        (vcard("FN:Emily\r\n  Carter"), Contact("Emily Carter", ())),
        (vcard(r"FN:Carter\, Emily\; Ms"), Contact("Carter, Emily; Ms", ())),
        (vcard("FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=D8=B1=D8=\r\n=B6=D8=A7"), Contact("رضا", ())),
        (vcard("FN:A\u202eB\x07", "TEL:1234567890123456"), Contact("AB", ())),
        (vcard("FN:A", "TEL:+15550101234", "TEL:+1 555 010 1234"), Contact("A", ("+15550101234",))),
        (vcard("FN:A").replace("\r\n", "\n"), Contact("A", ())),
        ("MECARD:N:رضایی,رضا;TEL:09123456789;EMAIL:r@example.com;;", Contact("رضا رضایی", ("+989123456789",))),
        (r"MECARD:N:O\;Neil;TEL:+15550101234;;", Contact("O;Neil", ("+15550101234",))),
        (vcard("NOTE:nothing"), ContactFault.EMPTY),
        ("MECARD:;;", ContactFault.CUT),
        ("MECARD:N:Carter;TEL:+15550101", ContactFault.CUT),
        ("BEGIN:VCARD\r\nFN:A\r\nTEL:+15550101", ContactFault.CUT),
        (vcard("NOTE:" + "x" * 5000), ContactFault.CUT),
    ],
)
def test_a_contact_gives_name_and_numbers(text: str, expected: Contact | ContactFault) -> None:
    """Every form that telephones show is read; without its end it is refused."""
    assert is_contact(text)
    assert contact(text, "98") == expected


@given(st.integers(1, 60))
def test_a_contact_cut_anywhere_gives_no_other_number(cut: int) -> None:
    """No prefix of a contact is read as a contact with another number."""
    for whole in (vcard("FN:A", "TEL:+989123456789"), "MECARD:N:A;TEL:+989123456789;;"):
        found = contact(whole[:-cut], "98")
        assert isinstance(found, ContactFault) or set(found.phones) <= {"+989123456789"}


def test_a_contact_is_bounded() -> None:
    """A name of a thousand letters and forty numbers are more than anybody has."""
    found = contact(vcard("FN:" + "x" * 1000, *(f"TEL:+9891234567{n:02}" for n in range(40))), "98")
    assert isinstance(found, Contact)
    assert (len(found.name), len(found.phones)) == (NAME_LENGTH_MAX, PHONES_MAX)


@pytest.mark.parametrize("text", ["WIFI:T:WPA;S:shop;P:secret;;", "wifi:S:x;;"])
def test_wifi_is_recognised(text: str) -> None:
    """A password held up by mistake is known as one."""
    assert is_wifi(text)
    assert not is_contact(text)


@pytest.mark.parametrize(
    "text", ["https://example.com/a?b", "HTTP://X", "www.example.com", "mailto:a@example.com", "geo:1,2", "foo://x"]
)
def test_links_are_recognised(text: str) -> None:
    """In any case, and by their form where the scheme is not known."""
    assert is_link(text)


@pytest.mark.parametrize("text", ["PL-1001", "PL:1001", "4006381333931", "HTTPS", "A:B", "tel:+989123456789"])
def test_codes_are_no_links(text: str) -> None:
    """A colon alone does not make a link."""
    assert not is_link(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [("tel:+98-912", "+98-912"), ("TEL:0912;ext=5", "0912"), ("tel:0912?x", None), ("0912", None), ("hotel:1", None)],
)
def test_a_telephone_link_gives_its_number(text: str, number: str | None) -> None:
    """What follows the number is left out; anything else is no telephone link."""
    assert telephone_of(text) == number


PIECES = st.sampled_from(
    ["BEGIN:VCARD\n", "END:VCARD", "FN", "N", "TEL", ";", ":", "=", "\\", "\r\n ", "QUOTED-PRINTABLE", "MECARD:"]
)


@given(
    st.lists(PIECES | st.text(max_size=5), max_size=40).map("".join), st.sampled_from(["", "BEGIN:VCARD\n", "MECARD:"])
)
def test_any_text_has_an_answer(text: str, start: str) -> None:
    """Nothing raises; names are printable and numbers are E.164."""
    is_contact(text), is_wifi(text), is_link(text), telephone_of(text)
    found = contact(start + text, "98")
    if isinstance(found, Contact):
        assert found.name.isprintable() or set("\u200c\u200d") & set(found.name)
        assert all(phone[0] == "+" and phone[1:].isdecimal() and len(phone) <= 16 for phone in found.phones)
