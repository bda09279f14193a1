"""Fast fleet simulation without ROS: kinematic robots that execute orders as the contract says, hours in seconds.

It sizes fleets, proves traffic, and is the opponent of the engine in the property tests.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from amr_core.geometry import wrap_angle
from amr_core.roadmap import Roadmap
from amr_core.site import Site
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.domain.events import (
    ActionReport,
    CreateOrder,
    Event,
    JournalEntry,
    OrderAction,
    OrderEdge,
    OrderNode,
    RobotReport,
    SendInstant,
    SendOrder,
)
from amr_fleet.domain.settings import FleetSettings, Unit
from amr_fleet.ports import OrderRequest


def units_of(site: Site, robots: int = 0) -> list[Unit]:
    """Return the first robots of the site's fleet (0 = all)."""
    return [Unit(r.name, r.type, r.parking) for r in site.fleet[: robots or None]]


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """Times in s: handling a load, one stop by a person, turn rate in rad/s; stops per driven second."""

    handling: float = 12.0
    stop: float = 8.0
    stop_rate: float = 0.005
    turn_rate: float = 0.8
    drain: float = 2e-5
    charge: float = 1e-3


@dataclass
class KinematicRobot:
    """A robot without physics: it follows released edges at their speed, turns at nodes, stops at random for people.

    Not alive: it stands and says nothing. Mute: it hears and says nothing but drives to the end of its base.
    """

    name: str
    node: str
    roadmap: Roadmap
    rng: random.Random
    how: Behaviour = field(default_factory=Behaviour)
    order_id: str = ""
    update_id: int = 0
    nodes: list[OrderNode] = field(default_factory=list)
    edges: list[OrderEdge] = field(default_factory=list)
    seq: int = 0
    along: float = 0.0
    edge: OrderEdge | None = None
    theta: float | None = None
    busy: float = 0.0
    loads: list[str] = field(default_factory=list)
    actions: dict[str, ActionReport] = field(default_factory=dict)
    soc: float = 1.0
    paused: bool = False
    alive: bool = True
    mute: bool = False
    picked: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    cancelled: bool = False
    changed: bool = True

    def take(self, message: SendOrder) -> None:
        """Accept a new order when idle, or a newer update of the running one."""
        if not self.alive or self.mute:
            return
        if message.order_id == self.order_id:
            if message.update_id <= self.update_id or self.cancelled:
                return
        else:
            if self.edge is not None or self._base() or message.nodes[0].node_id != self.node:
                return
            self.order_id, self.cancelled, self.actions, self.seq = message.order_id, False, {}, message.nodes[0].seq
        self.update_id = message.update_id
        self.nodes, self.edges = list(message.nodes), list(message.edges)
        for action in (a for n in self.nodes for a in n.actions):
            self.actions.setdefault(action.action_id, ActionReport(action.action_id, "WAITING"))
        self.changed = True

    def instant(self, message: SendInstant) -> None:
        """Pause, resume or cancel."""
        if not self.alive or self.mute:
            return
        if message.action_type == "cancelOrder":
            self.cancelled = True
        elif message.action_type in ("startPause", "stopPause"):
            self.paused = message.action_type == "startPause"
        self.changed = True

    def restart(self) -> None:
        """Lose all memory of the order; what is on board and where it stands remain."""
        self.order_id, self.update_id, self.nodes, self.edges, self.seq = "", 0, [], [], 0
        self.actions, self.cancelled, self.edge, self.along, self.busy = {}, False, None, 0.0, 0.0
        self.changed = True

    def _base(self) -> list[str]:
        return [n.node_id for n in self.nodes if n.released and n.seq > self.seq]

    def occupied(self) -> list[str]:
        """Return the edge it is on, else the node it stands at."""
        return [self.edge.edge_id] if self.edge is not None else [self.node]

    def step(self, dt: float) -> None:
        """Live for dt seconds."""
        if not self.alive or self.paused:
            return
        charging = any(a.status == "RUNNING" and a.action_id.endswith(":charge") for a in self.actions.values())
        self.soc = min(1.0, max(0.0, self.soc + dt * (self.how.charge if charging else -self.how.drain)))
        if self.busy > 0:
            self.busy -= dt
            return
        if self.edge is not None:
            self._drive(dt)
        elif not self._act():
            self._depart()

    def _depart(self) -> None:
        if self.cancelled:
            return self._give_up()
        edge = next((e for e in self.edges if e.seq == self.seq + 1 and e.released), None)
        if edge is None:
            return None
        road = self.roadmap.edges[edge.edge_id]
        a, b = self.roadmap.nodes[road.start], self.roadmap.nodes[road.end]
        heading = math.atan2(b.y - a.y, b.x - a.x) + (math.pi if road.manoeuvre in ("undock", "unpark") else 0.0)
        turn = abs(wrap_angle(heading - self.theta)) if self.theta is not None else 0.0
        self.theta, self.edge, self.along = heading, edge, 0.0
        self.busy = turn / self.how.turn_rate if turn > 0.2 else 0.0
        return None

    def _give_up(self) -> None:
        for key, action in self.actions.items():
            if action.status in ("WAITING", "RUNNING"):
                self.actions[key] = ActionReport(key, "FAILED", "cancelled")
                self.changed = True
        self.nodes, self.edges = [n for n in self.nodes if n.seq <= self.seq], []

    def _drive(self, dt: float) -> None:
        assert self.edge is not None
        road = self.roadmap.edges[self.edge.edge_id]
        if self.rng.random() < self.how.stop_rate * dt:
            self.busy = self.rng.uniform(0.5, 2.0) * self.how.stop
        self.along += min(road.max_speed, self.edge.max_speed) * dt
        if self.along >= road.length:
            self.node, self.seq, self.edge, self.changed = road.end, self.edge.seq + 1, None, True

    def _act(self) -> bool:
        """Do the actions of the node; True while one runs or just ended."""
        here = next((n for n in self.nodes if n.seq == self.seq and n.released), None)
        for action in here.actions if here else ():
            status = self.actions[action.action_id].status
            if status == "WAITING" and not self.cancelled:
                self.busy = 0.0 if action.action_type == "startCharging" else self.how.handling
                self._report(action, "RUNNING")
                return True
            if status == "RUNNING" and action.action_type != "startCharging":
                self._finish(action)
                return True
        return False

    def _finish(self, action: OrderAction) -> None:
        load = action.parameters["load_id"]
        if action.action_type == "pick":
            self.loads.append(load)
            self.picked.append(load)
        else:
            self.loads.remove(load)
            self.dropped.append(load)
        self._report(action, "FINISHED")

    def _report(self, action: OrderAction, status: str) -> None:
        self.actions[action.action_id] = ActionReport(action.action_id, status)
        self.changed = True

    def report(self) -> RobotReport:
        """Return its state and mark it as told."""
        self.changed = False
        here = self.roadmap.nodes[self.node]
        x, y = here.x, here.y
        if self.edge is not None:
            road = self.roadmap.edges[self.edge.edge_id]
            end, share = self.roadmap.nodes[road.end], self.along / road.length
            x, y = x + share * (end.x - x), y + share * (end.y - y)
        return RobotReport(
            robot=self.name, order_id=self.order_id, update_id=self.update_id, last_node=self.node, seq=self.seq,
            base=tuple(self._base()), x=x, y=y, theta=self.theta or 0.0, driving=self.edge is not None,
            paused=self.paused, soc=self.soc, loads=tuple(self.loads), actions=tuple(self.actions.values()),
        )  # fmt: skip


