"""What the field at the bottom asks for."""

from enum import StrEnum

from pos_loyalty.i18n.locales import Locale


class Next(StrEnum):
    """What the next text is."""

    CUSTOMER = "customer"
    ANYTHING = "anything"
    """A product, a card or an amount: the till finds out."""
    AMOUNT = "amount"
    CODE = "code"
    """Of a promotion, a voucher or a gift card."""


def prompt(following: Next, say: Locale) -> tuple[str, str]:
    """Return the question before the field, and the hint that stands in it while it is empty."""
    match following:
        case Next.CUSTOMER:
            return say.text("Who?"), say.text("name, phone number or code")
        case Next.AMOUNT:
            return say.text("Amount in {unit}?", unit=say.money_unit), ""
        case Next.CODE:
            return say.text("Code?"), say.text("of a promotion, a voucher or a gift card")
        case Next.ANYTHING:
            return say.text("Add?"), say.text("amount, product or 3*product")
