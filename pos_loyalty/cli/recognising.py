"""What the texts that come to the till without a reader are, by the codes of its shop."""

from collections.abc import Iterator

from drivers.codes.layout_undo import undo
from drivers.codes.reading import code_of, read_text
from drivers.codes.reading_settings import ReadingSettings
from pos_loyalty.core.decisions import Via
from pos_loyalty.ports import Recognised, Recogniser


def recogniser(settings: ReadingSettings) -> Recogniser:
    """Return what decides on texts that were typed, by a person or a keyboard reader."""

    def recognise(text: str, via: Via) -> Recognised:
        decision = read_text(text, via, settings)
        codes = (code_of(meant.encode("utf-8", "replace"), decision) for meant in _meant(text, via, settings))
        return Recognised(decision, tuple(dict.fromkeys(code for code in codes if code)))

    return recognise


def _meant(text: str, via: Via, settings: ReadingSettings) -> Iterator[str]:
    """Yield what a reader may have meant: with several keyboard layouts in use, several texts."""
    if via != "terminal":
        yield text
        return
    for layout in settings.layouts:
        if (meant := undo(text, layout)) is not None:
            yield meant
