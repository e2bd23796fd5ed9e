"""What readings name: every outcome, over what the shop knows, in memory and on disk."""

import pytest

from drivers.codes.keymap import LAYOUTS
from drivers.codes.reading_settings import ReadingSettings
from drivers.codes.shop_numbers import NumberTemplate, coded
from pos_loyalty.cli.recognising import recogniser
from pos_loyalty.core.decisions import Candidate, Decision, Outcome
from pos_loyalty.core.gs1 import gs1_check_digit
from pos_loyalty.core.identifiers import Identifier, IdentifierKind, normal_code
from pos_loyalty.core.members import Member
from pos_loyalty.core.products import Product
from pos_loyalty.core.scans import Scan
from pos_loyalty.core.session import NoticeCode
from pos_loyalty.ports import Recognised, ReplicaContents, Store
from pos_loyalty.service.finder import Finder
from pos_loyalty.service.identify import BasketCode, Identified, Refused
from pos_loyalty.service.passes import PassCheck, PassFiles
from pos_loyalty.service.wire import IdentifyAnswer
from tests.support.readings import reading
from tests.support.small_shop import PAYMENT_CARD, ManualClock

SETTINGS = ReadingSettings(
    templates=(
        NumberTemplate("member", "20MMMMMMMMMMK"),
        NumberTemplate("product", "21IIIIIPPPPPK"),
        NumberTemplate("voucher", "22SSSSSSSSSSK"),
    ),
    layouts=("us", "fa"),
)


def keyed(digits: str) -> str:
    """Return a GS1 key: ``digits`` and their check digit."""
    return digits + gs1_check_digit(digits)


GSRN, REPLACED, OPEN_CARD = (keyed(f"9521234567890123{n}") for n in (1, 2, 3))
EAN, UPC, EAN_8 = keyed("629104150021"), keyed("01234567890"), keyed("9521234")
IN_STORE, BY_PRICE = keyed("200000000077"), keyed("210004200999")
PHONE, SHARED_PHONE, SECOND_PHONE = "+989121234567", "+989121110000", "+989122220000"
TAG = "04A1B2C3D4E5F6"
VOUCHER, GIFT_CARD = coded("voucher", "7KQ2M4ZX", "PLV-"), coded("gift_card", "7KQ2M4ZX", "PLG-")
OLD_VOUCHER, IN_STORE_VOUCHER = "SPRING10", keyed("220000000001")
OPENS = {VOUCHER, GIFT_CARD, OLD_VOUCHER, IN_STORE_VOUCHER}


def person(member_id: str, *values: str) -> Member:
    """Return a member with these identifiers; how they are called is not asked here."""
    kinds = (IdentifierKind.PHONE if value.startswith("+") else IdentifierKind.CARD for value in values)
    return Member(
        member_id=member_id,
        identifiers=tuple(Identifier(kind, value) for kind, value in zip(kinds, values, strict=True)),
    )


def goods(product_id: str, *codes: str) -> Product:
    """Return a product with these codes."""
    return Product(product_id=product_id, codes=codes, name={"en": product_id}, unit_price=100)


SHOP = ReplicaContents(
    members=(
        person("any-card", GSRN, PHONE, SHARED_PHONE),
        person("replaced", REPLACED, f"{REPLACED}.2", SHARED_PHONE),
        person("this-card", f"{OPEN_CARD}.1", SECOND_PHONE),
        person("in-store", IN_STORE, "PL-1001", TAG, "2A00F3C4D5"),
        person("old", "ABC77", "77123456"),
    ),
    products=(
        goods("scarf", EAN),
        goods("tea", UPC),
        goods("pin", EAN_8),
        goods("cheese", "00042"),
        goods("member-like", keyed("200000000088")),
    ),
)


@pytest.fixture
def finder(store: Store, clock: ManualClock) -> Finder:
    """What the till asks, over each kind of store."""
    store.load(SHOP)
    passes = PassCheck(PassFiles(), store)
    return Finder(store, clock, recogniser(SETTINGS), passes, lambda code: normal_code(code) in OPENS)


