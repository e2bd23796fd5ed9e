"""Whether a reader that types into the terminal can be understood under the keyboard layout of this machine."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from drivers.codes.layout_undo import lost
from drivers.discovery import ROOT
from pos_loyalty.cli.checks.finding import Finding
from pos_loyalty.config import Config, toml

_AREA = "keyboard"
_BY_XKB: Final = {
    **{name: name for name in ("us", "tr", "gb", "il", "ru", "fr", "de", "es")},
    "ir": "fa",
    "ara": "ar",
    "uk": "gb",
}
"""Names of X and of the console to ours (``drivers.codes.keymap``)."""
_SETTINGS: Final = (
    ("etc/default/keyboard", "XKBLAYOUT"),
    ("etc/vconsole.conf", "XKBLAYOUT"),
    ("etc/vconsole.conf", "KEYMAP"),
)


def check_keyboards(config: Config, root: Path = ROOT) -> Iterator[Finding]:
    """Compare the layouts of the machine with those of ``[codes]``, as far as readers need them."""
    found = _layouts(root)
    if not found:
        return
    ours = [_BY_XKB.get(name) for name in found]
    configured = config.reading_settings.layouts
    missing = [layout for layout in ours if layout and layout not in configured]
    # Only where no reader is configured the terminal is how members are scanned.
    matters = not config.reader
    seen = f"this machine types {', '.join(found)}; [codes] has {', '.join(configured)}"
    wanted = toml([*dict.fromkeys([*missing, *configured])])
    yield Finding(_AREA, seen, f"set layouts = {wanted} in [codes]" if missing and matters else "")
    for layout in (layout for layout in ours if layout and lost(layout)):
        signs = " ".join(sorted(lost(layout)))
        remedy = "use a reader on a wire, or one of the kind wedge: both do without the layout" if matters else ""
        yield Finding(_AREA, f"the layout {layout} swallows {signs} of a reader that types into the terminal", remedy)
    unknown = [name for name, layout in zip(found, ours, strict=True) if layout is None]
    if unknown and matters:
        seen = f"what a reader types under {', '.join(unknown)} cannot be undone"
        yield Finding(_AREA, seen, "use a reader on a wire, or one of the kind wedge: both do without the layout")


def _layouts(root: Path) -> list[str]:
    for file, key in _SETTINGS:
        try:
            text = (root / file).read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        if match := re.search(rf'^\s*{key}="?([a-z,]+)', text, re.MULTILINE):
            return match[1].split(",")
    return []
