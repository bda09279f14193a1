"""Let the fleet's own engine run on with kinematic robots from a snapshot, without ROS, as fast as it can.

The snapshot becomes a journal that an engine folds after a restart, and robots that stand at their last node.
Two simplifications: what a robot was doing between two nodes is done again from the first, and paused robots drive on.
Robots that are offline or in error are left out, and so are those that stand where another one's node excludes them.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Final

from amr_core.roadmap import Roadmap, build_roadmap
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.domain.events import Ask, JournalEntry
from amr_fleet.domain.fact_fields import facts_of
from amr_fleet.domain.orders import WITH_LOAD
from amr_fleet.domain.zone_entries import zone_facts
from amr_fleet.ports import OrderRequest, OrderView, RobotView
from amr_fleet.rehearsal import Behaviour, Rehearsal, units_of
from amr_fleet.requests import CreateOrder
from amr_fleet.vocabulary import StuckCode
from amr_fleet.whatif.scenario import ForeseenAnswer, OrderOutcome, Outcome, Question, Scenario

DT: Final = 0.25
_CALM: Final = Behaviour(stop_rate=0.005)


def foresee(question: Question, roadmap: Roadmap | None = None) -> ForeseenAnswer:
    """Return how it goes on with and without the scenario, both with the same assumptions."""
    roadmap = roadmap or build_roadmap(question.site)
    return ForeseenAnswer(
        now=question.snapshot.t,
        before=_run(question, Scenario(), roadmap),
        after=_run(question, question.scenario, roadmap),
    )


def _run(question: Question, scenario: Scenario, roadmap: Roadmap) -> Outcome:
    began = time.process_time()
    snapshot = question.snapshot
    robots, left_out = _usable(snapshot.robots, scenario, roadmap)
    stuck = {o.order_id: why for o in snapshot.orders if (why := _why_stuck(o, scenario, left_out))}
    names = {r.name for r in robots}
    going = [o for o in snapshot.orders if o.order_id not in stuck]
    journal = [
        *(JournalEntry(t=snapshot.t, kind="zone_set", facts=zone_facts(z)) for z in snapshot.zones),
        *(entry for i, o in enumerate(going) for entry in _history(i, o, names, snapshot.t)),
    ]
    rehearsal = _stage(question, roadmap, robots, going, journal)
    extra = [
        OrderRequest(pick_place=lot.pick_place, drop_place=lot.drop_place, priority=lot.priority)
        for lot in scenario.new_lots
        for _ in range(lot.count)
    ]
    rehearsal.step([Ask(i, CreateOrder(order=request)) for i, request in enumerate(extra)])
    rehearsal.run(lambda r: r.done, question.horizon)
    ends = {e.order_id: e.t for e in rehearsal.journal if e.kind == "order_done"}
    outcomes = [
        OrderOutcome(
            order_id=o.order_id, pick_place=o.pick_place, drop_place=o.drop_place, deadline=o.deadline,
            finish=ends.get(_new_id(going.index(o)), 0.0) if o.order_id not in stuck else 0.0,
            stuck=stuck.get(o.order_id, ""),
        )
        for o in snapshot.orders
    ]  # fmt: skip
    outcomes += [
        OrderOutcome(
            order_id=f"+{i + 1}", pick_place=r.pick_place, drop_place=r.drop_place, deadline=0.0,
            finish=ends.get(_new_id(len(going) + i), 0.0), is_new=True,
        )
        for i, r in enumerate(extra)
    ]  # fmt: skip
    simulated = rehearsal.now - snapshot.t
    return Outcome(
        orders=outcomes, robots=len(robots), left_out=sorted(left_out), simulated_s=simulated,
        cpu_s=time.process_time() - began,
    )  # fmt: skip


def _stage(
    question: Question,
    roadmap: Roadmap,
    robots: Sequence[RobotView],
    going: Sequence[OrderView],
    journal: list[JournalEntry],
) -> Rehearsal:
    names = {r.name for r in robots}
    units = [unit for unit in units_of(question.site) if unit.name in names]
    rehearsal = Rehearsal(roadmap, units, seed=1, how=_CALM, dt=DT, now=question.snapshot.t, settings=question.settings)
    carried = {o.robot: _load(o) for o in going if o.state in WITH_LOAD}
    for view in robots:
        robot = rehearsal.robots[view.name]
        robot.node, robot.theta, robot.soc = view.node, view.theta, max(0.0, min(1.0, view.soc))
        robot.loads = [carried[view.name]] if view.name in carried else []
    rehearsal.journal = journal
    rehearsal.engine = FleetEngine(roadmap, units, journal=journal, settings=rehearsal.settings)
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
        elif robot.status in ("OFFLINE", "ERROR") or robot.node not in roadmap.nodes:
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
    with_load = o.state in WITH_LOAD
    if o.pick_place in scenario.closed_places and not with_load:
        return "whatif.pick_closed"
    return "whatif.load_on_lost" if with_load and o.robot in left_out else ""


def _new_id(index: int) -> str:
    return f"T{index + 1:06d}"  # as the engine numbers the orders of a new journal


def _load(o: OrderView) -> str:
    return o.load_id or o.order_id


def _request(o: OrderView) -> OrderRequest:
    return OrderRequest(
        pick_place=o.pick_place,
        drop_place=o.drop_place,
        load_id=_load(o),
        priority=o.priority,
        deadline=o.deadline,
        earliest=o.earliest,
        cutoff=o.cutoff,
    )


def _history(index: int, o: OrderView, robots: set[str], now: float) -> list[JournalEntry]:
    order_id = _new_id(index)
    entries = [JournalEntry(t=o.created, kind="order_created", order_id=order_id, facts=facts_of(_request(o)))]
    if o.state == "QUEUED" or o.robot not in robots:
        return entries
    entries.append(JournalEntry(t=now, kind="order_assigned", order_id=order_id, robot=o.robot))
    if o.state in WITH_LOAD:
        entries.append(JournalEntry(t=now, kind="order_picked", order_id=order_id, robot=o.robot))
    return entries
