"""Payment cards are told from member cards, product codes and telephone numbers, alone and in a sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_loyalty.core.payment_cards import holds_payment_card, is_payment_card

# Published test numbers of the schemes; the Shetab ones are real issuer prefixes with invented rest.
PAYMENT_CARDS = {
    "visa": "4111111111111111",
    "visa 19": "4000000000000000006",
    "mastercard": "5555555555554444",
    "mastercard 2-series": "2223003122003222",
    "amex": "378282246310005",
    "diners 14": "30569309025904",
    "diners 36": "36227206271667",
    "discover": "6011111111111117",
    "jcb": "3530111333300000",
    "unionpay": "6200000000000005",
    "maestro": "6759649826438453",
    "mir": "2200000000000053",
    "troy": "9792030394440796",
    "rupay": "6073849700004947",
    "melli": "6037997111111119",
    "mellat": "6104331234567890",
    "tejarat": "6273531234567890",
    "saman": "6219861234567898",
    "pasargad": "5022291234567897",
    "sepah": "5894631234567899",
    "melli, another prefix": "1700191234567897",
    "tosee saderat": "2071771234567895",
    "mellat, another prefix": "9919751234567898",
    "mada": "9682081234567895",
}

NOT_CARDS = {
    "EAN-13 of prefix 4, Luhn-valid too": "4000000000006",
    "EAN-13 of GS1 Iran": "6260000000007",
    "EAN-13 of prefix 4": "4006381333931",
    "EAN-8": "40170725",
    "in-store member card": "2012345678903",
    "GS1 demo GSRN": "952012345678900004",
    "Luhn digit wrong": "4111111111111112",
    "an issuer prefix nobody has": "9999999999999995",
    "too short": "41111111116",
    "too long": "41111111111111111116",
    "Egyptian phone": "201001234567",
    "German phone, no plus sign": "491511234567",
    "German phone with its plus sign, Luhn-valid": "+4915112345611",
    "longest phone with its plus sign, Luhn-valid": "+378282246310005",
    "base 64 that is no paying phone": "hQVDUGYwMWETTwegAAAAVVVV",
    "member code": "MEMBER-42",
    "empty": "",
    "sentinels only": "%?",
    "swipe error": "%E?;E?+E?",
    "digital link": "https://id.gs1.org/8018/952012345678900004",
}

STRIPES = {
    "track 1": "%B4111111111111111^REZAEI/SARA^2512101000000000?",
    "track 1, wrong Luhn digit": "%B4111111111111112^REZAEI/SARA^2512101000000000?",
    "track 1 without sentinels": "b4111111111111112^AB^^^000",
    "track 2": ";4111111111111111=25121010000012345678?",
    "track 2, wrong Luhn digit": ";4111111111111112=25121010000012345678?",
    "track 2 without sentinels": "6037997111111111=2512101",
    "track 2 with a letter as separator": "6037997111111111D25121010000",
    "track 2 without expiry and service code": ";6037997111111119=?",
    "track 2 with absent expiry and service code": ";6037997111111112===000?",
    "track 3 with its format code": "+016037997111111119==1?",
    "all tracks in one reading": "%B4111111111111112^A/B^2512101?;4111111111111112=2512101?",
    "account number between sentinels": ";6037997111111119?",
    "account number behind a plus sign, longer than any telephone number": "+6037997111111119",
    "account number under accents": "\u0301".join("6037997111111119"),
    "QR code of a telephone that pays": "hQVDUFYwMWETTwegAAAAVVVVUAFBUAwFBBhJWRNBYlAAEjRWeQ==",
}


def luhn_digit(digits: str) -> str:
    """Give the digit that makes ``digits`` pass, computed by trial: another way than the code under test."""
    table = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
    total = sum(table[int(d)] if place % 2 == 0 else int(d) for place, d in enumerate(reversed(digits)))
    return str(-total % 10)


@pytest.mark.parametrize("number", PAYMENT_CARDS.values(), ids=PAYMENT_CARDS.keys())
def test_a_card_number_of_every_scheme_is_refused(number: str) -> None:
    """Each scheme's number is a payment card, bare or in groups of four."""
    groups = [number[start : start + 4] for start in range(0, len(number), 4)]
    assert is_payment_card(number)
    assert all(is_payment_card(separator.join(groups)) for separator in (" ", "-", "\u00a0", "–", ".", "\u200c"))


