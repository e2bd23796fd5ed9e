"""Keyboard layouts as data, one file each: what the 47 printing keys of a US keyboard type under that layout.

A key that types no character by itself (a dead key) is NUL. To add a layout, add its file and its name here;
``tests/drivers/codes/test_layout_undo.py`` compares every file with the layouts of the machine it runs on.
"""

from typing import Final

from drivers.codes.keymap import ar, ar_digits, de, es, fa, fr, gb, il, ru, tr, us

Rows = tuple[str, ...]

LAYOUTS: Final[dict[str, tuple[Rows, Rows]]] = {
    "us": (us.PLAIN, us.SHIFT),
    "fa": (fa.PLAIN, fa.SHIFT),
    "ar": (ar.PLAIN, ar.SHIFT),
    "ar-digits": (ar_digits.PLAIN, ar_digits.SHIFT),
    "tr": (tr.PLAIN, tr.SHIFT),
    "gb": (gb.PLAIN, gb.SHIFT),
    "il": (il.PLAIN, il.SHIFT),
    "ru": (ru.PLAIN, ru.SHIFT),
    "fr": (fr.PLAIN, fr.SHIFT),
    "de": (de.PLAIN, de.SHIFT),
    "es": (es.PLAIN, es.SHIFT),
}
"""Layouts by the names used in settings, rows without and with Shift."""
