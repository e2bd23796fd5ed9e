"""Keeps the catalogues in step with the sources: ``python -m tests.support.messages`` (``make messages``).

Extracts every message from the code, updates the three ``.po`` files and compiles them. A catalogue holds what the
code says and nothing else: no dates, no machine paths, no line numbers, no fuzzy guesses, messages in the order of
their English text. So two people who add messages meet in few lines, and a run without changes changes nothing.

    python -m tests.support.messages             extract, update, compile
    python -m tests.support.messages --missing   list what is not translated yet; exit 1 if anything is

The names that are looked for are described in ``pos_loyalty/i18n/catalogue.py``.
"""

import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from pos_loyalty.i18n.catalogue import DOMAIN, FOLDER
from pos_loyalty.i18n.languages import Language

ROOT = Path(__file__).parents[2]
SOURCES = ("drivers", "pos_loyalty", "tui")
KEYWORDS = {"text": (1,), "plural": (1, 2), "sense": ((1, "c"), 2), "mark": (1,)}
# SQLAlchemy's text() is there, and no word for a person.
_SILENT = ROOT / "pos_loyalty" / "store"
_HEADER = f"# Messages of {DOMAIN}. Translate msgstr only; `make messages` keeps the rest."
_WIDTH = 120
# GNU gettext's, in the order of CLDR (zero, one, two, few, many, other). Babel 2.18 knows one form for Persian,
# which has two, and puts 11 to 99 last in Arabic.
_PLURALS = {
    Language.EN: (2, "(n != 1)"),
    Language.FA: (2, "(n > 1)"),
    Language.AR: (6, "(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5)"),
}


class LanguageCatalog(Catalog):
    """A catalogue whose header says what gettext needs and nothing that changes from run to run."""

    def __init__(self, language: Language) -> None:
        super().__init__(locale=language.value, domain=DOMAIN, header_comment=_HEADER, fuzzy=False)
        self._forms = _PLURALS[language]

    @property
    def num_plurals(self) -> int:
        """How many forms a counted message has."""
        return self._forms[0]

    @property
    def plural_expr(self) -> str:
        """The C expression that chooses among them."""
        return self._forms[1]

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """The header of the file."""
        return [
            ("Language", str(self.locale_identifier)),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
            ("Plural-Forms", self.plural_forms),
        ]


def po_path(language: Language) -> Path:
    """Return the file that translators edit."""
    return FOLDER / language.value / "LC_MESSAGES" / f"{DOMAIN}.po"


def mo_path(language: Language) -> Path:
    """Return the file that the program reads."""
    return po_path(language).with_suffix(".mo")


def source_files() -> list[Path]:
    """Return the files that speak to people, in a fixed order."""
    paths = sorted(path for folder in SOURCES for path in (ROOT / folder).rglob("*.py"))
    return [path for path in paths if _SILENT not in path.parents]


def extract() -> Catalog:
    """Return all messages of the sources, each with the files it is said in."""
    found = Catalog(domain=DOMAIN, fuzzy=False)
    for path in source_files():
        for _, message, _, context in extract_from_file("python", path, keywords=KEYWORDS):
            found.add(message, locations=[(path.relative_to(ROOT).as_posix(), 0)], context=context)
    return found


def stored(language: Language) -> Catalog:
    """Return the catalogue as it stands on disk; an empty one for a new language."""
    path = po_path(language)
    return read_po(BytesIO(path.read_bytes() if path.exists() else b""), locale=language.value, domain=DOMAIN)


def updated(language: Language, template: Catalog) -> LanguageCatalog:
    """Return the messages of ``template`` with the translations that are there; English is its own translation."""
    old, new = stored(language), LanguageCatalog(language)
    for message in template:
        if not message.id:
            continue
        known = old.get(message.id, message.context)
        said = message.id if language is Language.EN else known.string if known else ""
        files = sorted({(file, 0) for file, _ in message.locations})
        new.add(message.id, said, locations=files, context=message.context)
    return new


def po_bytes(catalog: Catalog) -> bytes:
    """Return a catalogue as the file that translators edit."""
    buffer = BytesIO()
    write_po(buffer, catalog, width=_WIDTH, sort_output=True, include_lineno=False)
    return buffer.getvalue()


def mo_bytes(catalog: Catalog) -> bytes:
    """Return a catalogue as the file that gettext reads."""
    buffer = BytesIO()
    write_mo(buffer, catalog)
    return buffer.getvalue()


def missing(catalog: Catalog) -> list[Message]:
    """Return the messages that lack a translation, or one of its plural forms."""
    return [message for message in catalog if message.id and not _is_complete(message, catalog.num_plurals)]


def _is_complete(message: Message, forms: int) -> bool:
    strings = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
    return len(strings) == (forms if message.pluralizable else 1) and all(strings)


def _report_missing(template: Catalog) -> int:
    lacking = [(language, message) for language in Language for message in missing(updated(language, template))]
    for language, message in lacking:
        context = f" [{message.context}]" if message.context else ""
        sys.stdout.write(f"{language}{context}: {message.id!r}\n")
    return bool(lacking)


def main(arguments: list[str]) -> int:
    """Update the catalogues, or report what they lack; return the exit code."""
    template = extract()
    if arguments == ["--missing"]:
        return _report_missing(template)
    if arguments:
        sys.stderr.write(f"messages: {arguments} is not known; give nothing, or --missing\n")
        return 2
    for language in Language:
        catalog = updated(language, template)
        po_path(language).parent.mkdir(parents=True, exist_ok=True)
        po_path(language).write_bytes(po_bytes(catalog))
        mo_path(language).write_bytes(mo_bytes(catalog))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
