"""Lifts as resources of the traffic engine: one robot, from before it enters until it is seen outside.

A robot whose way leads through a lift gets the lease on it, with a fencing number that only grows; lease and number
name its session. While there is a lease the lift is told, and told again every second, to stand at the level where the
robot needs it with its door open. A base leads into the cabin, out of it, or onto the other level's map only while the
lift says that it stands there, open, in AGV mode, for this very session, and has said so within FRESH s. So a robot
changes levels in three grants: into the cabin; the ride, when the cabin is at the other floor; and out. Between them
the cabin is sent off only when the robot stands in its middle. The lease ends when nothing that the robot holds belongs
to the lift any more, which its pose and its last node say, never by time. A lift that is not heard, is out of AGV mode,
or does not come is an alarm, and routes lead around it; who is in it stays in it, with its lease.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from amr_core.roadmap.doorways import distance, side
from amr_core.vda5050 import RobotState
from amr_fleet.domain.events import LiftCommand, LiftReport
from amr_fleet.domain.gates import LIFT, DoorGate
from amr_fleet.domain.lift_units import LiftUnit
from amr_fleet.domain.mover import Mover
from amr_fleet.domain.robot_requests import pause, resume, resume_left_over
from amr_fleet.domain.robots import Robot
from amr_fleet.domain.world import World
from amr_fleet.domain.zones import enforce
from amr_fleet.peripherals import LiftView

_SILENT: Final = 5.0  # s without a word, or out of order, after which routes lead around a lift
_PATIENCE: Final = 30.0  # s beyond its longest ride that a lift may take to come
_PEOPLE: Final = 300.0  # s that people or another fleet may keep it
_AGAIN: Final = 60.0  # s after which a lift that did not come, and that nobody waits for, is tried again
_REPEAT: Final = 1.0  # s between two tellings, as Open-RMF repeats them
_GIVE_WAY: Final = 3.0  # s that a lift stands open for a robot that traffic does not let in, while others want it
_REACH: Final = 1.0  # m from the leaf: a robot nearer than this is in the doorway, and leaves it
_INSIDE: Final = 0.3  # m from the middle of the cabin: so near a robot is wholly inside
_WRONG: Final = ("UNKNOWN", "OFFLINE", "FIRE", "EMERGENCY")


def on_report(world: World, report: LiftReport) -> None:
    """Take over what a lift says of itself; unknown lifts are ignored."""
    lift = world.lifts.get(report.lift)
    if lift is not None:
        lift.said, lift.heard = report, world.now


def session_of(robot: str, fence: int) -> str:
    """Return what a lease is called towards the lift; the port puts the fleet before it."""
    return f"{robot}/{fence}"


def step(world: World) -> None:
    """Give and take leases, tell lifts, stop who must not drive in or out; call it after doors, before grants."""
    resume_left_over(world, "lift", world.lifts)
    if not world.lifts:
        return
    dead = {name for name, lift in world.lifts.items() if lift.dead}
    for lift in world.lifts.values():
        _watch(world, lift)
        _lease(world, lift)
        _tell(world, lift)
        _stop(world, lift)
    if {name for name, lift in world.lifts.items() if lift.dead} != dead:
        enforce(world)
    world.traffic.gates += tuple(gate for lift in world.lifts.values() for gate in _gates(world, lift))


def _session(world: World, lift: LiftUnit) -> str:
    lease = world.state.lifts.leases.get(lift.way.id)
    return session_of(*lease) if lease else ""


def _gates(world: World, lift: LiftUnit) -> Iterator[DoorGate]:
    robot, session = world.state.lifts.leases.get(lift.way.id, ("", 0))[0], _session(world, lift)
    for level, mask in lift.masks.items():
        # What it said may be some seconds old: where it is told to leave, its door may be closing by now.
        passable = not world.fire and lift.told == (session, level) and lift.open_at(world.now, level, session)
        yield DoorGate(lift.way.id, mask, frozenset([robot] if passable else []), each=True, prefix=LIFT)


def _watch(world: World, lift: LiftUnit) -> None:
    """Find out whether it still does what lifts do."""
    mode, now, said = lift.mode(world.now), world.now, lift.report(world.now)
    wrong = mode in _WRONG
    lift.wrong_since = (now if lift.wrong_since is None else lift.wrong_since) if wrong else None
    silent = lift.wrong_since is not None and now - lift.wrong_since > _SILENT
    busy = mode == "HUMAN" or (said is not None and bool(said.session) and not said.ours)
    patience = _PEOPLE if busy else lift.way.longest_s + _PATIENCE
    waited = 0.0 if lift.asked_at is None else now - lift.asked_at
    if waited > patience + _AGAIN and lift.way.id not in world.state.lifts.leases:
        lift.asked_at, waited = None, 0.0
    lift.dead = silent or waited > patience


# Leases ---------------------------------------------------------------------------------------------------------


def _lease(world: World, lift: LiftUnit) -> None:
    name = lift.way.id
    lease = world.state.lifts.leases.get(name)
    if lease is not None:
        robot = world.robots.get(lease[0])
        why = "not there" if robot is None else _over(world, lift, robot)
        if not why:
            return
        if why == "passed":
            lift.passed_over.clear()
        _end(world, lift, lease, why)
    chosen = _next(world, lift)
    if chosen is not None:
        world.emit("lift_leased", robot=chosen.name, lift=name, fence=world.state.lifts.fence + 1)


def _end(world: World, lift: LiftUnit, lease: tuple[str, int], why: str) -> None:
    world.emit("lift_freed", robot=lease[0], lift=lift.way.id, fence=lease[1], why=why)
    world.lift_commands.append(LiftCommand(lift.way.id, session_of(*lease)))
    lift.refused_since = None


def _over(world: World, lift: LiftUnit, robot: Robot) -> str:
    """Return why its lease ends now, "" while it does not."""
    mover = world.mover(robot.name)
    if mover is None:
        # After a restart nobody knows where it is: it may stand in the cabin. So may one that was taken out there.
        told = robot.report if world.taken_out(robot.name) and not robot.moving else None
        seen = told is not None and told.localized and not told.base and not _reaches(world, lift, told)
        return "taken out" if seen else ""
    if mover.surely & lift.mask:
        lift.refused_since = None
        return ""
    if not _comes(world, lift, robot, mover):
        return "passed" if robot.report and robot.placed else "not there"
    return "gave way" if _gives_way(world, lift, robot, mover) else ""


def give_back(world: World, robot: str, where: int, told: RobotState | None) -> None:
    """A robot was taken out of use: it gives back the lifts that it does not stand in. where: what it held.

    told: what it said last. Where it stands in one it keeps that: another robot must not be sent in to it.
    """
    for name, lift in world.lifts.items():
        lease = world.state.lifts.leases.get(name)
        inside = where & lift.mask or (told is not None and _reaches(world, lift, told))
        if lease is not None and lease[0] == robot and not inside:
            _end(world, lift, lease, "taken out")


def _reaches(world: World, lift: LiftUnit, report: RobotState) -> bool:
    """The robot says that it is in the cabin or a landing door."""
    for stop in lift.way.stops:
        x, y = world.graph.xy[world.graph.node_index[stop.node]]
        half = math.hypot(math.dist((x, y), (stop.door.x, stop.door.y)), stop.door.width / 2.0)
        if math.dist((report.x, report.y), (x, y)) <= half or distance(stop.door, report.x, report.y) < _REACH:
            return True
    return False


def _gives_way(world: World, lift: LiftUnit, robot: Robot, mover: Mover) -> bool:
    """The lift is open for it and traffic does not let it in, or it is not there yet, and another one stands before it.

    Another may have to come out of its way first, and that one may need the lift.
    """
    others = [r for r in _wanting(world, lift) if r is not robot and r.name not in lift.passed_over]
    waiting = [r for r in others if _at_gate(lift, world.traffic.movers[r.name])]
    if not _at_gate(lift, mover):
        lift.refused_since = None
        return bool(waiting) and robot.name not in lift.passed_over
    level = _level_of(lift, mover.edges[mover.granted])
    if not lift.open_at(world.now, level, _session(world, lift)):
        lift.refused_since = None
        return False
    lift.refused_since = world.now if lift.refused_since is None else lift.refused_since
    if world.now - lift.refused_since <= _GIVE_WAY or not others:
        return False
    lift.passed_over.add(robot.name)
    return True


def _next(world: World, lift: LiftUnit) -> Robot | None:
    """Return who gets it: who is in it, else who has waited longest before it, else who comes first."""
    movers = world.traffic.movers
    for robot in world.robots.values():
        mover = movers.get(robot.name)
        if mover is not None and mover.surely & lift.mask:
            return robot
    wanting = _wanting(world, lift)
    first = [r for r in wanting if r.name not in lift.passed_over] or wanting
    return min(first, key=lambda r: _turn(world, lift, movers[r.name]), default=None)


def _turn(world: World, lift: LiftUnit, mover: Mover) -> tuple[bool, float, str]:
    if _at_gate(lift, mover):
        return False, mover.blocker.since if mover.blocker else world.now, mover.name
    return True, _seconds_to(lift, mover), mover.name


def _wanting(world: World, lift: LiftUnit) -> list[Robot]:
    found = []
    for robot in world.robots.values():
        mover = world.mover(robot.name)
        if mover is not None and _comes(world, lift, robot, mover):
            found.append(robot)
    return found


def _comes(world: World, lift: LiftUnit, robot: Robot, mover: Mover) -> bool:
    """The robot drives to the lift and would be there by the time that the lift needs to come."""
    if world.fire or robot.name not in world.state.missions or not world.available(robot):
        return False
    leased = world.state.lifts.leases.get(lift.way.id, ("", 0))[0] == robot.name
    if lift.wrong_since is not None or (lift.dead and not leased):
        return False
    return _seconds_to(lift, mover) <= lift.way.longest_s


def _seconds_to(lift: LiftUnit, mover: Mover) -> float:
    """Return how long (s) the robot drives to the lift; infinite when its way does not lead through it."""
    seconds, graph = 0.0, mover.graph
    for edge in mover.edges[mover.at :]:
        if graph.edge_bit(edge) & lift.mask:
            return seconds
        seconds += graph.seconds[edge]
    return math.inf


def _at_gate(lift: LiftUnit, mover: Mover) -> bool:
    """It stands before the lift: its next step leads into it."""
    edges = mover.edges[mover.granted :]
    return mover.at == mover.granted and bool(edges) and bool(mover.graph.edge_bit(edges[0]) & lift.mask)


# Telling --------------------------------------------------------------------------------------------------------


def _level_of(lift: LiftUnit, edge: int) -> str:
    """Return the level at which the cabin must stand for an edge of the lift, "" for any other edge."""
    return next((level for level, mask in lift.masks.items() if mask & lift.edge_bit(edge)), "")


def _tell(world: World, lift: LiftUnit) -> None:
    """Tell it where to stand; in a fire it is told nothing. A session of ours that is over is ended until it is."""
    lease, said = world.state.lifts.leases.get(lift.way.id), lift.report(world.now)
    if said is not None and said.ours and said.session and said.session != _session(world, lift):
        _say(world, lift, LiftCommand(lift.way.id, said.session))
        return
    robot = world.robots.get(lease[0]) if lease else None
    mover = world.mover(robot.name) if robot else None
    if robot is None or mover is None or world.fire:
        lift.asked_at = None if lease is None and not lift.dead else lift.asked_at
        return
    level = _wanted(world, lift, robot, mover)
    if not level:
        return
    if level != lift.asked_level or lift.open_at(world.now, level, _session(world, lift)):
        lift.asked_at = None
    elif lift.asked_at is None:
        lift.asked_at = world.now
    lift.asked_level = level
    _say(world, lift, LiftCommand(lift.way.id, _session(world, lift), level))


def _say(world: World, lift: LiftUnit, command: LiftCommand) -> None:
    told = (command.session, command.level)
    if told != lift.told or world.now - lift.told_at >= _REPEAT:
        lift.told, lift.told_at = told, world.now
        world.lift_commands.append(command)


def _wanted(world: World, lift: LiftUnit, robot: Robot, mover: Mover) -> str:
    """Return the level where the robot needs the cabin now; "" = it is not known, and nothing is told."""
    inside = lift.cabins.get(mover.nodes[mover.at])
    ahead = [level for e in mover.edges[mover.at : mover.granted] if (level := _level_of(lift, e))]
    if ahead:
        return ahead[0]  # the cabin stays where a base leads in or out
    if inside is not None and mover.at == mover.granted:
        if not _stands_inside(world, robot, mover):
            said = lift.report(world.now)
            return inside if said is None or said.moving else said.level
        after = mover.edges[mover.granted : mover.granted + 1]
        return _level_of(lift, after[0]) if after else inside
    held = next((level for level, mask in lift.masks.items() if mask & mover.held), "")
    if held:
        return held
    return next((level for e in mover.edges[mover.granted :] if (level := _level_of(lift, e))), "")


def _stands_inside(world: World, robot: Robot, mover: Mover) -> bool:
    """It is wholly in the cabin, stands, and can drive: only then the cabin leaves with it."""
    report, node = robot.report, mover.graph.xy[mover.nodes[mover.at]]
    if report is None or robot.moving or not world.available(robot):
        return False
    return math.dist((report.x, report.y), node) <= _INSIDE


def _stop(world: World, lift: LiftUnit) -> None:
    """Stop robots whose base leads through a landing door that is not open any more; who is in the doorway leaves."""
    for robot in world.robots.values():
        stopped = world.state.pauses.get(robot.name, {}).get("lift")
        must = _shut_before(world, lift, robot)
        if must and stopped is None:
            pause(world, robot, "lift", lift.way.id)
        elif stopped is not None and stopped.user == lift.way.id and not must:
            resume(world, robot, "lift", lift.way.id)


def _shut_before(world: World, lift: LiftUnit, robot: Robot) -> bool:
    """The robot's base leads through a landing door that is not open, and it is not in the doorway yet."""
    mover, report = world.mover(robot.name), robot.report
    if mover is None or report is None or not mover.held & lift.mask or mover.at == mover.granted:
        return False
    end = world.graph.xy[mover.end]
    for stop in lift.way.stops:
        leads = any(_level_of(lift, e) == stop.level for e in mover.edges[mover.at : mover.granted])
        if not leads or lift.open_at(world.now, stop.level, _session(world, lift)):
            continue
        if distance(stop.door, report.x, report.y) >= _REACH:
            return side(stop.door, report.x, report.y) * side(stop.door, *end) < 0.0
    return False


def leaves_a_door(world: World, robot: Robot) -> bool:
    """Return whether a robot is in a landing door, or through it and not yet at the end of that step: it drives on."""
    mover, report = world.mover(robot.name), robot.report
    if mover is None or report is None:
        return False
    for lift in world.lifts.values():
        for edge in mover.edges[mover.at : mover.granted]:
            level = _level_of(lift, edge)
            if not level or mover.graph.ride[edge]:
                continue
            door = next(stop.door for stop in lift.way.stops if stop.level == level)
            through = side(door, report.x, report.y) * side(door, *mover.graph.xy[mover.graph.end[edge]]) > 0.0
            if through or distance(door, report.x, report.y) < _REACH:
                return True
    return False


def views(world: World) -> tuple[LiftView, ...]:
    """Return the lifts as others see them."""
    found = []
    for name, lift in world.lifts.items():
        said = lift.report(world.now)
        found.append(
            LiftView(
                lift_id=name,
                level="" if said is None else said.level,
                door="UNKNOWN" if said is None else said.door,
                moving=said is not None and said.moving,
                mode=lift.mode(world.now),
                robot=world.state.lifts.leases.get(name, ("", 0))[0],
                dead=lift.dead,
            )
        )
    return tuple(found)
