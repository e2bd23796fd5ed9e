"""The edges of the API: bodies, paths, keys, users."""

import asyncio
import os
import socket
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import msgspec
import pytest

from drivers.codes.reading_settings import SHOP_AS_DELIVERED
from pos_loyalty.cli.recognising import recogniser
from pos_loyalty.core.members import Member
from pos_loyalty.errors import ConfigError, ServiceAlreadyRunning, ServiceUnreachable
from pos_loyalty.service import board
from pos_loyalty.service.api import ROUTES, build_app
from pos_loyalty.service.client import TillClient
from pos_loyalty.service.clock import RandomIds
from pos_loyalty.service.server import listening, serve
from pos_loyalty.service.till import Till
from pos_loyalty.service.wire import BODY_BYTES_MAX, Problem, ProductsAnswer, Recorded, SearchAnswer, TillView
from pos_loyalty.store.memory import MemoryStore
from tests.support.running_till import RunningTill
from tests.support.small_shop import REZA, REZA_CODE, SHARED_CODE, SHIRT_CODE, SHOP, ManualClock


@pytest.fixture
def http(running_till: RunningTill) -> httpx.AsyncClient:
    """A bare HTTP client on the till's socket."""
    return httpx.AsyncClient(
        transport=httpx.AsyncHTTPTransport(uds=str(running_till.socket)), base_url="http://till", timeout=30
    )


def _problem(response: httpx.Response) -> Problem:
    assert response.headers["content-type"] == "application/problem+json"
    problem = msgspec.json.decode(response.content, type=Problem)
    assert problem.status == response.status_code
    return problem


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "says"),
    [
        ("POST", "/v1/till/scan", b"{", 400, "the body is not a CodeRequest"),
        ("POST", "/v1/till/scan", b'{"code": 5}', 400, "$.code"),
        ("POST", "/v1/till/scan", b'{"code": "a", "colour": "red"}', 400, "colour"),
        ("POST", "/v1/till/scan", b'{"code": "\xff"}', 400, "the body is not"),
        ("POST", "/v1/till/scan", b"[" * 100_000, 400, "the body is not"),
        ("POST", "/v1/till/scan", b'"' + b"a" * (BODY_BYTES_MAX + 1), 413, "split the basket"),
        ("PUT", "/v1/baskets/x", b'{"lines": [{"quantity": 1.5}]}', 400, "quantity"),
        ("PUT", "/v1/baskets/x", b'{"lines": [{"amount": 99999999999999999999}]}', 400, "amount"),
        ("PUT", "/v1/baskets/x", b'{"lines": [{"quantity": -99999999999999999999}]}', 400, "quantity"),
        ("PUT", "/v1/baskets/x", b"{}", 404, "no basket with this id"),
        ("POST", "/v1/baskets/x/commit", b"", 404, "no basket with this id"),
        ("GET", "/v1/nothing", b"", 404, "Not Found"),
        ("DELETE", "/v1/till", b"", 405, "Method Not Allowed"),
        ("GET", "/v1/members/nobody", b"", 404, "no member with this id"),
        ("GET", "/v1/members?q=a&limit=many", b"", 400, "limit is not a whole number"),
    ],
)
async def test_a_wrong_request_is_a_problem_that_says_what_is_wrong(
    http: httpx.AsyncClient, method: str, path: str, body: bytes, status: int, says: str
) -> None:
    """Every error is a problem document with a sentence."""
    async with http:
        problem = _problem(await http.request(method, path, content=body))
    assert problem.status == status
    assert says in problem.detail


async def test_an_overlong_key_is_refused(http: httpx.AsyncClient) -> None:
    """A key has a limit, like everything."""
    async with http:
        problem = _problem(await http.post("/v1/baskets", headers={"Idempotency-Key": "k" * 201}))
    assert "201 characters, expected 1 to 200" in problem.detail


