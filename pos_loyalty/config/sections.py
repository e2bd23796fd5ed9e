"""The sections of the file as frozen data, and what each of their keys expects."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, inspect

from drivers.codes.reading_settings import ReadingSettings
from drivers.codes.shop_numbers import NumberTemplate
from drivers.settings import ReaderSettings
from pos_loyalty.config.hub_sections import HubConfig, OfflineConfig
from pos_loyalty.config.text import toml
from pos_loyalty.core.offline import OfflinePolicy, OfflineRedeem

_Path = Annotated[str, Meta(pattern="^(/.*)?$", title="an absolute path")]
_CodePrefix = Annotated[str, Meta(pattern="^[0-9A-Z]{1,8}-$", title='capitals or digits and a dash, such as "PL-"')]
_Domain = Annotated[str, Meta(pattern=r"^[0-9a-z-]+(\.[0-9a-z-]+)+$", title="a domain in small letters")]
_Layout = Literal["ar", "ar-digits", "de", "es", "fa", "fr", "gb", "il", "ru", "tr", "us"]
_Template = Annotated[
    str, Meta(pattern="^(member|product|voucher|gift_card)=[0-9A-Z]+$", title='a text such as "member=20MMMMMMMMMMK"')
]
_AbsolutePath = Annotated[str, Meta(pattern="^/", title="an absolute path")]


class ShopConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The shop, as screens and receipts show it. A wrong guess would be stored, so four keys have no default."""

    name: Annotated[str, Meta(min_length=1, title="a text that is not empty")]
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$", title='three capital letters such as "IRR"')]
    """Of all prices and amounts."""
    time_zone: Annotated[str, Meta(title='an IANA name such as "Asia/Tehran"')]
    """Where days begin and end."""
    phone_prefix: Annotated[str, Meta(pattern="^[1-9][0-9]{0,2}$", title='one to three digits such as "98"')]
    """Country code that replaces the leading zero of a phone number."""
    store_id: Annotated[str, Meta(pattern="^[^/@:\\s]*$", max_length=64, title="a word without / @ : and blanks")] = ""
    """What programs and limits call this store; empty where there is only one."""
    language: Literal["en", "fa", "ar"] = "en"
    display_unit: Literal["currency", "toman"] = "currency"
    """How amounts are shown; 1 toman is 10 rials, for IRR only."""
    digits: Literal["auto", "latn", "fa", "ar"] = "auto"
    calendar: Literal["auto", "gregorian", "jalali", "hijri"] = "auto"


class CodesConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What the shop's own codes look like (``drivers.codes.reading_settings``)."""

    templates: tuple[_Template, ...] = ("member=20MMMMMMMMMMK",)
    """What the shop's restricted bar code numbers mean, as ``kind=pattern`` (``drivers.codes.shop_numbers``)."""
    member_prefix: _CodePrefix = "PL-"
    voucher_prefix: _CodePrefix = "PLV-"
    gift_card_prefix: _CodePrefix = "PLG-"
    link_domains: tuple[_Domain, ...] = ("id.gs1.org",)
    """Domains whose GS1 Digital Links are read; no address is ever followed."""
    layouts: tuple[_Layout, ...] = ()
    """Keyboard layouts under which a reader may type into the terminal; none: what shops of this language use."""


class PassesConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The files that member passes are checked by; each is read again when it changes."""

    ring: _Path = ""
    """The public keys; without them no pass is taken."""
    revoked: _Path = ""
    """The passes that are no longer good."""
    rotation_key: _Path = ""
    """The secret behind passes that rotate; without it those are refused."""


class StoreConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The files of the till."""

    folder: _AbsolutePath = "/var/lib/pos-loyalty"


class ServiceConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The local API."""

    socket: _AbsolutePath = "/run/pos-loyalty/api.sock"


class ScreenConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The screen in the terminal."""

    language: Literal["auto", "en", "fa", "ar"] = "auto"
    bidi: Literal["auto", "app", "terminal", "off"] = "auto"
    """Who puts right-to-left lines in order (``tui.rtl.BidiMode``)."""
    bell: bool = True
    """Whether the terminal rings when a reading is refused."""
    wedge: bool = True
    """Whether keys that come as fast as a reader types are taken for a scan."""


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """The whole file."""

    shop: ShopConfig
    store: StoreConfig = StoreConfig()
    service: ServiceConfig = ServiceConfig()
    codes: CodesConfig = CodesConfig()
    passes: PassesConfig = PassesConfig()
    reader: tuple[ReaderSettings, ...] = ()
    """One section ``[[reader]]`` for each."""
    hub: HubConfig = HubConfig()
    offline: OfflineConfig = OfflineConfig()
    screen: ScreenConfig = ScreenConfig()

    @property
    def reading_settings(self) -> ReadingSettings:
        """What readers and the till have to know to tell the shop's codes apart."""
        codes = self.codes
        templates = (dict(zip(("kind", "pattern"), text.split("="), strict=True)) for text in codes.templates)
        return ReadingSettings(
            country_prefix=self.shop.phone_prefix,
            member_prefix=codes.member_prefix,
            voucher_prefix=codes.voucher_prefix,
            gift_card_prefix=codes.gift_card_prefix,
            templates=tuple(msgspec.convert(template, NumberTemplate) for template in templates),
            link_domains=codes.link_domains,
            layouts=codes.layouts or _LAYOUTS_OF[self.shop.language],
        )

    @property
    def offline_policy(self) -> OfflinePolicy:
        """What may be redeemed while the hub cannot be asked."""
        offline = self.offline
        return OfflinePolicy(
            redeem=OfflineRedeem(offline.redeem),
            floor=offline.floor,
            cap=offline.cap,
            exposure=offline.exposure,
            in_a_row=offline.in_a_row,
            age_ms=offline.age_hours * 3_600 * 1_000,
        )


_LAYOUTS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "en": ("us",),
    "fa": ("us", "fa"),
    "ar": ("us", "ar", "ar-digits"),
}
"""A cashier switches between the language of the shop and Latin letters."""

SECTIONS: Final[Mapping[str, type[msgspec.Struct]]] = {
    "shop": ShopConfig,
    "store": StoreConfig,
    "service": ServiceConfig,
    "codes": CodesConfig,
    "passes": PassesConfig,
    "reader": ReaderSettings,
    "hub": HubConfig,
    "offline": OfflineConfig,
    "screen": ScreenConfig,
}


class Key(msgspec.Struct, frozen=True):
    """One key of a section."""

    name: str
    type: object
    expects: str
    """What a value must be, in words."""
    choices: tuple[str, ...]
    """All values, where they are a closed list of texts."""
    default: object
    """``msgspec.NODEFAULT`` if the key must be there."""


def keys(section: str) -> dict[str, Key]:
    """Return the keys of a section, in the order of the reference."""
    struct = inspect.type_info(SECTIONS[section])
    types = {field.name: field.type for field in msgspec.structs.fields(SECTIONS[section])}
    if not isinstance(struct, inspect.StructType):
        raise TypeError(section)
    return {
        field.name: Key(field.name, types[field.name], _expects(field.type), _choices(field.type), field.default)
        for field in struct.fields
    }


def _expects(info: inspect.Type) -> str:
    match info:
        case inspect.Metadata(type=inner, extra_json_schema=schema):
            return (schema or {}).get("title") or _expects(inner)
        case inspect.LiteralType(values=values) if len(values) > 1:
            return f"one of {', '.join(map(toml, values))}"
        case inspect.BoolType():
            return "true or false"
        case inspect.IntType():
            return "a whole number"
        case inspect.VarTupleType(item_type=item):
            return f"a list, each {_expects(item)}"
    return "a text"


def _choices(info: inspect.Type) -> tuple[str, ...]:
    if isinstance(info, inspect.VarTupleType):
        return _choices(info.item_type)
    values = info.values if isinstance(info, inspect.LiteralType) else ()
    return tuple(value for value in values if isinstance(value, str))
