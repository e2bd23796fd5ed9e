"""What a shop's codes look like: the settings of a reading. Data only."""

from typing import Final

import msgspec

from drivers.codes.shop_numbers import NumberTemplate


class ReadingSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a shop's codes look like."""

    country_prefix: str = "98"
    """Replaces the leading zero of a telephone number."""
    member_prefix: str = "PL-"
    """In front of the shop's own card numbers."""
    voucher_prefix: str = "PLV-"
    gift_card_prefix: str = "PLG-"
    templates: tuple[NumberTemplate, ...] = (NumberTemplate("member", "20MMMMMMMMMMK"),)
    link_domains: tuple[str, ...] = ("id.gs1.org",)
    """Domains whose GS1 Digital Links are read, in lower case; no address is ever followed."""
    layouts: tuple[str, ...] = ("us",)
    """Keyboard layouts that may be active when a reading comes ``via`` the terminal."""


SHOP_AS_DELIVERED: Final = ReadingSettings()
"""The settings of a shop that has changed nothing."""
