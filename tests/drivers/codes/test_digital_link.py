"""GS1 Digital Links of the shop's domains are read, and no address is followed or shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.codes.application_identifiers import Element, ElementFault
from drivers.codes.digital_link import LinkFault, parse
from tests.drivers.gs1_codes import GCN, GSRN, GTIN, KEYS, link

DOMAINS = ("id.gs1.org", "shop.example:8443")
CARD = link(("8018", GSRN))


@pytest.mark.parametrize(
    ("text", "elements"),
    [
        (CARD, [("8018", GSRN)]),
        (CARD.upper(), [("8018", GSRN)]),
        (CARD.replace("https", "http"), [("8018", GSRN)]),
        (f"{CARD}/8019/2", [("8018", GSRN), ("8019", "2")]),
        (f"{CARD}?utm=1&linkType=all&flag&91=A%2FB#top", [("8018", GSRN), ("91", "A/B")]),
        (link(("8018", GSRN), host="shop.example:8443/any/stem"), [("8018", GSRN)]),
        (link(("01", GTIN), ("8018", GSRN)), [("8018", GSRN)]),
        (
            link(("01", GTIN), ("22", "2A"), ("10", "L1"), ("21", "S1")),
            [("01", GTIN), ("22", "2A"), ("10", "L1"), ("21", "S1")],
        ),
        (link(("01", GTIN), ("21", "S1")), [("01", GTIN), ("21", "S1")]),
        (link(("01", GTIN), ("235", "X")), [("01", GTIN), ("235", "X")]),
        (link(("01", GTIN), query="17=251231&3103=000195"), [("01", GTIN), ("17", "251231"), ("3103", "000195")]),
        (link(("01", GTIN[1:])), [("01", GTIN)]),
        (link(("01", "96385074")), [("01", "00000096385074")]),
        (link(("01", "036000291452")), [("01", "00036000291452")]),
        (link(("01", GTIN), ("10", "A%2FB")), [("01", GTIN), ("10", "A/B")]),
        (link(("255", GCN + "01"), query="3902=500"), [("255", GCN + "01"), ("3902", "500")]),
    ],
)
def test_a_link_of_the_shop_is_read(text: str, elements: list[tuple[str, str]]) -> None:
    """Any stem, the last key of the path, its qualifiers in order, and the numeric part of the query."""
    assert parse(text, DOMAINS) == tuple(Element(*each) for each in elements)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (CARD.replace("id.gs1.org", "evil.example"), LinkFault.FOREIGN),
        (CARD.replace("id.gs1.org", "id.gs1.org.evil.example"), LinkFault.FOREIGN),
        (CARD.replace("id.gs1.org", "id.gs1.org@evil.example"), LinkFault.FOREIGN),
        (CARD.replace("id.gs1.org", "shop.example"), LinkFault.FOREIGN),
        (CARD.replace("https", "Https"), LinkFault.FOREIGN),
        (CARD.replace("https", "ftp"), LinkFault.FOREIGN),
        (f"{CARD} ", LinkFault.FOREIGN),
        (f"{CARD}\x1d", LinkFault.FOREIGN),
        ("https://id.gs1.org", LinkFault.FOREIGN),
        ("https://id.gs1.org/", LinkFault.NO_KEY),
        ("https://id.gs1.org/about/us", LinkFault.NO_KEY),
        (f"https://id.gs1.org/gtin/{GTIN}", LinkFault.NO_KEY),
        (f"{CARD}/", LinkFault.NO_KEY),
        ("https://id.gs1.org/ARHKVAdpQg", LinkFault.COMPRESSED),
        (f"https://id.gs1.org/01/{GTIN}/ARFKk4XB0CDK", LinkFault.COMPRESSED),
        (link(("01", GTIN), ("21", "S1"), ("10", "L1")), LinkFault.STRUCTURE),
        (link(("01", GTIN), ("235", "X"), ("21", "S1")), LinkFault.STRUCTURE),
        (link(("00", "0" * 18), ("10", "L1")), LinkFault.STRUCTURE),
        (link(("01", GTIN), query="10=L1"), LinkFault.STRUCTURE),
        (f"{CARD}?8019=2", LinkFault.STRUCTURE),
        (f"{CARD}?05=2", ElementFault.UNKNOWN),
        (f"{CARD}?91=A&91=A", ElementFault.REPEATED),
        (f"{CARD}?10=A", ElementFault.REQUIRED),
        (f"{CARD}?8017={GSRN}", ElementFault.EXCLUDED),
        (f"{CARD}?91=", ElementFault.FORMAT),
        (f"{CARD}?91=a+b", ElementFault.FORMAT),
        (f"{CARD}?91=%00", ElementFault.FORMAT),
        (CARD[:-1], ElementFault.FORMAT),
        (f"{CARD[:-1]}{(int(CARD[-1]) + 1) % 10}", ElementFault.CHECK_DIGIT),
    ],
)
def test_any_other_link_is_refused(text: str, fault: LinkFault | ElementFault) -> None:
    """Other domains, look-alikes of ours, ordinary pages, compressed ones, and every break of the rules."""
    assert parse(text, DOMAINS) == fault


def test_without_domains_no_link_is_read() -> None:
    """A shop that names none reads none."""
    assert parse(CARD, ()) is LinkFault.FOREIGN


@given(KEYS, st.booleans())
def test_a_key_that_was_written_is_read(key: tuple[str, str], is_upper: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    """Round trip of every key, in small letters and in capitals, which make a smaller QR code."""
    text = link(key)
    assert parse(text.upper() if is_upper else text, DOMAINS) == (Element(*key),)


@given(KEYS, st.data())
def test_a_key_with_one_wrong_digit_is_refused(key: tuple[str, str], data: st.DataObject) -> None:
    """The check digit guards a link as it guards a bar code."""
    ai, number = key
    at = data.draw(st.integers(0, len(number) - 1))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != number[at]]))
    assert parse(link((ai, number[:at] + other + number[at + 1 :])), DOMAINS) is ElementFault.CHECK_DIGIT


@given(
    st.lists(
        st.sampled_from(["/01/", "/8018/", "/8019/", GTIN, GSRN, "?", "&", "=", "#", "%", "%00", "17=251231", "/"])
        | st.text(max_size=3)
    )
    .map("".join)
    .map("https://id.gs1.org/".__add__)
)
def test_no_address_raises(text: str) -> None:
    """Anything behind the domain is elements or a fault."""
    assert isinstance(parse(text, DOMAINS), (tuple, LinkFault, ElementFault))