def told(found: Identified | None) -> object:
    """Return it in a word: whom, what, or why not."""
    match found:
        case Refused():
            return found.why
        case Product():
            return found.product_id
        case BasketCode():
            return found.code
        case tuple():
            return tuple(member.member_id for member in found)
        case _:
            return found


def scanned(finder: Finder, text: str) -> object:
    """Return what a serial reader's reading names."""
    scan = reading(text, settings=SETTINGS)
    assert isinstance(scan, Scan), scan
    return told(finder.read(Recognised(scan.decision, (scan.code,) if scan.code else ())))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (f"]C18018{GSRN}", ("any-card",)),
        (f"]C18018{GSRN}\x1d80197", ("any-card",)),
        (f"]Q1https://id.gs1.org/8018/{GSRN}/8019/7", ("any-card",)),
        (f"]C18018{REPLACED}\x1d80192", ("replaced",)),
        (f"]C18018{REPLACED}\x1d80191", NoticeCode.CARD_REPLACED),
        (f"]C18018{REPLACED}", ("replaced",)),
        (f"]C18018{OPEN_CARD}\x1d80191", ("this-card",)),
        (f"]C18018{OPEN_CARD}\x1d80192", NoticeCode.UNKNOWN_CODE),
        (f"]C18018{keyed('95212345678901239')}\x1d80191", NoticeCode.UNKNOWN_CODE),
        (f"]E0{IN_STORE}", ("in-store",)),
        ("PL-1001", ("in-store",)),
        ("pl-۱۰۰۱", ("in-store",)),
        (PHONE, ("any-card",)),
        (SHARED_PHONE, ("any-card", "replaced")),
        ("+989999999999", NoticeCode.UNKNOWN_CODE),
        (f"]Q1MECARD:N:A;TEL:+989129999999;TEL:{PHONE};;", ("any-card",)),
        (f"]Q1MECARD:N:A;TEL:{PHONE};TEL:{SECOND_PHONE};;", ("any-card", "this-card")),
        ("]Q1MECARD:N:A;;", NoticeCode.UNKNOWN_CODE),
        (f"]E0{EAN}", "scarf"),
        (f"]C101{EAN.zfill(14)}", "scarf"),
        (f"]C101{EAN.zfill(14)}\x1d10LOT", "scarf"),
        (f"]E0{UPC.zfill(13)}", "tea"),
        (f"]Q1https://id.gs1.org/01/{UPC.zfill(14)}", "tea"),
        (f"]E4{EAN_8}", "pin"),
        (f"]C101{EAN_8.zfill(14)}", "pin"),
        (f"]E0{keyed('629104150099')}", NoticeCode.UNKNOWN_CODE),
        (f"]E0{BY_PRICE}", NoticeCode.PRICE_IN_CODE),
        (f"]E0{keyed('210004300999')}", NoticeCode.UNKNOWN_CODE),
        (f"]E0{keyed('200000000088')}", "member-like"),
        (VOUCHER, VOUCHER),
        ("plg-7kq2-m4zx-" + GIFT_CARD[-1], GIFT_CARD),
        (coded("voucher", "7KQ2M4ZZ", "PLV-"), NoticeCode.UNKNOWN_CODE),
        (f"]E0{IN_STORE_VOUCHER}", IN_STORE_VOUCHER),
        (OLD_VOUCHER, OLD_VOUCHER),
        ("spring 10", "spring 10"),
        ("]A0abc 77", ("old",)),
        ("]X0NOBODY", NoticeCode.UNKNOWN_CODE),
        ("]Q1WIFI:S:shop;P:secret;;", NoticeCode.UNKNOWN_CODE),
    ],
)
def test_a_reading_names_what_the_shop_knows_by_it(finder: Finder, text: str, names: object) -> None:
    """Each kind of code leads to its member, product or voucher, or to the reason why not."""
    assert scanned(finder, text) == names


