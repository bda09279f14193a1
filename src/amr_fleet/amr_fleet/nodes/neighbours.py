"""Who else is on the robots' network: a foreign sender of commands, a second robot of one name, a second fleet.

Whoever reaches a ROS domain can do all of that; the fleet cannot keep him out, but it can see him in the ROS graph and
by the beats and states that it hears. A process that was killed stays in the graph for up to 20 s: what looks double
for a moment is no alarm.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from amr_core.errors import Fact

Notice = tuple[tuple[str, str], Mapping[str, Fact]]
DRIVES: Final = frozenset(
    {"navigation", "collision_monitor", "velocity_smoother", "controller_server", "behavior_server", "docking_server"}
)
"""Nodes of our own and of Nav2 that may send velocity commands to their robot."""
STALE: Final = 30.0  # s: longer than a killed process stays in the graph
_AT_ONCE: Final = 16  # robots looked at in one go
_LONGEST: Final = 200  # characters of the names of foreign programs
_FOREIGN_BEATS, _BEATS_WITHIN = 3, 10.0  # so many within so many seconds
_SPEAKERS: Final = 8  # processes of one name remembered: a robot that is restarted has a new one each time


class Neighbours:
    """Looks at some robots each time; what it has found stays until it looks at that robot again."""

    def __init__(self, robots: Sequence[str], publishers: Callable[[str], Sequence[tuple[str, str]]]) -> None:
        """publishers(topic): (node name, namespace) of each that the ROS graph knows."""
        self._publishers = publishers
        self._turn = itertools.cycle(robots)
        self._count = min(len(robots), _AT_ONCE)
        self._since: dict[tuple[str, str], float] = {}
        self._found: dict[tuple[str, str], Mapping[str, Fact]] = {}
        self._met: dict[str, set[str]] = {}
        self._speakers: dict[str, deque[str]] = {}
        self._double: dict[str, float] = {}
        self._sent: deque[tuple[int, int]] = deque(maxlen=60)
        self._foreign: deque[float] = deque(maxlen=_FOREIGN_BEATS)
        self._foreign_id = ""

    def look(self, now: float) -> Iterator[Notice]:
        """Look around at now (s) and return what is wrong."""
        for robot in itertools.islice(self._turn, self._count):
            self._note(now, ("alarm.cmd_vel", robot), *self._drivers(robot))
            count = len(self._publishers(f"/{robot}/state"))
            self._note(now, ("alarm.robot_twice", robot), {"robot": robot} if count > 1 else None, STALE)
        yield from self._found.items()
        for robot, seen in self._double.items():
            if now - seen <= _BEATS_WITHIN and ("alarm.robot_twice", robot) not in self._found:
                yield ("alarm.robot_twice", robot), {"robot": robot}
        if len(self._foreign) == _FOREIGN_BEATS and now - self._foreign[0] <= _BEATS_WITHIN:
            yield ("alarm.second_fleet", ""), {"fleet": self._foreign_id}

    def _drivers(self, robot: str) -> tuple[Mapping[str, Fact] | None, float]:
        """Return the facts when more drive the robot than should, and how long that must last.

        programs: the foreign ones, an ", " between; staying: those of them that the look before has seen too.
        """
        known = self._publishers(f"/{robot}/cmd_vel")
        facts: Mapping[str, Fact] = {"robot": robot, "count": len(known)}
        strangers = {
            f"{space.rstrip('/')}/{name}"[:_LONGEST]
            for name, space in known
            if name not in DRIVES or space.strip("/") != robot
        }
        met = strangers & self._met.get(robot, set())
        self._met[robot] = strangers
        if strangers:
            return {
                **facts,
                "programs": _named([*sorted(met), *sorted(strangers - met)]),
                "staying": _named(sorted(met)),
            }, 0.0
        return (facts, STALE) if len(set(known)) < len(known) else (None, 0.0)

    def _note(self, now: float, key: tuple[str, str], facts: Mapping[str, Fact] | None, lasts: float) -> None:
        if facts is None:
            self._since.pop(key, None)
            self._found.pop(key, None)
        elif now - self._since.setdefault(key, now) >= lasts:
            self._found[key] = facts

    def reported(self, now: float, robot: str, instance: str) -> None:
        """Take the instance id of a robot's state; one that comes back after another has spoken is a second robot."""
        speakers = self._speakers.setdefault(robot, deque(maxlen=_SPEAKERS))
        if not instance or (speakers and speakers[-1] == instance):
            return
        if instance in speakers:
            self._double[robot] = now
            speakers.remove(instance)
        speakers.append(instance)

    def sent(self, stamp: Any) -> None:
        """Remember the stamp of a beat of our own."""
        self._sent.append((stamp.sec, stamp.nanosec))

    def heard(self, now: float, beat: Any) -> None:
        """Take a beat that came in; one that we did not send is another fleet's."""
        if (beat.stamp.sec, beat.stamp.nanosec) not in self._sent:
            self._foreign.append(now)
            self._foreign_id = (beat.instance_id or beat.fleet_id)[:64]


def _named(programs: Sequence[str]) -> str:
    """Return as many whole names as a line holds: an alarm of its own goes by one."""
    ends = itertools.accumulate(len(name) + 2 for name in programs)
    return ", ".join(name for name, end in zip(programs, ends, strict=True) if end <= _LONGEST + 2)
