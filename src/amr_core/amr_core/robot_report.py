"""What a robot sends when an engineer asks for it, its last log lines or a picture: JSON over ROS, parts over MQTT."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from dataclasses import dataclass
from typing import Final, Literal, get_args

from amr_core.errors import AmrError

REPORT: Final = "amrReport"
"""The instant action that asks for one, with the parameter `what`; over MQTT also the topic on which it comes."""
SITE_UPDATE: Final = "amrSiteUpdate"
"""The one that has a robot's computer take the server's site files, with the parameter `back` (true: those before)."""
MOST: Final = 48 * 1024
"""Bytes of a report, packed: half a minute at the pace of its parts over MQTT."""
LONGEST_LOG: Final = 200_000
"""Bytes of a log, unpacked."""
RobotReportKind = Literal["log", "picture"]
KINDS: Final[tuple[RobotReportKind, ...]] = get_args(RobotReportKind)
_MAGIC: Final = {"log": b"\x1f\x8b", "picture": b"\xff\xd8\xff"}


@dataclass(frozen=True)
class RobotReport:
    """content: a gzip file of text (log), or a JPEG (picture)."""

    what: RobotReportKind
    content: bytes


def checked(what: object, content: bytes) -> RobotReport:
    """Return a report, or raise message.invalid for what is none, too long, or not what it says."""
    kind = next((known for known in KINDS if known == what), None)
    if kind is None:
        raise _invalid(f"{str(what)[:32]!r} is none of {', '.join(KINDS)}")
    if not 0 < len(content) <= MOST:
        raise _invalid(f"{len(content)} bytes, and at most {MOST} are taken")
    if not content.startswith(_MAGIC[kind]):
        raise _invalid(f"it is no {kind}")
    return RobotReport(kind, content)


def to_text(report: RobotReport) -> str:
    """Return a report as one JSON text."""
    return json.dumps({"what": report.what, "content": base64.b64encode(report.content).decode("ascii")})


def from_text(text: str) -> RobotReport:
    """Return the report in a JSON text, or raise message.invalid."""
    try:
        if len(text) > 2 * MOST:
            raise ValueError(f"{len(text)} characters")
        said = json.loads(text)
        return checked(said["what"], decoded(said["content"]))
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise _invalid(f"{type(error).__name__}: {str(error)[:80]}") from None


def decoded(text: str) -> bytes:
    """Return what a base64 text means, or raise ValueError."""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None


def plain_log(content: bytes) -> str:
    """Return the text of a packed log, never more than LONGEST_LOG bytes of it; raise message.invalid."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(content, LONGEST_LOG)
    except zlib.error as error:
        raise _invalid(str(error)[:80]) from None
    return plain.decode("utf-8", errors="replace")


def _invalid(reason: str) -> AmrError:
    return AmrError("message.invalid", topic="report", reason=reason)