async def test_identify_names_whatever_a_code_names_and_changes_nothing(running_till: RunningTill) -> None:
    """Member, product, ambiguous, unknown, payment card, nothing."""
    codes = (REZA_CODE, SHIRT_CODE, SHARED_CODE, "NOBODY", "4111111111111111", " ", "۰۹۱۲-۱۲۳-۴۵۶۷")
    answers = [await running_till.client.identify(code) for code in codes]
    outcomes = [answer.detail if isinstance(answer, Problem) else answer.outcome for answer in answers]
    assert outcomes == ["member", "product", "ambiguous", "unknown_code", "payment_card", "empty_code", "member"]
    assert (await running_till.client.till()).stage == "idle"


async def test_products_are_all_or_those_that_are_asked_for(running_till: RunningTill) -> None:
    """By id, each once; an id that nothing has is left out, and no id asks for the whole list."""
    every = await running_till.client.products()
    assert isinstance(every, ProductsAnswer)
    first, second, *_ = every.products
    found = await running_till.client.products(second.product_id, "nothing", second.product_id, first.product_id)
    assert found == ProductsAnswer(products=(second, first))


async def test_search_finds_across_spellings(running_till: RunningTill) -> None:
    """Arabic yeh and kaf find Persian ones; nothing found is an empty list."""
    found = await running_till.client.search("رضايي")
    assert isinstance(found, SearchAnswer)
    assert [member.member_id for member in found.members] == [REZA.member_id]
    nobody = await running_till.client.search("zzz")
    assert isinstance(nobody, SearchAnswer)
    assert nobody.members == ()


async def test_a_note_and_a_preference_reach_the_document_and_the_screen(running_till: RunningTill) -> None:
    """What the seller writes is on the screen at once, and once, however often it is sent."""
    await running_till.client.scan(REZA_CODE)
    first = await running_till.client.note(REZA.member_id, "چای را با هل دوست دارد", key="n1")
    again = await running_till.client.note(REZA.member_id, "چای را با هل دوست دارد", key="n1")
    assert isinstance(first, Recorded)
    assert first == again
    assert isinstance(await running_till.client.prefer(REZA.member_id, "size.shirt", "41"), Recorded)
    view = await running_till.client.till()
    assert view.member is not None
    assert [note.text for note in view.member.notes] == ["چای را با هل دوست دارد"]
    assert [(p.key, p.value) for p in view.member.preferences] == [("size.shirt", "41")]


async def test_a_preference_may_have_any_name_without_a_slash(running_till: RunningTill) -> None:
    """What means something in a path means nothing in a name."""
    for name in ("tea? coffee#2 & 50 %", "سایز پیراهن"):
        assert isinstance(await running_till.client.prefer(REZA.member_id, f" {name} ", "yes"), Recorded)
        member = await running_till.client.member(REZA.member_id)
        assert isinstance(member, Member)
        assert member.preferences[-1].key == name


async def test_a_client_that_hangs_up_in_mid_request_is_no_error(
    running_till: RunningTill, caplog: pytest.LogCaptureFixture
) -> None:
    """A screen that is killed leaves no trace in the log, and the next request is served."""
    _, writer = await asyncio.open_unix_connection(running_till.socket)
    writer.write(b"POST /v1/till/scan HTTP/1.1\r\nhost: till\r\ncontent-length: 50\r\n\r\n{")
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    await running_till.client.scan(REZA_CODE)
    await running_till.view_when(lambda view: view.stage == "identified")
    assert caplog.messages == []


@pytest.mark.parametrize("text", ["", "   ", "x" * 2_001])
async def test_an_empty_or_endless_note_is_refused(running_till: RunningTill, text: str) -> None:
    """The limit is in the sentence."""
    problem = await running_till.client.note(REZA.member_id, text)
    assert isinstance(problem, Problem)
    assert "expected 1 to 2000" in problem.detail


async def test_the_socket_is_for_its_owner_alone(running_till: RunningTill) -> None:
    """Mode 0600 from the first moment."""
    assert stat.S_IMODE(running_till.socket.stat().st_mode) == 0o600


