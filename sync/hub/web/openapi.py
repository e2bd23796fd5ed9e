"""The OpenAPI document, made from the table of routes and the structs of the wire, so that it cannot say otherwise."""

from typing import Any, Final

import msgspec

from sync.hub.web.problems import Problem
from sync.hub.web.routes import ROUTES, Route
from sync.wire import HUB_MS_FIELD, Halt

_REF: Final = "#/components/schemas/{name}"
_UNSIGNED: Final = ("500",)
_SIGNED: Final = ("400", "401", "429", "500", "503")
_WITH_BODY: Final = ("408", "413", "415")
_PROBLEMS: Final = {
    "400": "It cannot be read; the same again will not be either.",
    "401": "Nobody can be believed: no signature, a wrong one, another body, or the clock of the till is off.",
    "403": "The code is not good, or no longer.",
    "404": "Not here.",
    "408": "The body came too slowly.",
    "409": "Another till has that name.",
    "413": "The body is too large, as it was sent or unpacked.",
    "415": "The body is not JSON, or packed otherwise than with zstd.",
    "429": "Too often; Retry-After says when again.",
    "500": "A fault of the hub.",
    "503": "The database said no, or all hands are full; Retry-After says when again.",
}


def document(version: str) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of the hub; ``version`` is that of the program."""
    structs: set[type[msgspec.Struct]] = {Problem, Halt}
    structs |= {each for route in ROUTES for each in (route.asks, route.gives) if each is not None}
    ordered = sorted(structs, key=lambda each: each.__name__)
    _, schemas = msgspec.json.schema_components(ordered, ref_template=_REF)
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "pos-loyalty hub",
            "version": version,
            "description": "What tills ask of their hub; signed (RFC 9421), JSON, packed with zstd or not.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "headers": {
                HUB_MS_FIELD: {
                    "description": "The hub's clock in milliseconds since 1970 UTC.",
                    "schema": {"type": "integer"},
                }
            },
            "securitySchemes": {
                "signature": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Signature",
                    "description": "HTTP message signature, Ed25519, over @method, @path, @query and content-digest, "
                    "with created, keyid (the terminal) and alg; Signature-Input and Content-Digest belong to it.",
                }
            },
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    statuses = [*(_SIGNED if route.is_signed else _UNSIGNED), *(_WITH_BODY if route.asks else ())]
    statuses += _OF_ITS_OWN.get(route.name, ())
    responses = {status: _answer(_PROBLEMS[status], Problem, "application/problem+json") for status in statuses}
    responses["200"] = _answer("As asked.", route.gives, _FILES.get(route.name, "application/json"))
    if route.is_signed and route.name != "enrol":
        responses["403"] = _answer("This terminal is served no more until a person has acted.", Halt)
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "parameters": _parameters(route),
        "responses": dict(sorted(responses.items())),
        "security": [{"signature": []}] if route.is_signed else [],
    }
    if route.asks:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": _REF.format(name=route.asks.__name__)}}},
        }
    return operation


_OF_ITS_OWN: Final = {
    "snapshot": ("404",),
    "snapshot_file": ("404",),
    "enrol": ("403", "409"),
    "metrics": ("404",),
    "ready": ("503",),
}
_FILES: Final = {"snapshot_file": "application/zstd", "metrics": "text/plain"}
_SETTLED: Final = (
    "A time of the hub that is on the till's disk, in milliseconds since 1970 UTC, while it has nothing that the hub "
    "has not: no event that waits, none that was put aside. Else it is left out."
)
_QUERY: Final = {
    "cursor": ("base64url of the JSON of a cursor; nothing for the beginning.", "string"),
    "settled": (_SETTLED, "integer"),
}


def _parameters(route: Route) -> list[dict[str, Any]]:
    named = [part[1:-1] for part in route.path.split("/") if part.startswith("{")]
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in named
    ]
    for name in route.query:
        description, kind = _QUERY[name]
        found.append({"name": name, "in": "query", "description": description, "schema": {"type": kind}})
    return found


def _answer(description: str, struct: type[msgspec.Struct] | None, media: str = "application/json") -> dict[str, Any]:
    schema = {"$ref": _REF.format(name=struct.__name__)} if struct else {}
    return {
        "description": description,
        "headers": {HUB_MS_FIELD: {"$ref": f"#/components/headers/{HUB_MS_FIELD}"}},
        "content": {media: {"schema": schema}},
    }
