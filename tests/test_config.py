"""The configuration file: what it accepts, how it says no, and that its reference is complete."""

import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.codes.keymap import LAYOUTS
from drivers.codes.reading_settings import SHOP_AS_DELIVERED, ReadingSettings
from drivers.codes.shop_numbers import NumberTemplate
from drivers.settings import ReaderSettings
from pos_loyalty.config import (
    DEFAULT_PATH,
    SECTIONS,
    Config,
    ScreenConfig,
    ServiceConfig,
    ShopConfig,
    find,
    header,
    keys,
    load,
    parse,
    to_toml,
    toml,
)
from pos_loyalty.core.offline import OfflinePolicy
from pos_loyalty.errors import ConfigError

FILE = Path("/etc/pos-loyalty/pos.toml")
SHOP = '[shop]\nname = "Narenj"\ncurrency = "IRR"\ntime_zone = "Asia/Tehran"\nphone_prefix = "98"\n'
REFERENCE = Path(__file__).parents[1] / "docs" / "reference"


def _faults(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(text, FILE)
    return str(caught.value).splitlines()


def test_four_keys_are_a_whole_configuration() -> None:
    """What is left out has its default; there is no reader unless one is named."""
    config = parse(SHOP, FILE)
    assert config.shop == ShopConfig(name="Narenj", currency="IRR", time_zone="Asia/Tehran", phone_prefix="98")
    assert (config.reader, config.screen, config.service) == ((), ScreenConfig(), ServiceConfig())


def test_a_misspelt_key_is_named_with_its_line_and_the_nearest_key() -> None:
    """The sentence leads straight to the repair."""
    assert _faults(f'{SHOP}langauge = "fa"\n') == [
        '/etc/pos-loyalty/pos.toml:6: [shop] has no key "langauge"; did you mean "language"?'
    ]


def test_every_fault_of_a_file_is_reported_at_once() -> None:
    """Nobody repairs a file one start at a time; the faults come in the order of the lines."""
    text = (
        '[shop]\nname = ""\ncurrency = "rial"\ntime_zone = "UTC"\nphone_prefix = 98\nlanguage = "ef"\n'
        '[store]\nfolder = "data"\n[[reader]]\nname = "a"\nbaud = "9600"\n[scren]\nbell = true\n'
    )
    assert [fault.removeprefix(f"{FILE}:") for fault in _faults(text)] == [
        '2: [shop] name = "": expected a text that is not empty',
        '3: [shop] currency = "rial": expected three capital letters such as "IRR"',
        '5: [shop] phone_prefix = 98: expected one to three digits such as "98"',
        '6: [shop] language = "ef": expected one of "ar", "en", "fa"',
        '8: [store] folder = "data": expected an absolute path',
        '9: [[reader]] needs the key "port", a text',
        '11: [[reader]] baud = "9600": expected a whole number',
        '12: there is no section [scren]; did you mean "screen"?',
    ]


@pytest.mark.parametrize(
    ("language", "layouts"), [("en", ("us",)), ("fa", ("us", "fa")), ("ar", ("us", "ar", "ar-digits"))]
)
def test_a_reader_may_type_under_the_layouts_of_the_language(language: str, layouts: tuple[str, ...]) -> None:
    """A cashier switches between the language of the shop and Latin letters, and nobody had to say so."""
    assert parse(f'{SHOP}language = "{language}"\n', FILE).reading_settings.layouts == layouts


@pytest.mark.parametrize(
    ("added", "fault"),
    [
        (
            'display_unit = "tomann"\n',
            '6: [shop] display_unit = "tomann": expected one of "currency", "toman"; did you',
        ),
        (f'[service]\nsocket = "/{"x" * 107}"\n', "7: [service] socket is 108 bytes long; Linux takes 107"),
        ('[reader]\nname = "a"\n', "6: reader is a section here and is written [[reader]]"),
        ('[[reader]]\nname = "a"\nport = "COM1"\n', "6: reader 'a': port 'COM1' is neither a device"),
        ('[[reader]]\nname="a"\nport="/dev/a"\n[[reader]]\nname="a"\nport="/dev/b"\n', "9: two readers are called 'a'"),
        ("name = \n", "6: is not TOML: invalid value"),
    ],
)
def test_each_kind_of_fault_has_its_line_and_its_sentence(added: str, fault: str) -> None:
    """Types, closed lists, lengths, brackets, readers and broken TOML."""
    assert _faults(SHOP + added)[0].startswith(f"{FILE}:{fault}")


def test_the_codes_of_the_shop_are_what_readers_are_told() -> None:
    """Templates, prefixes, domains, layouts and the country of its telephone numbers; as delivered where left out."""
    assert parse(SHOP, FILE).reading_settings == SHOP_AS_DELIVERED
    text = SHOP.replace('"98"', '"971"') + (
        '[codes]\ntemplates = ["member=02MMMMMMMMMMK", "product=21IIIIIPPPPPK"]\nmember_prefix = "NJ-"\n'
        'link_domains = ["narenj.example"]\nlayouts = ["fa", "us"]\n'
    )
    assert parse(text, FILE).reading_settings == ReadingSettings(
        country_prefix="971",
        member_prefix="NJ-",
        templates=(NumberTemplate("member", "02MMMMMMMMMMK"), NumberTemplate("product", "21IIIIIPPPPPK")),
        link_domains=("narenj.example",),
        layouts=("fa", "us"),
    )


@pytest.mark.parametrize(
    ("added", "fault"),
    [
        (
            'layouts = ["us", "fr-ca"]',
            '7: [codes] layouts = ["us", "fr-ca"]: expected a list, each one of "ar", "ar-digits"',
        ),
        ('layouts = "us"', '7: [codes] layouts = "us": expected a list, each one of'),
        ('templates = ["20MMMMMMMMMMK"]', "7: [codes] templates = "),
        (
            'templates = ["member=20MMMMMMMMMMK", "product=20IIIIIPPPPPK"]',
            "7: [codes] templates 20MMMMMMMMMMK and 20IIIII",
        ),
        ('templates = ["member=40MMMMMMMMMMK"]', "7: [codes] template 40MMMMMMMMMMK begins with a prefix of others"),
        ('voucher_prefix = "PL-"', "6: [codes] members, vouchers and gift cards have the same prefix: give each"),
        ('member_prefix = "PL"', '7: [codes] member_prefix = "PL": expected capitals or digits and a dash'),
        ('link_domains = ["https://x.example"]', "7: [codes] link_domains = "),
    ],
)
def test_codes_that_cannot_be_told_apart_are_a_fault(added: str, fault: str) -> None:
    """Each with its line and its sentence."""
    assert _faults(f"{SHOP}[codes]\n{added}\n")[0].startswith(f"{FILE}:{fault}")


def test_every_layout_that_is_known_may_be_configured() -> None:
    """A layout that is added to the tables is added here."""
    assert set(keys("codes")["layouts"].choices) == set(LAYOUTS)


def test_toman_is_for_rials_only_and_a_time_zone_must_exist() -> None:
    """Values that are right alone and wrong together, or in the world, are told as well."""
    text = SHOP.replace("IRR", "KWD").replace("Tehran", "Teheran") + 'display_unit = "toman"\n'
    assert [fault.removeprefix(f"{FILE}:") for fault in _faults(text)] == [
        '4: [shop] time_zone = "Asia/Teheran": there is no such zone; did you mean "Asia/Tehran"?',
        '6: [shop] display_unit = "toman": expected "currency" for KWD; toman is for IRR only',
    ]


@pytest.mark.parametrize(
    ("section", "fault"),
    [
        ('[hub]\nurl = "ftp://hub"', 'expected an address such as "https://hub.example.com"'),
        ('[hub]\nurl = "https://me:secret@hub"', 'expected an address such as "https://hub.example.com"'),
        ('[hub]\nurl = "https://:8443"', "expected a host and a port up to 65535"),
        ('[hub]\nurl = "https://hub:70000"', "expected a host and a port up to 65535"),
        ('[hub]\nurl = "http://hub.example.com"', "sends the names of customers in clear: write https://"),
        ('[hub]\nurl = "https://hub"\nembedded = true', "the hub is here or there; take one of them out"),
        ('[hub]\nlisten = "0.0.0.0:8470"', "say embedded = true as well"),
        ("[offline]\nfloor = 500\ncap = 1000", "exposure = 0: nothing could be redeemed"),
        ("[offline]\nfloor = 500\ncap = 400\nexposure = 9000", "cap = 400 is below floor = 500"),
        ("[offline]\nage_hours = 841", "expected a whole number from 1 to 840"),
        ("[offline]\nfloor = -1", "expected a whole number, in minor units of the currency"),
    ],
)
def test_what_is_wrong_with_the_hub_or_the_limits_is_told(section: str, fault: str) -> None:
    """Each contradiction has a sentence that names the key, the value and what to write instead."""
    (told,) = _faults(f"{SHOP}\n{section}\n")
    assert fault in told


@pytest.mark.parametrize(
    "url", ["https://hub.example.com/base", "http://127.0.0.1:8470", "http://[::1]:8470", "http://localhost"]
)
def test_what_stays_on_this_machine_needs_no_tls(url: str) -> None:
    """Any https address is taken, and http to the machine itself."""
    assert parse(f'{SHOP}\n[hub]\nurl = "{url}"\n', FILE).hub.url == url


def test_the_limits_reach_the_policy() -> None:
    """What the file says is what the core asks."""
    text = '[offline]\nredeem = "floor"\nfloor = 500\ncap = 1000\nexposure = 50000\nin_a_row = 2\nage_hours = 12\n'
    policy = OfflinePolicy(floor=500, cap=1_000, exposure=50_000, in_a_row=2, age_ms=12 * 3_600_000)
    assert parse(f"{SHOP}\n{text}", FILE).offline_policy == policy
    assert parse(SHOP, FILE).offline_policy == OfflinePolicy()


def test_a_file_that_cannot_be_read_is_a_configuration_error(tmp_path: Path) -> None:
    """Missing, or not UTF-8: the sentence says what to do."""
    with pytest.raises(ConfigError, match=r"none.toml: cannot be read: .*; name another file with --config"):
        load(tmp_path / "none.toml")
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b'[shop]\nname = "Caf\xe9"\n')
    with pytest.raises(ConfigError, match=r"is not UTF-8 at byte 18; save it again as UTF-8"):
        load(latin)


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    """A file saved by an editor that begins it with an invisible mark reads like any other."""
    marked = tmp_path / "marked.toml"
    example = REFERENCE / "pos.example.toml"
    marked.write_text(example.read_text(encoding="utf-8"), encoding="utf-8-sig")
    assert load(marked) == load(example)