@dataclass
class Rehearsal:
    """A fleet engine, its journal and its kinematic robots, stepped together."""

    roadmap: Roadmap
    units: Sequence[Unit]
    seed: int = 0
    how: Behaviour = field(default_factory=Behaviour)
    settings: FleetSettings = field(default_factory=FleetSettings)
    dt: float = 0.1
    now: float = 0.0

    def __post_init__(self) -> None:
        rng = random.Random(self.seed)
        self.journal: list[JournalEntry] = []
        self.robots = {
            u.name: KinematicRobot(u.name, u.home, self.roadmap, random.Random(rng.random()), self.how, theta=None)
            for u in self.units
        }
        for robot in self.robots.values():
            robot.theta = self.roadmap.nodes[robot.node].theta
        self.engine = FleetEngine(self.roadmap, self.units, settings=self.settings)
        self.step_seconds: list[float] = []
        self.held_violations = 0
        self.real_violations = 0
        self.waits: list[float] = []
        self._waiting: dict[str, float] = {}
        self._last_report = -1.0

    def restart_fleet(self) -> None:
        """Throw the engine away and start a new one from the journal."""
        self.engine = FleetEngine(self.roadmap, self.units, journal=self.journal, settings=self.settings)

    def step(self, events: Sequence[Event] = ()) -> None:
        """Advance robots and engine by dt."""
        self.now = round(self.now + self.dt, 3)
        heartbeat = self.now - self._last_report >= 1.0
        self._last_report = self.now if heartbeat else self._last_report
        inbox: list[Event] = list(events)
        for robot in self.robots.values():
            robot.step(self.dt)
            if robot.alive and not robot.mute and (robot.changed or heartbeat):
                inbox.append(robot.report())
        began = time.perf_counter()
        result = self.engine.step(self.now, inbox)
        self.step_seconds.append(time.perf_counter() - began)
        self.journal += result.entries
        for command in result.commands:
            robot = self.robots[command.robot]
            robot.take(command) if isinstance(command, SendOrder) else robot.instant(command)
        self._check()

    def _check(self) -> None:
        self.held_violations += len(self.engine.world.traffic.violations())
        where = [(r.name, r.occupied()[0]) for r in self.robots.values()]
        for i, (_, a) in enumerate(where):
            self.real_violations += sum(b == a or b in self.roadmap.conflicts[a] for _, b in where[i + 1 :])
        for robot in self.engine.world.robots.values():
            waits = robot.waiting is not None and robot.waiting.code == "wait.traffic"
            if waits:
                self._waiting.setdefault(robot.name, self.now)
            elif robot.name in self._waiting:
                self.waits.append(self.now - self._waiting.pop(robot.name))

    def run(self, until: Callable[[Rehearsal], bool], limit: float) -> bool:
        """Step until the predicate holds; False when limit seconds passed first."""
        end = self.now + limit
        while self.now < end:
            if until(self):
                return True
            self.step()
        return until(self)

    def create(self, requests: Sequence[OrderRequest]) -> None:
        """Create orders now."""
        self.step([CreateOrder(i, r) for i, r in enumerate(requests)])

    @property
    def done(self) -> bool:
        """No order is open."""
        return not self.engine.world.state.open_orders
