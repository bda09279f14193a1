"""Let the fleet's own engine run on with kinematic robots from a snapshot, without ROS, as fast as it can.

The snapshot becomes a journal that an engine folds after a restart, and robots that stand at their last node.
A simplification: what a robot was doing between two nodes is done again from the first. Paused robots stay paused, but
those whose pause is asked about.
Robots that are offline, in error or taken out of use are left out, and so are those that stand where another one's node
excludes them. One that is taken out by half ("respected") brings what it has and gets nothing new.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypedDict

from amr_core.errors import AmrError
from amr_core.roadmap import Roadmap, build_roadmap
from amr_core.vda5050 import ActionState
from amr_fleet.domain.causes import by_itself
from amr_fleet.domain.events import Ask, JournalEntry
from amr_fleet.domain.orders import WITH_LOAD
from amr_fleet.domain.zone_entries import zone_facts
from amr_fleet.fact_fields import facts_of
from amr_fleet.ports import OrderRequest, OrderView, Reason, Request, RobotView
from amr_fleet.rehearsal import CHARGE, DRAIN, Behaviour, Rehearsal, units_of
from amr_fleet.requests import CreateOrder, SetZone
from amr_fleet.vocabulary import StuckCode
from amr_fleet.whatif.scenario import DOWN, ForeseenAnswer, OrderOutcome, Outcome, Question, Scenario, unseen

DT: Final = 0.25  # s a step; chosen: twice as fine as a dry run's, since it tells when each order ends
_LOOK_S: Final = 20.0  # between two looks whether anything still gets on
_STUCK_S: Final = 60.0  # so long something holds an order before it counts as stuck
_CHARGING: Final = "before:charge"  # the action of a robot that stands at its charger already
_OUT: Final = ("noticed", "ignored")  # the fleet counts with them no more
_CALM: Final = Behaviour(stop_rate=0.005, drain=DRAIN, charge=CHARGE)


class _Held(TypedDict):
    stuck: StuckCode
    root: Reason | None


def foresee(
    question: Question, roadmap: Roadmap | None = None, *, wall: Callable[[], float] = time.monotonic
) -> ForeseenAnswer:
    """Return how it goes on with and without the scenario, both with the same assumptions and as far as each other.

    wall: the clock that question.until is of (s).
    """
    roadmap = roadmap or build_roadmap(question.site)
    if wall() >= question.until:
        return unseen(question)
    courses = [_Course(question, scenario, roadmap) for scenario in (Scenario(), question.scenario)]
    while wall() < question.until and (going := [course for course in courses if course.goes_on]):
        min(going, key=lambda course: course.simulated_s).step()
    before, after = (course.outcome() for course in courses)
    return ForeseenAnswer(now=question.snapshot.t, before=before, after=after)


class _Course:
    """One way that it may go on, followed step by step.

    It ends when all is delivered, the horizon is reached, or nothing can get on: all that is open has waited a while
    for something that somebody has to end.
    """

    def __init__(self, question: Question, scenario: Scenario, roadmap: Roadmap) -> None:
        """Stage it; raises what the engine refuses a change with."""
        self._cpu = time.process_time()
        snapshot = question.snapshot
        robots, self._left_out = _usable(snapshot.robots, scenario, roadmap)
        self._orders = snapshot.orders
        self._stuck = {o.order_id: why for o in snapshot.orders if (why := _why_stuck(o, scenario, self._left_out))}
        names = {r.name for r in robots}
        self._going = [o for o in snapshot.orders if o.order_id not in self._stuck]
        asked = question.scenario.paused_robots  # what a pause does is asked after it, too: before, they drive
        paused = [r.name for r in robots if r.name in scenario.paused_robots or (r.paused and r.name not in asked)]
        resting = [r.name for r in robots if r.name in scenario.resting_robots or r.integration == "respected"]
        self._robots = len(robots) - len({*paused, *resting})
        pause, rest = {"scope": "one", "user": ""}, {"level": "respected", "user": ""}
        journal = [
            *(JournalEntry(t=snapshot.t, kind="zone_set", facts=zone_facts(z)) for z in snapshot.zones),
            *(JournalEntry(t=snapshot.t, kind="robot_paused", robot=n, facts=pause) for n in paused),
            *(JournalEntry(t=snapshot.t, kind="robot_integration", robot=n, facts=rest) for n in resting),
            *(entry for i, o in enumerate(self._going) for entry in _history(i, o, names, snapshot.t)),
        ]
        self._rehearsal = _stage(question, roadmap, robots, self._going, journal, scenario.lost_chargers)
        self._back = scenario.chargers_back if scenario.lost_chargers else 0.0
        self._chargers, ids = self._rehearsal.engine.world.chargers, self._rehearsal.engine.world.graph.node_ids
        _charge_at(self._rehearsal, [c for c in self._chargers if ids[c] not in scenario.lost_chargers])
        self._extra = [
            OrderRequest(pick_place=lot.pick_place, drop_place=lot.drop_place, priority=lot.priority)
            for lot in scenario.new_lots
            for _ in range(lot.count)
        ]
        changes = [*(SetZone(zone=z) for z in scenario.zones), *(CreateOrder(order=request) for request in self._extra)]
        _change(self._rehearsal, changes)
        self._began, self._looked = snapshot.t, self._rehearsal.now
        self._over = self._rehearsal.now + question.horizon
        self._cpu = time.process_time() - self._cpu
        self.goes_on = not self._rehearsal.done

    @property
    def simulated_s(self) -> float:
        """How far it was followed (fleet seconds)."""
        return self._rehearsal.now - self._began

    def step(self) -> None:
        """Follow it a step further."""
        began = time.process_time()
        run = self._rehearsal
        if 0.0 < self._back <= run.now:
            self._back = 0.0
            _charge_at(run, self._chargers)
            self._looked = run.now  # they wait for none any more
        run.step()
        self.goes_on = not run.done and run.now < self._over
        if self.goes_on and not self._back and run.now - self._looked >= _LOOK_S:
            self._looked = run.now
            self.goes_on = len(_roots(run)) < len(run.engine.world.state.open_orders)
        self._cpu += time.process_time() - began

    def outcome(self) -> Outcome:
        """Return how each order ends, as far as was seen."""
        run = self._rehearsal
        roots, followed = _roots(run), run.now if self.goes_on else math.inf
        ends = {e.order_id: e.t for e in run.journal if e.kind == "order_done"}
        outcomes = [_outcome(o, self._stuck, self._going, ends, roots, followed) for o in self._orders]
        first = len(self._going)
        outcomes += [
            OrderOutcome(
                order_id=f"+{i + 1}", pick_place=r.pick_place, drop_place=r.drop_place, deadline=0.0,
                finish=ends.get(_new_id(first + i), 0.0), followed=followed, is_new=True,
                **_held(_new_id(first + i), roots),
            )
            for i, r in enumerate(self._extra)
        ]  # fmt: skip
        return Outcome(
            orders=outcomes, robots=self._robots, left_out=sorted(self._left_out), simulated_s=self.simulated_s,
            cpu_s=self._cpu, complete=not self.goes_on,
        )  # fmt: skip


def _charge_at(rehearsal: Rehearsal, chargers: Sequence[int]) -> None:
    """Let only these nodes be chargers from now on."""
    world = rehearsal.engine.world
    world.chargers = chargers
    world.graph.returning.clear()  # whence one comes back to a charger


def _change(rehearsal: Rehearsal, requests: Sequence[Request[object]]) -> None:
    """Ask the engine for the changes; raises what it refuses one with."""
    rehearsal.now = round(rehearsal.now + DT, 3)
    result = rehearsal.engine.step(rehearsal.now, [Ask(i, request) for i, request in enumerate(requests)])
    rehearsal.journal += result.entries
    for reply in result.replies:
        if isinstance(reply.result, AmrError):
            raise reply.result


def _roots(rehearsal: Rehearsal) -> Mapping[str, Reason]:
    """Return what holds each order that has been held for a while by what does not end by itself."""
    orders = rehearsal.engine.snapshot().orders
    return {
        o.order_id: o.root for o in orders
        if o.root is not None and not by_itself(o.root) and rehearsal.now - o.root.since >= _STUCK_S
    }  # fmt: skip


def _outcome(
    o: OrderView,
    stuck: Mapping[str, StuckCode],
    going: Sequence[OrderView],
    ends: Mapping[str, float],
    roots: Mapping[str, Reason],
    followed: float,
) -> OrderOutcome:
    going_on = o.order_id not in stuck
    new_id = _new_id(going.index(o)) if going_on else ""
    held: _Held = _held(new_id, roots) if going_on else {"stuck": stuck[o.order_id], "root": None}
    return OrderOutcome(
        order_id=o.order_id, pick_place=o.pick_place, drop_place=o.drop_place, deadline=o.deadline,
        finish=ends.get(new_id, 0.0), followed=followed, **held,
    )  # fmt: skip


def _held(new_id: str, roots: Mapping[str, Reason]) -> _Held:
    root = roots.get(new_id)
    return {"stuck": "" if root is None else "whatif.stranded", "root": root}


def _stage(
    question: Question,
    roadmap: Roadmap,
    robots: Sequence[RobotView],
    going: Sequence[OrderView],
    journal: list[JournalEntry],
    lost_chargers: Sequence[str],
) -> Rehearsal:
    names = {r.name for r in robots}
    units = [unit for unit in units_of(question.site) if unit.name in names]
    now, settings = question.snapshot.t, question.settings
    rehearsal = Rehearsal(roadmap, units, seed=1, how=_CALM, dt=DT, now=now, settings=settings, watch=False)
    carried = {o.robot: _load(o) for o in going if o.state in WITH_LOAD}
    for view in robots:
        robot = rehearsal.robots[view.name]
        robot.node, robot.theta, robot.soc = view.node, view.theta, max(0.0, min(1.0, view.soc))
        robot.loads = [carried[view.name]] if view.name in carried else []
        if roadmap.nodes[view.node].kind == "charger" and view.node not in lost_chargers:
            robot.actions = {_CHARGING: ActionState(_CHARGING, "startCharging", "RUNNING")}
    rehearsal.journal = journal
    rehearsal.restart_fleet()
    return rehearsal


def _usable(
    robots: Iterable[RobotView], scenario: Scenario, roadmap: Roadmap
) -> tuple[list[RobotView], dict[str, str]]:
    """Return the robots that work on, and the others with why not."""
    usable: list[RobotView] = []
    left_out: dict[str, str] = {}
    for robot in robots:
        near = roadmap.conflicts.get(robot.node, frozenset()) | {robot.node}
        if robot.name in scenario.lost_robots:
            left_out[robot.name] = "lost"
        elif robot.status in DOWN or robot.integration in _OUT or robot.node not in roadmap.nodes:
            left_out[robot.name] = "down"
        elif any(other.node in near for other in usable):
            left_out[robot.name] = "close"
        else:
            usable.append(robot)
    return usable, left_out


def _why_stuck(o: OrderView, scenario: Scenario, left_out: dict[str, str]) -> StuckCode:
    if o.drop_place in scenario.closed_places:
        return "whatif.drop_closed"
    if o.held:
        return "whatif.held"
    if o.order_id in scenario.cancelled_orders:
        return "whatif.cancelled"
    if o.state in WITH_LOAD:
        return "whatif.load_on_lost" if o.robot in left_out else ""
    if o.pick_place in scenario.closed_places:
        return "whatif.pick_closed"
    return "whatif.stranded" if left_out.get(o.wanted_robot, "close") != "close" else ""


def _new_id(index: int) -> str:
    return f"T{index + 1:06d}"  # as the engine numbers the orders of a new journal


def _load(o: OrderView) -> str:
    return o.load_id or o.order_id


def _request(o: OrderView, robots: set[str]) -> OrderRequest:
    """Return the order as it was made; who stands too close to be followed is no reason why it waits: others do it."""
    return OrderRequest(
        pick_place=o.pick_place,
        drop_place=o.drop_place,
        load_id=_load(o),
        priority=o.priority,
        deadline=o.deadline,
        earliest=o.earliest,
        cutoff=o.cutoff,
        robot=o.wanted_robot if o.wanted_robot in robots else "",
    )


def _history(index: int, o: OrderView, robots: set[str], now: float) -> list[JournalEntry]:
    order_id = _new_id(index)
    entries = [JournalEntry(t=o.created, kind="order_created", order_id=order_id, facts=facts_of(_request(o, robots)))]
    if o.state == "QUEUED" or o.robot not in robots:
        return entries
    entries.append(JournalEntry(t=now, kind="order_assigned", order_id=order_id, robot=o.robot))
    if o.state in WITH_LOAD:
        entries.append(JournalEntry(t=now, kind="order_picked", order_id=order_id, robot=o.robot))
    return entries
