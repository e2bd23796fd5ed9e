"""What the cashier typed at a basket: a quantity, a code, an amount, or a number that may be either.

Pure. Digits of any script; ``3*``, ``3×`` and ``3 * 4006381`` say how many.
"""

import re

import msgspec

from pos_loyalty.core.basket import QUANTITY_MAX
from pos_loyalty.core.digits import to_ascii
from pos_loyalty.i18n.amounts import FAULT_MESSAGES
from pos_loyalty.i18n.catalogue import mark
from pos_loyalty.i18n.locales import Locale

_TIMES = re.compile(r"(?P<quantity>[0-9]{1,6})\s*[*×✕xX]\s*(?P<rest>.*)", re.DOTALL)
# A number with a leading zero is a phone or a code; 12 digits and more are a barcode or a card, not money.
_CODE_ONLY = re.compile(r"0[0-9]{6,}|[0-9]{12,}")

BAD_QUANTITY = mark("The quantity must be from 1 to {limit}.")


class Typed(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a text may mean. With a code and an amount, a product of that code comes first."""

    quantity: int = 1
    code: str = ""
    """As it was typed, but for its digits."""
    amount: int | None = None
    """Minor units."""

    @property
    def only_quantity(self) -> bool:
        """Whether it is ``3*`` and nothing else: meant for the selected line."""
        return not self.code and self.amount is None


def understood(text: str, say: Locale, *, is_amount: bool = False) -> Typed | str:
    """Return what ``text`` means, or the sentence that says why it means nothing.

    Args:
        text: what stands in the field, not empty.
        say: how this shop writes amounts.
        is_amount: the cashier has said (F4) that it is an amount.
    """
    quantity, rest = 1, to_ascii(text).strip()
    times = _TIMES.fullmatch(rest)
    if times:
        quantity, rest = int(times["quantity"]), times["rest"].strip()
        if not 1 <= quantity <= QUANTITY_MAX:
            return say.text(BAD_QUANTITY, limit=QUANTITY_MAX)
        if not rest:
            return Typed(quantity)
    amount = say.parse_amount(rest)
    if is_amount:
        return Typed(quantity, amount=amount) if isinstance(amount, int) else say.text(FAULT_MESSAGES[amount])
    if not isinstance(amount, int) or _CODE_ONLY.fullmatch(rest):
        return Typed(quantity, rest)
    return Typed(quantity, rest, amount)