@pytest.mark.parametrize(
    ("fields", "names"),
    [({"tag": TAG}, ("in-store",)), ({"tag": "2A00F3C4D5"}, ("in-store",)), ({"tag": "04A1"}, None)],
)
def test_a_tag_is_a_card(finder: Finder, fields: dict[str, str | tuple[str, ...]], names: object) -> None:
    """The number of a contactless card and of a 125 kHz tag are identifiers like any other."""
    found = finder.read(Recognised(Decision(outcome=Outcome.MEMBER, fields=fields)))
    assert told(found) == (names or NoticeCode.UNKNOWN_CODE)


def in_persian(text: str) -> str:
    """Return what a reader types that sends ``text`` while the Persian layout is active."""
    meant, typed = ("".join("".join(rows) for rows in LAYOUTS[layout]) for layout in ("us", "fa"))
    return text.translate(str.maketrans(meant, typed))


def way(outcome: Outcome, **fields: str) -> Candidate:
    """Return one way to understand a reading."""
    return Candidate(outcome, "", {**fields})


@pytest.mark.parametrize(
    ("ways", "names"),
    [
        ((way(Outcome.MEMBER, number=GSRN), way(Outcome.PRODUCT, number="1", gtin="1")), ("any-card",)),
        ((way(Outcome.MEMBER, number="1"), way(Outcome.PRODUCT, number=EAN, gtin=EAN.zfill(14))), "scarf"),
        ((way(Outcome.MEMBER, number=GSRN), way(Outcome.PHONE, phone=PHONE)), ("any-card",)),
        ((way(Outcome.MEMBER, number=GSRN), way(Outcome.PHONE, phone=SECOND_PHONE)), ("any-card", "this-card")),
        ((way(Outcome.MEMBER, number=GSRN), way(Outcome.PRODUCT, number=EAN)), NoticeCode.AMBIGUOUS_CODE),
        ((way(Outcome.PRODUCT, number=UPC), way(Outcome.PRODUCT, number=EAN)), NoticeCode.AMBIGUOUS_CODE),
        ((way(Outcome.VOUCHER, code=VOUCHER), way(Outcome.PRODUCT, number="1")), VOUCHER),
        ((way(Outcome.MEMBER, number="1"), way(Outcome.PHONE, phone="1")), NoticeCode.UNKNOWN_CODE),
        (
            (way(Outcome.MEMBER, number=REPLACED, instance="1"), way(Outcome.PHONE, phone="1")),
            NoticeCode.CARD_REPLACED,
        ),
    ],
)
def test_of_several_ways_the_only_one_that_is_known_is_the_answer(
    finder: Finder, ways: tuple[Candidate, ...], names: object
) -> None:
    """Two that are known are no guess: members are chosen from, other things are not taken."""
    decision = Decision(outcome=Outcome.AMBIGUOUS, candidates=ways, reason="more than one code fits")
    assert told(finder.read(Recognised(decision))) == names


def test_a_number_that_means_nothing_known_is_still_looked_up_as_an_old_card(finder: Finder) -> None:
    """Eight digits that could be an EAN-8 or a telephone number are some shop's card numbers."""
    assert scanned(finder, "77123456") == ("old",)


@pytest.mark.parametrize("text", ["plv-7kq2-m4zz-" + coded("voucher", "7KQ2M4ZZ", "PLV-")[-1], "NOBODY"])
def test_an_unknown_code_is_one_guess(store: Store, clock: ManualClock, text: str) -> None:
    """However many ways there are to understand it, the brake on guessing counts once."""
    tried: list[str] = []
    passes = PassCheck(PassFiles(), store)

    def opens(code: str) -> bool:
        tried.append(code)
        return False

    finder = Finder(store, clock, recogniser(SETTINGS), passes, opens)
    assert told(finder.typed(text, "typed")) is NoticeCode.UNKNOWN_CODE
    assert len(tried) == 1


def test_what_is_typed_goes_the_same_way(finder: Finder) -> None:
    """Cards, telephone numbers in any digits, products, vouchers; payment cards first."""
    typed = (
        IN_STORE,
        "۰۹۱۲ ۱۲۳ ۴۵۶۷",
        EAN,
        VOUCHER,
        "abc77",
        PAYMENT_CARD,
        " ",
        "x" * 513,
        "x" * 5000,
        "PLV-7KQ2M4ZX0",
    )
    assert [told(finder.typed(text, "typed")) for text in typed] == [
        ("in-store",),
        ("any-card",),
        "scarf",
        VOUCHER,
        ("old",),
        NoticeCode.PAYMENT_CARD,
        NoticeCode.EMPTY_CODE,
        NoticeCode.TOO_LONG,
        NoticeCode.TOO_LONG,
        NoticeCode.UNREADABLE,
    ]


