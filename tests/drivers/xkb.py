"""The layouts of this machine, asked of libxkbcommon: the oracle for ``drivers/codes/keymap``."""

import ctypes
from ctypes.util import find_library
from pathlib import Path
from typing import Final

_VERSION_FILE: Final = Path("/usr/share/pkgconfig/xkeyboard-config.pc")
VERSION: Final = "2.35.1"
"""The data that the committed tables were made from. Layouts change between versions, and shops keep theirs."""
US_KEYS: Final = (
    "TLDE AE01 AE02 AE03 AE04 AE05 AE06 AE07 AE08 AE09 AE10 AE11 AE12",
    "AD01 AD02 AD03 AD04 AD05 AD06 AD07 AD08 AD09 AD10 AD11 AD12 BKSL",
    "AC01 AC02 AC03 AC04 AC05 AC06 AC07 AC08 AC09 AC10 AC11",
    "AB01 AB02 AB03 AB04 AB05 AB06 AB07 AB08 AB09 AB10",
)
"""The keys of a US keyboard that print, row by row, by their XKB names."""


class _RuleNames(ctypes.Structure):
    _fields_ = [(name, ctypes.c_char_p) for name in ("rules", "model", "layout", "variant", "options")]


def is_present() -> bool:
    """Whether the library is installed, with the data that the tables were made from."""
    told = _VERSION_FILE.read_text(encoding="utf-8") if _VERSION_FILE.exists() else ""
    return find_library("xkbcommon") is not None and f"Version: {VERSION}\n" in told


def typed(layout: str, variant: str, level: int) -> list[str]:
    """Return what each of the 47 keys types at ``level`` (0 plain, 1 with Shift); empty where no character comes."""
    library = _library()
    context = library.xkb_context_new(0)
    names = _RuleNames(b"evdev", b"pc105", layout.encode(), variant.encode(), b"")
    keymap = library.xkb_keymap_new_from_names(context, ctypes.byref(names), 0)
    try:
        return [_character(library, keymap, key, level) for row in US_KEYS for key in row.split()]
    finally:
        library.xkb_keymap_unref(keymap)
        library.xkb_context_unref(context)


def _character(library: ctypes.CDLL, keymap: int, key: str, level: int) -> str:
    keysyms = ctypes.POINTER(ctypes.c_uint32)()
    code = library.xkb_keymap_key_by_name(keymap, key.encode())
    count = library.xkb_keymap_key_get_syms_by_level(keymap, code, 0, level, ctypes.byref(keysyms))
    return "".join(chr(library.xkb_keysym_to_utf32(keysyms[index]) or 0) for index in range(count)).replace("\0", "")


def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(find_library("xkbcommon"))
    pointer, number = ctypes.c_void_p, ctypes.c_uint32
    for name, result, arguments in (
        ("xkb_context_new", pointer, (ctypes.c_int,)),
        ("xkb_context_unref", None, (pointer,)),
        ("xkb_keymap_new_from_names", pointer, (pointer, ctypes.POINTER(_RuleNames), ctypes.c_int)),
        ("xkb_keymap_unref", None, (pointer,)),
        ("xkb_keymap_key_by_name", number, (pointer, ctypes.c_char_p)),
        (
            "xkb_keymap_key_get_syms_by_level",
            ctypes.c_int,
            (pointer, number, number, number, ctypes.POINTER(ctypes.POINTER(number))),
        ),
        ("xkb_keysym_to_utf32", number, (number,)),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library
