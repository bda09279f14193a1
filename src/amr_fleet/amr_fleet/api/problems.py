"""The error answers of a route for OpenAPI: which codes it may give, under which status."""

from __future__ import annotations

from typing import Any, Final

from amr_core.errors import ERRORS
from amr_fleet.api.models.words import Problem

Answers = dict[int | str, dict[str, Any]]
CODES: Final = "x-codes"
_ALWAYS: Final = ("request.invalid", "request.bad_host", "request.too_many", "internal")
_SESSION: Final = (
    *("auth.required", "auth.forbidden", "auth.change_password", "auth.code_set_up"),
    *("fleet.no_answer", "store.failed"),
)


def problems(*codes: str, session: bool = True) -> Answers:
    """Return the `responses` of a route that may fail with these codes, beside those that every route may give."""
    found: Answers = {}
    for code in sorted({*codes, *_ALWAYS, *(_SESSION if session else ())}):
        answer = found.setdefault(ERRORS[code][0], {"model": Problem, CODES: []})
        answer[CODES].append(code)
    for answer in found.values():
        answer["description"] = "\n".join(f"`{code}`: {ERRORS[code][1]}" for code in answer[CODES])
    return dict(sorted(found.items()))


def file(media_type: str, description: str, *codes: str) -> Answers:
    """Return the `responses` of a route that answers a file."""
    content = {media_type: {"schema": {"type": "string", "format": "binary"}}}
    return {200: {"description": description, "content": content}, **problems(*codes)}
