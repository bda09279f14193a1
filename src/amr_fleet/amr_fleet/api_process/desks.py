"""Desks whose threads run in the engine's process, as the API asks them: a call each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from amr_fleet.api_process.calls import CAMERAS, ESCALATION, ROBOTS, SLOW_SECONDS, SYSLOG, WEBHOOKS
from amr_fleet.camera_desk import ANSWER_S, CameraAnswer
from amr_fleet.escalation.desk import Delivery, EscalationPlan
from amr_fleet.escalation.push_desk import PushStanding, ShownDevice
from amr_fleet.robot_desk import Errand
from amr_fleet.store.outgoing import OutgoingEvent, TargetStanding
from amr_fleet.syslog.desk import SyslogStanding
from amr_fleet.webhooks.desk import DEAD_SHOWN


@dataclass(frozen=True)
class RemoteWebhooks:
    """Implements ops.WebhookDesk. call: `RemoteFleet.call`."""

    call: Callable[..., Any]

    def hosts(self) -> dict[str, str]:
        """Return the host of each target, in the order of the settings."""
        return cast("dict[str, str]", self.call(f"{WEBHOOKS}.hosts"))

    def standings(self) -> list[TargetStanding]:
        """Return how each target does."""
        return cast("list[TargetStanding]", self.call(f"{WEBHOOKS}.standings"))

    def dead(self, limit: int = DEAD_SHOWN) -> list[OutgoingEvent]:
        """Return dead letters of the targets, newest first."""
        return cast("list[OutgoingEvent]", self.call(f"{WEBHOOKS}.dead", limit))

    def resend(self, target: str, row: int | None = None) -> int:
        """Send a dead letter (None: all of a target) again and resume the target. Raises webhook.not_found."""
        return cast(int, self.call(f"{WEBHOOKS}.resend", target, row, seconds=SLOW_SECONDS))

    def drop(self, target: str, row: int) -> None:
        """Give a dead letter up for good. Raises webhook.not_found."""
        self.call(f"{WEBHOOKS}.drop", target, row, seconds=SLOW_SECONDS)


@dataclass(frozen=True)
class RemoteEscalation:
    """Implements ops.AlarmDesk. call: `RemoteFleet.call`."""

    call: Callable[..., Any]

    def plan(self) -> EscalationPlan:
        """Return what is set up, without secrets and addresses."""
        return cast(EscalationPlan, self.call(f"{ESCALATION}.plan"))

    def on_duty(self) -> list[str]:
        """Return who is told now."""
        return cast("list[str]", self.call(f"{ESCALATION}.on_duty"))

    def standings(self) -> list[TargetStanding]:
        """Return how each channel does, in the order of the settings."""
        return cast("list[TargetStanding]", self.call(f"{ESCALATION}.standings"))

    def deliveries(self) -> list[Delivery]:
        """Return the last messages, newest first."""
        return cast("list[Delivery]", self.call(f"{ESCALATION}.deliveries"))

    def test(self, channel: str, person: str, user: str) -> None:
        """Send a message that says that it is a test. Raises escalation.not_found."""
        self.call(f"{ESCALATION}.test", channel, person, user, seconds=SLOW_SECONDS)

    def push_standing(self, user: str) -> PushStanding | None:
        """Return what somebody sees of browsers, None where no channel goes to them."""
        return cast("PushStanding | None", self.call(f"{ESCALATION}.push_standing", user))

    def push_on(self, user: str, session: str, label: str, endpoint: str, p256dh: str, auth: str) -> ShownDevice:
        """Tell a browser from now on. Raises request.invalid, push.too_many, escalation.not_found, auth.required."""
        told = (user, session, label, endpoint, p256dh, auth)
        return cast(ShownDevice, self.call(f"{ESCALATION}.push_on", *told, seconds=SLOW_SECONDS))

    def push_off(self, user: str, device: str) -> None:
        """Tell a browser nothing more. Raises escalation.not_found."""
        self.call(f"{ESCALATION}.push_off", user, device, seconds=SLOW_SECONDS)

    def push_test(self, user: str, device: str) -> None:
        """Send a message that says that it is a test to one browser. Raises escalation.not_found."""
        self.call(f"{ESCALATION}.push_test", user, device, seconds=SLOW_SECONDS)


@dataclass(frozen=True)
class RemoteCameras:
    """Implements camera_desk.CameraDesk. call: `RemoteFleet.call`."""

    call: Callable[..., Any]

    def ask(self, camera: str, action: str, setup: str, user: str) -> CameraAnswer:
        """Return what came of an action with a setup (JSON)."""
        return cast(CameraAnswer, self.call(f"{CAMERAS}.ask", camera, action, setup, user, seconds=2 * ANSWER_S))


@dataclass(frozen=True)
class RemoteRobots:
    """Implements robot_desk.RobotDesk. call: `RemoteFleet.call`."""

    call: Callable[..., Any]

    def ask(self, robot: str, kind: str, user: str) -> None:
        """Ask; one errand of a robot at a time. Raises AmrError."""
        self.call(f"{ROBOTS}.ask", robot, kind, user)

    def errands(self, robot: str) -> list[Errand]:
        """Return the last errand of each kind, newest first."""
        return cast("list[Errand]", self.call(f"{ROBOTS}.errands", robot) or [])

    def content(self, robot: str, kind: str) -> bytes:
        """Return the log or picture that came last."""
        return cast(bytes, self.call(f"{ROBOTS}.content", robot, kind))


@dataclass(frozen=True)
class RemoteSyslog:
    """Implements ops.SyslogDesk. call: `RemoteFleet.call`."""

    call: Callable[..., Any]

    def standings(self) -> list[SyslogStanding]:
        """Return how each receiver does, in the order of the settings."""
        return cast("list[SyslogStanding]", self.call(f"{SYSLOG}.standings"))

    def test(self, name: str, user: str) -> None:
        """Send a message that says that it is a test. Raises syslog.not_found or syslog.failed."""
        self.call(f"{SYSLOG}.test", name, user, seconds=SLOW_SECONDS)
