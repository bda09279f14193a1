"""The masters of all robots at one connection to the broker. No ROS: a node, a bench or a test calls it."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from typing import Final

from amr_core.errors import AmrError
from amr_core.robot_report import RobotReport
from amr_core.vda5050 import RobotState
from amr_interop.mqtt.link import Broker, Letter, MqttLink, Received
from amr_interop.mqtt.reports import TOPIC, ReportCollector
from amr_interop.mqtt.seat import TOPICS, Seat
from amr_interop.mqtt.strangers import COMMANDS, ForeignCommands
from amr_interop.vda.master import Master
from amr_interop.vda.outbox import MasterStep
from amr_interop.vda.versions import ROOTS
from amr_interop.vda.watch import Life

LEARNT: Final = ("state", "connection", "factsheet")
"""What a master hears of its robot."""
LINK: Final[Mapping[Life, str]] = {"alive": "ONLINE", "gone": "OFFLINE", "hibernating": "OFFLINE"}
"""What the fleet hears of a robot's line. One that hibernates takes no orders: its last pose is no word of now."""
_LOG: Final = logging.getLogger(__name__)
_FAILURES: Final = 100
_GATHER_S: Final = 0.02
"""A fifth of the time between two ticks."""
_REPEAT_S: Final = 1.0
"""The fleet wants to hear of a robot so often. One that speaks so often itself is not repeated: its silence is told."""


class Gateway:
    """Carries between a connection and masters; each message goes to the one whose manufacturer and number it names."""

    def __init__(self, broker: Broker, client_id: str, masters: Collection[Master], seat: Seat | None = None) -> None:
        """seat: who leads is asked of the broker, and nothing is sent by who does not; None: we do."""
        topics = [f"{root}/+/+/{kind}" for root in ROOTS for kind in (*LEARNT, *COMMANDS, TOPIC)] + list(
            TOPICS if seat else ()
        )
        self.seat = seat
        self.masters = list(masters)
        self._strangers = ForeignCommands()
        self._ahead = 0.0
        self._told: dict[str, float] = {}
        self._failures: set[str] = set()
        self._by_address = {master.address: master for master in masters}
        self._collectors = {master.address: ReportCollector(master.address) for master in masters}
        self._reports: list[tuple[str, RobotReport]] = []
        for master in masters if seat else ():
            master.lead(leads=False)
        self.link = MqttLink(broker, client_id, topics, gather=_GATHER_S)

    def tick(self, now: float, ahead: float = 0.0) -> Iterator[tuple[Master, MasterStep]]:
        """Take what came, then yield what each master decides and send its messages.

        now: s of a clock that is never set; ahead: add it for the s since 1970 of this computer's clock.
        """
        if ahead != self._ahead:
            self._ahead = ahead
            for each in self.masters:
                each.set_clock(ahead)
        for message in self.link.take():
            if self.seat is not None and message.topic in TOPICS:
                self.seat.heard(message.topic, message.payload)
                continue
            parts = message.topic.rsplit("/", 3)
            master = self._by_address.get((parts[1], parts[2])) if len(parts) == 4 else None
            if master is not None and parts[3] == TOPIC:
                self._collect(now, master, message)
            elif master is not None and parts[3] in COMMANDS:
                if self._strangers.foreign(now, message.topic, message.payload, retained=message.retained):
                    master.commanded(now)
            elif master is not None:
                self._receive(now, master, message)
        ready = self.link.ready
        for letter in () if self.seat is None else self.seat.step(ready):
            self.link.send(letter)
        ready = ready and self.leads
        self._strangers.step(now, leads=ready)
        for topic in self._strangers.kept():
            manufacturer, serial, _ = topic.rsplit("/", 3)[1:]
            self._by_address[manufacturer, serial].commanded(now)
        for master in self.masters:
            yield master, self._step(now, master, ready)

    def _step(self, now: float, master: Master, ready: bool) -> MasterStep:
        """Let a master decide and send what it says: all of it, or its pauses and cancels when something goes wrong."""
        try:
            if self.seat is not None:
                master.lead(leads=self.leads)
            outcome = master.step(now, connected=ready)
            letters = [Letter(out.topic, out.message, out.retain, out.qos) for out in outcome.messages]
            if all(letter.payload for letter in letters):  # one with a number that is none raises here
                for letter in letters:
                    self._send(letter)
        except Exception as error:
            outcome = self.failed(now, master, error)
            self._send_urgent(outcome)
        return outcome

    def _send_urgent(self, outcome: MasterStep) -> None:
        """Send what a master said before it failed, each by itself: a robot that is to stop must hear it."""
        for out in outcome.messages:
            with suppress(Exception):  # it may be what fails, and its failure is told already
                letter = Letter(out.topic, out.message, out.retain, out.qos)
                if letter.payload:
                    self._send(letter)

    def _send(self, letter: Letter) -> None:
        self._strangers.sent(letter.topic, letter.payload)
        self.link.send(letter)

    def _receive(self, now: float, master: Master, message: Received) -> None:
        try:
            master.receive(now, message.topic, message.payload, retained=message.retained)
        except Exception as error:
            self.failed(now, master, error)

    def failed(self, now: float, master: Master, error: Exception) -> MasterStep:
        """One robot's trouble is not that of the others; its first failure of a kind goes to the log with its place."""
        kind = f"{master.name}: {type(error).__name__}: {error}"
        if kind not in self._failures:
            self._failures = {*list(self._failures)[-_FAILURES:], kind}
            _LOG.error(kind, exc_info=error)
        return master.failed(now, error)

    def _collect(self, now: float, master: Master, message: Received) -> None:
        try:
            found = self._collectors[master.address].receive(now, message.payload, retained=message.retained)
        except AmrError as error:
            master.counts[error.code] += 1
            return
        except Exception as error:
            self.failed(now, master, error)
            return
        if found is not None:
            self._reports.append((master.name, found))

    def reports(self) -> list[tuple[str, RobotReport]]:
        """Return the reports that have become whole since the last call, with their robots."""
        found, self._reports = self._reports, []
        return found

    @property
    def leads(self) -> bool:
        """Whether robots may be told anything."""
        return self.seat is None or self.seat.leads

    def to_tell(self, now: float, master: Master, outcome: MasterStep) -> RobotState | None:
        """Return the state that the fleet is to hear of a step, None: nothing now. now: s of a clock that goes on."""
        again = not master.sheet.speaks_within(_REPEAT_S) and now - self._told.get(master.name, 0.0) >= _REPEAT_S
        if outcome.state is None or not (master.fresh or again):
            return None
        self._told[master.name] = now
        return outcome.state if self.seat is None else self.seat.told(outcome.state)
