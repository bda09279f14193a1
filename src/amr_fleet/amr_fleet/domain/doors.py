"""Doors and gates that robots drive through, as resources of the traffic engine.

A robot whose way leads through a door gets a lease on it, with a fencing number that only grows, early enough for the
door to be open when it comes. While there is a lease the door is told to open, and told again every second. A base
leads through the doorway only while the door says OPEN, has said so within FRESH s, and the robot's lease is in the
journal; then it leads through to the other side, so that nobody waits in a doorway. A lease ends when nothing that the
robot holds lies in the doorway any more, which its pose and its last node say (`Mover.hold`), never by time. A door
that is not heard, says that it has a fault, or does not open is an alarm, and routes lead around it. Unknown is closed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from amr_core.roadmap.doorways import distance, side
from amr_core.vda5050 import RobotState
from amr_fleet.domain import air_locks, conveyors
from amr_fleet.domain.events import BeltReport, DoorCommand, DoorReport, DoorSession
from amr_fleet.domain.gates import REACH, DoorGate, DoorUnit
from amr_fleet.domain.mover import Mover
from amr_fleet.domain.robot_requests import pause, resume, resume_left_over
from amr_fleet.domain.robots import Robot
from amr_fleet.domain.world import World
from amr_fleet.domain.zones import enforce
from amr_fleet.peripherals import DoorView

_EARLY: Final = 2.0  # s before the robot comes that the door shall be open
_SILENT: Final = 5.0  # s without a word, or with a fault, after which routes lead around a door
_PATIENCE: Final = 10.0  # s beyond its own time that a door may take to open
_REPEAT: Final = 1.0  # s between two tellings, as Open-RMF repeats them
_SESSION: Final = 10.0  # s that another requester's wish counts that is not repeated


def on_report(world: World, report: DoorReport) -> None:
    """Take over what a door says of itself; unknown doors are ignored."""
    door = world.doors.get(report.door)
    if door is not None:
        door.said, door.heard = report.mode, world.now


def on_belt(world: World, report: BeltReport) -> None:
    """Take over what a conveyor's load sensor says; unknown conveyors are ignored."""
    door = world.doors.get(report.conveyor)
    if door is not None:
        door.belt_said, door.belt_heard = report.belt, world.now
        conveyors.see(world, door)


def on_session(world: World, session: DoorSession) -> None:
    """Another requester (a person's tablet, another fleet) wants a door open, or no longer."""
    door = world.doors.get(session.door)
    if door is None:
        return
    if session.open:
        door.others[session.requester] = world.now
    else:
        door.others.pop(session.requester, None)


def step(world: World) -> None:
    """Give and take leases, tell doors, stop who must not drive through; call it before traffic grants."""
    resume_left_over(world, "door", world.doors)
    dead, near = {name for name, door in world.doors.items() if door.dead}, _near(world)
    for door in world.doors.values():
        _watch(world, door)
        _lease(world, door, near)
        conveyors.judge(world, door)
        _tell(world, door)
        _stop(world, door, near)
    if {name for name, door in world.doors.items() if door.dead} != dead:
        enforce(world)
    world.traffic.gates = tuple(_gate(world, door) for door in world.doors.values())


def _near(world: World) -> list[Robot]:
    """Return the robots that any door has to do with: of many, few. With an air-lock all: who comes counts there."""
    robots, doors = world.robots.values(), world.doors.values()
    if any(door.partner for door in doors):
        return list(robots)
    masks, pauses = 0, world.state.pauses
    for door in doors:
        masks |= door.mask
    known = {name for leases in world.state.doors.leases.values() for name in leases}
    known |= {name for name, pause in pauses.items() if "door" in pause}
    found = []
    for robot in robots:
        mover = world.mover(robot.name)
        if robot.name in known or (mover is not None and (mover.held | mover.uses[mover.at]) & masks):
            found.append(robot)
    return found


def _gate(world: World, door: DoorUnit) -> DoorGate:
    leases = world.state.doors.leases.get(door.way.id, {})
    passable = _open(world, door) and not door.dead and not world.fire
    fit = frozenset(robot for robot in leases if _fits(world, door, robot)) if passable else frozenset[str]()
    return DoorGate(door.way.id, door.mask, fit)


def _open(world: World, door: DoorUnit) -> bool:
    """It is open, and the other one of its air-lock is not."""
    return door.mode(world.now) == "OPEN" and air_locks.sealed(world, door)


def _fits(world: World, door: DoorUnit, robot: str) -> bool:
    """A robot may go through: a conveyor has what it needs, an air-lock would let it out again."""
    return conveyors.fits(world, door, robot) and air_locks.may_pass(world, door, robot)


def _watch(world: World, door: DoorUnit) -> None:
    """Find out whether it still does what doors do."""
    mode, now = door.mode(world.now), world.now
    if mode == "OPEN":
        door.asked_at = None
    wrong = mode in ("UNKNOWN", "OFFLINE", "FAULT")
    door.wrong_since = (now if door.wrong_since is None else door.wrong_since) if wrong else None
    silent = door.wrong_since is not None and now - door.wrong_since > _SILENT
    stuck = door.asked_at is not None and now - door.asked_at > door.way.open_s + _PATIENCE
    ajar = air_locks.stays_open(world, door, _PATIENCE)
    door.dead = silent or stuck or ajar or conveyors.not_to_be_believed(world, door, _SILENT)


