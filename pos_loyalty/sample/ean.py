"""EAN-13 numbers with a right check digit."""

from pos_loyalty.core.gs1 import gs1_check_digit

_BODY_DIGITS = 12


def ean13(body: str) -> str:
    """Return ``body``, twelve digits, with its check digit (GS1 General Specifications §7.9).

    >>> ean13("400638133393")
    '4006381333931'
    """
    if len(body) != _BODY_DIGITS:
        raise ValueError(f"an EAN-13 has {_BODY_DIGITS} digits before its check digit, got {body!r}")
    return body + gs1_check_digit(body)
