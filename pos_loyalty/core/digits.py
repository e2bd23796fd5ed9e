"""Persian, Arabic-Indic and ASCII digits are one set of digits to the shop."""

_PERSIAN = "۰۱۲۳۴۵۶۷۸۹"
_ARABIC = "٠١٢٣٤٥٦٧٨٩"
_TO_ASCII = {ord(c): ord("0") + i for digits in (_PERSIAN, _ARABIC) for i, c in enumerate(digits)}


def to_ascii(text: str) -> str:
    """Return ``text`` with Persian (U+06F0…) and Arabic-Indic (U+0660…) digits as 0-9.

    >>> to_ascii("۰۹۱۲ ٣٤٥")
    '0912 345'
    """
    return text.translate(_TO_ASCII)
