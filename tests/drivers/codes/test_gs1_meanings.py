"""GS1 codes through the whole reading: member cards, coupons, products, and nothing personal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.codes.application_identifiers import ElementFault
from drivers.codes.decoding import GS, Decoded
from drivers.codes.digital_link import LinkFault
from drivers.codes.gs1_meanings import WHY_NOT_READ
from drivers.codes.guard import must_refuse
from drivers.codes.reading import read
from drivers.codes.reading_settings import ReadingSettings
from pos_loyalty.core.decisions import Decision
from pos_loyalty.core.payment_cards import is_payment_card
from tests.drivers.codes.test_layout_undo import as_typed
from tests.drivers.gs1_codes import GCN, GSRN, GTIN, KEYS, build, checked, link

SHOP = ReadingSettings(link_domains=("id.gs1.org", "shop.example"))
MEMBER = {"number": GSRN}
AMERICAN = "106141416543213150110120"
"""A North American coupon that GS1's own syntax engine takes."""
PRODUCT = {"number": GTIN[1:], "gtin": GTIN}


def answer(text: str) -> Decision:
    """Read ``text`` from a serial reader."""
    return read(text.encode(), "serial", SHOP)


@pytest.mark.parametrize(
    ("text", "outcome", "symbology", "fields"),
    [
        (f"]C18018{GSRN}", "member", "Code 128", MEMBER),
        (f"]e08018{GSRN}", "member", "GS1 DataBar", MEMBER),
        (f"]d28018{GSRN}", "member", "Data Matrix", MEMBER),
        (f"]Q38018{GSRN}", "member", "QR Code", MEMBER),
        (f"]J18018{GSRN}", "member", "DotCode", MEMBER),
        (f"]C18018{GSRN}{GS}80192", "member", "Code 128", {**MEMBER, "instance": "2"}),
        (f"]C18018{GSRN}{GS}7253CARTER{GS}7254EMILY", "member", "Code 128", MEMBER),
        (f"8018{GSRN}", "member", "", MEMBER),
        (f"{GS}8018{GSRN}", "member", "", MEMBER),
        (f"8018{GSRN}{GS}80192", "member", "", {**MEMBER, "instance": "2"}),
        (
            f"]Q1{link(('8018', GSRN), ('8019', '2'), host='shop.example')}",
            "member",
            "QR Code",
            {**MEMBER, "instance": "2"},
        ),
        (f"]d1{link(('8018', GSRN))}", "member", "Data Matrix", MEMBER),
        (link(("8018", GSRN)), "member", "", MEMBER),
        (f"]e001{GTIN}", "product", "GS1 DataBar", PRODUCT),
        (f"01{GTIN}", "product", "", PRODUCT),
        ("]C10100000096385074", "product", "Code 128", {"number": "96385074", "gtin": "00000096385074"}),
        ("]C10100036000291452", "product", "Code 128", {"number": "036000291452", "gtin": "00036000291452"}),
        ("]C10114006381333938", "product", "Code 128", {"number": "14006381333938", "gtin": "14006381333938"}),
        (
            f"]e001{GTIN}310300125039220499{GS}1525120010LOT",
            "product",
            "GS1 DataBar",
            {**PRODUCT, "best_before": "251200", "weight_kg": "1.250", "price": "4.99"},
        ),
        (
            f"]e001{GTIN}3202001250{GS}39329780499",
            "product",
            "GS1 DataBar",
            {**PRODUCT, "weight_lb": "12.50", "price": "4.99", "currency": "978"},
        ),
        (
            "]C10194006381333934305",
            "product",
            "Code 128",
            {"number": "94006381333934", "gtin": "94006381333934", "count": "5"},
        ),
        (f"]C1255{GCN}", "voucher", "Code 128", {"code": GCN, "kind": "255"}),
        (
            f"]C1255{GCN}0007{GS}3902500{GS}17261200",
            "voucher",
            "Code 128",
            {"code": GCN + "0007", "kind": "255", "amount": "5.00", "expires": "261200"},
        ),
        (f"]e0255{GCN}{GS}39410125", "voucher", "GS1 DataBar", {"code": GCN, "kind": "255", "percent": "12.5"}),
        (f"]e0255{GCN}{GS}81110050", "voucher", "GS1 DataBar", {"code": GCN, "kind": "255", "points": "50"}),
        (f"]e08110{AMERICAN}", "voucher", "GS1 DataBar", {"code": AMERICAN, "kind": "8110"}),
        (f"]e08112{'0' * 21}", "voucher", "GS1 DataBar", {"code": "0" * 21, "kind": "8112"}),
    ],
)
def test_a_gs1_code_has_its_answer(text: str, outcome: str, symbology: str, fields: dict[str, str]) -> None:
    """With an AIM identifier or with GS inside, in a link, or as one bare key."""
    told = answer(text)
    assert (told.outcome, told.symbology, told.fields, told.reason) == (outcome, symbology, fields, "")


