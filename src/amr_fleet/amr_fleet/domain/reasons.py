"""Why each robot waits and why an order may not start yet: a code, facts, since when. People see it."""

from __future__ import annotations

from amr_fleet.domain.orders import TransportOrder
from amr_fleet.domain.world import Robot, World
from amr_fleet.ports import Reason

_SEEN = {"person": "wait.person", "vehicle": "wait.vehicle", "obstacle": "wait.obstacle"}


def update_reasons(world: World) -> None:
    """Renew the reason of every robot; one with the same code keeps the time it began."""
    for robot in world.robots.values():
        reason = _reason(world, robot)
        old = robot.waiting
        if reason is not None and old is not None and old.code == reason.code:
            reason = Reason(reason.code, reason.facts, min(old.since, reason.since))
        robot.waiting = reason


def _reason(world: World, robot: Robot) -> Reason | None:
    report, now = robot.report, world.now
    if report is None or not world.online(robot):
        return Reason("robot.offline", {"robot": robot.name, "seconds": 5}, now)
    if robot.lost:
        return Reason("robot.lost", {"robot": robot.name}, now)
    if report.e_stop not in ("NONE", ""):
        return Reason("wait.e_stop", {"kind": report.e_stop}, now)
    if robot.name in world.state.stopped:
        return Reason("wait.release", {"robot": robot.name}, now)
    if report.paused or robot.name in world.state.paused:
        return _paused(world, robot)
    if report.waiting_for in _SEEN:
        return Reason(_SEEN[report.waiting_for], {}, now)
    return _traffic(world, robot) or robot.note


def _paused(world: World, robot: Robot) -> Reason:
    """Say who paused it, the pause that takes most to lift first."""
    pauses = world.state.pauses.get(robot.name, {})
    found = next((pauses[scope] for scope in ("unload", "one", "all") if scope in pauses), None)
    if found is None:
        return Reason("wait.paused", {"robot": robot.name, "user": ""}, world.now)
    code = "wait.unload" if found.scope == "unload" else "wait.paused"
    return Reason(code, {"robot": robot.name, "user": found.user}, found.since)


def _traffic(world: World, robot: Robot) -> Reason | None:
    mover = world.mover(robot.name)
    if mover is None or mover.blocker is None or mover.at != mover.granted or robot.name not in world.state.missions:
        return None
    if mover.blocker.zone:
        return Reason("wait.zone", {"zone": mover.blocker.zone}, mover.blocker.since)
    node = world.graph.node_ids[mover.blocker.node]
    return Reason("wait.traffic", {"robot": mover.blocker.robot, "node": node}, mover.blocker.since)


def not_yet(world: World, order: TransportOrder) -> Reason | None:
    """Return why an order in the queue has to stay there, or None when it may be given to a robot."""
    request = order.request
    if request.held:
        return Reason("wait.held", {}, order.created)
    if request.load_id and world.state.cargo.held(request.load_id):
        return Reason("wait.customs", {"load_id": request.load_id}, order.created)
    if request.earliest > world.now:
        return Reason("wait.earliest", {"at": request.earliest}, order.created)
    return None
