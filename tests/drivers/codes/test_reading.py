"""One reading has one answer, and it is never a wrong number."""

import json
import subprocess
import sys
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.codes.keymap import LAYOUTS
from drivers.codes.reading import code_of, decide, read
from drivers.codes.reading_settings import ReadingSettings
from drivers.codes.shop_numbers import NumberTemplate, coded
from pos_loyalty.core.decisions import VIAS, Decision, Via
from pos_loyalty.core.gs1 import gs1_check_digit
from tests.drivers.codes.test_layout_undo import as_typed

SHOP = ReadingSettings()
PAN = "6037997111111119"
VOUCHER, GIFT_CARD = coded("voucher", "7KQ2M4ZX", "PLV-"), coded("gift_card", "7KQ2M4ZX", "PLG-")
PERSIAN_CONTACT = "BEGIN:VCARD\r\nFN:رضا رضایی\r\nTEL:09123456789\r\nEND:VCARD\r\n"
GERMAN = ReadingSettings(layouts=("de",))
BOTH_SHORT = "10000007"
"""An EAN-8 and a UPC-E with another meaning, both check digits right."""


def answer(text: str, via: Via = "serial", settings: ReadingSettings = SHOP) -> Decision:
    """Read ``text`` as UTF-8 bytes."""
    return read(text.encode(), via, settings)


def shown(decision: Decision) -> str:
    """Return all that a decision says, as a program would print it."""
    return msgspec.json.encode(decision).decode()


@pytest.mark.parametrize(
    ("text", "outcome", "symbology", "fields"),
    [
        ("PL-1001", "member", "", {"number": "PL-1001"}),
        ("]C0pl-۱۰۰۱", "member", "Code 128", {"number": "PL-1001"}),
        ("]A0PL-1001", "member", "Code 39", {"number": "PL-1001"}),
        ("]F0PL-1001", "member", "Codabar", {"number": "PL-1001"}),
        ("]G0PL-1001", "member", "Code 93", {"number": "PL-1001"}),
        ("2012345678903", "member", "EAN-13", {"number": "2012345678903", "member": "1234567890"}),
        ("]E02012345678903", "member", "EAN-13", {"number": "2012345678903", "member": "1234567890"}),
        ("4006381333931", "product", "EAN-13", {"number": "4006381333931", "gtin": "04006381333931"}),
        ("۴۰۰۶۳۸۱۳۳۳۹۳۱", "product", "EAN-13", {"number": "4006381333931", "gtin": "04006381333931"}),
        ("]E03", "unreadable", "EAN/UPC", {}),
        ("]E496385074", "product", "EAN-8", {"number": "96385074", "gtin": "00000096385074"}),
        ("036000291452", "product", "UPC-A", {"number": "036000291452", "gtin": "00036000291452"}),
        ("04252614", "product", "UPC-E", {"number": "04252614", "gtin": "00042100005264"}),
        ("]I114006381333938", "product", "ITF-14", {"number": "14006381333938", "gtin": "14006381333938"}),
        ("]I112345678901231", "unknown", "Interleaved 2 of 5", {}),
        ("]C012345678901231", "unknown", "Code 128", {}),
        (VOUCHER, "voucher", "", {"code": VOUCHER}),
        ("plv-7kq2 m4zx " + VOUCHER[-1], "voucher", "", {"code": VOUCHER}),
        (GIFT_CARD, "gift_card", "", {"code": GIFT_CARD}),
        (VOUCHER.replace("PLV", "PLG"), "unreadable", "", {}),
        ("+98 912 345 6789", "phone", "", {"phone": "+989123456789"}),
        ("09123456789", "phone", "", {"phone": "+989123456789"}),
        ("tel:+49-151-12345678", "phone", "", {"phone": "+4915112345678"}),
        ("00989123456789", "phone", "", {"phone": "+989123456789"}),
        (f"]Q1{PERSIAN_CONTACT}", "contact", "QR Code", {"name": "رضا رضایی", "phones": ["+989123456789"]}),
        ("]Q1BEGIN:VCARD\r\nFN:A", "unreadable", "QR Code", {}),
        (";1234567=9901?", "member", "magnetic stripe", {"number": "1234567"}),
        ("WIFI:T:WPA;S:shop;P:secret;;", "unknown", "", {}),
        ("]Q1https://id.gs1.org/8018/952012345678900007", "member", "QR Code", {"number": "952012345678900007"}),
        ("]Q1https://example.com/8018/952012345678900007", "unknown", "QR Code", {}),
        ("]C18018952012345678900007", "member", "Code 128", {"number": "952012345678900007"}),
        ("8018952012345678900007\x1d99X", "member", "", {"number": "952012345678900007"}),
        ("]E09800000000007", "unknown", "EAN-13", {}),
        ("9800000000007", "unknown", "", {}),
        ("9800000000008", "unknown", "", {}),
        ("94006381333934", "unknown", "", {}),
        ("2112345678900", "unknown", "", {}),
        ("MECARD:NOTE:x;;", "unknown", "", {}),
        ("9123456789", "unknown", "", {}),
        ("hello", "unknown", "", {}),
        ("", "unreadable", "", {}),
    ],
)
def test_a_code_from_a_serial_reader_has_its_answer(
    text: str, outcome: str, symbology: str, fields: dict[str, Any]
) -> None:
    """Every kind of code gives its outcome, symbology and fields; what is not plain gives a reason."""
    told = json.loads(shown(answer(text)))
    assert (told["outcome"], told["symbology"], told["fields"]) == (outcome, symbology, fields)
    assert bool(told["reason"]) == (outcome in {"unknown", "unreadable"})


