"""What a typed text means at a basket."""

import pytest

from pos_loyalty.i18n.languages import Language
from tests.support.small_shop import SHOP
from tui.present.locales import locale_of
from tui.typed import Typed, understood

SAY = locale_of(SHOP, Language.EN)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("1200", Typed(code="1200", amount=12_000)),
        ("۱٬۲۰۰", Typed(code="1٬200", amount=12_000)),
        ("3*1200", Typed(3, code="1200", amount=12_000)),
        ("3 × P-SHIRT", Typed(3, code="P-SHIRT")),
        ("2x50", Typed(2, code="50", amount=500)),
        ("3*", Typed(3)),
        ("09121234567", Typed(code="09121234567")),
        ("6260000000014", Typed(code="6260000000014")),
        ("p-001", Typed(code="p-001")),
    ],
)
def test_a_text_is_a_quantity_a_code_or_an_amount(text: str, meaning: Typed) -> None:
    """A phone and a barcode are never money; a short number may be either."""
    assert understood(text, SAY) == meaning


def test_f4_makes_any_number_an_amount() -> None:
    """Then 12 digits are money, and letters are told."""
    assert understood("120000000000", SAY, is_amount=True) == Typed(amount=1_200_000_000_000)
    assert understood("2*50", SAY, is_amount=True) == Typed(2, amount=500)
    assert understood("abc", SAY, is_amount=True) == "That is not an amount. Type digits only, for example 1,200."


@pytest.mark.parametrize("text", ["0*5", "10000*5", "999999*"])
def test_an_impossible_quantity_is_told(text: str) -> None:
    """Between 1 and 9,999."""
    assert understood(text, SAY) == "The quantity must be from 1 to 9,999."
