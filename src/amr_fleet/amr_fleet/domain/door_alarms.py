"""What needs a person at a door or lift: it does not answer or obey, or a robot that cannot go on is in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from amr_core.errors import Fact
from amr_fleet.domain.gates import DoorUnit
from amr_fleet.domain.world import World

HELD_AFTER: Final = 60.0
"""s that a robot may stand in a doorway: as long as a person may stand in its way."""


def causes(world: World) -> Iterator[tuple[str, str, str, dict[str, Fact]]]:
    """Yield (code, door, robot, facts) of every alarm about doors that has a cause now."""
    for name, door in world.doors.items():
        if door.way.station:
            yield from _conveyor(world, name, door)
            continue
        if door.dead:
            yield "alarm.door", name, "", {"door": name, "state": door.state(world.now)}
        for robot in world.state.doors.leases.get(name, {}):
            mover, unit = world.mover(robot), world.robots.get(robot)
            if mover is None and world.taken_out(robot):
                yield "alarm.door_held", name, robot, {"door": name, "robot": robot}
            if mover is None or unit is None or not mover.surely & door.mask:
                continue
            if not world.available(unit) or world.now - unit.got_on > HELD_AFTER:
                yield "alarm.door_held", name, robot, {"door": name, "robot": robot}


def _conveyor(world: World, name: str, door: DoorUnit) -> Iterator[tuple[str, str, str, dict[str, Fact]]]:
    """Yield the alarms of a conveyor. A robot may stand at one, but for one that nobody leads away again."""
    if door.dead or door.stays(world.now) or door.disagrees(world.now):
        yield "alarm.conveyor", name, "", {"conveyor": name, "state": door.state(world.now)}
        return
    for robot in world.state.doors.leases.get(name, {}):
        if world.mover(robot) is None and world.taken_out(robot):
            yield "alarm.conveyor", name, robot, {"conveyor": name, "state": "HELD", "robot": robot}


def lift_causes(world: World) -> Iterator[tuple[str, str, str, dict[str, Fact]]]:
    """Yield (code, lift, robot, facts) of every alarm about lifts that has a cause now."""
    for name, lift in world.lifts.items():
        if lift.dead:
            yield "alarm.lift", name, "", {"lift": name, "state": lift.state(world.now)}
        robot = world.state.lifts.leases.get(name, ("", 0))[0]
        mover, unit = world.mover(robot), world.robots.get(robot)
        if mover is None and world.taken_out(robot):
            yield "alarm.lift_held", name, robot, {"lift": name, "robot": robot}
        if mover is None or unit is None or not mover.surely & lift.mask:
            continue
        if lift.dead or not world.available(unit) or world.now - unit.got_on > lift.way.longest_s + HELD_AFTER:
            yield "alarm.lift_held", name, robot, {"lift": name, "robot": robot}
