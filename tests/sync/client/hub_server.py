"""A hub behind a raw socket, which answers as it should, or as a test wants it to go wrong."""

import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

import msgspec

from pos_loyalty.core.feed import Cursor
from sync.hub.authority import Authority
from sync.packing import Misfit, pack, unpack
from sync.signing import Doubt, Doubted, Message, fingerprint, verify
from sync.wire import EnrolAnswer, EnrolRequest, Halt, PushRequest, WaitAnswer, cursor_of

DEADLINE_S = 30.0
PROBLEM = "application/problem+json"


class Asked(NamedTuple):
    """One request as it came."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    @property
    def plain(self) -> bytes:
        """The body, unpacked."""
        unpacked = unpack(self.body, self.headers.get("content-encoding", ""))
        assert not isinstance(unpacked, Misfit)
        return unpacked


Trick = Callable[[socket.socket, Asked], None]
"""What is done instead of an answer; the connection is closed afterwards."""


class HubServer:
    """One listening socket with an authority behind it. Each try is written down; each connection has a thread."""

    def __init__(self, hub: Authority, keys: dict[str, bytes], now_ms: Callable[[], int]) -> None:
        self.hub = hub
        self.keys = keys
        self.asked: list[Asked] = []
        self.tricks: dict[str, deque[Trick]] = {}
        """By the end of a path: what happens to the next requests, one after another."""
        self.always: dict[str, Trick] = {}
        self.files: dict[str, bytes] = {}
        self.offer: bytes | None = None
        self.over = threading.Event()
        self.news = threading.Event()
        self._now_ms = now_ms
        self._changed = threading.Condition()
        self._connections: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.tls: ssl.SSLContext | None = None
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self._listener.getsockname()[1]
        return port

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def next(self, path: str, *tricks: Trick) -> None:
        """Have these happen to the next requests for ``path``."""
        self.tricks.setdefault(path, deque()).extend(tricks)

    def count(self, path: str) -> int:
        """Return how often ``path`` was asked for."""
        return sum(asked.path == path for asked in self.asked)

    def wait_for(self, holds: Callable[[], bool]) -> None:
        """Wait until something asked makes ``holds`` true."""
        with self._changed:
            assert self._changed.wait_for(holds, DEADLINE_S), [asked.path for asked in self.asked]

    def close(self) -> None:
        """Hang up on everybody."""
        self.over.set()
        self.news.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in list(self._connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(DEADLINE_S)
            assert not thread.is_alive()

    def _accept(self) -> None:
        while not self.over.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        self._connections.add(connection)
        try:
            with connection:
                if self.tls is not None:
                    connection = self.tls.wrap_socket(connection, server_side=True)
                    self._connections.add(connection)
                with connection:
                    while (asked := read_request(connection)) is not None:
                        if not self._answer(connection, asked):
                            return
        except OSError:
            return

    def _answer(self, connection: socket.socket, asked: Asked) -> bool:
        with self._changed:
            self.asked.append(asked)
            self._changed.notify_all()
        tricks = self.tricks.get(asked.path)
        trick = tricks.popleft() if tricks else self.always.get(asked.path)
        if trick is not None:
            trick(connection, asked)
            return False
        connection.sendall(self.honest(asked))
        return True

    def honest(self, asked: Asked) -> bytes:
        """Return what a hub answers."""
        message = Message(asked.method, asked.path, asked.query, tuple(asked.headers.items()))
        if asked.path == "/sync/1/enrol":
            return self._enrolled(asked)
        signed = verify(message, self.keys.get, self._now_ms() // 1_000)
        if isinstance(signed, Doubted):
            name = "clock" if signed.doubt is Doubt.CLOCK else "unknown-key"
            return self.answer(problem(name), 401, PROBLEM)
        assert signed.is_body(asked.body)
        return self._served(asked, signed.key_id)

    def _served(self, asked: Asked, terminal_id: str) -> bytes:
        match asked.method, asked.path:
            case "POST", "/sync/1/push":
                return self.say(self.hub.push(msgspec.json.decode(asked.plain, type=PushRequest)))
            case "GET", "/sync/1/feed":
                return self.say(self.hub.feed(terminal_id, cursor_in(asked), 50))
            case "GET", "/sync/1/wait":
                newer = self.news.wait(DEADLINE_S)
                self.news.clear()
                now_ms = self._now_ms()
                return self.say(WaitAnswer(newer=newer, hub_ms=now_ms, looked_ms=0 if newer else now_ms))
            case "GET", "/sync/1/snapshot" if self.offer:
                return self.answer(self.offer)
            case "GET", path if path in self.files:
                return self._file(asked, self.files[path])
        return self.answer(problem("not-found"), 404, PROBLEM)

    def _file(self, asked: Asked, body: bytes) -> bytes:
        if start := int(asked.headers.get("range", "bytes=0-")[6:-1]):
            said = {"content-range": f"bytes {start}-{len(body) - 1}/{len(body)}"}
            return self.answer(body[start:], 206, "application/octet-stream", **said)
        return self.answer(body, 200, "application/octet-stream")

    def _enrolled(self, asked: Asked) -> bytes:
        request = msgspec.json.decode(asked.plain, type=EnrolRequest)
        if request.code != "GOOD":
            return self.answer(problem("unknown-code"), 403, PROBLEM)
        self.keys[request.terminal_id] = request.public_key
        answer = EnrolAnswer(
            terminal_id=request.terminal_id,
            store_id="narenj",
            epoch="e1",
            hub_ms=self._now_ms(),
            fingerprint=fingerprint(request.public_key),
        )
        return self.say(answer)

    def say(self, answer: msgspec.Struct) -> bytes:
        """Return an answer, packed if that is worth it."""
        body, encoding = pack(msgspec.json.encode(answer))
        return self.answer(body, 403 if isinstance(answer, Halt) else 200, **{"content-encoding": encoding})

    def answer(self, body: bytes, status: int = 200, media: str = "application/json", **fields: str) -> bytes:
        """Return the bytes of an answer."""
        said = {"content-type": media, "content-length": str(len(body)), "hub-ms": str(self._now_ms()), **fields}
        head = "".join(f"{name}: {value}\r\n" for name, value in said.items())
        return f"HTTP/1.1 {status} Said\r\n{head}\r\n".encode() + body


def problem(name: str) -> bytes:
    """Return a problem document."""
    return msgspec.json.encode({"type": f"urn:pos-loyalty:problem:{name}", "title": name, "detail": f"it is {name}"})


def cursor_in(asked: Asked) -> Cursor:
    """Return the cursor of a query."""
    cursor = cursor_of(asked.query.removeprefix("cursor=").partition("&")[0])
    assert cursor is not None
    return cursor


def saying(answer: bytes) -> Trick:
    """Return a trick that sends these bytes and hangs up."""

    def trick(connection: socket.socket, _: Asked) -> None:
        connection.sendall(answer)

    return trick


def http(status: int, body: bytes = b"", media: str = "application/json", **fields: str) -> Trick:
    """Return a trick that sends an answer of nobody's."""
    named = {name.replace("_", "-"): value for name, value in fields.items()}
    said = {"content-type": media, "content-length": str(len(body)), "connection": "close", **named}
    head = "".join(f"{name}: {value}\r\n" for name, value in said.items())
    return saying(f"HTTP/1.1 {status} Said\r\n{head}\r\n".encode() + body)


def hanging(release: threading.Event) -> Trick:
    """Return a trick that says nothing until ``release`` is set: a half-open line."""

    def trick(_: socket.socket, __: Asked) -> None:
        release.wait(DEADLINE_S)

    return trick


def read_request(connection: socket.socket) -> Asked | None:
    """Read one request; None at the end of the connection."""
    head = bytearray()
    while not head.endswith(b"\r\n\r\n"):
        if not (byte := connection.recv(1)):
            return None
        head += byte
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    left = int(headers.get("content-length", "0"))
    body = bytearray()
    while left > len(body) and (piece := connection.recv(left - len(body))):
        body += piece
    path, _, query = target.partition("?")
    return Asked(method, path, query, headers, bytes(body))


@contextmanager
def serving(server: HubServer) -> Iterator[HubServer]:
    """Close the server in the end."""
    try:
        yield server
    finally:
        server.close()
