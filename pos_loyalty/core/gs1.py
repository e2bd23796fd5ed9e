"""The check digit of GS1 keys: what tells a trade item, a shipment or a member card from a misread one."""


def gs1_check_digit(digits: str) -> str:
    """Return the check digit that belongs behind ``digits`` (ASCII), by GS1 General Specifications, 7.9.1.

    From the right: weights 3, 1, 3, 1 and so on, and the digit that fills the sum up to a multiple of ten.

    >>> gs1_check_digit("629104150021")
    '3'
    """
    total = sum(int(digit) * (1 if index % 2 else 3) for index, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def gs1_is_right(number: str) -> bool:
    """Whether the last of the ASCII digits ``number`` is its check digit (GS1 General Specifications, 7.9.1)."""
    return number.isascii() and number.isdecimal() and len(number) > 1 and gs1_check_digit(number[:-1]) == number[-1]
