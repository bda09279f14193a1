"""A robot without physics: it executes orders as the contract says, and writes down where it was and when."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from amr_core import vda5050
from amr_core.geometry import wrap_angle
from amr_core.own_camera import OwnCamera
from amr_core.roadmap import Node, Roadmap
from amr_core.vda5050 import (
    ActionState,
    ActionStatus,
    InstantAction,
    OrderAction,
    OrderEdge,
    OrderNode,
    RobotError,
    RobotState,
)
from amr_fleet.rehearsal.validate import Stay

_MAP_CHANGE = 2.0  # s to find itself on another level
_TURN = 0.2  # rad: less is not a turn on the spot


DRAIN, CHARGE = 5e-5, 3.5e-4
"""Of the battery per second in what-if, studies and drafts: empty after five hours and a half, full after 50 min."""


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """Times in s: handling a load, stops for people (range), what docking and turning cost beside the way itself.

    stop_rate: stops per driven second; stop_share: share of the moves on which it stops, where an edge is stop_weight
    of a move (edges that are not named: a whole one); turn_rate in rad/s; drain and charge: share of the battery per
    second.
    """

    handling: float = 12.0
    stop: tuple[float, float] = (4.0, 16.0)
    stop_rate: float = 0.005
    stop_share: float = 0.0
    stop_weight: Mapping[str, float] = field(default_factory=dict)
    turn_rate: float = 0.8
    turn_extra: float = 0.0
    dock_extra: float = 0.0
    drain: float = 2e-5
    charge: float = 1e-3


@dataclass
class KinematicRobot:
    """It follows released edges at their speed, turns at nodes, stops at random for people.

    Not alive: it stands and says nothing. Mute: it hears and says nothing but drives to the end of its base.
    Broken: it stands and says so. Stubborn: it refuses every new order, or those with one of the loads in `unwanted`.
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
    actions: dict[str, ActionState] = field(default_factory=dict)
    soc: float = 1.0
    paused: bool = False
    alive: bool = True
    mute: bool = False
    broken: bool = False
    stubborn: bool = False
    unwanted: set[str] = field(default_factory=set)
    picked: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    cancelled: bool = False
    refused: str = ""
    changed: bool = True
    clock: float = 0.0
    history: list[Stay] = field(default_factory=list)
    since: float = 0.0
    granted: dict[int, float] = field(default_factory=dict)
    driven: float = 0.0
    halted: float = 0.0
    halt: bool = False
    site_version: str = ""
    cameras: tuple[OwnCamera, ...] = ()

    def take(self, message: vda5050.Order) -> None:
        """Accept a new order when idle, or a newer update of the running one."""
        if not self.alive or self.mute:
            return
        if message.order_id == self.order_id:
            if message.update_id <= self.update_id or self.cancelled:
                return
        else:
            if (
                self.edge is not None
                or self._base()
                or message.nodes[0].node_id != self.node
                or self._dislikes(message)
            ):
                self.refused, self.changed = message.order_id, True
                return
            self.refused = ""
            self.order_id, self.cancelled, self.actions, self.seq = (
                message.order_id,
                False,
                {},
                message.nodes[0].sequence_id,
            )
            self.granted = {}
        self.update_id = message.update_id
        self.nodes, self.edges = list(message.nodes), list(message.edges)
        for edge in self.edges:
            if edge.released:
                self.granted.setdefault(edge.sequence_id, self.clock)
        for action in (a for n in self.nodes for a in n.actions):
            self.actions.setdefault(action.action_id, ActionState(action.action_id, action.action_type, "WAITING"))
        self.changed = True

    def _dislikes(self, message: vda5050.Order) -> bool:
        loads = {a.parameters.get("load_id", "") for n in message.nodes for a in n.actions}
        return self.stubborn or bool(loads & self.unwanted)

    def instant(self, message: InstantAction) -> None:
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
        if self.edge is not None:
            self._moved_to(self.node)
        self.order_id, self.update_id, self.nodes, self.edges, self.seq = "", 0, [], [], 0
        self.actions, self.cancelled, self.edge, self.along, self.busy = {}, False, None, 0.0, 0.0
        self.changed = True

    def _errors(self) -> Iterator[RobotError]:
        if self.broken:
            yield RobotError("nav.failed", "FATAL", {"node": self.node})
        if self.refused:
            yield RobotError(
                "agent.order_rejected", "WARNING", {"order_id": self.refused, "reason": "starts elsewhere"}
            )

    def _base(self) -> list[str]:
        return [n.node_id for n in self.nodes if n.released and n.sequence_id > self.seq]

    def occupied(self) -> str:
        """Return the edge it is on, else the node it stands at."""
        return self.edge.edge_id if self.edge is not None else self.node

    def _moved_to(self, element: str) -> None:
        """Close the stay where it is; the next one is at element."""
        granted = (
            self.granted.get(self.edge.sequence_id, 0.0)
            if self.edge is not None
            else self.granted.get(self.seq - 1, 0.0)
        )
        if self.clock > self.since and element != self.occupied():
            self.history.append(Stay(self.name, self.occupied(), self.since, self.clock, granted))
        self.since = self.clock

    def _granted(self) -> float:
        """Return since when (s) it may be where it is."""
        return self.granted.get(self.edge.sequence_id if self.edge is not None else self.seq - 1, 0.0)

    def finish(self) -> list[Stay]:
        """Return its whole history up to now, oldest first."""
        granted = self._granted()
        return [*self.history, Stay(self.name, self.occupied(), self.since, self.clock + 1e-9, granted)]

    def step(self, dt: float) -> None:
        """Live for dt seconds."""
        end = self.clock + dt
        if self.alive and not self.paused and not self.broken:
            charging = any(a.status == "RUNNING" and a.action_id.endswith(":charge") for a in self.actions.values())
            self.soc = min(1.0, max(0.0, self.soc + dt * (self.how.charge if charging else -self.how.drain)))
            while self.clock < end - 1e-9:
                if self.busy > 0.0:
                    self._wait(end)
                elif self.edge is not None:
                    self._drive(end)
                elif not self._act() and not self._depart():
                    break
        self.clock = end

    def _wait(self, end: float) -> None:
        spent = min(self.busy, end - self.clock)
        self.busy = self.busy - spent if self.busy - spent > 1e-9 else 0.0
        self.halt = self.halt and self.busy > 0.0
        self.clock += spent

    def _depart(self) -> bool:
        if self.cancelled:
            self._give_up()
            return False
        edge = next((e for e in self.edges if e.sequence_id == self.seq + 1 and e.released), None)
        if edge is None:
            return False
        road = self.roadmap.edges[edge.edge_id]
        a, b = self.roadmap.nodes[road.start], self.roadmap.nodes[road.end]
        if road.manoeuvre == "ride":
            return self._ride(edge, b)
        heading = math.atan2(b.y - a.y, b.x - a.x) + (math.pi if road.manoeuvre in ("undock", "unpark") else 0.0)
        turn = abs(wrap_angle(heading - self.theta)) if self.theta is not None else 0.0
        self.theta = heading
        if turn > _TURN:
            self.busy = turn / self.how.turn_rate + self.how.turn_extra
            return True
        self._moved_to(edge.edge_id)
        self.edge, self.along = edge, 0.0
        self.busy = self.how.dock_extra if road.manoeuvre == "dock" else 0.0
        if self.rng.random() < self.how.stop_share * self.how.stop_weight.get(edge.edge_id, 1.0):
            self._stop()
        return True

    def _ride(self, edge: OrderEdge, cabin: Node) -> bool:
        """Take the other level's map in the cabin that stands there already."""
        self._moved_to(cabin.id)
        self.node, self.seq, self.theta, self.changed = cabin.id, edge.sequence_id + 1, cabin.theta, True
        self.busy = _MAP_CHANGE
        return True

    def _stop(self) -> None:
        seconds = self.rng.uniform(*self.how.stop)
        self.busy += seconds
        self.halted += seconds
        self.halt = self.changed = True

    def _give_up(self) -> None:
        for key, action in self.actions.items():
            if action.status in ("WAITING", "RUNNING"):
                self.actions[key] = replace(action, status="FAILED", result_code="cancelled")
                self.changed = True
        self.nodes, self.edges = [n for n in self.nodes if n.sequence_id <= self.seq], []

    def _drive(self, end: float) -> None:
        assert self.edge is not None
        road = self.roadmap.edges[self.edge.edge_id]
        speed = min(road.max_speed, self.edge.max_speed)
        spent = min(end - self.clock, (road.length - self.along) / speed)
        if self.rng.random() < self.how.stop_rate * spent:
            self._stop()
        self.along += speed * spent
        self.driven += speed * spent
        self.clock += spent
        if self.along >= road.length - 1e-9:
            self._moved_to(road.end)
            self.node, self.seq, self.edge, self.changed = road.end, self.edge.sequence_id + 1, None, True

    def _act(self) -> bool:
        """Do the actions of the node; True while one runs or just ended."""
        here = next((n for n in self.nodes if n.sequence_id == self.seq and n.released), None)
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

    def _report(self, action: OrderAction, status: ActionStatus) -> None:
        self.actions[action.action_id] = ActionState(action.action_id, action.action_type, status)
        self.changed = True

    def place(self) -> tuple[float, float]:
        """Return where it is (m, map frame)."""
        here = self.roadmap.nodes[self.node]
        if self.edge is None:
            return here.x, here.y
        road = self.roadmap.edges[self.edge.edge_id]
        end, share = self.roadmap.nodes[road.end], self.along / road.length
        return here.x + share * (end.x - here.x), here.y + share * (end.y - here.y)

    def report(self) -> RobotState:
        """Return its state and mark it as told."""
        self.changed = False
        x, y = self.place()
        return RobotState(
            robot=self.name, order_id=self.order_id, update_id=self.update_id, last_node_id=self.node,
            last_sequence_id=self.seq,
            base=tuple(self._base()), x=x, y=y, theta=self.theta or 0.0,
            driving=self.edge is not None and not self.paused,
            paused=self.paused, soc=self.soc, loads=tuple(self.loads), actions=tuple(self.actions.values()),
            errors=tuple(self._errors()), waiting_for="person" if self.halt else "",
            site_version=self.site_version, cameras=self.cameras,
        )  # fmt: skip