def _lease(world: World, door: DoorUnit, near: Sequence[Robot]) -> None:
    name = door.way.id
    leases, wanting = world.state.doors.leases.get(name, {}), _wanting(world, door)
    for gone in sorted(leases.keys() - world.robots.keys()):
        _free(world, name, gone, "not there")
    for robot in near:
        mover = world.mover(robot.name)
        if mover is None:
            # After a restart nobody knows where it is: it may stand in the doorway. So may one taken out there.
            told = robot.report if robot.name in leases and world.taken_out(robot.name) and not robot.moving else None
            if told is not None and told.localized and not told.base and distance(door.way, told.x, told.y) >= REACH:
                _free(world, name, robot.name, "taken out")
            continue
        inside = bool(mover.surely & door.mask)
        if robot.name not in leases:
            free = conveyors.takes_another(world, door) and air_locks.takes(world, door, robot.name, wanting)
            if inside or (free and _comes(world, door, robot, mover)):
                fence = world.state.doors.fence + 1
                world.emit("door_leased", robot=robot.name, door=name, fence=fence)
        elif not inside and not _comes(world, door, robot, mover):
            _free(world, name, robot.name, "passed" if robot.report and robot.placed else "not there")
        elif not inside and air_locks.gives_way(world, door, mover, wanting):
            _free(world, name, robot.name, "gave way")


def give_back(world: World, robot: str, where: int, told: RobotState | None) -> None:
    """A robot was taken out of use: it gives back the doors that it does not stand in. where: what it held.

    told: what it said last. A door stays open for one that stands in its doorway.
    """
    for name, door in world.doors.items():
        inside = where & door.mask or (told is not None and distance(door.way, told.x, told.y) < REACH)
        if robot in world.state.doors.leases.get(name, {}) and not inside:
            _free(world, name, robot, "taken out")


def _free(world: World, door: str, robot: str, why: str) -> None:
    fence = world.state.doors.leases[door][robot]
    world.emit("door_freed", robot=robot, door=door, fence=fence, why=why)


def _wanting(world: World, door: DoorUnit) -> list[str]:
    """Return who comes to either door of its air-lock."""
    if not door.partner:
        return []
    pair = (door, world.doors[door.partner])
    movers = [(robot, world.mover(robot.name)) for robot in world.robots.values()]
    return [r.name for r, mover in movers if mover is not None and any(_comes(world, d, r, mover) for d in pair)]


def _comes(world: World, door: DoorUnit, robot: Robot, mover: Mover) -> bool:
    """The robot drives to the doorway, of an air-lock to this one first, and would be there when it can be open."""
    if world.fire or door.dead or robot.name not in world.state.missions:
        return False
    return _leads_there(world, door, mover) and world.available(robot)  # in this order: few come, and it is the dearer


def _leads_there(world: World, door: DoorUnit, mover: Mover) -> bool:
    if not mover.uses[mover.at] & door.mask:
        return False
    seconds, graph = 0.0, world.graph
    other = world.doors[door.partner].mask if door.partner else 0
    for edge in mover.edges[mover.at :]:
        step = graph.edge_bit(edge) | 1 << graph.end[edge]
        if step & (door.mask | other):
            return bool(step & door.mask)
        seconds += graph.seconds[edge]
        if seconds > door.way.open_s + _EARLY:
            return False
    return False


def _tell(world: World, door: DoorUnit) -> None:
    """Tell it what to do: open while somebody needs it; in a fire nobody holds it, and nobody closes it on a robot."""
    leases = world.state.doors.leases.get(door.way.id, {})
    for requester in [r for r, at in door.others.items() if world.now - at > _SESSION]:
        del door.others[requester]
    stuck = door.asked_at is not None and door.dead and door.wrong_since is None
    wanted = bool(leases or door.others or stuck) and air_locks.may_open(world, door, stuck=stuck)
    if world.fire:
        if leases:
            return
        wanted = False
    if wanted and door.asked_at is None and door.mode(world.now) != "OPEN":
        door.asked_at = world.now
    if not wanted or conveyors.serves(world, door):
        door.asked_at = None
    reached = not wanted and door.mode(world.now) == "CLOSED"
    if wanted != door.told or (not reached and world.now - door.told_at >= _REPEAT):
        door.told, door.told_at = wanted, world.now
        world.door_commands.append(DoorCommand(door.way.id, wanted, world.state.doors.fence))


def _stop(world: World, door: DoorUnit, near: Sequence[Robot]) -> None:
    """Stop robots whose base leads through a door that is not open any more; who is in the doorway leaves it."""
    shut = not _open(world, door)
    for robot in near:
        stopped = world.state.pauses.get(robot.name, {}).get("door")
        must = (shut or not _fits(world, door, robot.name)) and _before(world, door, robot)
        if must and stopped is None:
            pause(world, robot, "door", door.way.id)
        elif stopped is not None and stopped.user == door.way.id and not must:
            resume(world, robot, "door", door.way.id)


def _before(world: World, door: DoorUnit, robot: Robot) -> bool:
    """The robot's base leads through the door, and it is not in the doorway yet."""
    mover, report = world.mover(robot.name), robot.report
    if mover is None or report is None or not mover.held & door.mask:
        return False
    if door.way.station:  # it stops, docked or not, until it has begun to hand over
        return world.graph.node_ids[mover.end] == door.way.station and conveyors.to_begin(report)
    if distance(door.way, report.x, report.y) < REACH:
        return False
    end = world.graph.xy[mover.end]
    return side(door.way, report.x, report.y) * side(door.way, *end) < 0.0


def views(world: World) -> tuple[DoorView, ...]:
    """Return the doors as others see them."""
    return tuple(
        DoorView(
            door_id=name,
            mode=door.mode(world.now),
            robots=tuple(world.state.doors.leases.get(name, {})),
            dead=door.dead,
            others=tuple(door.others),
            belt=door.belt(world.now) if door.way.load_sensor else "",
        )
        for name, door in world.doors.items()
    )
