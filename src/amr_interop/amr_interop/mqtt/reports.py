"""A robot's report (its log, a picture) over MQTT: in small parts, slowly, one under way at a time, after all else.

Topic amrReport beside `state`, an extension that VDA 5050 does not know. Each part goes with QoS 1, and the next one
only when the broker has confirmed it: at most one part is ever before a state or an order's confirmation on the line.
"""

from __future__ import annotations

import base64
import math
import secrets
from dataclasses import dataclass, field
from typing import Any, Final

from amr_core.errors import AmrError
from amr_core.robot_report import KINDS, MOST, REPORT, RobotReport, checked, decoded
from amr_interop.vda import decode
from amr_interop.vda.reading import invalid, parse

TOPIC: Final = REPORT
PART: Final = 2048
"""Bytes of a part: 2.7 kB as base64."""
PART_S: Final = 1.0
"""So long from part to part: a report takes at most 2.9 kB/s of the line."""
_MOST_PARTS: Final = -(-MOST // PART)
# parts come each second, on a weak line later: after 120 lost ones it was given up, and begins anew
_STALE_S: Final = 120.0


class ReportSender:
    """The robot's side; times: s."""

    def __init__(self) -> None:
        self._parts: list[dict[str, Any]] = []
        self._at = -math.inf

    def begin(self, report: RobotReport) -> None:
        """Take a report to send; what is left of the one before is dropped: somebody asked again."""
        pieces = [report.content[at : at + PART] for at in range(0, len(report.content), PART)]
        number = secrets.token_hex(4)
        self._parts = [
            {
                "reportId": number, "what": report.what, "part": index, "parts": len(pieces),
                "content": base64.b64encode(piece).decode("ascii"),
            }
            for index, piece in enumerate(pieces)
        ]  # fmt: skip

    def due(self, now: float, *, quiet: bool) -> dict[str, Any] | None:
        """Return the part that goes now. quiet: nothing else goes, and the broker has confirmed the part before."""
        if not self._parts or not quiet or 0.0 <= now - self._at < PART_S:
            return None
        self._at = now
        return self._parts.pop(0)


@dataclass
class _Begun:
    what: str
    parts: list[bytes | None]
    at: float = 0.0


@dataclass
class ReportCollector:
    """The server's side, of one robot. address: its manufacturer and serial number."""

    address: tuple[str, str]
    _begun: dict[str, _Begun] = field(default_factory=dict)

    def receive(self, now: float, payload: bytes, *, retained: bool) -> RobotReport | None:
        """Take a part; return the report when it is whole. Raises message.invalid, vda.address or vda.retained."""
        if retained:
            raise AmrError("vda.retained", topic=TOPIC)
        record = parse(TOPIC, payload)
        head = decode.header(record)
        if (head.manufacturer, head.serial) != self.address:
            raise AmrError("vda.address", topic=TOPIC, manufacturer=head.manufacturer[:64], serial=head.serial[:64])
        name, what = record.text("reportId", longest=32), record.word("what", KINDS)
        part, parts = record.count("part"), record.count("parts")
        if not 0 <= part < parts <= _MOST_PARTS:
            raise invalid(TOPIC, f"part {part} of {parts}")
        try:
            content = decoded(record.text("content", longest=2 * PART))
        except ValueError as error:
            raise invalid(TOPIC, f"content: {error}") from None
        return self._put(now, name, what, part, parts, content)

    def _put(self, now: float, name: str, what: str, part: int, parts: int, content: bytes) -> RobotReport | None:
        begun = self._begun.get(name)
        if begun is None or now - begun.at > _STALE_S:
            begun = _Begun(what, [None] * parts)
        if len(begun.parts) != parts or begun.what != what:
            raise invalid(TOPIC, "it is another report than its first part")
        self._begun = {name: begun}  # one at a time: who begins another has given up the last
        begun.parts[part], begun.at = content, now
        whole = [piece for piece in begun.parts if piece is not None]
        if len(whole) < parts:
            return None
        self._begun = {}
        return checked(what, b"".join(whole))