def test_the_file_of_the_command_line_wins_over_the_default() -> None:
    """Without either there is a sentence, not a traceback."""
    assert find(Path("mine.toml")) == Path("mine.toml")
    if DEFAULT_PATH.exists():
        assert find(None) == DEFAULT_PATH
    else:
        with pytest.raises(ConfigError, match=r"--config was not given"):
            find(None)


_texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@given(
    name=_texts,
    language=st.sampled_from(["en", "fa", "ar"]),
    readers=st.lists(st.tuples(_texts.filter(str.strip), st.integers(300, 4_000_000)), unique_by=lambda r: r[0]),
    bell=st.booleans(),
)
def test_what_is_written_reads_back_the_same(
    name: str, language: str, readers: list[tuple[str, int]], *, bell: bool
) -> None:
    """The demo writes the file it starts the service with: any text survives the round trip."""
    shop = ShopConfig(name=name, currency="IRR", time_zone="UTC", phone_prefix="98")
    config = Config(
        shop=msgspec.structs.replace(shop, language=language),
        reader=tuple(ReaderSettings(name=n, port=f"/dev/r{i}", baud=b) for i, (n, b) in enumerate(readers)),
        screen=ScreenConfig(bell=bell),
    )
    assert parse(to_toml(config), FILE) == config