@pytest.mark.parametrize("text", NOT_CARDS.values(), ids=NOT_CARDS.keys())
def test_what_is_not_a_card_is_let_through(text: str) -> None:
    """Product codes, member codes, telephone numbers and wrong numbers are not payment cards."""
    assert not is_payment_card(text)


@pytest.mark.parametrize("text", STRIPES.values(), ids=STRIPES.keys())
def test_the_shape_of_a_bank_stripe_is_refused(text: str) -> None:
    """A bank stripe is refused, and a shape with expiry and service code even under a wrong Luhn digit."""
    assert is_payment_card(text)


def test_a_gsrn_with_a_right_gs1_digit_wins_over_maestro() -> None:
    """Among 18-digit numbers of GS1 Iran that pass Luhn, those with a right GS1 digit are not cards."""
    judged = {"gsrn": 0, "card": 0}
    for serial in range(2000):
        body = f"6261234567{serial:07d}"
        number = body + luhn_digit(body)
        weighted = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(number))
        is_gsrn = weighted % 10 == 0
        judged["gsrn" if is_gsrn else "card"] += 1
        assert is_payment_card(number) is not is_gsrn
    assert all(count > 0 for count in judged.values())


@pytest.mark.parametrize("number", PAYMENT_CARDS.values(), ids=PAYMENT_CARDS.keys())
@pytest.mark.parametrize(
    "around", ["{}", "pays with {}.", "{} 12/26 123", "2 {}", "room 12, {}", "0912 {} 0935", "a{}b", "no {}\n{}"]
)
def test_a_card_number_in_a_sentence_is_found(number: str, around: str) -> None:
    """Whatever numbers stand beside it, and however its groups are told apart."""
    groups = [number[start : start + 4] for start in range(0, len(number), 4)]
    for separator in ("", " ", "-", "\u00a0", "–", "  ", "\u200c"):
        assert holds_payment_card(around.replace("{}", separator.join(groups)))


@pytest.mark.parametrize(
    "text",
    [
        *NOT_CARDS.values(),
        "wrong digit: 4111 1111 1111 1112",
        "mobile 0912 345 6789, office 021 8888 9999",
        "09123456789 09351234567",
        "two scarves, 6260000000007 6260000000007",
        "sizes 42 44, until 1405/01/01, 4111 points",
    ],
)
def test_a_sentence_without_a_card_number_is_kept(text: str) -> None:
    """Telephone numbers, product codes, dates and sizes side by side are not payment cards."""
    assert not holds_payment_card(text)


def test_a_stripe_swiped_into_a_note_is_found() -> None:
    """The cursor was in the wrong field; a wrong Luhn digit does not help."""
    assert all(holds_payment_card(f"{stripe}\n") for stripe in STRIPES.values())


@given(st.text(alphabet="0123456789", min_size=14, max_size=14), st.sampled_from(["٠", "۰", "०", "０"]))
def test_digits_of_another_script_change_nothing(tail: str, zero: str) -> None:
    """A card number in Persian, Arabic, Devanagari or full-width digits is judged like the ASCII one."""
    number = "4" + tail + luhn_digit("4" + tail)
    written = "".join(chr(ord(zero) + int(digit)) for digit in number)
    assert is_payment_card(written)
    assert holds_payment_card(f"{written} 12/26")


@given(st.text(alphabet="0123456789", min_size=14, max_size=14), st.integers(1, 9))
def test_one_wrong_digit_is_not_a_card(tail: str, offset: int) -> None:
    """A number of a card's length whose last digit is not the Luhn digit is not a card."""
    right = int(luhn_digit("4" + tail))
    assert not is_payment_card(f"4{tail}{(right + offset) % 10}")


@given(st.text(max_size=80))
def test_any_text_gets_an_answer(text: str) -> None:
    """No text makes the test raise, and surrounding spaces never change the answer."""
    assert is_payment_card(text) is is_payment_card(f"  {text} ")
    assert holds_payment_card(text) or not is_payment_card(text)
