"""Messages on their way to the broker: headers with a counter for each topic."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from amr_core import vda5050 as vda
from amr_interop.vda import encode
from amr_interop.vda.messages import Header
from amr_interop.vda.versions import Spelling
from amr_interop.vda.watch import Life


@dataclass(frozen=True)
class Outgoing:
    """One message: full topic, JSON object, whether the broker keeps it, quality of service 0 or 1."""

    topic: str
    message: Mapping[str, Any]
    retain: bool = False
    qos: int = 0


@dataclass
class MasterStep:
    """What is to be done: messages for the broker; a new state for the fleet, or that the robot is gone."""

    messages: list[Outgoing] = field(default_factory=list)
    state: vda.RobotState | None = None
    life: Life = "unknown"


class HeaderWriter:
    """Writes headers for one robot: the number of a message counts its topic only (VDA 5050 2.1, 6.4).

    ahead: by how much (s) this computer's clock (since 1970) is ahead of the times said here; it may be set.
    """

    def __init__(self, manufacturer: str, serial: str) -> None:
        self.manufacturer = manufacturer
        self.serial = serial
        self.ahead = 0.0
        self._counts: Counter[str] = Counter()

    def topic(self, name: str, spelling: Spelling, root: str = "") -> str:
        """Return the full topic; root: where the robot was heard, else the version's own."""
        return f"{root or spelling.root}/{self.manufacturer}/{self.serial}/{name}"

    def seal(
        self,
        name: str,
        body: Mapping[str, Any],
        now: float,
        spelling: Spelling,
        *,
        root: str = "",
        retain: bool = False,
    ) -> Outgoing:
        """Return the message with a fresh header, now (s) and `ahead` as its stamp. connection goes with QoS 1."""
        head = Header(self._counts[name], now + self.ahead, spelling.version, self.manufacturer, self.serial)
        self._counts[name] = (self._counts[name] + 1) % 2**32
        message = {**encode.header(head, spelling), **body}
        return Outgoing(self.topic(name, spelling, root), message, retain, int(name == "connection"))
