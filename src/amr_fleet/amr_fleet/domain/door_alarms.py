"""What needs a person at a door: it does not answer or obey, or a robot that cannot drive stands in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from amr_core.errors import Fact
from amr_fleet.domain.world import World

HELD_AFTER: Final = 60.0
"""s that a robot may stand in a doorway: as long as a person may stand in its way."""


def causes(world: World) -> Iterator[tuple[str, str, str, dict[str, Fact]]]:
    """Yield (code, door, robot, facts) of every alarm about doors that has a cause now."""
    for name, door in world.doors.items():
        if door.dead:
            yield "alarm.door", name, "", {"door": name, "state": door.state(world.now)}
        for robot in world.state.doors.leases.get(name, {}):
            mover, unit = world.mover(robot), world.robots.get(robot)
            if mover is None or unit is None or not mover.held & door.mask:
                continue
            if not world.available(unit) or world.now - unit.got_on > HELD_AFTER:
                yield "alarm.door_held", name, robot, {"door": name, "robot": robot}
