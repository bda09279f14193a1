"""The fleet engine: events in, journal entries, commands and replies out. No I/O, no clock, no threads."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import chain

from amr_core.roadmap import Doorway, Roadmap
from amr_core.vda5050 import NOBODY, Leader, RobotState
from amr_fleet.domain import causes, fire, flight_control, flight_eyes, guard, permit, requests, trials, zones
from amr_fleet.domain import doors as door_control
from amr_fleet.domain import lifts as lift_control
from amr_fleet.domain.alarm_watch import AlarmWatch
from amr_fleet.domain.aside import set_aside
from amr_fleet.domain.book_requests import start_due
from amr_fleet.domain.deadlock_watch import CycleWatch
from amr_fleet.domain.dispatch import dispatch
from amr_fleet.domain.events import (
    BeltReport,
    ConnectionLost,
    DoorReport,
    DoorSession,
    EngineFault,
    Event,
    FireGone,
    FireInput,
    JournalEntry,
    LiftReport,
    Machine,
    Notices,
    PeopleSeen,
    PointPictured,
    ShelfRead,
    StepResult,
    StorageBack,
    UavReport,
)
from amr_fleet.domain.flight_desk import FlightDesk
from amr_fleet.domain.forecast import forecasts
from amr_fleet.domain.gates import units_of_doors
from amr_fleet.domain.graph import TrafficGraph
from amr_fleet.domain.lift_units import units_of_lifts
from amr_fleet.domain.messages import send_orders
from amr_fleet.domain.orders import FleetState, TransportOrder
from amr_fleet.domain.policy import policy_of
from amr_fleet.domain.progress import check_silence, on_report
from amr_fleet.domain.recovery import recover
from amr_fleet.domain.robot_requests import repeat_pauses
from amr_fleet.domain.robots import Displaced, Robot
from amr_fleet.domain.settings import FleetSettings, Unit
from amr_fleet.domain.timekeeping import TimeKeeper
from amr_fleet.domain.traffic import Traffic
from amr_fleet.domain.undo import Memory
from amr_fleet.domain.upkeep import UpkeepWatch
from amr_fleet.domain.views import held, queue_with, snapshot, snapshot_with
from amr_fleet.domain.world import World
from amr_fleet.ports import FleetSnapshot
from amr_uav.site import FlightSite


class FleetEngine:
    """Orders, assignment, charging and traffic of one fleet. Deterministic: same journal and events, same result."""

    def __init__(
        self,
        roadmap: Roadmap,
        units: Sequence[Unit],
        *,
        journal: Iterable[JournalEntry] = (),
        settings: FleetSettings | None = None,
        leader: Leader = NOBODY,
        trial_required: bool = False,
        doors: Sequence[Doorway] = (),
        flight_site: FlightSite | None = None,
        site_version: str = "",
    ) -> None:
        """leader: who this fleet is to its robots; trial_required: nothing drives without a running trial.

        doors: those of the roadmap that somebody reports and that obey; flight_site: None = there is no aircraft;
        site_version: of the files that the roadmap is from, "" = robots of any version are led.
        """
        settings = settings or FleetSettings()
        self._policy = policy_of(settings.policy)
        ways = self._policy.ways
        graph = TrafficGraph(roadmap, sections=ways.locks_sections)
        places: dict[str, list[int]] = {}
        for node in roadmap.nodes.values():
            if node.kind == "station" and node.place is not None:
                places.setdefault(node.place, []).append(graph.node_index[node.id])
        self.world = World(
            graph=graph,
            traffic=Traffic(graph, settings.base, fixed=ways.fixed),
            state=FleetState.fold(journal),
            settings=settings,
            leader=leader,
            robots={u.name: Robot(unit=u, home=graph.node_index[u.home]) for u in units},
            places=places,
            chargers=[graph.node_index[n.id] for n in roadmap.nodes.values() if n.kind == "charger"],
            trial_required=trial_required,
            site_version=site_version,
            flights=FlightDesk(flight_site) if flight_site is not None else None,
        )
        self.world.doors, self.world.lifts = units_of_doors(doors, graph), units_of_lifts(roadmap.lifts, graph)
        zones.enforce(self.world)
        self._watch = CycleWatch(settings.deadlock_after)
        self._alarms, self._times, self._upkeep = AlarmWatch(), TimeKeeper(), UpkeepWatch()
        out = {n for n, level in self.world.state.integration.items() if level == "ignored"}
        self._awaited = (set(self.world.state.online) & set(self.world.robots)) - out
        self._told = {name: graph.mask(held) for name, held in self.world.state.held.items()}
        for name, mask in self._told.items():
            if name in self.world.robots:
                self.world.robots[name].remembered = mask  # of one that was taken out: what it may still drive
                if name in self.world.state.displaced and not self.world.taken_out(name):
                    self.world.robots[name].displaced = Displaced()
        self._started: float | None = None
        self._rests: dict[str, float] = {}
        self._seeks = False
        self._queue_due = -math.inf
        self.ready = False

    def step(self, now: float, inbox: Sequence[Event]) -> StepResult:
        """Take over the events, decide, return what to journal, send and answer. now: fleet seconds, never falling.

        An event that breaks its handler is undone and dropped, a request refused with `internal`; an order that breaks
        assignment is set aside; a part that may rest does so for a while. Anything else that breaks is raised: the
        caller lets nothing of the step out.
        """
        self.world.state.undo.begin()
        before = self._memory()
        rested: list[EngineFault] = []
        rests, careful, seeks = dict(self._rests), False, False
        while True:
            self._rests, self._seeks = dict(rests), seeks  # not in the loop's memory: what is put back forgets them
            try:
                return self._step(now, inbox, careful=careful, faults=list(rested))
            except guard.BrokenError as broken:
                before.restore()
                careful = careful or not broken.part
                if broken.part == "dispatch" and not seeks:
                    seeks = True
                elif broken.part:
                    rests[broken.part] = now + guard.REST
                    rested.append(guard.fault_of(broken.part, "", broken))

    def _memory(self) -> Memory:
        return Memory(self, self.world.state.undo, self.world.graph)

    def _step(self, now: float, inbox: Sequence[Event], *, careful: bool, faults: list[EngineFault]) -> StepResult:
        world = self.world
        world.now, world.faults = now, faults
        world.entries, world.commands, world.replies, world.door_commands = [], [], [], []
        world.lift_commands = []
        if self._started is None:
            self._started = self.world.started = now
            self._forget_other_clock(now)
        for event in inbox:
            self._take(event, careful=careful)
        self._part("zones", lambda: zones.expire(world))
        trials.supervise(world)
        if permit.renew(world):
            zones.enforce(world)
        check_silence(world)
        self._part("schedules", lambda: start_due(world))
        self._check_ready()
        fire.step(world)
        flight_control.step(world, self.ready)
        door_control.step(world)
        lift_control.step(world)
        if self.ready:
            self._decide()
        self._journal_holds()
        send_orders(world)
        repeat_pauses(world)
        self._part("causes", lambda: self._explain(now))
        self._part("upkeep", lambda: self._upkeep.step(world))
        self._part("alarms", lambda: self._alarms.step(world))
        self._part("times", lambda: self._times.step(world))
        flights = flight_control.take_commands(world)
        return StepResult(
            world.entries, world.commands, world.replies, world.door_commands, flights, world.lift_commands,
            world.faults,
        )  # fmt: skip

    def _part(self, name: str, run: Callable[[], None]) -> None:
        """Run a part of the step without which robots drive safely."""
        if self._rests.get(name, -math.inf) > self.world.now:
            return
        try:
            run()
        except Exception as error:
            raise guard.BrokenError(name) from error

    def _take(self, event: Event, *, careful: bool) -> None:
        """Handle one event; careful: one of this step breaks its handler, so each is undone for itself."""
        before = self._memory() if careful else None
        try:
            self._handle(event)
        except Exception as error:
            if before is None:
                raise guard.BrokenError("") from error
            before.restore()
            guard.drop(self.world, event, error)

    def _explain(self, now: float) -> None:
        if self.world.entries or now >= self.world.causes_due:
            self.world.causes_due = now + causes.PERIOD
            causes.update(self.world)

    def _forget_other_clock(self, now: float) -> None:
        """Leave what the journal says of a clock ahead of this one, of a simulation before, out of the rates."""
        times = self.world.state.service_times
        self.world.times_before = max((i + 1 for i, (t, _) in enumerate(times) if t > now), default=0)

    def _handle(self, event: Event) -> None:
        if isinstance(event, RobotState):
            on_report(self.world, event)
        elif isinstance(event, ConnectionLost):
            robot = self.world.robots.get(event.robot)
            if robot is not None:
                robot.seen = min(robot.seen, self.world.now - self.world.settings.offline_after - 1e-6)
        elif isinstance(event, Notices):
            self.world.noticed = event.now
        elif isinstance(event, EngineFault):
            self.world.faults.append(event)
        elif isinstance(event, StorageBack):
            self._alarms.tell(self.world, "alarm.storage", {"reason": event.reason, "seconds": event.seconds})
        elif isinstance(event, UavReport | ShelfRead | PointPictured | PeopleSeen):
            flight_eyes.on_event(self.world, event)
        elif isinstance(event, DoorReport | BeltReport | DoorSession | LiftReport | FireInput | FireGone):
            _on_machine(self.world, event)
        else:
            requests.handle(self.world, event)

    def _check_ready(self) -> None:
        """After a restart nothing is granted until those who were online have reported, or the time is over."""
        if self.ready or self._started is None:
            return
        missing = {name for name in self._awaited if self.world.robots[name].report is None}
        if missing and self.world.now - self._started < self.world.settings.reconcile_timeout:
            return
        self.ready = True
        for name, ids in reversed(self.world.state.held.items()):
            self._stand_in(name, ids)

    def _journal_holds(self) -> None:
        """Journal what robots hold, before they hear of it: after a restart nobody else gets the way of a silent one.

        What a robot lets go is journaled when it stands: until then the journal says more than it holds, never less.
        """
        for name in self._told.keys() - self.world.state.held.keys():
            del self._told[name]
        for name, mover in self.world.traffic.movers.items():
            told = self._told.get(name, 0)
            if mover.held & ~told or (mover.held != told and mover.at == mover.granted):
                self._told[name] = mover.held
                self.world.emit("robot_holds", robot=name, held=" ".join(self.world.graph.ids(mover.held)))

    def _stand_in(self, name: str, held: Sequence[str]) -> None:
        """Keep what the journal says that a robot holds which did not report after the restart.

        What excludes something that others hold by now, or by a newer entry, it had let go before they got it.
        """
        graph, traffic = self.world.graph, self.world.traffic
        if name not in self.world.robots or name in traffic.movers:
            return
        kept = graph.mask(held) & ~graph.exclusion(traffic.others_hold(name))
        nodes = [graph.node_index[i] for i in graph.ids(kept) if i in graph.node_index]
        if nodes:
            mover = traffic.place(name, nodes[0])
            mover.extra, mover.wall = kept, True
            mover.hold()
        else:
            self.world.robots[name].remembered = kept

    def _decide(self) -> None:
        world = self.world
        if world.now >= world.dispatch_due:
            world.dispatch_due = world.now + world.settings.assign_period
            self._part("dispatch", self._dispatch_or_set_aside)
            self._part("forecasts", self._forecast)
        world.traffic.grants(world.now, permit.may_step(world))
        self._part("ways", self._unblock)

    def _dispatch(self) -> None:
        world = self.world
        world.traffic.watch(world.now)
        zones.replan(world)
        recover(world)
        dispatch(world, self._policy)
        self._policy.ways.improve(world)

    def _dispatch_or_set_aside(self) -> None:
        if self._seeks and set_aside(self.world, self._dispatch, self._memory):
            self.world.dispatch_due = self.world.now  # in the next step without it
        else:
            self._dispatch()

    def _forecast(self) -> None:
        world = self.world
        if world.now >= world.forecast_due:
            world.forecast_due = world.now + world.settings.forecast_period
            world.forecasts = forecasts(world)

    def _unblock(self) -> None:
        world = self.world
        self._policy.ways.unblock(world)
        for cycle in self._watch.step(world.now, self.waits_for()):
            world.emit("deadlock", robots=" ".join(sorted(cycle)))
            self._policy.ways.break_circle(world, cycle)

    def waits_for(self) -> dict[str, str]:
        """Return for each standing robot that waits for another one which that is."""
        movers = self.world.traffic.movers.values()
        return {
            m.name: m.blocker.robot
            for m in movers
            if m.blocker and m.blocker.robot and m.at == m.granted and not m.wall
        }

    # Reading ------------------------------------------------------------------------------------------------------

    def snapshot(self, rtf: float = 1.0, last: FleetSnapshot | None = None, new: Sequence[str] = ()) -> FleetSnapshot:
        """Return the frozen truth of this moment (without tracks).

        last: the one before, when nothing was journaled since but the coming of new orders (ids): then why the others
        wait is, like what robots wait for, not worked out anew before `causes.PERIOD` is over.
        """
        queue = None
        if last is not None and self.world.now < self._queue_due:
            queue = queue_with(self.world, last, new)
        if queue is None:
            self._queue_due = self.world.now + causes.PERIOD
        return snapshot(self.world, self._started or 0.0, self.ready, rtf, queue)

    def snapshot_with(self, last: FleetSnapshot, new: Sequence[str]) -> FleetSnapshot | None:
        """Return the snapshot of a step ago with orders (ids) that came since; None where that needs a whole one."""
        return snapshot_with(self.world, self._started or 0.0, last, new)

    def held(self, last: FleetSnapshot) -> FleetSnapshot:
        """Return the last good snapshot for this moment, in which `snapshot` breaks; never raises."""
        return held(self.world, last, self.ready)

    def leaves(self) -> list[Doorway]:
        """Return the doors, also those of lifts, that are shut now."""
        now = self.world.now
        landings = chain.from_iterable(lift.shut(now) for lift in self.world.lifts.values())
        return [*(door.way for door in self.world.doors.values() if door.shut(now)), *landings]

    def orders(self) -> Sequence[TransportOrder]:
        """Return all orders, oldest first."""
        return list(self.world.state.orders.values())


def _on_machine(world: World, event: Machine) -> None:
    if isinstance(event, DoorReport):
        door_control.on_report(world, event)
    elif isinstance(event, BeltReport):
        door_control.on_belt(world, event)
    elif isinstance(event, DoorSession):
        door_control.on_session(world, event)
    elif isinstance(event, LiftReport):
        lift_control.on_report(world, event)
    elif isinstance(event, FireGone):
        fire.on_gone(world, event)
    else:
        fire.on_input(world, event)
