"""What is peculiar to the two doors of an air-lock among the doors (`domain.doors`): at most one of them is open.

Traffic lets one robot into doorways and chamber together (their elements exclude each other). A door is told to open
only while the other one says that it is closed, and has a lease or is told to open only for itself. The robot inside
comes first: nobody else gets a lease, and nobody is let in by a door behind which the other one is broken, so that
nobody is caught. Who is called and not let in by traffic gives way to others. Unknown is not closed.
"""

from __future__ import annotations

import math
from typing import Final

from amr_core.roadmap.doorways import distance
from amr_fleet.domain.gates import PREFIX, REACH, DoorUnit
from amr_fleet.domain.mover import Mover
from amr_fleet.domain.world import World

_GIVE_WAY: Final = 3.0  # s that a lease is kept for a robot that does not come in, while another one stands before it


def sealed(world: World, door: DoorUnit) -> bool:
    """Return whether the other door of its air-lock says that it is closed; True where there is none."""
    return not door.partner or world.doors[door.partner].mode(world.now) == "CLOSED"


def may_pass(world: World, door: DoorUnit, robot: str) -> bool:
    """Return whether a robot would get on behind it: the other door works, or it is on its way out."""
    return not door.partner or not world.doors[door.partner].dead or robot in occupants(world, door)


def occupants(world: World, door: DoorUnit) -> list[str]:
    """Return the robots in the air-lock: by what they hold, or held when this fleet was started."""
    found = [m.name for m in world.traffic.movers.values() if m.surely & door.lock_mask]
    found += [
        name
        for name, robot in world.robots.items()
        if name not in world.traffic.movers and robot.remembered & door.lock_mask
    ]
    return found


def takes(world: World, door: DoorUnit, robot: str, wanting: list[str]) -> bool:
    """Return whether a robot that comes may have the lease. wanting: all that come to either door of the air-lock."""
    if not door.partner:
        return True
    leases = world.state.doors.leases
    if leases.get(door.way.id) or leases.get(door.partner):
        return False
    inside = occupants(world, door)
    if inside:
        door.passed_over.clear()
        return inside == [robot]
    if world.doors[door.partner].dead:
        return False
    first = [name for name in wanting if name not in door.passed_over] or wanting
    return robot == min(first, key=lambda name: (_stands_since(world, name, world.now), name), default=robot)


def _stands_since(world: World, robot: str, else_: float) -> float:
    mover = world.traffic.movers[robot]
    return mover.blocker.since if mover.blocker is not None and mover.at == mover.granted else else_


def gives_way(world: World, door: DoorUnit, mover: Mover, wanting: list[str]) -> bool:
    """The lease of a robot that is not in the air-lock is of use to another one that stands before it.

    It stands before the open door and traffic does not let it in, or it is not there yet. Another may have to come out
    of its way first, and that one may need the air-lock.
    """
    if not door.partner or mover.held & door.lock_mask:
        return False
    if world.doors[door.partner].dead:
        return True
    here = mover.blocker is not None and mover.at == mover.granted
    called = here and mover.blocker is not None and mover.blocker.zone == PREFIX + door.way.id
    others = [name for name in wanting if name != mover.name and _stands_since(world, name, math.inf) < math.inf]
    if called or not others:
        door.refused_since = None
        return False
    door.refused_since = world.now if door.refused_since is None else door.refused_since
    if world.now - door.refused_since <= _GIVE_WAY:
        return False
    door.refused_since = None
    if door.passed_over.issuperset(others):
        door.passed_over.clear()  # a new round: who gave way before may be let in by now
    door.passed_over.add(mover.name)
    return True


def may_open(world: World, door: DoorUnit, *, stuck: bool) -> bool:
    """Return whether it may be told to open: the other one is closed and not told to, or a robot is in its doorway.

    What others ask for counts only while no robot of ours is in the air-lock or has been called to it. stuck: it is
    told to open until it does.
    """
    if not door.partner:
        return True
    leases = world.state.doors.leases
    if any(_in_doorway(world, door, robot) for robot in leases.get(door.way.id, {})):
        return True
    other = world.doors[door.partner]
    ours = stuck or leases.get(door.way.id) or not (leases.get(door.partner) or occupants(world, door))
    return bool(ours) and other.mode(world.now) == "CLOSED" and other.told is not True


def _in_doorway(world: World, door: DoorUnit, robot: str) -> bool:
    """A robot stands in the doorway, or nobody knows after a restart; never in that of a closed door."""
    if door.mode(world.now) not in ("OPEN", "OPENING", "CLOSING"):
        return False
    mover, report = world.mover(robot), world.robots[robot].report
    if mover is None or report is None:
        return True
    return bool(mover.surely & door.mask) and distance(door.way, report.x, report.y) < REACH


def stays_open(world: World, door: DoorUnit, patience: float) -> bool:
    """It was told to close and does not: the other door of its air-lock stays shut. patience: s beyond its own time."""
    mode = door.mode(world.now)
    wrong = bool(door.partner) and door.told is False and mode in ("OPEN", "OPENING", "CLOSING")
    door.unclosed_since = (world.now if door.unclosed_since is None else door.unclosed_since) if wrong else None
    return door.unclosed_since is not None and world.now - door.unclosed_since > door.way.open_s + patience


def named(world: World, door: DoorUnit, robot: str) -> tuple[str, str]:
    """Return which door a robot that stands before this one waits for, and how that is.

    This one; AIR_LOCK while it is kept shut because the other one is not closed or another robot has the air-lock; the
    other one where that is broken.
    """
    own = door.state(world.now)
    if not door.partner or door.dead or door.mode(world.now) in ("UNKNOWN", "OFFLINE", "FAULT"):
        return door.way.id, own
    other = world.doors[door.partner]
    if other.dead or other.mode(world.now) in ("UNKNOWN", "OFFLINE", "FAULT"):
        return door.partner, other.state(world.now)
    return door.way.id, own if sealed(world, door) and not holder(world, door.way.id, robot) else "AIR_LOCK"


def holder(world: World, door: str, robot: str) -> str:
    """Return which other robot has the air-lock of a door that a robot waits before, "" = none."""
    unit = world.doors.get(door)
    if unit is None or not unit.partner:
        return ""
    leases = world.state.doors.leases
    names = [*occupants(world, unit), *leases.get(unit.way.id, {}), *leases.get(unit.partner, {})]
    return next((name for name in names if name != robot), "")
