"""A trial's envelope as traffic and dispatch obey it: what may be entered, how fast, how many, when, by whom.

The watch (`amr_fleet.sandbox.watch`) knows nothing of this and sees to it that it holds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import shapely

from amr_core.robots import ROBOT_TYPES
from amr_fleet.domain.camera_alarms import blind_cameras
from amr_fleet.domain.graph import Barrier, TrafficGraph
from amr_fleet.domain.mover import Mover
from amr_fleet.domain.robot_requests import pause, resume
from amr_fleet.domain.robots import Robot
from amr_fleet.domain.world import World
from amr_fleet.sandbox.book import Trial
from amr_fleet.sandbox.floor import floor
from amr_fleet.sandbox.permit import BARRIER, FREE, Permit
from amr_fleet.sandbox.record import TrialRecord
from amr_fleet.sandbox.sketch import Drawn
from amr_fleet.sandbox.states import SIGNED
from amr_fleet.sandbox.windows import span_at

KEEP_OFF = 0.12
"""m between the swept way of a robot and the border: what localisation and control may be off."""
_PERIOD = 1.0  # s between two looks at clock and cameras
_STOPS = frozenset({"suspended", "window", "margin"})
_HALF_WIDTH, _RADIUS = 0.5, 0.85  # m, of a loaded robot of unknown type


def renew(world: World) -> bool:
    """Find out anew what is allowed, end what is over, pause and resume robots; True when the envelope changed."""
    if world.now < world.permit_due:
        _pauses(world)
        return False
    world.permit_due = world.now + _PERIOD
    over = _expire(world)
    world.permit = _permit(world, world.state.trials.in_force())
    _pauses(world)
    return over


def _expire(world: World) -> bool:
    book = world.state.trials
    now = book.utc(world.now)
    over = [t.trial_id for t in book.trials.values() if t.state in SIGNED and now >= t.record.end]
    for trial_id in over:
        world.emit("trial_state", trial=trial_id, state="expired", reason="", role="", user="")
    return bool(over)


def _permit(world: World, trial: Trial | None) -> Permit:
    if trial is None:
        return Permit(bar="no_trial") if world.trial_required else FREE
    envelope = trial.record.envelope
    serials = frozenset(envelope.serials)
    allowed = Permit(
        trial.trial_id, "", math.inf, envelope.margin_s, envelope.max_robots_moving, serials, envelope.max_load_kg
    )  # fmt: skip
    if trial.state == "suspended":
        return allowed.barred("suspended")
    book = world.state.trials
    span = span_at(envelope, book.utc(world.now))
    if span is None:
        return allowed.barred("window")
    allowed = replace(allowed, until=book.fleet(span[1]))
    if world.now >= allowed.until - max(envelope.margin_s, world.settings.base_seconds):
        return allowed.barred("margin")
    blind = {camera for _, camera, _ in blind_cameras(world.state.zones.values())}
    return allowed.barred("camera") if blind.intersection(envelope.cameras) else allowed


def _pauses(world: World) -> None:
    """Pause robots that have come to the end of their released way; let them go when the trial may go on."""
    permit = world.permit
    stop = permit.bar in _STOPS
    for robot in world.robots.values():
        held = "trial" in world.state.pauses.get(robot.name, {})
        if stop and not held and _stands(world, robot):
            pause(world, robot, "trial", permit.trial)
        elif held and not stop:
            resume(world, robot, "trial", permit.trial)


def _stands(world: World, robot: Robot) -> bool:
    mover, report = world.mover(robot.name), robot.report
    if mover is None or report is None or not world.online(robot):
        return False
    return not robot.moving and mover.at == mover.granted and not any(
        a.status == "RUNNING" and not a.action_id.endswith(":charge") for a in robot.order_actions
    )  # fmt: skip


def may_step(world: World) -> Callable[[Mover], bool] | None:
    """Return who may be given more way now; None = everybody."""
    permit = world.permit
    if permit == FREE:
        return None

    def allowed(mover: Mover) -> bool:
        if not permit.lets(mover.name):
            return False
        if not permit.most_moving:
            return True
        moving = {m.name for m in world.traffic.movers.values() if m.granted > m.at or _drives(world, m.name)}
        return mover.name in moving or len(moving) < permit.most_moving

    return allowed


def _drives(world: World, name: str) -> bool:
    robot = world.robots.get(name)
    return robot is not None and robot.moving and world.online(robot)


# Compiling the envelope --------------------------------------------------------------------------------------------


def envelope_of(world: World, record: TrialRecord) -> tuple[Barrier, dict[int, float]]:
    """Return what `compiled` makes of a record for the robots of this fleet; made once for each version of it."""
    if world.envelope is None or world.envelope[0] is not record:
        made = compiled(world.graph, record, [r.unit.type for r in world.robots.values()])
        world.envelope = (record, *made)
    return world.envelope[1:]


def compiled(graph: TrafficGraph, record: TrialRecord, types: Sequence[str]) -> tuple[Barrier, dict[int, float]]:
    """Return what no robot may enter and the speed limit (m/s) of every edge; types: those of the robots."""
    envelope = record.envelope
    lines, half = graph.shapes[graph.n_nodes :], _sizes(types)[0]
    limit = min([envelope.max_speed.all, *(v for t, v in envelope.max_speed.types.items() if t in types)])
    limits = dict.fromkeys(range(len(graph.edge_ids)), limit)
    for zone in envelope.max_speed.zones:
        near = shapely.dwithin(lines, shapely.Polygon(zone.polygon), half)
        for e in near.nonzero()[0].tolist():
            limits[e] = min(limits[e], zone.max_speed)
    mask = closed_to_robots(graph, envelope, types)
    return Barrier(f"{BARRIER}{record.trial_id}", mask, lasting=True), limits


def closed_to_robots(graph: TrafficGraph, drawn: Drawn, types: Sequence[str]) -> int:
    """Return the nodes and edges (a mask) where robots of these types, or their loads, would stick out of the areas."""
    half, radius = _sizes(types)
    allowed, forbidden = floor(drawn)
    area = allowed.difference(forbidden) if drawn.forbidden else allowed
    nodes = shapely.buffer(graph.shapes[: graph.n_nodes], radius + KEEP_OFF)
    shapely.prepare(area)
    node_in = shapely.covers(area, nodes)
    edge_in = shapely.covers(area, shapely.buffer(graph.shapes[graph.n_nodes :], half + KEEP_OFF, cap_style="flat"))
    mask = 0
    for i in (~node_in).nonzero()[0].tolist():
        mask |= 1 << i
    for e, inside in enumerate(edge_in.tolist()):
        if not (inside and node_in[graph.start[e]] and node_in[graph.end[e]]):
            mask |= graph.edge_bit(e)
    return mask


def _sizes(types: Sequence[str]) -> tuple[float, float]:
    """Return half the width and the radius (m) that the largest of these types sweeps, with a load."""
    known = [ROBOT_TYPES[t] for t in types if t in ROBOT_TYPES]
    half = max((k.reach(loaded=True)[2] for k in known), default=_HALF_WIDTH)
    radius = max((k.circumscribed_radius() for k in known), default=_RADIUS)
    return half, radius
