"""Forms of address in three languages."""

import pytest

from pos_loyalty.core.members import PersonName, Title
from pos_loyalty.i18n.languages import Language
from pos_loyalty.i18n.titles import display_name, form_of_address, full_name, welcome


@pytest.mark.parametrize(
    ("language", "title", "given", "family", "shown", "said"),
    [
        (Language.EN, Title.MR, "Reza", "Karimi", "Mr Reza Karimi", "Mr Karimi"),
        (Language.EN, Title.DR_F, "Mina", "Karimi", "Dr Mina Karimi", "Dr Karimi"),
        (Language.EN, Title.NONE, "Reza", "Karimi", "Reza Karimi", "Reza Karimi"),
        (Language.EN, Title.MS, "Sara", "", "Ms Sara", "Ms Sara"),
        (Language.FA, Title.MR, "رضا", "رضایی", "آقای رضایی", "آقای رضایی"),
        (Language.FA, Title.DR_F, "مینا", "کریمی", "خانم دکتر کریمی", "خانم دکتر کریمی"),
        (Language.FA, Title.NONE, "رضا", "رضایی", "رضا رضایی", "رضا رضایی"),
        (Language.FA, Title.HAJ, "رضا", "رضایی", "حاج‌آقا رضایی", "حاج‌آقا رضایی"),
        (Language.AR, Title.MR, "أحمد", "منصور", "السيد أحمد منصور", "السيد أحمد منصور"),
        (Language.AR, Title.DR_F, "ليلى", "حداد", "الدكتورة ليلى حداد", "الدكتورة ليلى حداد"),
        (Language.AR, Title.ENG_F, "هدى", "", "المهندسة هدى", "المهندسة هدى"),
    ],
)
def test_a_person_is_addressed_as_their_language_does(
    language: Language, title: Title, given: str, family: str, shown: str, said: str
) -> None:
    """The form in a heading and the form that is spoken."""
    name = PersonName(given=given, family=family, title=title)
    assert (display_name(name, language), form_of_address(name, language)) == (shown, said)


@pytest.mark.parametrize("language", Language)
def test_no_name_has_no_title(language: Language) -> None:
    """A title alone is nobody."""
    assert display_name(PersonName(title=Title.MR), language) == ""
    assert full_name(PersonName()) == ""


@pytest.mark.parametrize("title", [title for title in Title if title])
def test_every_title_has_a_word_in_every_language(title: Title) -> None:
    """A new title cannot be forgotten in one of the three."""
    name = PersonName(given="X", family="Y", title=title)
    assert all(form_of_address(name, language) not in {"Y", "X Y"} for language in Language)


def test_the_greeting_is_in_the_member_s_language() -> None:
    """Polite and by name; without a name, still polite."""
    mr = PersonName(given="رضا", family="رضایی", title=Title.MR)
    assert welcome(mr, Language.FA) == "سلام آقای رضایی، خوش آمدید"
    assert welcome(PersonName(family="Karimi", title=Title.MR), Language.EN) == "Welcome, Mr Karimi"
    sayyid = PersonName(given="أحمد", family="منصور", title=Title.MR)
    assert welcome(sayyid, Language.AR) == "أهلًا وسهلًا، السيد أحمد منصور"
    assert [welcome(PersonName(), language) for language in Language] == ["Welcome", "خوش آمدید", "أهلًا وسهلًا"]


def test_a_name_of_the_other_direction_is_isolated() -> None:
    """A Latin name in a Persian greeting cannot pull the comma to its side."""
    assert welcome(PersonName(given="John", family="S."), Language.FA) == "سلام \u2068John S.\u2069، خوش آمدید"
