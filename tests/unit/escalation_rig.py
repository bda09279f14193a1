"""A fleet with alarms that nobody takes, and where messages about them arrive."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from amr_fleet.escalation.desk import EscalationDesk
from amr_fleet.escalation.settings import EscalationSettings
from amr_fleet.ports import AlarmView, Reason, Request
from amr_fleet.store.outgoing import OutgoingStore
from tests.mail_server import MailServer

NIGHT = 1_800_000_000.0


@dataclass(frozen=True)
class Looks:
    t: float
    alarms: tuple[AlarmView, ...]


@dataclass
class Fleet:
    """A fleet with alarms; it keeps what it is asked to write down."""

    t: float = 0.0
    alarms: list[AlarmView] = field(default_factory=list)

    asked: list[Request[Any]] = field(default_factory=list)
    refuses: Exception | None = None

    def snapshot(self) -> Any:
        return Looks(self.t, tuple(self.alarms))

    def ask(self, request: Request[Any]) -> Future[Any]:
        self.asked.append(request)
        future: Future[Any] = Future()
        future.set_result(None) if self.refuses is None else future.set_exception(self.refuses)
        return future


class Rig:
    """A desk whose clock is turned by hand."""

    def __init__(self, folder: Path, settings: EscalationSettings, fleet: Fleet | None = None) -> None:
        self.now, self.log = NIGHT, list[str]()
        self.fleet = fleet or Fleet()
        self.store = OutgoingStore(str(folder / "escalation.sqlite3"))
        self.desk = EscalationDesk(
            settings, self.fleet, self.store, site="cai_cui", log=self.log.append, clock=lambda: self.now
        )

    def turn(self, minutes: float = 0.0) -> int:
        """Turn both clocks, look, and send what is due; return how many messages were taken."""
        self.now += minutes * 60.0
        self.fleet.t += minutes * 60.0
        self.desk.look()
        return sum(self.desk.send_due(channel.name) for channel in self.desk.settings.channels)

    def states(self) -> list[tuple[str, str]]:
        return [(d.channel, d.state) for d in self.desk.deliveries()]


def raised(number: int = 1, since: float = 0.0, code: str = "alarm.e_stop") -> AlarmView:
    return AlarmView(alarm_id=f"A{number:06d}", reason=Reason(code, {}, since), robot="amr_03", order_id="T00007")


def mail_settings(box: MailServer, **change: Any) -> dict[str, Any]:
    channel = {"name": "mail", "kind": "email", "host": "127.0.0.1", "port": box.port, "security": "none"}
    return {
        "channels": [channel | {"plain": True, "sender": "amr@port.example", "timeout": 2}],
        "people": [{"name": "Lan", "addresses": {"mail": "lan@port.example"}}],
        "steps": [{"after": 3, "channels": ["mail"]}],
        "loopback": True,
    } | change


def good(raw: dict[str, Any]) -> EscalationSettings:
    return EscalationSettings.model_validate(raw)
