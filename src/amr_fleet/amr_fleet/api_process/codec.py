"""Requests as JSON and back: from what it reads the engine builds what people may ask of it, and nothing else."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from amr_core.errors import AmrError
from amr_fleet.api_process.frames import LinkGoneError
from amr_fleet.escalation_requests import NoteEscalation
from amr_fleet.ports import Request
from amr_fleet.requests import REQUESTS, NoteEvidence
from amr_fleet.trial_requests import ReportBreach

# What sensors and the engine's own process put into the journal as evidence is no word of a browser.
_KINDS: Final = {kind.__name__: kind for kind in REQUESTS - {NoteEvidence, NoteEscalation, ReportBreach}}


@cache
def _adapter(kind: str) -> TypeAdapter[Any]:
    return TypeAdapter(_KINDS[kind])


def encode(request: Request[Any]) -> dict[str, Any]:
    """Return a request as what JSON can say; raise request.invalid for one that is not on the list."""
    kind = type(request).__name__
    if _KINDS.get(kind) is not type(request):
        raise AmrError("request.invalid", where="request", reason=kind[:64])
    return {"kind": kind, "body": _adapter(kind).dump_python(request, mode="json")}


def decode(said: object) -> Request[Any]:
    """Return the request that `encode` made this of; raise request.invalid."""
    if not isinstance(said, dict) or set(said) != {"kind", "body"} or str(said["kind"]) not in _KINDS:
        raise AmrError("request.invalid", where="request", reason="unknown")
    try:
        found: Request[Any] = _adapter(str(said["kind"])).validate_python(said["body"])
    except (ValidationError, RecursionError) as error:
        raise AmrError("request.invalid", where=str(said["kind"]), reason=str(error)[:200]) from error
    return found


def dumps(said: dict[str, Any]) -> bytes:
    """Return JSON; raise request.invalid for numbers that JSON has no word for, and texts that UTF-8 has none for."""
    try:
        return json.dumps(said, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError) as error:
        raise AmrError("request.invalid", where="request", reason=str(error)[:100]) from error


def loads(content: bytes) -> dict[str, Any]:
    """Return a JSON object that can be written again; raise request.invalid, also for infinities and lone surrogates.

    What the journal cannot write would stop it for ever.
    """
    try:
        said = json.loads(content, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise AmrError("request.invalid", where="frame", reason=str(error)[:100]) from error
    if not isinstance(said, dict):
        raise AmrError("request.invalid", where="frame", reason="not an object")
    dumps(said)  # 1e999 and "\\ud800" are read without a word
    return said


def question(content: bytes) -> tuple[int, str, Any]:
    """Return token, name and arguments of a question; raise LinkGoneError: who says anything else is not our API."""
    try:
        said = loads(content)
    except AmrError as error:
        raise LinkGoneError(str(error)) from error
    if set(said) != {"token", "call", "with"} or type(said["token"]) is not int or not isinstance(said["call"], str):
        raise LinkGoneError("not a question")
    return said["token"], said["call"], said["with"]


def _refuse(word: str) -> float:
    raise ValueError(f"{word} is no number")
