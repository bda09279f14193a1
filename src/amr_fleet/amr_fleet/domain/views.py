"""Frozen views of the engine for API, dashboard and ROS."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from operator import itemgetter
from typing import Any, Final

from amr_core.errors import Fact
from amr_fleet.domain import causes, holds
from amr_fleet.domain.deadlock_watch import cycle_from, cycles
from amr_fleet.domain.doors import views as door_views
from amr_fleet.domain.flight_views import flight_views
from amr_fleet.domain.lifts import views as lift_views
from amr_fleet.domain.order_causes import all_causes, more_causes, new_roots, queue_roots
from amr_fleet.domain.orders import TransportOrder
from amr_fleet.domain.robots import Robot
from amr_fleet.domain.visits import views as visit_views
from amr_fleet.domain.world import World
from amr_fleet.ports import CauseView, FleetSnapshot, Kpi, OrderView, Reason, RobotView, WaitsView
from amr_fleet.vocabulary import EmergencyStop, MissionKind, RobotStatus

LEAST_RATE_S = 300.0  # a rate of less time would say more than anybody knows
_WITHOUT_ORDER: Mapping[MissionKind, RobotStatus] = {"charge": "CHARGING", "park": "PARKING"}


Queue = tuple[Sequence[OrderView], Sequence[CauseView]]
"""The open orders, each with why it waits, and the causes of all waiting."""


def snapshot(world: World, started: float, ready: bool, rtf: float, queue: Queue | None = None) -> FleetSnapshot:
    """Return all robots, the open orders and the counters; queue: as it is known already, None = look at it."""
    orders, found = queue or _queue(world)
    return FleetSnapshot(
        t=world.now,
        rtf=rtf,
        robots=tuple(_robot(world, r) for r in world.robots.values()),
        orders=orders,
        tracks=(),
        kpi=_kpi(world, started),
        all_paused=bool(world.robots) and all("all" in world.state.pauses.get(name, ()) for name in world.robots),
        ready=ready,
        zones=tuple(world.state.zones.values()),
        alarms=tuple(world.state.alarms.views(world.alarm_facts)),
        waits=_waits(world),
        causes=found,
        permit=world.permit,
        doors=door_views(world),
        lifts=lift_views(world),
        fire=world.state.fire,
        flights=flight_views(world),
        visits=visit_views(world),
        wear=world.state.wear.all,
        upkeep=world.state.upkeep.all,
    )


def snapshot_with(world: World, started: float, last: FleetSnapshot, new: Sequence[str]) -> FleetSnapshot | None:
    """Return the last snapshot with orders that came since, into the queue; None where that needs a look at all."""
    queue = _joined(world, last, new)
    if queue is None:
        return None
    kpi, visits = _kpi(world, started), visit_views(world)
    return replace(last, t=world.now, orders=queue[0], causes=queue[1], kpi=kpi, visits=visits)


def queue_with(world: World, last: FleetSnapshot, new: Sequence[str]) -> Queue | None:
    """Return the queue of the last snapshot with orders that came since; None where that needs a look at all.

    Of robots only what they wait for counts: the orders that they have show it.
    """
    robots = zip(last.robots, world.robots.values(), strict=True)
    if any(seen.waiting != robot.waiting or seen.root != robot.root for seen, robot in robots):
        return None
    return _joined(world, last, new)


def _queue(world: World) -> Queue:
    roots = queue_roots(world)
    return tuple(order_views(world, roots)), all_causes(world, roots)


def _joined(world: World, last: FleetSnapshot, new: Sequence[str]) -> Queue | None:
    if not new:
        return last.orders, last.causes
    roots = new_roots(world, new)
    found = more_causes(last.causes, roots)
    if found is None:
        return None
    views = [_queued_view(world, world.state.open_orders[order_id], *why) for order_id, why in roots.items()]
    world.queue_views.update(zip(new, views, strict=True))
    return (*last.orders, *(view for _, view in views)), found


_STILL_TOLD: Final[Mapping[str, Callable[[World], object]]] = {
    "zones": lambda world: tuple(world.state.zones.values()),
    "alarms": lambda world: tuple(world.state.alarms.views(world.alarm_facts)),
    "permit": lambda world: world.permit,
    "fire": lambda world: world.state.fire,
    "doors": door_views,
    "lifts": lift_views,
}
"""What machines and people in danger go by: it is told as it is now, each for itself."""


def held(world: World, last: FleetSnapshot, ready: bool) -> FleetSnapshot:
    """Return the last good snapshot for now, when a snapshot breaks; it says how old it is."""
    fresh: dict[str, Any] = {}
    for name, view in _STILL_TOLD.items():
        with suppress(Exception):  # it may be the one that breaks, which was told when it did
            fresh[name] = view(world)
    age = last.picture_age + world.now - (last.t or world.now)
    return replace(last, t=world.now, ready=ready, picture_age=age, **fresh)


def _waits(world: World) -> WaitsView:
    """Return the cycles of the wait-for graph and who with work waits longest."""
    movers = world.traffic.movers.values()
    standing = (m for m in movers if m.blocker and m.at == m.granted and not m.wall)
    waits_for = {m.name: m.blocker.robot for m in standing if m.blocker and m.blocker.robot}
    circles = tuple(tuple(cycle_from(waits_for, min(c))) for c in sorted(cycles(waits_for), key=min))
    waiting = [(since, r.name) for r in world.robots.values() if (since := causes.waits_since(world, r)) > 0.0]
    edges = tuple((r.name, r.waiting) for r in world.robots.values() if r.waiting is not None)
    since, longest = min(waiting, default=(world.now, ""))
    return WaitsView(longest_s=world.now - since, longest=longest, cycles=circles, edges=edges)


def order_views(world: World, roots: Mapping[str, tuple[Reason, Reason]]) -> list[OrderView]:
    """Return the open orders, each with the reason why it waits; roots: of those in the queue."""
    queue: dict[str, tuple[object, OrderView]] = {}
    views = []
    for order in world.state.open_orders.values():
        robot = world.robots.get(order.robot)
        if robot is not None:
            views.append(order.view(robot.waiting, root=robot.root, **_forecast(world, order, robot.root)))
            continue
        queue[order.order_id] = seen = _queued_view(world, order, *roots[order.order_id])
        views.append(seen[1])
    world.queue_views = queue
    return views


def _queued_view(world: World, order: TransportOrder, why: Reason, root: Reason) -> tuple[object, OrderView]:
    """Return how an order in the queue is seen, and what that is made of: the very one of before when that is so."""
    rank = world.ranks.get(order.order_id, 0)
    key = (order, world.forecasts.get(order.order_id), why, root, rank)
    old = world.queue_views.get(order.order_id)
    if old is None or old[0] != key:
        old = (key, order.view(why, root=root, rank=rank, **_forecast(world, order, root)))
    return old


def _forecast(world: World, order: TransportOrder, root: Reason | None) -> dict[str, Any]:
    """Return what a view says of when the order will be done; nothing when nobody knows.

    That is so, too, while something holds it that a person has to end; that it is late by then can be known.
    """
    forecast = world.forecasts.get(order.order_id)
    if forecast is None:
        return {}
    minutes = int((forecast.early - order.due) / 60.0) + 1
    facts: dict[str, Fact] = {"order_id": order.order_id, "minutes": minutes}
    late = Reason("alarm.order_late", facts, world.now) if 0.0 < order.due < forecast.early else None
    if root is not None and not causes.by_itself(root):
        return {"late": late}
    return {
        "eta": forecast.expected, "eta_early": forecast.early, "eta_late": forecast.late, "late": late,
        "at_pick": forecast.at_pick,
    }  # fmt: skip


def _status(world: World, robot: Robot) -> RobotStatus:
    mission, mover = world.state.missions.get(robot.name), world.mover(robot.name)
    if robot.report is None or not world.online(robot):
        return "OFFLINE"
    if robot.fatal or robot.lost or robot.report.e_stop not in ("NONE", ""):
        return "ERROR"
    if robot.name in world.state.stopped:
        return "ERROR"
    if robot.report.paused or robot.name in world.state.paused:
        return "PAUSED"
    if world.state.order_of(robot.name) is not None:
        return "BUSY"
    if mission is not None:
        return _WITHOUT_ORDER.get(mission.kind, "BUSY")
    return "CHARGING" if mover is not None and mover.end in world.chargers else "IDLE"


def _robot(world: World, robot: Robot) -> RobotView:
    report, mover = robot.report, world.mover(robot.name)
    order = world.state.order_of(robot.name)
    home_x, home_y = world.graph.xy[robot.home]
    base = [world.graph.xy[n] for n in mover.nodes[mover.at + 1 : mover.granted + 1]] if mover else []
    return RobotView(
        name=robot.name,
        type=robot.unit.type,
        status=_status(world, robot),
        order_id=order.order_id if order else "",
        x=report.x if report else home_x,
        y=report.y if report else home_y,
        theta=report.theta if report else 0.0,
        v=report.v if report else 0.0,
        soc=report.soc if report else 0.0,
        charging=bool(report and report.charging),
        loaded=bool(report and report.loads),
        paused=bool(report and report.paused) or robot.name in world.state.paused,
        online=report is not None and world.online(robot),
        localized=report is not None and not robot.lost,
        node=world.graph.node_ids[mover.nodes[mover.at]] if mover else "",
        path=report.path if report else (),
        base=[(report.x, report.y), *base] if report and base else [],
        waiting=robot.waiting,
        errors=tuple((Reason(e.code, e.facts, robot.seen), e.level) for e in report.errors) if report else (),
        integration=world.state.integration.get(robot.name, "utilised"),
        e_stop=_e_stop(world, robot),
        loads=report.loads if report else (),
        root=robot.root,
        waits_since=causes.waits_since(world, robot),
        site_version=report.site_version if report else "",
        cameras=report.cameras if report else (),
        seen=robot.seen if report else 0.0,
        pauses=holds.owners(world.state.pauses.get(robot.name, {})),
    )


def _e_stop(world: World, robot: Robot) -> EmergencyStop:
    """Return the kind of an active stop, RELEASE when it was reset and waits for a person, else ""."""
    if robot.report is not None and robot.report.e_stop != "NONE" and robot.report.e_stop:
        return robot.report.e_stop
    return "RELEASE" if robot.name in world.state.stopped else ""


def _kpi(world: World, started: float) -> Kpi:
    state = world.state
    times, first = state.service_times, world.times_before
    lately = bisect_right(times, world.now - 3600.0, lo=min(first, len(times)), key=itemgetter(0))
    recent = [d for t, d in islice(times, lately, None) if t <= world.now]
    begin = min([started, *(t - d for t, d in times[first : first + 1])])
    hours = min(1.0, max(world.now - begin, LEAST_RATE_S) / 3600.0)
    ordered = sorted(recent)
    return Kpi(
        orders_total=state.order_count,
        orders_done=state.done,
        orders_open=len(state.open_orders),
        orders_cancelled=state.cancelled,
        orders_failed=state.failed,
        orders_per_hour=len(recent) / hours,
        service_p95_s=ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))] if ordered else 0.0,
        service_mean_s=sum(ordered) / len(ordered) if ordered else 0.0,
        deadlocks=state.deadlocks,
    )
