"""Certificates that are not to be believed: each has its own sentence, and nothing is sent to whoever shows it."""

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace

from pos_loyalty.errors import ConfigError
from sync.client.address import HubAddress
from sync.client.calls import HubCalls, Signer
from sync.client.faults import Fault
from sync.client.hub_clock import HubClock
from sync.engine.troubles import Trouble
from tests.sync.client.certificates import Authority, authority, server_context
from tests.sync.client.conftest import Shop

LONG = (0, 3_650)


@pytest.fixture(scope="module")
def signer() -> Authority:
    """Return who signs the certificate of the hub."""
    return authority()


def calls_of(shop: Shop, address: HubAddress) -> HubCalls:
    """Return single requests of the till."""
    return HubCalls(address, Signer("t1", shop.key), HubClock(shop.clock))


async def fault_at(shop: Shop, address: HubAddress) -> Fault:
    """Return what comes of asking there."""
    calls = calls_of(shop, address)
    try:
        answer = await calls.snapshot()
    finally:
        await calls.close()
    assert isinstance(answer, Fault)
    return answer


@pytest.mark.parametrize(
    ("host", "days", "is_signed", "sentence"),
    [
        ("127.0.0.1", (0, 300), True, "has expired, or the clock of this till is ahead"),
        ("127.0.0.1", (400, 3_650), True, "is not valid yet, or the clock of this till is behind"),
        ("127.0.0.1", LONG, False, "is signed by itself: name it in [hub] ca"),
        ("127.0.0.2", LONG, True, "for another address than that of the hub"),
        ("hub.example.com", LONG, True, "for another address than that of the hub"),
    ],
)
async def test_each_fault_of_a_certificate_has_its_sentence(
    *, shop: Shop, signer: Authority, tmp_path: Path, host: str, days: tuple[int, int], is_signed: bool, sentence: str
) -> None:
    """Whoever reads ``doctor`` knows whether the hub, the till's clock or the configuration is wrong."""
    shop.server.tls = server_context(tmp_path, signer=signer if is_signed else None, host=host, days=days)
    address = replace(shop.address, url=f"https://127.0.0.1:{shop.server.port}", ca=signer.write(tmp_path / "ca.pem"))
    fault = await fault_at(shop, address)
    assert fault.trouble is Trouble.TLS
    assert sentence in fault.detail
    assert shop.server.asked == []


async def test_a_certificate_of_somebody_unknown_is_not_believed(shop: Shop, signer: Authority, tmp_path: Path) -> None:
    """Without ``ca`` the system decides, and it has never heard of this authority."""
    shop.server.tls = server_context(tmp_path, signer=signer, days=LONG)
    fault = await fault_at(shop, replace(shop.address, url=f"https://127.0.0.1:{shop.server.port}"))
    assert fault.trouble is Trouble.TLS
    assert "nobody this till trusts has signed the certificate of the hub: name who did in [hub] ca" in fault.detail


async def test_a_server_without_tls_is_told(shop: Shop) -> None:
    """Https to a port that speaks plain HTTP."""

    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(plain, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        fault = await fault_at(shop, HubAddress(url=f"https://127.0.0.1:{port}"))
    assert fault.trouble is Trouble.TLS
    assert "no TLS with what answers there" in fault.detail


def test_the_hub_with_a_good_certificate_is_served(shop: Shop, signer: Authority, tmp_path: Path) -> None:
    """The whole line over TLS, with the authority that the configuration names."""
    shop.server.tls = server_context(tmp_path, signer=signer, days=LONG)
    shop.address = HubAddress(url=f"https://127.0.0.1:{shop.server.port}", ca=signer.write(tmp_path / "ca.pem"))
    shop.did()
    shop.wait_for(lambda view: view.waiting == 0 and view.fresh_ms is not None)


def test_nothing_goes_over_a_network_in_clear(shop: Shop) -> None:
    """http:// is for this machine, unless somebody says otherwise."""
    with pytest.raises(ConfigError, match="in clear: use https://"):
        calls_of(shop, HubAddress(url="http://hub.example.com"))


async def test_the_environment_leads_nobody_elsewhere(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy in the environment is not asked."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    calls = calls_of(shop, shop.address)
    answer = await calls.snapshot()
    await calls.close()
    assert isinstance(answer, Fault)
    assert answer.status == 404
    assert shop.server.count("/sync/1/snapshot") == 1


async def test_the_way_leads_through_a_proxy_that_was_named(shop: Shop) -> None:
    """The proxy is asked for the whole address, and nobody else is asked."""
    await fault_at(shop, HubAddress(url="http://127.0.0.1:1", proxy=shop.server.url))
    assert [asked.path for asked in shop.server.asked] == ["http://127.0.0.1:1/sync/1/snapshot"]


def test_a_ca_that_cannot_be_read_is_a_fault_of_the_configuration(shop: Shop, tmp_path: Path) -> None:
    """Missing, or no certificate."""
    with pytest.raises(ConfigError, match=r"\[hub\] ca: .*name a file of certificates in PEM"):
        calls_of(shop, HubAddress(url="https://hub", ca=tmp_path / "none.pem"))
    (tmp_path / "text.pem").write_text("no certificate")
    with pytest.raises(ConfigError, match=r"\[hub\] ca: .*name a file of certificates in PEM"):
        calls_of(shop, HubAddress(url="https://hub", ca=tmp_path / "text.pem"))


async def test_a_server_that_wants_tls_is_told(shop: Shop, signer: Authority, tmp_path: Path) -> None:
    """Plain HTTP to a port that speaks TLS: it hangs up without a word that a person could use."""
    shop.server.tls = server_context(tmp_path, signer=signer, days=LONG)
    fault = await fault_at(shop, HubAddress(url=f"http://127.0.0.1:{shop.server.port}"))
    assert fault.trouble is Trouble.UNREACHABLE
    assert "it may want https://" in fault.detail
