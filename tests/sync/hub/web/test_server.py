"""The application behind a real socket: what only a server can show."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from time import monotonic

import httpx
import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from pos_loyalty.core.feed import FeedPage
from pos_loyalty.core.verdicts import Outcome
from sync.hub.memory import MemoryHubStore
from sync.hub.web.app import Limits
from sync.hub.web.server import Tls, serve
from sync.wire import PushAnswer, WaitAnswer, cursor_text
from tests.sync.hub.shop import note
from tests.sync.hub.web.site import KEY, PATIENCE_S, Site, until


@asynccontextmanager
async def served(tls: Tls | None = None) -> AsyncIterator[tuple[Site, int, asyncio.Event]]:
    """Serve a hub on a socket of this machine; yields it, its port, and what ends it."""
    hub = Site(MemoryHubStore(), Limits(), None)
    await hub.http.aclose()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ready, stop = asyncio.Event(), asyncio.Event()
        serving = asyncio.create_task(serve(hub.app, listener, ready=ready.set, stop=stop, tls=tls))
        async with asyncio.timeout(PATIENCE_S):
            await ready.wait()
        port = listener.getsockname()[1]
        url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
        verify: ssl.SSLContext | bool = ssl.create_default_context(cafile=str(tls.certificate)) if tls else True
        async with httpx.AsyncClient(base_url=url, trust_env=False, verify=verify) as hub.http:
            yield hub, port, stop
        stop.set()
        async with asyncio.timeout(PATIENCE_S):
            await serving


async def test_a_till_pushes_and_another_hears_of_it_at_once() -> None:
    """Over a socket: signed, pushed, waited for, fetched."""
    async with served() as (hub, _, _), asyncio.timeout(PATIENCE_S):
        at = msgspec.json.decode((await hub.ask("GET", "/sync/1/feed")).content, type=FeedPage).cursor
        target = f"/sync/1/wait?cursor={cursor_text(at)}"
        waiting = asyncio.ensure_future(hub.ask("GET", target))
        await until(hub, lambda: hub.app.state.bell.waiters == 1)
        hub.till.did(note())
        pushed = msgspec.json.decode((await hub.push()).content, type=PushAnswer)
        assert pushed.verdicts[0].outcome is Outcome.APPLIED
        assert msgspec.json.decode((await waiting).content, type=WaitAnswer).newer
        page = msgspec.json.decode(
            (await hub.ask("GET", f"/sync/1/feed?cursor={cursor_text(at)}")).content, type=FeedPage
        )
        assert [row.key for row in page.rows] == ["m1"]


async def test_a_till_that_hangs_up_is_waited_for_no_more() -> None:
    """The place of a till that went away while it waited is free at once."""
    async with served() as (hub, _, _):
        at = msgspec.json.decode((await hub.ask("GET", "/sync/1/feed")).content, type=FeedPage).cursor
        waiting = asyncio.ensure_future(hub.ask("GET", f"/sync/1/wait?cursor={cursor_text(at)}"))
        await until(hub, lambda: hub.app.state.bell.waiters == 1)
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting
        await until(hub, lambda: hub.app.state.bell.waiters == 0)


async def test_the_end_answers_who_waits_and_finishes_what_began() -> None:
    """SIGTERM to a hub with a waiting till: an answer, and no cut connection."""
    async with served() as (hub, _, stop):
        at = msgspec.json.decode((await hub.ask("GET", "/sync/1/feed")).content, type=FeedPage).cursor
        waiting = asyncio.ensure_future(hub.ask("GET", f"/sync/1/wait?cursor={cursor_text(at)}"))
        await until(hub, lambda: hub.app.state.bell.waiters == 1)
        stop.set()
        async with asyncio.timeout(PATIENCE_S):
            answer = msgspec.json.decode((await waiting).content, type=WaitAnswer)
        assert not answer.newer


async def test_a_gigabyte_is_refused_before_it_is_sent() -> None:
    """A till that announces a gigabyte is answered at its header, and the connection is closed."""
    async with served() as (hub, port, _):
        request = hub.request("POST", "/sync/1/push", b"", KEY, "t1", 0, {})
        signature = b"".join(
            b"%s: %s\r\n" % (name, value)
            for name, value in request.headers.raw
            if name.lower() in {b"signature", b"signature-input", b"content-digest"}
        )
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /sync/1/push HTTP/1.1\r\nhost: hub\r\ncontent-length: 1073741824\r\n" + signature + b"\r\n")
        async with asyncio.timeout(PATIENCE_S):
            answer = await reader.read()
        assert answer.startswith(b"HTTP/1.1 413")
        assert b"too-large" in answer
        writer.close()
        await writer.wait_closed()


async def test_rubbish_on_the_line_is_no_request() -> None:
    """TLS to a plain port, and noise, get 400 or a closed connection; the hub goes on."""
    async with served() as (hub, port, _):
        for noise in (b"\x16\x03\x01\x02\x00\x01\x00", b"\0" * 64 + b"\r\n\r\n"):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(noise)
            writer.write_eof()
            async with asyncio.timeout(PATIENCE_S):
                answer = await reader.read()
            assert answer == b"" or answer.startswith(b"HTTP/1.1 400")
            writer.close()
            await writer.wait_closed()
        assert (await hub.ask("GET", "/sync/1/feed")).status_code == 200


def made_certificate(folder: Path) -> Tls:
    """Return a certificate for this machine that vouches for itself, and its key."""
    key = generate_private_key(SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2120, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, SHA256())
    )
    tls = Tls(folder / "hub.pem", folder / "hub.key")
    tls.certificate.write_bytes(certificate.public_bytes(Encoding.PEM))
    tls.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return tls


async def test_the_hub_does_tls_itself(tmp_path: Path) -> None:
    """With a certificate and its key tills speak https to it; what it says is the same."""
    async with served(made_certificate(tmp_path)) as (hub, _, _):
        hub.till.did(note())
        pushed = msgspec.json.decode((await hub.push()).content, type=PushAnswer)
        assert pushed.verdicts[0].outcome is Outcome.APPLIED


async def test_a_proxy_on_this_machine_is_believed_who_asked() -> None:
    """Figures are for this machine: a request that a proxy passed on from elsewhere does not get them."""
    async with served() as (hub, _, _):
        assert (await hub.http.get("/metrics")).status_code == 200
        passed_on = await hub.http.get("/metrics", headers={"x-forwarded-for": "192.0.2.7"})
        assert passed_on.status_code == 404


async def test_two_doors_lead_to_one_hub(tmp_path: Path) -> None:
    """Served on a socket file and on a port by one application: who waits at one door hears of a push at the other."""
    hub = Site(MemoryHubStore(), Limits(), None)
    await hub.http.aclose()
    ready, stop = asyncio.Event(), asyncio.Event()
    with socket.socket(socket.AF_UNIX) as file, socket.create_server(("127.0.0.1", 0)) as port:
        file.bind(str(tmp_path / "hub.sock"))
        file.listen()
        serving = asyncio.create_task(serve(hub.app, file, port, ready=ready.set, stop=stop))
        async with asyncio.timeout(PATIENCE_S):
            await ready.wait()
            transport = httpx.AsyncHTTPTransport(uds=str(tmp_path / "hub.sock"))
            async with httpx.AsyncClient(base_url="http://hub", transport=transport) as hub.http:
                at = msgspec.json.decode((await hub.ask("GET", "/sync/1/feed")).content, type=FeedPage).cursor
                waiting = asyncio.ensure_future(hub.ask("GET", f"/sync/1/wait?cursor={cursor_text(at)}"))
                await until(hub, lambda: hub.app.state.bell.waiters == 1)
                hub.till.did(note())
                target = f"http://127.0.0.1:{port.getsockname()[1]}/sync/1/push"
                request = hub.request("POST", target, msgspec.json.encode(hub.till.request()), KEY, "t1", 0, {})
                async with httpx.AsyncClient(trust_env=False) as over_network:
                    assert (await over_network.send(request)).status_code == 200
                assert msgspec.json.decode((await waiting).content, type=WaitAnswer).newer
            stop.set()
            await serving


async def test_answers_are_not_held_back_by_the_line() -> None:
    """Head and body of an answer leave at once: the best of ten takes less than a delayed acknowledgement (40 ms)."""
    async with served() as (hub, _, _):
        await hub.push()
        best_s = PATIENCE_S
        for _ in range(10):
            began_s = monotonic()
            await hub.http.get("/health/live")
            best_s = min(best_s, monotonic() - began_s)
        assert best_s < 0.03
