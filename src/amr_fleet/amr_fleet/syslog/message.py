"""One entry as a syslog message (RFC 5424). What it says is JSON in ASCII, which needs no byte order mark."""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

FACILITIES: Final = {"user": 1, "daemon": 3, "auth": 4, "authpriv": 10} | {f"local{i}": 16 + i for i in range(8)}
AUDIT: Final = 13
"""The facility "log audit", in which the audit trail always goes."""
LEAST: Final = 480
"""Octets that every receiver must take (RFC 5424, 6.1)."""
ALERT, ERROR, WARNING, NOTICE, INFO = 1, 3, 4, 5, 6
_NO_NAME: Final = re.compile(r"[^\x21-\x7e]")


@dataclass(frozen=True)
class SyslogRecord:
    """An entry before it is a message. number: in its source; at: Unix seconds; kind: becomes the MSGID."""

    source: str
    number: int
    at: float
    kind: str
    severity: int
    facts: Mapping[str, Any]


def written(record: SyslogRecord, facility: str, host: str, longest: int) -> bytes:
    """Return the message, of at most so many octets: what would be longer says `cut` and keeps its number."""
    priority = 8 * (AUDIT if record.source == "audit" else FACILITIES[facility]) + record.severity
    at = datetime.fromtimestamp(record.at, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    names = f"{_name(host, 255)} amr-fleet {os.getpid()} {_name(record.kind, 32)}"
    head = f'<{priority}>1 {at} {names} [origin software="amr"] '
    common = {"source": record.source, "seq": record.number}
    bodies: list[dict[str, Any]] = [{**common, **record.facts}, {**common, **_short(record.facts), "cut": True}]
    for body in (*bodies, {**common, "cut": True}):
        message = (head + json.dumps(body, separators=(",", ":"), default=str)).encode("ascii")
        if len(message) <= longest:
            break
    return message


def host_name() -> str:
    """Return what this computer calls itself."""
    return socket.gethostname()


def _short(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if not isinstance(value, dict | list) and len(str(value)) < 40}


def _name(text: str, longest: int) -> str:
    """Return a text as a name of RFC 5424: printable ASCII without blanks, "-" for nothing."""
    return _NO_NAME.sub("_", text)[:longest] or "-"
