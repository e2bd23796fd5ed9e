"""Paths nobody signs, other versions, and the document that says what there is."""

import msgspec
import pytest
from openapi_spec_validator import validate
from starlette.routing import Route
from starlette.types import Message

from pos_loyalty.errors import StoreError
from sync.hub.memory import MemoryHubStore
from sync.hub.web.openapi import document
from sync.hub.web.routes import ROUTES
from sync.wire import Halt, HaltReason
from tests.sync.hub.web.site import problem_of, site


async def test_a_hub_that_can_serve_says_so() -> None:
    """Alive, database and clock."""
    async with site() as hub:
        assert (await hub.http.get("/health/live")).json() == {"status": "ok"}
        ready = await hub.http.get("/health/ready")
        assert ready.json() == {"status": "ok", "checks": {"database": "ok", "clock": "ok"}}
        assert ready.headers["hub-ms"] == str(int(hub.clock.at.timestamp()) * 1_000)


async def test_a_hub_without_its_database_is_alive_and_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    """A balancer takes it out, and nobody restarts it in vain; the server's name is not told."""

    def gone(_: MemoryHubStore) -> None:
        raise StoreError("postgres at db.example does not answer")

    async with site() as hub:
        monkeypatch.setattr(MemoryHubStore, "reading", gone)
        assert (await hub.http.get("/health/live")).status_code == 200
        ready = await hub.http.get("/health/ready")
        assert (ready.status_code, ready.json()["checks"]) == (503, {"database": "The store cannot be used"})
        monkeypatch.undo()


async def test_a_clock_before_the_history_is_seen() -> None:
    """A hub that starts in 1970 would tell all tills that their clocks are wrong."""
    async with site() as hub:
        hub.clock.later(-86_400)
        ready = await hub.http.get("/health/ready")
        assert ready.status_code == 503
        assert "when this history began" in ready.json()["checks"]["clock"]


async def test_figures_are_given_on_this_machine_only() -> None:
    """Behind a proxy whoever asks is whom the proxy names."""
    async with site() as hub:
        assert (await hub.http.get("/metrics")).status_code == 200
        scope = {"type": "http", "method": "GET", "path": "/metrics", "headers": [], "client": ("192.0.2.1", 5)}
        answers: list[int] = []

        async def nothing() -> Message:
            return {"type": "http.disconnect"}

        async def sent(message: Message) -> None:
            answers.append(message.get("status", 0))

        await hub.app({**scope, "query_string": b"", "raw_path": b"/metrics"}, nothing, sent)
        assert answers[0] == 404


async def test_a_till_that_is_too_old_is_told_to_be_brought_up_to_date() -> None:
    """A version that this hub no longer speaks halts the till."""
    async with site() as hub:
        response = await hub.ask("POST", "/sync/0/push", b"{}")
        assert response.status_code == 403
        assert msgspec.json.decode(response.content, type=Halt).reason is HaltReason.TOO_OLD


async def test_a_till_that_is_too_new_waits_for_the_hub() -> None:
    """It is no halt: the hub will be brought up to date."""
    async with site() as hub:
        response = await hub.ask("POST", "/sync/2/push", b"{}")
        assert (response.status_code, problem_of(response)) == (404, "version")


@pytest.mark.parametrize("path", ["/", "/sync/1/nothing", "/sync/1/push/", "/sync", "/sync/1", "/.env"])
async def test_what_is_not_there_is_not_there(path: str) -> None:
    """404 and never a redirect, which tills take for somebody in between."""
    async with site() as hub:
        response = await hub.http.get(path)
        assert (response.status_code, problem_of(response)) == (404, "not-found")


@pytest.mark.parametrize(("method", "path"), [("GET", "/sync/1/push"), ("POST", "/sync/1/feed"), ("PUT", "/metrics")])
async def test_the_wrong_method_is_said_to_be_that(method: str, path: str) -> None:
    """405 with what there is."""
    async with site() as hub:
        response = await hub.http.request(method, path)
        assert (response.status_code, problem_of(response)) == (405, "method-not-allowed")
        assert response.headers["allow"]


async def test_a_head_has_no_body() -> None:
    """Whoever only looks gets the fields."""
    async with site() as hub:
        response = await hub.http.head("/health/live")
        assert (response.status_code, response.content) == (200, b"")


async def test_the_document_is_openapi_and_has_every_path() -> None:
    """It is valid, and says of the application neither less nor more than there is."""
    async with site() as hub:
        said = (await hub.http.get("/openapi.json")).json()
        validate(said)
        served = {
            (method, route.path)
            for route in hub.app.routes
            if isinstance(route, Route)
            for method in (route.methods or set()) - {"HEAD"}
        }
        assert {(method.upper(), path) for path, item in said["paths"].items() for method in item} == served


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_every_operation_says_what_it_takes_and_gives(route: object) -> None:
    """Names of structs are resolved, and signed paths say so."""
    said = document("1")
    schemas = said["components"]["schemas"]
    each = next(each for each in ROUTES if each is route)
    operation = said["paths"][each.path][each.method.lower()]
    assert operation["security"] == ([{"signature": []}] if each.is_signed else [])
    if each.asks:
        assert each.asks.__name__ in schemas
        assert "requestBody" in operation
    if each.gives:
        assert each.gives.__name__ in schemas
