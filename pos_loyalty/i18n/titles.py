"""How a person is addressed, in their own language. Gender is what the title says, and never guessed."""

from collections.abc import Mapping

from pos_loyalty.core.members import PersonName, Title
from pos_loyalty.i18n.bidi import isolate_in
from pos_loyalty.i18n.catalogue import catalogue_of
from pos_loyalty.i18n.languages import Language

_WORDS: Mapping[Language, Mapping[Title, str]] = {
    Language.EN: {
        Title.MR: "Mr",
        Title.MRS: "Mrs",
        Title.MS: "Ms",
        Title.DR: "Dr",
        Title.DR_F: "Dr",
        Title.ENG: "Eng.",
        Title.ENG_F: "Eng.",
        Title.HAJ: "Haj",
        Title.HAJ_F: "Hajja",
    },
    Language.FA: {
        Title.MR: "آقای",
        Title.MRS: "خانم",
        Title.MS: "خانم",
        Title.DR: "دکتر",
        Title.DR_F: "خانم دکتر",
        Title.ENG: "مهندس",
        Title.ENG_F: "خانم مهندس",
        Title.HAJ: "حاج‌آقا",
        Title.HAJ_F: "حاج‌خانم",
    },
    Language.AR: {
        Title.MR: "السيد",
        Title.MRS: "السيدة",
        Title.MS: "السيدة",
        Title.DR: "الدكتور",
        Title.DR_F: "الدكتورة",
        Title.ENG: "المهندس",
        Title.ENG_F: "المهندسة",
        Title.HAJ: "الحاج",
        Title.HAJ_F: "الحاجة",
    },
}


def full_name(name: PersonName) -> str:
    """Return given and family name, without a title."""
    return f"{name.given} {name.family}".strip()


def display_name(name: PersonName, language: Language) -> str:
    """Return the form for a list or a heading.

    English and Arabic give the whole name after the title (Mr Reza Karimi, السيد أحمد منصور). Persian gives the family
    name alone (آقای رضایی), as one speaks. Without a title it is the whole name in each.
    """
    return (
        form_of_address(name, language) if language is Language.FA else _titled(name.title, full_name(name), language)
    )


def form_of_address(name: PersonName, language: Language) -> str:
    """Return what one says to the person: title and family name; in Arabic, title and whole name.

    The whole name without a title, or when there is no family name.
    """
    short = name.family if name.title and name.family and language is not Language.AR else full_name(name)
    return _titled(name.title, short, language)


def welcome(name: PersonName, language: Language) -> str:
    """Return the line to greet a member with; a line without a name when none is known."""
    catalogue = catalogue_of(language)
    address = form_of_address(name, language)
    if not address:
        return catalogue.text("Welcome")
    return catalogue.text("Welcome, {name}", name=isolate_in(address, language.base_level))


def _titled(title: Title, name: str, language: Language) -> str:
    return f"{_WORDS[language].get(title, '')} {name}".strip() if name else ""