def test_what_the_terminal_took_for_a_scan_is_a_code_under_some_layout_or_typing(finder: Finder) -> None:
    """Old cards count too, under the layout that was active; a code that is unknown is one all the same."""
    typed = ("]E0" + IN_STORE, in_persian(IN_STORE), in_persian("abc77"), "reza rezaei", "PLV-7KQ2M4ZX0", " ")
    assert [told(finder.typed(text, "terminal")) for text in typed] == [
        ("in-store",),
        ("in-store",),
        ("old",),
        None,
        None,
        None,
    ]
    assert told(finder.typed("]E0" + keyed("629104150099"), "terminal")) is NoticeCode.UNKNOWN_CODE
    assert told(finder.typed(PAYMENT_CARD, "terminal")) is NoticeCode.PAYMENT_CARD


@pytest.mark.parametrize(
    "text", ["WIFI:T:WPA;S:a;P:secret123;;", "https://rezaei.example/me", "]d200952012345678900014"]
)
def test_what_nobody_types_is_not_given_back_to_the_field(finder: Finder, text: str) -> None:
    """Passwords, links and GS1 data that a keyboard reader sends are codes, though they name nothing."""
    assert told(finder.typed(text, "terminal")) is NoticeCode.UNKNOWN_CODE


@pytest.mark.parametrize(
    ("text", "outcome", "read_as", "reason"),
    [
        (PHONE, "member", Outcome.PHONE, ""),
        (SHARED_PHONE, "ambiguous", Outcome.PHONE, ""),
        (EAN, "product", Outcome.PRODUCT, ""),
        (VOUCHER, "voucher", Outcome.VOUCHER, ""),
        (coded("gift_card", "7KQ2M4ZZ", "PLG-"), "gift_card", Outcome.GIFT_CARD, ""),
        (OLD_VOUCHER, "unknown_code", Outcome.UNKNOWN, "no code of this shop"),
        (PAYMENT_CARD, "payment_card", Outcome.PAYMENT_CARD, "a bank card: refused, and nothing of it is kept"),
        ("\x1d2559520123450007", "voucher", Outcome.VOUCHER, ""),  # 255 and a coupon: the digits of a Mastercard
    ],
)
def test_a_plug_in_is_told_what_a_code_is_and_why_it_names_nothing(
    finder: Finder, text: str, outcome: str, read_as: Outcome | None, reason: str
) -> None:
    """Of vouchers it is told what they are, and not whether there is such a one."""
    answer = finder.identify(text)
    assert isinstance(answer, IdentifyAnswer)
    assert (answer.outcome, answer.reading, answer.reason) == (outcome, read_as, reason)


def test_a_plug_in_sees_every_way_to_understand_a_code(finder: Finder) -> None:
    """Whoever asks may know more than the till does: eight digits that are a UPC-E and a telephone number."""
    answer = finder.identify("01120196")
    assert isinstance(answer, IdentifyAnswer)
    assert (answer.outcome, answer.reading) == ("unknown_code", Outcome.AMBIGUOUS)
    assert [candidate.outcome for candidate in answer.candidates] == [Outcome.PRODUCT, Outcome.PHONE]


def test_a_upc_e_is_found_by_the_number_that_it_stands_for(finder: Finder, store: Store) -> None:
    """Whether the shop wrote down twelve digits or the eight that are printed."""
    for code in ("011201000096", "0011201000096", "00011201000096", "01120196"):
        store.load(ReplicaContents(members=(), products=(goods("gum", code),)))
        assert scanned(finder, "]E00011201000096") == ("gum" if len(code) > 8 else NoticeCode.UNKNOWN_CODE)
        assert scanned(finder, "01120196") == "gum"