@pytest.mark.parametrize(
    ("text", "outcome", "fields"),
    [
        ("%1234567^CARTER/EMILY?;1234567=9901?\r", "member", {"number": "1234567"}),
        ("1234567", "member", {"number": "1234567"}),
        ("%E?;E?+E?", "unreadable", {}),
        (";1234567", "unreadable", {}),
        ("%CARTER/EMILY?", "unknown", {}),
        (";?", "unknown", {}),
        (f";{PAN}=29121010000000000?", "payment_card", {}),
    ],
)
def test_a_stripe_has_its_answer(text: str, outcome: str, fields: dict[str, str]) -> None:
    """A member number, a bad read to repeat, or a bank card to refuse."""
    decision = answer(text, "stripe")
    assert (decision.outcome, decision.fields) == (outcome, fields)


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("0800A5B1C2DE", "member"),
        ("0800A5B1C2DF", "unreadable"),
        ("PL-1001", "unreadable"),
        ("0800A5B1C2", "unreadable"),
    ],
)
def test_a_tag_needs_its_checksum(text: str, outcome: str) -> None:
    """Ten digits without the two of the checksum could be anybody."""
    assert answer(text, "rfid").outcome == outcome


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        (BOTH_SHORT, {"product"}),
        (";1234567?+7654321?", {"member"}),
    ],
)
def test_two_meanings_are_an_answer_of_their_own(text: str, kinds: set[str]) -> None:
    """Both candidates are named, neither is chosen."""
    decision = answer(text)
    assert decision.outcome == "ambiguous"
    assert len(decision.candidates) == 2
    assert {candidate.outcome for candidate in decision.candidates} == kinds
    assert decision.reason


def test_a_telephone_number_can_be_a_trade_number_too() -> None:
    """Dialled from abroad it has fourteen digits, and one in ten has the check digit of a case of goods."""
    both = next(text for n in range(100) if gs1_check_digit((text := f"0098912345{n:04}")[:-1]) == text[-1])
    assert {found.outcome for found in answer(both).candidates} == {"phone", "product"}
    assert answer("]C0" + both).outcome == "phone"
    assert answer("]I1" + both).outcome == "ambiguous"


def test_the_symbology_decides_where_the_reader_names_it() -> None:
    """Eight digits that are ambiguous alone are an EAN-8 under ]E4, and a misread under ]E0."""
    assert answer("]E4" + BOTH_SHORT).symbology == "EAN-8"
    assert answer("]E0" + BOTH_SHORT).outcome == "unreadable"


