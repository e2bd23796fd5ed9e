"""The socket in front of the API."""

import httpx

from pos_loyalty.service.server import IDLE_S


def test_it_is_the_client_who_hangs_up() -> None:
    """The service keeps an idle connection longer than a client uses one, so no scan meets the closing of one."""
    expiry_s = httpx.Limits().keepalive_expiry
    assert expiry_s is not None
    assert expiry_s < IDLE_S / 2
