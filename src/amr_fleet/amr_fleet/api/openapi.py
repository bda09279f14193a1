"""The whole API as one OpenAPI document: routes, roles, error codes, and the frames of the live feed."""

from __future__ import annotations

import sys
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.constants import REF_TEMPLATE
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic.json_schema import models_json_schema

from amr_core.errors import ERRORS
from amr_fleet.api.auth import COOKIE
from amr_fleet.api.live import CLOSE_AUTH, CLOSE_CROWDED, MOST_SOCKETS
from amr_fleet.api.models.live import Snapshot
from amr_fleet.api.models.words import Problem, Words
from amr_fleet.api.once import HEADER, NO_CREATES
from amr_fleet.api.routers import ROUTERS

TITLE: Final = "AMR fleet"
VERSION: Final = "1"
_ABOUT: Final = """The fleet manager's API. JSON in UTF-8; metres in the map frame, radians, seconds of the fleet's
clock. Every refusal is {code, facts}. Every call that may change something leaves an audit row, refused ones too."""
_LIVE: Final = f"""Sends the whole picture at 5 Hz; the newest counts. JSON text, or with packed=1 the same as zlib in
binary frames. Without a session that may see it there is no socket (403). Closes with {CLOSE_AUTH} when the session is
over or may not see it any more, with {CLOSE_CROWDED} when it has {MOST_SOCKETS} open: come again later."""
# What may come of a body before a route sees it.
_BODIES: Final = {
    "400": ("request.invalid", "the body is no JSON"),
    "408": ("request.too_slow", "the body did not arrive in time"),
    "413": ("request.invalid", "the body is larger than the route takes"),
}
# What may come of an Idempotency-Key, which every POST of somebody who is logged in takes.
_ONCE: Final = {
    "400": ("idempotency.bad_key",),
    "409": ("idempotency.not_kept", "idempotency.running"),
    "422": ("idempotency.other_body",),
}
_KEY: Final = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "1 to 255 visible ASCII characters. The same request again is answered like the first time.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]{1,255}$"},
}
_PROBLEM: Final = {"application/json": {"schema": {"$ref": REF_TEMPLATE.format(model=Problem.__name__)}}}


def document(app: FastAPI | None = None) -> dict[str, Any]:
    """Return the OpenAPI document of an application, by default of one with all our routes."""
    app = app if app is not None else _bare()
    found = get_openapi(title=TITLE, version=VERSION, description=_ABOUT, routes=app.routes)
    _add_live(found)
    found["tags"] = []
    for route in (route for router in ROUTERS for route in router.routes):
        if isinstance(route, APIRoute):
            tag = _tag(route, found["tags"])
            for method in route.methods or ():
                operation = found["paths"][route.path_format][method.lower()]
                operation["tags"] = [tag]
                _complete(operation, _role(route), _asked(route, "but"), _asked(route, "kinds"))
                if method == "POST" and not route.path_format.startswith(NO_CREATES):
                    _take_key(operation)
    found["components"]["securitySchemes"] = {
        "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
        "token": {"type": "http", "scheme": "bearer"},
    }
    return {name: _untitled(part) for name, part in found.items() if name != "info"} | {"info": found["info"]}


def _bare() -> FastAPI:
    app = FastAPI(generate_unique_id_function=operation_id)
    for router in ROUTERS:
        app.include_router(router)
    return app


def operation_id(route: APIRoute) -> str:
    """Return the name of a route's function: generated clients call it so, and the audit trail does."""
    return route.name


def _tag(route: APIRoute, tags: list[dict[str, str]]) -> str:
    """Return the subject of a route: the name of its module, whose docstring says more."""
    module = sys.modules[route.endpoint.__module__]
    name = module.__name__.rpartition(".")[2]
    if all(tag["name"] != name for tag in tags):
        tags.append({"name": name, "description": (module.__doc__ or "").strip()})
    return name


def _untitled(part: Any) -> Any:
    """Return a part of the document without the titles that only repeat the names of fields."""
    if isinstance(part, dict):
        return {name: _untitled(one) for name, one in part.items() if name != "title" or not isinstance(one, str)}
    return [_untitled(one) for one in part] if isinstance(part, list) else part


def _role(route: APIRoute) -> str:
    """Return the least role that a route asks for, "" when none."""
    roles = [str(getattr(need.call, "role", "")) for need in route.dependant.dependencies]
    return next((role for role in roles if role), "")


def _asked(route: APIRoute, what: str) -> list[str]:
    """Return what else a route asks of a session: roles that it refuses (but), kinds of log-in that it takes."""
    return [str(one) for need in route.dependant.dependencies for one in getattr(need.call, what, ())]


def _complete(operation: dict[str, Any], role: str, but: list[str], kinds: list[str]) -> None:
    operation["security"] = [{"session": []}, {"token": []}] if role else []
    operation["x-role"] = role
    if but:
        operation["x-role-not"] = but
    if kinds:
        operation["x-log-in"] = kinds
    if "requestBody" in operation:
        for status, (code, why) in _BODIES.items():
            own = operation["responses"].get(status, {"description": "", "x-codes": []})
            told = "\n".join(filter(None, (f"`{code}`: {why}", own["description"])))
            codes = [code, *(c for c in own["x-codes"] if c != code)]
            operation["responses"][status] = {"description": told, "content": _PROBLEM, "x-codes": codes}
        operation["responses"] = dict(sorted(operation["responses"].items()))


def _take_key(operation: dict[str, Any]) -> None:
    """Declare the header Idempotency-Key and what may come of it."""
    operation["parameters"] = [*operation.get("parameters", ()), _KEY]
    for status, codes in _ONCE.items():
        new = {"description": "", "content": _PROBLEM, "x-codes": []}
        answer = operation["responses"].get(status, new)
        lines = [answer["description"], *(f"`{code}`: {ERRORS[code][1]}" for code in codes)]
        description = "\n".join(line for line in lines if line)
        operation["responses"][status] = {
            **answer, "description": description, "x-codes": [*answer["x-codes"], *codes],
        }  # fmt: skip
    operation["responses"] = dict(sorted(operation["responses"].items()))


def _add_live(found: dict[str, Any]) -> None:
    _, schemas = models_json_schema([(Snapshot, "serialization"), (Words, "serialization")], ref_template=REF_TEMPLATE)
    for name, schema in schemas["$defs"].items():
        found["components"]["schemas"].setdefault(name, schema)
    found["components"]["schemas"] = dict(sorted(found["components"]["schemas"].items()))
    found["x-websockets"] = {
        "/api/v1/live": {
            "description": _LIVE,
            "x-role": "viewer",
            "parameters": [{"name": "packed", "in": "query", "schema": {"type": "boolean", "default": False}}],
            "message": {"$ref": REF_TEMPLATE.format(model=Snapshot.__name__)},
        }
    }