@pytest.mark.parametrize("aim", ["", "]C0", "]Q1", "]X0"])
@pytest.mark.parametrize(
    "text",
    [
        PAN,
        "6037-9971-1111-1119",
        "۶۰۳۷۹۹۷۱۱۱۱۱۱۱۱۹",
        f";{PAN}=29121010000000000?",
        f"%B{PAN}^REZAEI/REZA^2912101000000000?",
        f"PL-{PAN}",
        f"tel:{PAN}",
        f"MECARD:N:Card {PAN};TEL:+15550101234;;",
    ],
)
def test_a_bank_card_is_refused_and_not_shown(aim: str, text: str) -> None:
    """In whatever it is wrapped, its number is in no part of the answer."""
    for via in VIAS:
        told = answer(aim + text, via)
        assert PAN[6:] not in shown(told)
        assert told.outcome in {"payment_card", "unreadable", "unknown"}
    assert answer(text).outcome == "payment_card"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_bank_card_typed_through_a_terminal_is_refused(layout: str) -> None:
    """Under any layout, also one that makes letters of its digits."""
    told = answer(as_typed(PAN, layout), "terminal", ReadingSettings(layouts=(layout,)))
    assert told.outcome == "payment_card"
    assert PAN[6:] not in shown(told)


def test_an_ean_that_luhn_likes_is_no_bank_card() -> None:
    """The carrier decides: ]E0 is never a bank card, and a right GS1 check digit wins without it."""
    for n in range(10**4):
        number = f"45500000{n:04}"
        number += gs1_check_digit(number)
        assert answer("]E0" + number).outcome == "product"
        if n % 50 == 0:
            assert answer(number).outcome == "product"


def test_passwords_and_links_leave_nothing_in_the_answer() -> None:
    """Neither the password nor the address is repeated, in any field or reason."""
    for text in ("WIFI:T:WPA;S:shop;P:secret;;", "https://secret.example/secret", "mailto:secret@example.com"):
        assert "secret" not in shown(answer(text))


@pytest.mark.parametrize("layout", ["us", "fa", "ar", "ar-digits", "tr", "gb", "il", "ru"])
@pytest.mark.parametrize("text", ["PL-1001", "]E02012345678903", VOUCHER, "+989123456789", ";1234567?", "%E?;E?+E?"])
def test_what_comes_through_a_terminal_is_the_same_code(layout: str, text: str) -> None:
    """Under every exact layout the answer is that of a reader on a wire."""
    settings = ReadingSettings(layouts=(layout,))
    assert answer(as_typed(text, layout), "terminal", settings) == answer(text)


def test_a_till_with_two_layouts_takes_the_one_that_fits() -> None:
    """Persian shops switch between two layouts; a scan is read under either."""
    settings = ReadingSettings(layouts=("us", "fa"))
    for layout in settings.layouts:
        assert answer(as_typed("2012345678903", layout), "terminal", settings).outcome == "member"
    assert answer("2012345678903", "terminal", ReadingSettings(layouts=("fa",))).outcome == "unreadable"


def test_layouts_that_make_different_codes_are_ambiguous() -> None:
    """The German y is the US z: a till that switches between them cannot tell these members apart."""
    decision = answer("PL-YZ", "terminal", ReadingSettings(layouts=("us", "de", "gb")))
    assert decision.outcome == "member"  # a German dash is another key, so this text is no German card
    settings = ReadingSettings(layouts=("us", "de"), member_prefix="PL")
    decision = answer("PLYZ", "terminal", settings)
    assert [found.fields["number"] for found in decision.candidates] == ["PLYZ", "PLZY"]


def test_a_stripe_under_a_layout_that_swallows_its_separator_is_refused() -> None:
    """A German layout takes the = and one digit; what is left is no member and shows no card."""
    settings = ReadingSettings(layouts=("de",))
    for text in (";1234567=9901?", f";{PAN}=29121010000000000?", f"{PAN}=29121010000000000"):
        assert answer(as_typed(text, "de"), "terminal", settings).outcome in {"unreadable", "payment_card"}


@pytest.mark.parametrize("layout", ["fa", "ar", "ar-digits", "tr", "ru", "il", "gb", "us"])
@pytest.mark.parametrize("swipe", [f"%B{PAN}^REZAEI/SARA^29121010000?", f";{PAN}=29121010000000000?", f"A{PAN}B"])
def test_a_bank_card_under_a_layout_that_is_not_configured_is_still_one(swipe: str, layout: str) -> None:
    """The keys of what is no code go back to the field that they were typed into, and those of a bank card must not."""
    assert answer(as_typed(swipe, layout), "terminal").outcome == "payment_card"
    assert answer(as_typed(f";{PAN}=29121010000000000?", "de"), "terminal", GERMAN).outcome == "payment_card"