@pytest.mark.parametrize("section", SECTIONS)
def test_the_reference_has_every_key_with_its_values_and_its_default(section: str) -> None:
    """docs/reference/config.md says what the code does, no more keys and no fewer."""
    page = (REFERENCE / "config.md").read_text(encoding="utf-8")
    part = re.split(r"^## ", page.split(f"## `{header(section)}`")[1], flags=re.MULTILINE)[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in part.splitlines() if line.startswith("| `")]
    written = [(name.strip("`"), expects, default.strip("`")) for name, expects, default, _ in rows]
    in_code = [
        (key.name, key.expects, "required" if key.default is msgspec.NODEFAULT else toml(key.default))
        for key in keys(section).values()
    ]
    assert written == in_code


@pytest.mark.parametrize("section", SECTIONS)
def test_the_example_has_every_key_at_its_default(section: str) -> None:
    """docs/reference/pos.example.toml is a valid file and changes nothing that has a default."""
    example = load(REFERENCE / "pos.example.toml")
    text = (REFERENCE / "pos.example.toml").read_text(encoding="utf-8")
    part = text.split(f"\n{header(section)}\n")[1].split("\n[")[0]
    assert re.findall(r"^(\w+) =", part, flags=re.MULTILINE) == list(keys(section))
    value = getattr(example, section)
    table = value[0] if section == "reader" else value
    for key in keys(section).values():
        assert key.default in (msgspec.NODEFAULT, getattr(table, key.name))
