"""`amr bench kills --vda5050`: kill -9 of the fleet's and of the gateway's process under robots at a real broker.

Fleet (engine, journal, API) and gateway (masters, what was sent) are processes of their own; robots are kinematic and
each has its own connection. Both are killed at random moments of their own, so one, the other, or both are away.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final, cast

from amr_core import vda5050
from amr_core.robots import robot_type
from amr_core.site import load_site
from amr_fleet.domain.events import Event, RobotMessage
from amr_fleet.rehearsal import units_of
from amr_fleet.rehearsal.kinematic import KinematicRobot
from amr_fleet.rehearsal.validate import violations
from amr_interop.mqtt.client import RobotClient
from amr_interop.mqtt.gateway import Gateway
from amr_interop.mqtt.link import Broker
from amr_interop.vda.master import Master
from amr_interop.vda.robot import VdaRobot
from amr_interop.vda.sent import FileShelf
from amr_interop.vda.versions import SPELLINGS
from amr_lab.fleet_bench.host import CONTEXT, SteppedProcess
from amr_lab.fleet_bench.kills import FleetKills
from amr_lab.fleet_bench.kills import passed as orders_passed
from amr_lab.fleet_bench.yard import Yard
from amr_lab.mqtt_bench.brokers import broker
from amr_lab.mqtt_bench.fleet import EPOCH, MANUFACTURER, Hand

CONTEXT.set_forkserver_preload([__name__, "amr_lab.fleet_bench.host"])
_LIFE: Final = (0.3, 2.5)  # s that a gateway lives
_OUTAGE: Final = (0.0, 10.0)  # s of the robots' clock until the next one starts
_BREATH_S: Final = 0.01  # so long messages have to arrive before time goes on
_LOOK_S: Final = 1.0  # s of the robots' clock between two looks at what is released
_REFUSED: Final = (
    "OTHER_ORDER_ACTIVE", "SAME_ORDER_UPDATE_ID", "OUTDATED_ORDER_UPDATE", "ORDER_UPDATE_FOLLOWING_CANCEL",
)  # fmt: skip


@dataclass(frozen=True)
class GatewaySetup:
    """What a gateway process needs: site, how many robots, where what was sent is kept, the broker's port."""

    site: str
    robots: int
    folder: str
    port: int


def _serve(setup: GatewaySetup, link: Connection) -> None:
    """Live until the pipe closes: (now, commands of the fleet) in, states of robots out."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    site = load_site(setup.site)
    shelf = FileShelf(Path(setup.folder))
    masters = {
        u.name: Master(u.name, MANUFACTURER, u.name, map_id="site", shelf=shelf, kind=robot_type(u.type))
        for u in units_of(site, setup.robots)
    }
    gateway = Gateway(Broker(port=setup.port), "amr-fleet", masters.values())
    gateway.link.start()
    told = -1.0
    while True:
        try:
            now, commands = link.recv()
        except (EOFError, OSError):
            break
        for command in commands:
            master = masters[command.robot]
            master.order(command) if isinstance(command, vda5050.Order) else master.instant(command)
        due, states = now - told >= 1.0, []
        for master, outcome in gateway.tick(EPOCH + now):
            if outcome.state is not None and (master.fresh or due):
                states.append(outcome.state)
        told = now if due else told
        link.send(states)
    gateway.link.close()


class GatewayProcess(SteppedProcess[RobotMessage, Event]):
    """One life of the gateway process: commands of the fleet in, states of robots out."""

    who = "gateway"

    def __init__(self, setup: GatewaySetup) -> None:
        super().__init__(_serve, setup)
        self.began = time.monotonic()

    def kill(self) -> None:
        """kill -9."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(cast(int, self._process.pid), signal.SIGKILL)
        self._link.close()
        self._process.join()


class Wired:
    """One robot with its connection: missions that it began, and what is released before it."""

    def __init__(self, robot: KinematicRobot, face: VdaRobot, client: RobotClient) -> None:
        self.robot, self.face, self.client = robot, face, client
        self.hand = Hand(robot)
        self.begun: Counter[str] = Counter()

    def step(self, now: float) -> None:
        """Say and hear."""
        self.face.heard(EPOCH + now, self.robot.report())
        for command in self.client.tick(EPOCH + now):
            if isinstance(command, vda5050.Order) and command.order_id != self.robot.order_id:
                self.begun[command.order_id.rpartition("-")[0]] += 1  # the fleet's id, then the book's mark
            self.hand.obey(command)

    def released(self) -> set[str]:
        """Return where it is and what it may drive on to, by the ids of the roadmap."""
        r = self.robot
        ahead = [e for e in r.edges if e.released and e.sequence_id >= r.seq and not r.cancelled]
        return {r.occupied(), *(e.edge_id for e in ahead), *(e.end for e in ahead)}


