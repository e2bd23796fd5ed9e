"""The catalogues: in step with the sources, complete, and filled in rightly."""

import ast
import gettext
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message

from pos_loyalty.errors import InvariantBroken
from pos_loyalty.i18n.catalogue import Catalogue, catalogue_of, mark
from pos_loyalty.i18n.languages import Language
from tests.support import messages

_ARABIC_EXAMPLES = {0: 0, 1: 1, 2: 2, 3: 3, 10: 3, 11: 4, 99: 4, 100: 5, 102: 5, 103: 3, 111: 4}


@pytest.fixture(scope="module", name="template")
def _template() -> Catalog:
    return messages.extract()


@pytest.mark.parametrize("language", Language)
def test_the_catalogue_holds_what_the_sources_say(language: Language, template: Catalog) -> None:
    """`make messages` would change nothing: neither the text files nor the compiled ones."""
    catalog = messages.updated(language, template)
    remedy = "run `make messages` and commit what it changes"
    assert messages.po_path(language).read_bytes() == messages.po_bytes(catalog), remedy
    assert messages.mo_path(language).read_bytes() == messages.mo_bytes(catalog), remedy


@pytest.mark.parametrize("language", Language)
def test_every_message_is_translated(language: Language) -> None:
    """No message is empty, and each counted one has all forms: 2 in English and Persian, 6 in Arabic."""
    lacking = [message.id for message in messages.missing(messages.stored(language))]
    assert lacking == [], "translate these in the .po file, then run `make messages`"


@pytest.mark.parametrize("language", Language)
def test_translations_have_the_placeholders_of_their_message(language: Language) -> None:
    """No value is lost or invented; only a count may be left unsaid, as in "one visit"."""
    for message in messages.stored(language):
        asked = _names(message.id)
        for said in _strings(message):
            assert asked - {"n"} <= _names(said) <= asked, said


def test_placeholders_are_plain_names() -> None:
    """A translator needs no Python: no attribute, index, conversion or format inside the braces."""
    for message in messages.stored(Language.EN):
        for said in _strings(message):
            parts = [part for part in Formatter().parse(said) if part[1] is not None]
            assert all(str(name).isidentifier() and not form and not how for _, name, form, how in parts), said


def test_a_message_may_be_a_sentence_a_count_a_sense_or_a_mark() -> None:
    """The extractor knows the four names of the calling convention."""
    assert set(messages.KEYWORDS) == {"text", "plural", "sense", "mark"}
    assert all(callable(getattr(Catalogue, name)) for name in ("text", "plural", "sense"))
    assert mark("as it is") == "as it is"


def test_no_message_is_put_together_in_the_code() -> None:
    """An f-string or a sum would pass the extractor unseen and never be translated."""
    built = [
        f"{path.name}:{call.lineno}"
        for path in messages.source_files()
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in messages.KEYWORDS
        if any(isinstance(argument, ast.JoinedStr | ast.BinOp) for argument in call.args[:2])
    ]
    assert built == []


@pytest.mark.parametrize(("n", "form"), _ARABIC_EXAMPLES.items())
def test_arabic_chooses_among_six_forms(n: int, form: int) -> None:
    """Zero, one, two, few (3-10), many (11-99), other (100-102), by the last two digits."""
    expression = messages.LanguageCatalog(Language.AR).plural_expr
    assert gettext.c2py(expression)(n) == form


def test_a_value_that_a_message_needs_must_be_given() -> None:
    """A forgotten value is a defect of ours and says which message it is."""
    with pytest.raises(InvariantBroken, match=r"'Welcome, \{name\}' cannot be filled from \['nom'\]"):
        catalogue_of(Language.EN).text("Welcome, {name}", nom="Ann")


def test_braces_in_a_value_are_only_text() -> None:
    """A name such as {x} is shown, never looked up."""
    assert catalogue_of(Language.EN).text("Welcome, {name}", name="{x}") == "Welcome, {x}"


def test_an_unknown_message_is_shown_in_english() -> None:
    """A missing translation is no reason to show nothing."""
    assert catalogue_of(Language.FA).plural("{n} unheard", "{n} unheards", 2) == "2 unheards"
    assert catalogue_of(Language.FA).sense("key", "Unheard of") == "Unheard of"


def _names(text: object) -> set[str]:
    texts = (text,) if isinstance(text, str) else tuple(map(str, text)) if isinstance(text, tuple) else ()
    return {name for text in texts for _, name, _, _ in Formatter().parse(text) if name is not None}


def _strings(message: Message) -> tuple[str, ...]:
    if not message.id or not message.string:
        return ()
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)
