"""Alarms that name what is wrong between fleet and robots, where all that shows is that a robot is silent or stands.

All silent at once: network, broker or gateway. Heard but not hearing: one way only. Spoken by another process than
before: restarted. Whose network address or clock is wrong, the robot (or its master control) says in its errors.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from amr_core.errors import Fact
from amr_core.numbers import number
from amr_core.vda5050 import RobotError
from amr_fleet.domain.robots import Robot
from amr_fleet.domain.world import World

TOGETHER: Final = 10.0
"""s within which robots that one fault silences were heard last."""
RESTART_SHOWN: Final = 60.0
"""s for which a restart is told: who looks at a robot that stands still wants to know."""
DELAYS: Final[dict[str, float]] = {
    "alarm.robot_offline": 5.0, "alarm.network": 5.0, "alarm.one_way": 5.0, "alarm.robot_restarted": 0.0,
    "alarm.address": 0.0,
}  # fmt: skip
"""s of a cause before its alarm. A robot is offline after 5 s of silence: so the alarm comes after 10 s."""
NOT_HEARING: Final = frozenset({"agent.fleet_silent", "vda.deaf"})
"""Errors of a robot that we hear and that does not hear us."""
_KNOWN: Final = 8  # processes of one robot that are remembered

Cause = tuple[tuple[str, str, str], dict[str, Fact]]


def silent_together(world: World) -> frozenset[str]:
    """Return the robots that one fault has silenced: two or more that were heard until one moment, and none is now.

    Who was silent long before is none of them, and who was never heard is when nobody ever was.
    """
    fleet = [r for r in world.robots.values() if not world.taken_out(r.name)]
    if any(r.report is not None and world.online(r) for r in fleet):
        return frozenset()
    last = max((r.seen for r in fleet), default=-math.inf)
    names = frozenset(r.name for r in fleet if last - r.seen <= TOGETHER)
    return names if len(names) > 1 else frozenset()


def note_process(world: World, robot: Robot, instance: str) -> None:
    """Take the process that speaks for a robot; one that never spoke before, after another, is a restart.

    One that comes back is no restart but a second robot of this name (alarm.robot_twice).
    """
    if not instance or instance in robot.processes:
        return
    if robot.processes:
        robot.restarted = world.now
    robot.processes = (*robot.processes, instance)[-_KNOWN:]


def of_robot(world: World, robot: Robot) -> Iterator[Cause]:
    """Yield what is wrong with the link of a robot that is heard."""
    assert robot.report is not None
    name, errors = robot.name, robot.report.errors
    if any(error.code in NOT_HEARING for error in errors):
        yield ("alarm.one_way", name, ""), {"robot": name}
    if robot.restarted is not None and world.now - robot.restarted <= RESTART_SHOWN:
        yield ("alarm.robot_restarted", name, ""), {"robot": name}
    if (moved := _told(errors, "vda.address_changed")) is not None:
        yield ("alarm.address", name, ""), {"robot": name, "address": str(moved.facts.get("address", ""))}
    if (skewed := _told(errors, "vda.clock_skew")) is not None:
        yield ("alarm.clock", name, ""), {"computer": name, "seconds": -round(number(skewed.facts.get("seconds")))}


def _told(errors: tuple[RobotError, ...], code: str) -> RobotError | None:
    return next((error for error in errors if error.code == code), None)