class MqttYard(Yard):
    """The robots of the bench behind a broker and a gateway process that dies again and again."""

    def __init__(self, site_name: str, robots: int, seed: int, folder: Path, port: int) -> None:
        super().__init__(site_name, robots, seed)
        site = load_site(site_name)
        kinds = {unit.name: robot_type(unit.type) for unit in units_of(site, robots)}
        self.roadmap = next(iter(self.robots.values())).roadmap
        self._rng = random.Random(f"{seed}-gateway")
        self._setup = GatewaySetup(site_name, robots, str(folder), port)
        self.sides: list[Wired] = []
        for index, (name, robot) in enumerate(self.robots.items()):
            spelling = SPELLINGS[index % len(SPELLINGS)]
            face = VdaRobot(
                name, kinds[name], spelling, manufacturer=MANUFACTURER, serial=name, map_id="site",
                roadmap=self.roadmap,
            )  # fmt: skip
            client = RobotClient(Broker(port=port), face, EPOCH)
            client.link.start()
            self.sides.append(Wired(robot, face, client))
        self._gateway: GatewayProcess | None = None
        self._commands: list[RobotMessage] = []
        self._back_at = self._dies_at = self._looked = 0.0
        self.gateway_kills = self.space_given_twice = 0
        self.mortal = True

    def step(self, dt: float) -> list[Event]:
        """Let dt seconds pass; return what the gateway tells the fleet, nothing while it is away."""
        self.now = round(self.now + dt, 3)
        for robot in self.robots.values():
            robot.step(dt)
        for side in self.sides:
            side.step(self.now)
        time.sleep(_BREATH_S)
        if self.now - self._looked >= _LOOK_S:
            self._looked = self.now
            self.space_given_twice += self._overlaps()
        return self._ask_gateway()

    def _ask_gateway(self) -> list[Event]:
        if self._gateway is None:
            self._commands.clear()  # nobody hears them
            if self.now < self._back_at:
                return []
            self._gateway = GatewayProcess(self._setup)
            self._dies_at = self._gateway.began + self._rng.uniform(*_LIFE)
        elif self.mortal and time.monotonic() >= self._dies_at:
            self._gateway.kill()
            self.gateway_kills += 1
            self._gateway, self._back_at = None, self.now + self._rng.uniform(*_OUTAGE)
            return []
        states = self._gateway.step(self.now, self._commands)
        self._commands.clear()
        if states is None:
            raise RuntimeError("the gateway died by itself")
        return states

    def take(self, commands: Iterable[RobotMessage]) -> None:
        """Hand the fleet's commands to the gateway."""
        self._commands.extend(commands)

    def _overlaps(self) -> int:
        """Return how many pairs of robots are released to what only one may have."""
        held = [side.released() for side in self.sides]
        near = [set().union(*(self.roadmap.conflicts.get(e, frozenset()) | {e} for e in mine)) for mine in held]
        return sum(bool(near[i] & held[j]) for i in range(len(held)) for j in range(i))

    def figures(self) -> dict[str, Any]:
        """Return what the robots saw."""
        stays = [stay for robot in self.robots.values() for stay in robot.finish()]
        counts = sum((side.face.counts for side in self.sides), Counter[str]())
        return {
            "gateway_kills": self.gateway_kills,
            "second_orders": sum(n > 1 for side in self.sides for n in side.begun.values()),
            "orders_while_busy": sum(counts[name] for name in _REFUSED),
            "space_given_twice": self.space_given_twice,
            "collisions": len(violations(self.roadmap, stays)),
            "robots": dict(counts),
        }

    def close(self) -> None:
        """End all connections."""
        if self._gateway is not None:
            self._gateway.kill()
        for side in self.sides:
            side.client.close(EPOCH + self.now)


@dataclass
class MqttKills(FleetKills):
    """`amr bench kills` with robots of VDA 5050. port: that of the broker."""

    yard: MqttYard = field(init=False)
    port: int = 0

    def make_yard(self) -> MqttYard:
        """Return robots behind the broker."""
        return MqttYard(self.site, self.robots, self.seed, self.folder / "sent", self.port)

    def _last_life(self) -> None:
        self.yard.mortal = False
        super()._last_life()


GOALS: Final = ("second_orders", "orders_while_busy", "space_given_twice", "collisions")


def passed(found: dict[str, Any]) -> bool:
    """Return whether no order was lost, done twice or given twice, and no space either."""
    return orders_passed(found) and all(found[name] == 0 for name in GOALS)


def run_mqtt_kills(site: str, robots: int, kills: int, seed: int, output: Path | None) -> bool:
    """Run and print the figures; False when something failed."""
    with broker() as (address, name), tempfile.TemporaryDirectory(prefix="amr_mqtt_kills_") as text:
        bench = MqttKills(site, robots, kills, seed, Path(text), port=address.port)
        try:
            found = {"site": site, "fleet": len(bench.yard.robots), "broker": name, "seed": seed}
            found |= {**bench.run(), **bench.yard.figures()}
        finally:
            bench.yard.close()
    report = json.dumps(found, indent=2)
    sys.stdout.write(report + "\n")
    if output is not None:
        output.write_text(report + "\n", encoding="utf-8")
    return passed(found)
