"""What the parts of the engine share: journaled state, robots as they report, traffic, out-boxes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from amr_core.errors import Fact
from amr_core.vda5050 import NOBODY, InstantAction, InstantType, Leader
from amr_fleet.domain.estimate import Pace, rest_of_route
from amr_fleet.domain.events import DoorCommand, EngineFault, JournalEntry, LiftCommand, Reply, RobotMessage
from amr_fleet.domain.flight_desk import FlightDesk
from amr_fleet.domain.gates import DoorUnit
from amr_fleet.domain.graph import Barrier, TrafficGraph
from amr_fleet.domain.lift_units import LiftUnit
from amr_fleet.domain.mover import Mover
from amr_fleet.domain.orders import FleetState, Mission, TransportOrder
from amr_fleet.domain.returns import ANYWHERE, nodes_with_return, served
from amr_fleet.domain.robots import ACTING, Robot
from amr_fleet.domain.settings import FleetSettings
from amr_fleet.domain.traffic import Traffic
from amr_fleet.domain.undo import Fixed
from amr_fleet.journal_kinds import check_kind
from amr_fleet.ports import OrderView, Reason
from amr_fleet.sandbox.permit import FREE, Permit
from amr_fleet.sandbox.record import TrialRecord
from amr_fleet.visit_views import VisitView
from amr_fleet.vocabulary import JournalKind, MissionKind, RobotWait

RED_ALARMS = frozenset({
    "alarm.robot_error", "alarm.not_localized", "alarm.e_stop", "alarm.order_failed", "alarm.battery_silent",
})  # fmt: skip
"""With one of these a robot takes no new order before somebody has taken the alarm."""

_VERSION_SIGNS = 12  # that people compare
HANDLING = 20.0
"""s to take or give a load, for estimates."""


@dataclass(frozen=True)
class Forecast:
    """Delivery in fleet seconds: expected, early (free lanes and no queue: never before), late (seldom after).

    at_pick: when the robot is expected at the load, 0.0 once it has been there.
    """

    expected: float
    early: float
    late: float
    at_pick: float = 0.0


@dataclass
class World:
    """State, robots, traffic and out-boxes of one engine. places: place id -> its station nodes.

    plan: order -> the robot that is to take it once it has delivered; refused: (robot, order) -> until when (s) traffic
    need not be asked again; aside: order -> until when it is left alone; ranks: the first of the queue -> 1.. as they
    are served; order_roots: order in the queue -> (why it waits, root), the memory of `order_causes`; times_before:
    service times of a clock that was ahead; stations: place id -> the mask of its stations.
    alarm_facts: what lasts that is worth an alarm, by `Alarm.key`, with its facts as they are now.
    permit: what a trial allows now, looked at again at permit_due; trial_required: without a trial nothing drives;
    envelope: what was compiled last, see `permit.envelope_of`; fire_heard: contacts that have spoken
    since the start, and whose adapters are there; started: when the fleet's first step was.
    """

    graph: TrafficGraph
    traffic: Traffic
    state: FleetState
    settings: FleetSettings
    robots: dict[str, Robot]
    places: Mapping[str, Sequence[int]]
    chargers: Sequence[int]
    leader: Leader = NOBODY
    now: float = 0.0
    entries: list[JournalEntry] = field(default_factory=list)
    commands: list[RobotMessage] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    faults: list[EngineFault] = field(default_factory=list)
    dispatch_due: float = -1e9
    causes_due: float = -1e9
    reassign_due: float = -1e9
    forecast_due: float = -1e9
    forecasts: Mapping[str, Forecast] = field(default_factory=dict)
    queue_views: dict[str, tuple[object, OrderView]] = field(default_factory=dict)
    visits_seen: dict[str, tuple[object, VisitView]] = field(default_factory=dict)
    visit_views: tuple[VisitView, ...] = ()
    pace: Pace = field(default_factory=Pace)
    plan: dict[str, str] = field(default_factory=dict)
    refused: dict[tuple[str, str], float] = field(default_factory=dict)
    aside: dict[str, float] = field(default_factory=dict)
    times_before: int = 0
    ranks: dict[str, int] = field(default_factory=dict)
    order_roots: dict[str, tuple[Reason, Reason]] = field(default_factory=dict)
    queues: dict[str, list[str]] = field(default_factory=dict)
    noticed: Mapping[tuple[str, str], Mapping[str, Fact]] = field(default_factory=dict)
    alarm_facts: Mapping[tuple[str, str, str], Mapping[str, Fact]] = field(default_factory=dict)
    permit: Permit = FREE
    permit_due: float = -1e9
    trial_required: bool = False
    site_version: str = ""
    envelope: tuple[TrialRecord, Barrier, dict[int, float]] | None = None
    doors: dict[str, DoorUnit] = field(default_factory=dict)
    door_commands: list[DoorCommand] = field(default_factory=list)
    fire_heard: set[str] = field(default_factory=set)
    started: float | None = None
    lifts: dict[str, LiftUnit] = field(default_factory=dict)
    lift_commands: list[LiftCommand] = field(default_factory=list)
    flights: FlightDesk | None = None
    place_of: Mapping[int, str] = field(init=False)
    stations: Mapping[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self.places = Fixed({place: tuple(stations) for place, stations in self.places.items()})
        self.chargers = tuple(self.chargers)
        self.place_of = Fixed({station: place for place, stations in self.places.items() for station in stations})
        self.stations = Fixed({place: sum(1 << s for s in stations) for place, stations in self.places.items()})

    def emit(
        self,
        kind: JournalKind,
        /,
        *,
        order_id: str = "",
        robot: str = "",
        facts: Mapping[str, Fact] | None = None,
        **more: Fact,
    ) -> None:
        """Write a journal entry and apply it to the state; store.failed for a kind that is not in `journal_kinds`."""
        check_kind(kind)
        entry = JournalEntry(t=self.now, kind=kind, order_id=order_id, robot=robot, facts={**(facts or {}), **more})
        self.entries.append(entry)
        self.state.apply(entry)

    @property
    def fire(self) -> bool:
        """There is a fire alarm that nobody has ended."""
        return self.state.fire is not None

    def mover(self, name: str) -> Mover | None:
        """Return the robot on the roadmap, None while its place is not known."""
        return self.traffic.movers.get(name)

    def taken_out(self, robot: str) -> bool:
        """A person took it out of use: it holds nothing but a base that it has not given up yet, see `progress`."""
        return self.state.integration.get(robot) in ("ignored", "noticed")

    def instant(self, robot: Robot, action_type: InstantType, parameters: Mapping[str, str] | None = None) -> None:
        """Send an instant action."""
        robot.instant_at = self.now
        action_id = f"{action_type}-{robot.name}-{self.now:.2f}"
        self.commands.append(InstantAction(robot.name, action_type, action_id, parameters or {}))

    def note(self, robot: Robot, code: RobotWait, /, **facts: Fact) -> None:
        """Remember why the robot has nothing to do."""
        if robot.note is None or robot.note.code != code:
            robot.note = Reason(code, facts, self.now)

    def online(self, robot: Robot) -> bool:
        """It reported within the limit."""
        return self.now - robot.seen <= self.settings.offline_after

    def other_leader(self, robot: Robot) -> str:
        """Return which fleet the robot obeys when it does not obey this one, "" when it does or says nothing of it."""
        theirs = robot.report.leader if robot.report is not None else None
        if theirs is None or not self.leader.instance or self.leader.follows(theirs):
            return ""
        return theirs.instance

    def other_site(self, robot: Robot) -> str:
        """Return the version of a robot's site files when it is another than ours; "" when nothing is said of it."""
        theirs = robot.report.site_version if robot.report is not None else ""
        return theirs if self.site_version and theirs != self.site_version else ""

    def site_facts(self, robot: Robot) -> dict[str, Fact]:
        """Return what people read of a robot whose site files are not ours: the beginnings of both versions."""
        ours, theirs = self.site_version[:_VERSION_SIGNS], self.other_site(robot)[:_VERSION_SIGNS]
        return {"robot": robot.name, "version": theirs, "wanted": ours}

    def available(self, robot: Robot) -> bool:
        """It can drive: online, placed and sure of it, automatic, no pause, no fatal error, our fleet, our site."""
        r = robot.report
        if r is None or not self.online(robot) or robot.name not in self.traffic.movers:
            return False
        name, state = robot.name, self.state
        if r.paused or name in state.pauses or name in state.stopped or robot.fatal or self.other_leader(robot):
            return False
        if not self.permit.lets(name) or self.other_site(robot) or self.taken_out(name):
            return False
        return not robot.lost and r.mode in ("AUTOMATIC", "") and r.e_stop in ("NONE", "")

    def takes_orders(self, robot: str) -> bool:
        """A robot is in full use, knows what it has on board, and nobody has still to look at it."""
        unsafe = self.state.upkeep.unsafe(robot, self.now, self.settings.overdue_safety)
        if unsafe or self.robots[robot].load_unknown:
            return False
        return self.state.integration.get(robot, "utilised") == "utilised" and not self.red(robot)

    def red(self, robot: str) -> bool:
        """There is an alarm about the robot itself that nobody has taken: it may need a look before it works on."""
        alarms = self.state.alarms.active.values()
        return any(a.robot == robot and a.code in RED_ALARMS and not a.acked_by for a in alarms)

    def leaf_free(self, node: int, robot: str) -> bool:
        """No other robot stands in the leaf or its spur, or is on its way there."""
        if self.graph.barrier_at(node) is not None:
            return False
        node_id = self.graph.node_ids[node]
        sent = any(m.goal == node_id for name, m in self.state.missions.items() if name != robot)
        if sent or any(m.goal == node for name, m in self.traffic.movers.items() if name != robot):
            return False
        return not self.traffic.others_hold(robot) & self.graph.spur[node]

    def holders(self, node: int, robot: str) -> Iterator[str]:
        """Yield the robots other than one that stand in a leaf or its spur, or are on their way there."""
        for name, mover in self.traffic.movers.items():
            mission = self.state.missions.get(name)
            aims = mission is not None and mission.goal == self.graph.node_ids[node]
            if name != robot and (mover.held & self.graph.spur[node] or mover.goal == node or aims):
                yield name

    def open_stations(self, place: str) -> list[int]:
        """Return the stations of a place that nobody stands in or is on the way to."""
        return [s for s in self.places[place] if self.leaf_free(s, "")]

    def returning(self, robot: Robot, start: int) -> int:
        """Return the mask of the nodes that a robot comes back from, when it is sent there from a node."""
        return nodes_with_return(self.graph, start, robot.home, self.chargers)

    def free_station(self, place: str, robot: str, start: int, then: str = "") -> int | None:
        """Return the free station of a place that is quickest to reach from a node, and that it comes back from.

        then: the place where it goes next, and has to come back from, "" = none.
        """
        distances, back = self.graph.distances(start), self.returning(self.robots[robot], start)
        free = [s for s in self.places[place] if self.leaf_free(s, robot) and distances[s] < float("inf")]
        if back != ANYWHERE:
            free = [s for s in free if served(self.graph, back, [s], self.stations[then] if then else 1 << s)]
        return min(free, key=lambda s: distances[s], default=None)

    def retargetable(self, robot: Robot) -> bool:
        """It is on its way to its parking place or a charger and its base does not reach there yet."""
        mission, mover = self.state.missions.get(robot.name), self.mover(robot.name)
        if mission is None or mover is None or mission.action_id or mission.kind not in ("park", "charge"):
            return False
        return mover.granted < len(mover.edges)

    def start_mission(self, robot: Robot, kind: MissionKind, goal: int, order: TransportOrder | None = None) -> bool:
        """Send the robot to a goal with a new mission, or with the running one when that is on its way to park."""
        old = self.state.missions.get(robot.name)
        if not self._permitted(robot, goal, order if kind == "pick" else None):
            return False
        if kind != "park" and not self.returning(robot, self.traffic.movers[robot.name].end) >> goal & 1:
            return False
        taken = self.traffic.retarget(robot.name, goal) if old else self.traffic.begin(robot.name, goal)
        if not taken:
            return False
        mission_id = old.mission_id if old else f"M{self.state.mission_count + 1:06d}"
        if order is not None and not order.robot:
            self.emit("order_assigned", order_id=order.order_id, robot=robot.name, station=self.graph.node_ids[goal])
        self.emit(
            "mission_retargeted" if old else "mission_started", order_id=order.order_id if order else "",
            robot=robot.name, mission=mission_id, kind=kind, goal=self.graph.node_ids[goal],
            action=action_id(kind, mission_id, order),
        )  # fmt: skip
        self.pace.begin(mission_id, robot.name, self.now, rest_of_route(self.traffic.movers[robot.name]))
        if old is None:
            robot.acked, robot.update_id, robot.sent = False, -1, ()
        robot.note = None
        return True

    def _permitted(self, robot: Robot, goal: int, order: TransportOrder | None) -> bool:
        """Return whether a trial lets the robot go, and the mission (with the order's way on) ends in its time."""
        if self.permit is FREE:
            return True
        mover = self.mover(robot.name)
        if mover is None or not self.permit.lets(robot.name):
            return False
        seconds = self.graph.distances(mover.end)[goal] + HANDLING
        if order is not None:
            way = self.graph.distances(goal)
            seconds += min(way[s] for s in self.places[order.request.drop_place]) + HANDLING
        return self.permit.over_in_time(self.now + seconds)

    def end_mission(self, robot: Robot, why: str) -> Mission | None:
        """Close the robot's mission; the robot stays where it is. Under way it keeps its route to a leaf."""
        mission, mover = self.state.missions.get(robot.name), self.mover(robot.name)
        if mover is not None:
            mover.stay()
        if mission is not None:
            self.pace.end(mission.mission_id, robot.name, self.now, complete=why == "finished")
            self.emit("mission_ended", order_id=mission.order_id, robot=robot.name, mission=mission.mission_id, why=why)
        robot.idle_since = self.now
        self.dispatch_due = self.now
        return mission

    def may_carry(self, robot: Robot, order: TransportOrder) -> bool:
        """Return whether a robot has an order's load or may be taking it: then the order is no other robot's.

        Any robot that starts does not know for a moment what it has on board; that counts once it took the load.
        """
        acts = any(a.status in ACTING and a.action_id.startswith(f"{order.order_id}:") for a in robot.order_actions)
        known = robot.report is not None and order.load_id in robot.report.loads
        return acts or known or (order.state == "PICKING" and robot.load_unknown)

    def give_back(self, robot: Robot, order: TransportOrder) -> None:
        """Take an order from a robot that has not picked yet: it waits for another, or ends if it is cancelled.

        The robot keeps it as long as it may have the load: another one would look for it in vain.
        """
        if not order.cancelling and self.may_carry(robot, order):
            return
        kind: JournalKind = "order_cancelled" if order.cancelling else "order_requeued"
        self.emit(kind, order_id=order.order_id, robot=robot.name)


def action_id(kind: MissionKind, mission_id: str, order: TransportOrder | None) -> str:
    """Return the id of the mission's action: stable over restarts, new for every attempt."""
    if kind == "charge":
        return f"{mission_id}:charge"
    if order is None or kind == "park":
        return ""
    return f"{order.order_id}:{kind}" + (f":{order.attempts}" if order.attempts else "")
