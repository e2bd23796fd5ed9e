"""Service text in the reader's language: gettext catalogues beside this file.

Every text a person reads is an English sentence in the source, with its values as ``{name}``, and passes through one
of four names, by which ``python -m tests.support.messages`` finds it:

=========================================  ===================================================================
``catalogue.text("Hello, {name}", …)``     a sentence
``catalogue.plural("{n} visit",``          one sentence for each plural form of the language; ``{n}`` is the
``"{n} visits", n, …)``                    number itself
``catalogue.sense("key", "Open")``         a word whose translation depends on where it stands
``mark("Not a number")``                   names a sentence in a table; it is given to ``text`` later, by variable
=========================================  ===================================================================

The message is a string literal in the call, never an f-string or a sum. :class:`pos_loyalty.i18n.locales.Locale` has
methods of the same names that also write the numbers in the reader's digits; prefer them in a screen.
"""

import gettext
from functools import cache
from pathlib import Path

from pos_loyalty.errors import InvariantBroken
from pos_loyalty.i18n.languages import Language

DOMAIN = "pos_loyalty"
"""Name of the catalogue files."""

FOLDER = Path(__file__).parent / "locale"
"""Holds ``<language>/LC_MESSAGES/pos_loyalty.{po,mo}``; the ``.mo`` are shipped, ``make messages`` renews them."""


def mark(message: str) -> str:
    """Return ``message`` unchanged: it is to be translated where it is shown."""
    return message


class Catalogue:
    """The messages of one language. An English sentence without a translation is shown in English."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._messages = gettext.translation(DOMAIN, FOLDER, [language.value])

    def text(self, message: str, /, **params: object) -> str:
        """Return ``message`` in this language with its ``{names}`` filled in.

        Raises:
            InvariantBroken: a name in the message has no value.
        """
        return _fill(self._messages.gettext(message), params)

    def plural(self, one: str, many: str, n: int, /, **params: object) -> str:
        """Return the form that ``n`` asks for; ``{n}`` is ``n`` unless ``params`` say how to write it."""
        return _fill(self._messages.ngettext(one, many, n), {"n": n, **params})

    def sense(self, context: str, message: str, /, **params: object) -> str:
        """Return ``message`` as it is meant in ``context``, a word or two for the translator."""
        return _fill(self._messages.pgettext(context, message), params)


@cache
def catalogue_of(language: Language) -> Catalogue:
    """Return the catalogue of ``language``, read once in the life of the program."""
    return Catalogue(language)


def _fill(message: str, params: dict[str, object]) -> str:
    try:
        return message.format_map(params)
    except (KeyError, ValueError, IndexError) as error:
        raise InvariantBroken(f"the message {message!r} cannot be filled from {sorted(params)}: {error!r}") from error
