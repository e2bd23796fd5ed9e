"""Trade item numbers are read as the symbol carries them, or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.codes.ean import Circulation, TradeNumber, by_digits, by_symbol, expand_upc_e
from pos_loyalty.core.gs1 import gs1_check_digit, gs1_is_right


def checked(digits: str) -> str:
    """Return ``digits`` with their check digit."""
    return digits + gs1_check_digit(digits)


@pytest.mark.parametrize(
    ("digits", "symbol", "gtin"),
    [
        ("4006381333931", "EAN-13", "04006381333931"),
        ("96385074", "EAN-8", "00000096385074"),
        ("036000291452", "UPC-A", "00036000291452"),
        ("04252614", "UPC-E", "00042100005264"),
        ("12345678901231", "ITF-14", "12345678901231"),
    ],
)
def test_each_symbol_gives_its_gtin(digits: str, symbol: str, gtin: str) -> None:
    """Length and check digit name the symbol; the number of 14 digits is the same article anywhere."""
    assert by_digits(digits) == (TradeNumber(symbol, digits, gtin),)


def test_eight_digits_that_are_two_numbers_are_both() -> None:
    """EAN-8 and UPC-E can share eight digits with both check digits right; neither is preferred."""
    shared = [text for n in range(100_000, 101_000) if len(by_digits(text := checked(f"0{n}"))) > 1]
    assert len(shared) > 10
    assert all(len({number.gtin for number in by_digits(text)}) == 2 for text in shared)


@pytest.mark.parametrize(
    ("body", "upc_a"),
    [
        ("123450", "01200000345"),
        ("123451", "01210000345"),
        ("123452", "01220000345"),
        ("123453", "01230000045"),
        ("123454", "01234000005"),
        ("123455", "01234500005"),
        ("123459", "01234500009"),
    ],
)
def test_upc_e_of_each_kind_expands(body: str, upc_a: str) -> None:
    """The sixth digit says where the zeros belong, and the check digit is that of the UPC-A."""
    whole = checked(upc_a)
    assert expand_upc_e(f"0{body}{whole[-1]}") == whole
    assert not expand_upc_e(f"0{body}{(int(whole[-1]) + 1) % 10}")


@pytest.mark.parametrize("body", ["120003", "121003", "122003", "123004", "123405", "123009"])
def test_a_form_that_has_a_shorter_one_is_no_upc_e(body: str) -> None:
    """No check digit makes it one, so a misread cannot either."""
    assert not any(expand_upc_e(f"0{body}{check}") for check in range(10))


@given(st.from_regex(r"[01][0-9]{7}", fullmatch=True))
def test_two_short_forms_never_mean_one_number(digits: str) -> None:
    """Taking the zeros out of the UPC-A by the shortest rule gives the same eight digits again."""
    upc_a = expand_upc_e(digits)
    if not upc_a:
        return
    maker, item = upc_a[1:6], upc_a[6:11]
    if maker[2] in "012" and maker[3:] == "00" and item[:2] == "00":
        body = maker[:2] + item[2:] + maker[2]
    elif maker[3:] == "00" and item[:3] == "000":
        body = maker[:3] + item[3:] + "3"
    elif maker[4] == "0" and item[:4] == "0000":
        body = maker[:4] + item[4] + "4"
    else:
        body = maker + item[4]
    assert upc_a[0] + body + upc_a[11] == digits


@pytest.mark.parametrize(
    ("digits", "aim"),
    [
        ("96385074", "E0"),
        ("036000291452", "E0"),
        ("4006381333931", "E4"),
        ("4006381333932", "E0"),
        ("400638133393", "E0"),
        ("4006381333931", "E1"),
        ("4006381333931123", "E3"),
        ("4006381333931", "I1"),
        ("1234567890123", "I3"),
    ],
)
def test_a_symbol_of_another_length_is_no_number(digits: str, aim: str) -> None:
    """With an AIM identifier its length holds: eight digits under ]E0 are a misread."""
    assert by_symbol(digits, aim) is None


def test_an_add_on_is_kept_apart() -> None:
    """The issue of a paper is not part of its number."""
    issue = checked("977147396801")
    assert by_symbol(issue + "05", "E3") == TradeNumber("EAN-13", issue, "0" + issue, "05")
    assert by_symbol("400638133393112345", "E3") == TradeNumber("EAN-13", "4006381333931", "04006381333931", "12345")


@pytest.mark.parametrize("prefix", ["02", "04", *map(str, range(20, 30))])
def test_numbers_of_the_shop_are_restricted(prefix: str) -> None:
    """Prefixes 02, 04 and 20 to 29 belong to whoever prints them."""
    assert by_digits(checked(prefix + "1234567890"))[0].circulation is Circulation.RESTRICTED


@pytest.mark.parametrize("prefix", ["05", "980", "981", "984", "989", "99"])
def test_coupons_are_no_members(prefix: str) -> None:
    """Prefixes 05, 98 and 99 are refunds and coupons."""
    assert by_digits(checked(prefix.ljust(12, "1")))[0].circulation is Circulation.COUPON


@pytest.mark.parametrize("prefix", ["00", "01", "03", "06", "30", "400", "626", "952", "977", "978", "979"])
def test_every_other_prefix_is_trade(prefix: str) -> None:
    """Countries, press and books are products."""
    assert by_digits(checked(prefix.ljust(12, "1")))[0].circulation is Circulation.TRADE


@pytest.mark.parametrize(("first", "circulation"), [("0", "restricted"), ("2", "restricted"), ("9", "trade")])
def test_short_numbers_go_by_their_first_digit(first: str, circulation: str) -> None:
    """Of eight digits 0 and 2 are the shop's own, also when a reader pads them to thirteen."""
    short = checked(first + "638507")
    eight = next(number for number in by_digits(short) if number.symbol == "EAN-8")
    assert eight.circulation == circulation
    assert by_digits("00000" + short)[0].circulation == circulation


@given(st.text(max_size=20), st.sampled_from(["E0", "E1", "E3", "E4", "I0", "I1", "I3", "C0", ""]))
def test_any_text_gives_right_numbers_or_none(text: str, aim: str) -> None:
    """Nothing raises, and whatever comes out is ASCII digits with a right check digit."""
    for number in (*by_digits(text), by_symbol(text, aim)):
        if number is not None:
            assert len(number.gtin) == 14
            assert gs1_is_right(number.gtin)
            assert number.digits.isascii()