async def test_a_user_who_is_not_allowed_is_told_so(tmp_path: Path) -> None:
    """The peer's user id decides, whatever the file mode let through."""
    till = Till(MemoryStore(ids=RandomIds()), SHOP, ManualClock(), RandomIds(), recogniser(SHOP_AS_DELIVERED))
    await till.start()
    stop, ready = asyncio.Event(), asyncio.Event()
    path = tmp_path / "till.sock"
    others = frozenset({os.getuid() + 1})
    serving = asyncio.create_task(serve(build_app(till), path, allowed_uids=others, ready=ready.set, stop=stop))
    await ready.wait()
    async with TillClient(path) as client:
        answer = await client.scan("x")
    assert isinstance(answer, Problem)
    assert answer.status == 403
    assert "as the user of the till service" in answer.detail
    stop.set()
    await till.stop()
    await serving
    assert not path.exists()


async def test_a_socket_file_left_by_a_crash_is_replaced_and_a_live_one_is_not(tmp_path: Path) -> None:
    """Only a socket on which somebody answers stops a second service."""
    path = tmp_path / "till.sock"
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(str(path))
    dead.close()
    with listening(path), pytest.raises(ServiceAlreadyRunning, match="already answers"), listening(path):
        pass


async def test_a_file_that_is_no_socket_is_left_alone(tmp_path: Path) -> None:
    """A path to the journal, put in the wrong line of the configuration, costs nothing."""
    path = tmp_path / "journal.db"
    path.write_bytes(b"precious")
    with pytest.raises(ConfigError, match="name another path"), listening(path):
        pass
    assert path.read_bytes() == b"precious"


async def test_no_service_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    """A client says where it looked and what to do."""
    async with TillClient(tmp_path / "nothing.sock") as client:
        with pytest.raises(ServiceUnreachable, match="pos-loyalty serve"):
            await client.till()


async def test_a_screen_sees_every_state_it_waits_for(running_till: RunningTill) -> None:
    """The stream begins with what is so, and ends when the service does."""
    seen: list[TillView] = []

    async def look() -> None:
        async for view in running_till.client.watch():
            seen.append(view)  # noqa: PERF401 - the stream ends by an exception, and what came before it counts

    looking = asyncio.create_task(look())
    await running_till.view_when(lambda view: view.revision >= 1)
    await running_till.client.scan(REZA_CODE)
    await running_till.view_when(lambda view: view.stage == "identified")
    await running_till.till.stop()
    with pytest.raises(ServiceUnreachable):
        await looking
    assert seen[0].stage == "idle"
    assert seen[-1].stage == "identified"
    assert [view.revision for view in seen] == sorted({view.revision for view in seen})


async def test_every_route_has_a_handler_and_a_place_in_the_client(running_till: RunningTill) -> None:
    """No path without code, no path that only a test can reach."""
    assert len({(method, path) for method, path, _ in ROUTES}) == len(ROUTES)
    calls: dict[str, Callable[..., Awaitable[object]]] = {
        name: getattr(running_till.client, {"view": "till", "stream": "watch"}.get(name, name)) for _, _, name in ROUTES
    }
    assert all(callable(call) for call in calls.values())


async def test_a_quiet_stream_stays_open(running_till: RunningTill, monkeypatch: pytest.MonkeyPatch) -> None:
    """What keeps the line alive is no view, and ends nothing."""
    monkeypatch.setattr(board, "KEEP_ALIVE_S", 0.01)
    raw = httpx.AsyncHTTPTransport(uds=str(running_till.socket))
    async with (
        httpx.AsyncClient(transport=raw, base_url="http://till") as http,
        http.stream("GET", "/v1/till/stream") as stream,
    ):
        quiet = 0
        watching = running_till.client.watch()
        first = await anext(watching)
        async for line in stream.aiter_lines():
            quiet += line.startswith(":")
            if quiet == 3:
                break
        await running_till.client.scan(REZA_CODE)
        assert (await anext(watching)).revision > first.revision
        await watching.aclose()
