"""docs/api.md from the OpenAPI document: routes by subject, vocabularies, and every schema in a few lines."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

WIDTH = 120
HEAD = """# The fleet's API

Generated from the OpenAPI document by `scripts/contracts.py`; do not edit. The same for machines: `docs/openapi.json`,
and a running server's `/api/v1/openapi.json`. The dashboard's types and client come from it, too.

{about}

Errors are `Problem`; their sentences stand in `amr_core.errors`, the dashboard's in its catalogue under the same code.
Other systems send `Authorization: Bearer <token>` instead of the cookie `amr_session`. Beside the errors that a route
names it may answer `request.invalid` (422; 400 for a body that is no JSON, 413 for one that is too large),
`request.too_slow` (408), `request.bad_host` (421),
`auth.required` (401), `auth.forbidden`, `auth.change_password` and `auth.code_set_up` (403), `fleet.no_answer` (503),
`store.failed` and `internal` (500). Every POST but those under /login, /logout and /me/ takes the header
`Idempotency-Key` and may answer `idempotency.bad_key` (400), `idempotency.other_body` (422), `idempotency.running` and
`idempotency.not_kept` (409): docs/fleet-service.md.
Roles, each with all that those before it may: {roles}.
But viewer and authority, who only look on, say nothing of loads (`/work`): [access.md](access.md).
"""
USUAL = {
    "request.invalid", "internal", "auth.required", "auth.forbidden", "auth.change_password", "auth.code_set_up",
    "fleet.no_answer", "store.failed", "request.bad_host", "request.too_slow",
    "idempotency.bad_key", "idempotency.other_body", "idempotency.running", "idempotency.not_kept",
}  # fmt: skip
Json = dict[str, Any]


_MOST, _LINE = 9, 220


def _listed(codes: set[str]) -> str:
    """Return codes as one line that can be read; of a large family the first ones, and how many more there are.

    openapi.json has all of them.
    """
    families: dict[str, list[str]] = {}
    for code in sorted(codes):
        family, _, rest = code.partition(".")
        families.setdefault(family, []).append(rest)
    lines = (_first(families, most) for most in range(_MOST, 0, -1))
    return next((line for line in lines if len(line) <= _LINE), _first(families, 1))


def _first(families: dict[str, list[str]], most: int) -> str:
    return ", ".join(
        ", ".join(f"{name}.{one}" for one in rest[:most]) + (f" and {len(rest) - most} more" if rest[most:] else "")
        for name, rest in families.items()
    )


def api_page(document: Json) -> str:
    """Return the page."""
    from amr_fleet.api.users import ROLES

    about = textwrap.fill(_flat(document["info"]["description"]), WIDTH)
    parts = [HEAD.format(about=about, roles=", ".join(ROLES))]
    for tag in document["tags"]:
        parts.append("\n".join(_subject(document, tag)))
    parts.append("\n".join(_live(document)))
    parts.append("\n".join(_words(document)))
    parts.append("\n".join(_schemas(document)))
    return "\n".join(parts) + "\n"


def _subject(document: Json, tag: Json) -> Iterator[str]:
    yield f"## {tag['name'].replace('_', '-').capitalize()}"
    yield tag["description"]
    yield ""
    yield "| method, path | role | takes | answers | errors |"
    yield "|---|---|---|---|---|"
    told = []
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if operation["tags"] == [tag["name"]]:
                yield _row(method, path, operation)
                told.append(f"- `{operation['operationId']}`: {_flat(operation['description'])}")
    yield ""
    yield from told
    yield ""


def _row(method: str, path: str, operation: Json) -> str:
    asked = [p for p in operation.get("parameters", []) if p["in"] == "query"]
    takes = [p["name"] if p.get("required") else f"{p['name']}?" for p in asked]
    body = operation.get("requestBody")
    if body is not None:
        media, content = next(iter(body["content"].items()))
        schema = content["schema"]
        kind = _type(schema) if media == "application/json" else f"form: {', '.join(schema['properties'])}"
        takes.append(kind + ("" if body.get("required") else "?"))
    codes = {code for answer in operation["responses"].values() for code in answer.get("x-codes", [])} - USUAL
    cells = (
        f"{method.upper()} {path.removeprefix('/api/v1')}",
        operation["x-role"] or "-",
        ", ".join(takes),
        _answers(operation),
        _listed(codes),
    )
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


def _answers(operation: Json) -> str:
    status, answer = next((s, a) for s, a in operation["responses"].items() if s[0] in "23")
    if "content" not in answer:
        return f"{status} to another page"
    media_type, content = next(iter(answer["content"].items()))
    what = _type(content["schema"]) if media_type == "application/json" else media_type.rpartition("/")[2][:20]
    return what if status == "200" else f"{status} {what}"


def _live(document: Json) -> Iterator[str]:
    yield "## Live feed"
    for path, feed in document["x-websockets"].items():
        about = f"{_flat(feed['description'])} Each frame is a `{_type(feed['message'])}`."
        yield textwrap.fill(f"`WS {path}` (role {feed['x-role']}): {about}", WIDTH)
    yield ""


def _words(document: Json) -> Iterator[str]:
    yield "## Words"
    yield "Closed vocabularies (`amr_fleet.vocabulary`); `Code` is any of `WaitCode`, `AlarmCode` and `ErrorCode`."
    yield ""
    for name, schema in document["components"]["schemas"].items():
        if "enum" in schema and name not in ("Code", "ErrorCode"):
            words = ", ".join(word or '""' for word in schema["enum"])
            yield from textwrap.wrap(f"- **{name}**: {words}", WIDTH, subsequent_indent="  ")
    yield ""


def _schemas(document: Json) -> Iterator[str]:
    yield "## Schemas"
    yield "`?`: may be left out. Units are those of the first lines unless a schema says otherwise."
    yield ""
    yield "```"
    for name, schema in document["components"]["schemas"].items():
        if "properties" not in schema or name == "Words":
            continue
        for line in textwrap.wrap(_flat(schema.get("description", "")), WIDTH - 2):
            yield f"# {line}"
        needed = schema.get("required", [])
        fields = [f"{f}{'' if f in needed else '?'}: {_type(of)}" for f, of in schema["properties"].items()]
        yield from textwrap.wrap(
            f"{name} = {{{', '.join(fields)}}}", WIDTH, subsequent_indent="    ", break_long_words=False
        )
        yield ""
    yield "```"


def _flat(text: str) -> str:
    return " ".join(text.split())


def _type(schema: Json) -> str:
    """Return a schema as a short type."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    for kind in ("anyOf", "oneOf"):
        if kind in schema:
            return " | ".join(dict.fromkeys(_type(one) for one in schema[kind]))
    if "const" in schema:
        return f'"{schema["const"]}"'
    if "enum" in schema:
        return " | ".join(f'"{word}"' for word in schema["enum"])
    if schema.get("type") == "array":
        if "prefixItems" in schema:
            return f"[{', '.join(_type(one) for one in schema['prefixItems'])}]"
        inner = _type(schema.get("items", {}))
        return f"({inner})[]" if " | " in inner else f"{inner}[]"
    if schema.get("type") == "object":
        inner = schema.get("additionalProperties", {})
        return f"{{name: {_type(inner) if isinstance(inner, dict) else 'any'}}}"
    found = schema.get("type", "any")
    return " | ".join(found) if isinstance(found, list) else str(found)