@pytest.mark.parametrize(
    ("text", "outcome", "reason"),
    [
        (f"]C18017{GSRN}", "unknown", "8017"),
        (f"]C101{checked('9400638133393')}", "unknown", "measure"),
        (f"]C101{checked('0201234567890')}", "unknown", "in-store"),
        (f"]C101{checked('0990000000000')}", "unknown", "coupon"),
        ("]C191PL-1001", "unknown", "nothing at a till"),
        (f"]C0{GS}8018{GSRN}", "unknown", "FNC1"),
        (f"]Q18018{GSRN}{GS}80192", "unknown", "FNC1"),
        (f"]C08018{GSRN}", "unknown", "no code of this shop"),
        (f"]C1{GS}8018{GSRN}", "unreadable", "FNC1"),
        (f"]C18018{GSRN}80192", "unreadable", "FNC1 is missing"),
        (f"]Q3{link(('8018', GSRN))}", "unreadable", "application identifier"),
        ("]C180192", "unreadable", "without"),
        (f"8018{GSRN[::-1]}{GS}80192", "unreadable", "check digit"),
        (f"]Q1{link(('8018', GSRN[::-1]))}", "unreadable", "check digit"),
        (f"]Q1{link(('8018', GSRN), host='evil.example')}", "unknown", "not followed"),
        ("]Q1https://id.gs1.org/ARHKVAdpQg", "unknown", "compressed"),
        ("]Q1https://shop.example/offers", "unknown", "without a GS1 key"),
        ("]C1", "unreadable", ""),
    ],
)
def test_any_other_gs1_code_is_refused_with_its_reason(text: str, outcome: str, reason: str) -> None:
    """Read well and not of the shop, or not read well; neither says what was read."""
    told = answer(text)
    assert (told.outcome, told.fields, told.candidates) == (outcome, {}, ())
    assert reason in told.reason
    assert GSRN not in told.reason


def test_gap_2_links_are_read_under_any_carrier() -> None:
    """Biip 5.2 looks for a link under ]Q3 and ]d2 only, where none may be, and not under ]Q1 and ]d1."""
    for aim in ("]Q1", "]d1", "]z0", "]L2", "]C0", ""):
        assert answer(aim + link(("8018", GSRN))).fields == MEMBER


def test_gap_5_an_identifier_without_its_modifier_does_not_stumble() -> None:
    """Biip 5.2 raises for ]J."""
    assert answer("]J").outcome == "unknown"


def test_gap_6_eight_digits_are_no_ean_13() -> None:
    """Biip 5.2 takes eight digits under ]E0."""
    assert answer("]E096385074").outcome == "unreadable"


def test_gap_7_bare_trade_numbers_are_nothing_else() -> None:
    """Biip 5.2 finds AI 400 in an EAN-13 and an SSCC in a GSRN."""
    assert answer("4006381333931").symbology == "EAN-13"
    assert answer(GSRN).outcome == "unknown"


def test_two_keys_in_one_code_are_ambiguous() -> None:
    """A member and a product in one code: neither is chosen."""
    told = answer(f"]C18018{GSRN}{GS}01{GTIN}")
    assert (told.outcome, [found.outcome for found in told.candidates]) == ("ambiguous", ["member", "product"])
    assert told.reason == "the code has more than one GS1 key"


def test_personal_data_are_in_no_answer() -> None:
    """Names, addresses, birthdays, and the address of the link end in the driver."""
    secrets = {"7253": "SECRET", "7254": "SECRET", "7257": "SECRET", "7250": "19800101", "91": "SECRET"}
    for text in (
        "]C1" + build(("8018", GSRN), *secrets.items()),
        link(("8018", GSRN), query="&".join(f"{ai}={value}" for ai, value in secrets.items())),
    ):
        told = answer(text)
        assert told.fields == MEMBER
        assert not any(secret in repr(told) for secret in ("SECRET", "1980", "http"))


def test_a_coupon_that_looks_like_a_mastercard_is_a_coupon() -> None:
    """255 and thirteen digits are in a range of Mastercard, and one in ten has a right Luhn digit."""
    alike = [text for n in range(200) if is_payment_card(text := f"255{checked(f'952012345{n:03}')}")]
    assert alike
    for text in alike:
        assert answer(f"]C1{text}").outcome == "voucher"
        assert not must_refuse(Decoded(text, "C1"))
        assert answer(text).outcome == "payment_card"


def test_a_bank_card_in_a_gs1_carrier_is_still_refused() -> None:
    """A bank card's number that no coupon fits, and one behind an internal identifier, are in no answer."""
    for text in (
        "]C16037997111111119",
        "]C14111111111111111",
        "]C1916037997111111119",
        f"]C1255{GCN}{GS}916037997111111119",
    ):
        assert "60379971" not in repr(answer(text))
        assert "41111111" not in repr(answer(text))
    assert answer("]C14111111111111111").outcome == "payment_card"


@pytest.mark.parametrize("layout", ["us", "fa", "ar", "tr", "gb", "il", "ru"])
def test_a_link_and_a_card_come_through_a_terminal(layout: str) -> None:
    """Under every exact layout, as long as no GS is needed."""
    settings = ReadingSettings(layouts=(layout,))
    for text in (link(("8018", GSRN)), f"]C18018{GSRN}", f"]e001{GTIN}"):
        assert read(as_typed(text, layout).encode(), "terminal", settings) == answer(text)


def test_every_fault_has_its_sentence() -> None:
    """No code is refused without a reason."""
    assert set(WHY_NOT_READ) == {*ElementFault, *LinkFault}
    assert all(WHY_NOT_READ.values())


@given(st.sampled_from(["]C1", "]d2", "]Q3", "]e0"]), KEYS, st.data())
def test_one_wrong_digit_gives_no_answer(aim: str, key: tuple[str, str], data: st.DataObject) -> None:
    """A misread digit of a key is never another member, coupon or product."""
    ai, number = key
    at = data.draw(st.integers(0, len(number) - 1))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != number[at]]))
    assert answer(aim + ai + number[:at] + other + number[at + 1 :]).outcome in {"unreadable", "payment_card"}