def test_the_templates_of_the_shop_are_used() -> None:
    """Goods by price, a padded number of eight digits, and no template at all."""
    goods = ReadingSettings(
        templates=(NumberTemplate("product", "21IIIIIPPPPPK"), NumberTemplate("member", "0MMMMMMK"))
    )
    number = "210004201299" + gs1_check_digit("210004201299")
    short = "0001234" + gs1_check_digit("0001234")
    assert answer(number, settings=goods).fields == {"number": number, "item": "00042", "price": "01299"}
    assert answer("]E4" + short, settings=goods).fields == {"number": short, "member": "001234"}
    assert answer("]E000000" + short, settings=goods).fields == {"number": short, "member": "001234"}
    assert answer(number, settings=ReadingSettings(templates=())).outcome == "unknown"


@given(st.sampled_from(["2012345678903", "]E04006381333931", VOUCHER]), st.data())
def test_one_wrong_digit_of_a_checked_number_is_never_another_one(text: str, data: st.DataObject) -> None:
    """A digit misread by the reader gives no member and no voucher where a check digit guards it."""
    index = data.draw(st.integers(4, len(text) - 1))
    wrong = text[:index] + data.draw(st.sampled_from("0123456789")) + text[index + 1 :]
    if wrong != text:
        assert answer(wrong).outcome in {"unknown", "unreadable"}


@given(st.binary(max_size=80), st.sampled_from(VIAS), st.sampled_from(sorted(LAYOUTS)))
def test_any_bytes_have_an_answer(payload: bytes, via: Via, layout: str) -> None:
    """Nothing raises, and only an ambiguous answer has candidates, at least two of them."""
    decision = read(payload, via, ReadingSettings(layouts=(layout, "us")))
    assert (len(decision.candidates) > 1) == (decision.outcome == "ambiguous")


PIECES = [
    "]E0",
    "]C1",
    "]Q1",
    "PL-",
    "PLV-",
    "%",
    ";",
    "?",
    "+98",
    "0912",
    PAN,
    "4006381333931",
    "^",
    "=",
    "\x1d",
    "\r\n",
]


@given(
    st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=8).map("".join),
    st.sampled_from([None, "E0", "E3", "E4", "C0", "C1", "I1", "Q1", "W9"]),
    st.sampled_from(VIAS),
)
def test_any_text_has_an_answer(text: str, aim: str | None, via: Via) -> None:
    """Texts made of the pieces that matter raise nothing, and an answer that says nothing shows nothing."""
    decision = decide(text, aim, via, SHOP)
    if decision.outcome in {"unknown", "unreadable", "payment_card"}:
        assert decision.fields == {}
        assert decision.candidates == ()
        assert decision.reason


def test_what_is_warm_takes_no_time_of_a_customer() -> None:
    """In a process of its own: the tables of GS1 and of telephone numbers are there before the first such code."""
    program = (
        "import sys\n"
        "from drivers.codes.reading import read, warm_up\n"
        "from drivers.codes.reading_settings import SHOP_AS_DELIVERED as S\n"
        "warm_up(S)\n"
        "before = set(sys.modules)\n"
        "read(b']C18018952012345678900007', 'serial', S), read(b'09123456789', 'serial', S)\n"
        "print(*(set(sys.modules) - before))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = ran.stdout.split()
    assert all(name.startswith("phonenumbers.data.region_") for name in loaded), loaded


def test_a_right_trade_number_in_the_wrong_symbol_is_not_said_to_be_misread() -> None:
    """Its check digit fits; what does not is the symbol that the reader names."""
    assert "in a symbol that carries none" in answer("]Q15901234123457").reason
    assert "check digit does not fit" in answer("]Q15901234123458").reason


@pytest.mark.parametrize(
    ("text", "via"), [(";1234567=9901?", "serial"), ("%1234567^CARTER/EMILY?;1234567=9901?", "hidmsr")]
)
def test_of_a_stripe_only_the_number_goes_on(text: str, via: Via) -> None:
    """The name on the first track is nobody's to look up."""
    decision = answer(text, via)
    assert decision.fields == {"number": "1234567"}
    assert code_of(text.encode(), decision) == ""
