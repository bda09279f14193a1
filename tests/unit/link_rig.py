"""Both ends of the link between engine and API in one process."""

from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import Future
from typing import Any

from amr_core.errors import AmrError
from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.api_process.calls import calls_of
from amr_fleet.api_process.engine_side import EngineSide
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.escalation.desk import ChannelPlan, Delivery, EscalationPlan
from amr_fleet.escalation.push_desk import PushStanding, ShownDevice
from amr_fleet.escalation.settings import OnCallShift, StepAfter
from amr_fleet.rehearsal import units_of
from amr_fleet.service import FleetService
from amr_fleet.store.journal import JournalStore
from amr_fleet.store.outgoing import OutgoingEvent, TargetStanding
from amr_fleet.syslog.desk import SyslogStanding

SITE = load_site("lab")
STANDING = TargetStanding("wms", 7, "", 1, 2, 3, 4.5)


class Hooks:
    """A desk of webhooks that remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def hosts(self) -> dict[str, str]:
        return {"wms": "wms.example"}

    def standings(self) -> list[TargetStanding]:
        return [STANDING]

    def dead(self, limit: int = 200) -> list[OutgoingEvent]:
        return [OutgoingEvent("wms", "evt_1", "order.created", "order:T1", "{}", row=row) for row in range(limit)]

    def resend(self, target: str, row: int | None = None) -> int:
        if target != "wms":
            raise AmrError("webhook.not_found", target=target)
        self.told.append(("resend", target, row))
        return 2

    def drop(self, target: str, row: int) -> None:
        self.told.append(("drop", target, row))


class Alarms:
    """A desk of escalation that remembers what it was told."""

    made = EscalationPlan(
        [ChannelPlan("sms", "http", "sms.example", ["Lan"], [], "")], [StepAfter(after=5.0, channels=["sms"])],
        [OnCallShift(begin="06:00", end="14:00", people=["Lan"])], ["alarm.storage"],
    )  # fmt: skip
    message = Delivery(1.0, "sms", "Lan", "escalation.test", "x", "sent", 1, "")
    browsers = PushStanding("push", "BKey", True, [ShownDevice("0" * 32, "x", 1.0, 0.0, "")])

    def __init__(self) -> None:
        self.told: list[object] = []

    def plan(self) -> EscalationPlan:
        return self.made

    def on_duty(self) -> list[str]:
        return ["Lan"]

    def standings(self) -> list[TargetStanding]:
        return [STANDING]

    def deliveries(self) -> list[Delivery]:
        return [self.message]

    def test(self, channel: str, person: str, user: str) -> None:
        self.told.append((channel, person, user))

    def push_standing(self, user: str) -> PushStanding | None:
        return self.browsers if user == "lan" else None

    def push_on(self, *given: str) -> ShownDevice:
        self.told.append(given)
        return self.browsers.devices[0]

    def push_off(self, user: str, device: str) -> None:
        self.told.append(("off", user, device))

    def push_test(self, user: str, device: str) -> None:
        self.told.append(("try", user, device))


class LogServers:
    """A desk of syslog that remembers what it was told."""

    made = SyslogStanding("port", "log.example", "tls", True, 5, 1, 0, 2, "")

    def __init__(self) -> None:
        self.told: list[object] = []

    def standings(self) -> list[SyslogStanding]:
        return [self.made]

    def test(self, name: str, user: str) -> None:
        if name != "port":
            raise AmrError("syslog.not_found", receiver=name)
        self.told.append((name, user))


class Pair:
    """A fleet service with desks, the engine's side of the link, and the other end of it."""

    def __init__(self) -> None:
        self.store = JournalStore(":memory:")
        engine = FleetEngine(build_roadmap(SITE), units_of(SITE, 0))
        self.service = FleetService(engine, self.store, lambda _command: None)
        self.hooks, self.alarms, self.servers = Hooks(), Alarms(), LogServers()
        ours, self.theirs = socket.socketpair()
        self.side = EngineSide(self.service, ours, calls_of(self.store.tree, self.hooks, self.alarms, self.servers))
        self.others: list[tuple[bytes, bytes]] = []
        self.thread = threading.Thread(target=self.side.serve, args=(lambda *said: self.others.append(said),))
        self.thread.start()
        self.now = 0.0

    def step(self) -> None:
        self.now += 0.1
        self.service.advance(self.now)

    def answer(self, future: Future[Any]) -> Any:
        """Step until it is answered."""
        end = time.monotonic() + 20.0
        while not future.done() and time.monotonic() < end:
            self.step()
            time.sleep(0.005)
        return future.result(0.0)

    def close(self) -> None:
        self.side.close()
        self.thread.join(10.0)
        assert not self.thread.is_alive()
        self.theirs.close()
        self.store.close()
