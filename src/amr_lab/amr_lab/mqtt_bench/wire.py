"""Kinematic robots with a connection of their own each, and a fleet that knows of them only what the broker brings.

All processes of such a site share one clock that may run faster than the machine's. TCP, TLS and the MQTT client keep
their own timers, so at a higher speed a lost frame costs more of the site's seconds than it really does, never less.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from amr_core import vda5050
from amr_core.roadmap import Roadmap
from amr_core.robots import robot_type
from amr_core.site import Site
from amr_fleet.domain.events import Event
from amr_fleet.rehearsal.kinematic import KinematicRobot
from amr_fleet.rehearsal.rehearsal import Rehearsal
from amr_interop.mqtt.client import RobotClient
from amr_interop.mqtt.gateway import Gateway
from amr_interop.mqtt.link import Broker
from amr_interop.vda.master import Master
from amr_interop.vda.robot import VdaRobot
from amr_interop.vda.sent import FileShelf
from amr_interop.vda.versions import V2_1
from amr_lab.mqtt_bench.fleet import EPOCH, Hand

MANUFACTURER: Final = "AMR"
PERIOD_S: Final = 0.1  # as robots and gateway tick (amr_interop.nodes)
# chosen: a machine that is later than that cannot keep the pace: it is counted as lost, not made up for
_SLIP_S: Final = 1.0


@dataclass(frozen=True)
class SitePace:
    """A clock that the processes of a machine share. base: time.monotonic() at its zero; speed: its s in a real one."""

    base: float
    speed: float = 1.0

    def now(self) -> float:
        """Return the site's time, s."""
        return (time.monotonic() - self.base) * self.speed

    def stamp(self) -> float:
        """Return the site's time as messages say it, s since 1970."""
        return EPOCH + self.now()


class Beat:
    """Ten ticks a second of a pace. latest: how far behind one was, s; lost: what was left out to be on time again."""

    def __init__(self, pace: SitePace, wait: Callable[[float], bool]) -> None:
        """wait: sleeps for some real seconds and returns whether to end."""
        self._pace, self._wait = pace, wait
        self._due = pace.now()
        self.latest = self.lost = 0.0

    def next(self) -> bool:
        """Wait for the next tick; False when it is time to end. Up to a second late, missed ticks follow at once."""
        if self._wait(max(0.0, (self._due - self._pace.now()) / self._pace.speed)):
            return False
        late = self._pace.now() - self._due
        self.latest = max(self.latest, late)
        if late >= _SLIP_S:
            self.lost += late
            self._due += late
        self._due += PERIOD_S
        return True


class WireRobot:
    """A kinematic robot at the end of a real line."""

    def __init__(self, name: str, site: Site, roadmap: Roadmap, broker: Broker, seed: int, pace: SitePace) -> None:
        unit = next(unit for unit in site.fleet if unit.name == name)
        self.robot = KinematicRobot(name, unit.parking, roadmap, random.Random(f"{seed}-{name}"))
        self.robot.theta = roadmap.nodes[unit.parking].theta
        self._hand, self._pace = Hand(self.robot), pace
        face = VdaRobot(
            name, robot_type(unit.type), V2_1, manufacturer=MANUFACTURER, serial=name, map_id=site.id, roadmap=roadmap
        )
        self._client = RobotClient(broker, face, pace.stamp())
        self._client.link.start()

    def step(self, seconds: float = PERIOD_S) -> None:
        """Live for some seconds, hear and speak."""
        self.robot.step(seconds)
        self._client.robot.heard(self._pace.stamp(), self.robot.report())
        for command in self._client.tick(self._pace.stamp()):
            self._hand.obey(command)

    @property
    def connected(self) -> bool:
        """Whether its line is there."""
        return self._client.link.ready

    def truth(self) -> list[float | bool]:
        """Return x, y (m), theta (rad) and whether it carries a load."""
        at = self.robot.report()
        return [round(at.x, 3), round(at.y, 3), round(at.theta, 4), bool(at.loads)]

    def close(self) -> None:
        """End its connection."""
        self._client.close(self._pace.stamp())


class WireFleet(Rehearsal):
    """A fleet whose robots are elsewhere: what they are, only the broker says."""

    def wire(self, broker: Broker, map_id: str, folder: Path, pace: SitePace) -> None:
        """Connect with the broker; folder: what is sent to robots is kept there."""
        self._pace = pace
        shelf = FileShelf(folder / "sent")
        self.masters = {
            name: Master(name, MANUFACTURER, name, map_id=map_id, shelf=shelf, sheet_wait=3.0) for name in self.robots
        }
        self._gateway = Gateway(broker, "amr-fleet", self.masters.values())
        self._gateway.link.start()

    def step(self, events: Sequence[Event] = ()) -> None:
        """Hear what came, decide, send."""
        before, self.now = self.now, round(self._pace.now(), 3)
        self.dt = max(0.0, self.now - before)
        reports: list[Event] = []
        for master, outcome in self._gateway.tick(self._pace.stamp()):
            if (state := self._gateway.to_tell(self.now, master, outcome)) is not None:
                reports.append(state)
        result = self.engine.step(self.now, [*events, *self.door_reports(), *reports])
        self.journal += result.entries
        self.tell_doors(result)
        for sent in result.commands:
            master = self.masters[sent.robot]
            master.order(sent) if isinstance(sent, vda5050.Order) else master.instant(sent)
        self._check()

    def close(self) -> None:
        """End the connection."""
        self._gateway.link.close()
