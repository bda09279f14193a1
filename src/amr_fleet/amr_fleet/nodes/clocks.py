"""Which clocks of the site are off: this computer's, and those of robots, by the stamps of their reports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from amr_core.errors import Fact

LIMIT = 1.0  # s; chosen: reports are some 0.1 s on their way; above a second states and tracks are told wrong
_IN_A_ROW = 3  # reports: one may have waited on its way


class Clocks:
    """Remembers by how much the last reports of each robot were off."""

    def __init__(self) -> None:
        self._off: dict[str, tuple[int, float]] = {}

    def reported(self, robot: str, age: float) -> None:
        """Take the age (s) of a report when it came; a negative one was stamped in the future."""
        count = self._off.get(robot, (0, 0.0))[0]
        self._off[robot] = (count + 1, age) if abs(age) > LIMIT else (0, age)

    def notices(self, behind: float) -> Iterator[tuple[tuple[str, str], Mapping[str, Fact]]]:
        """Return alarm.clock for each that is off. behind: of fleet time against this computer's clock (s)."""
        if abs(behind) > LIMIT:
            yield ("alarm.clock", ""), {"computer": "server", "seconds": round(behind)}
        for robot, (count, age) in sorted(self._off.items()):
            if count >= _IN_A_ROW:
                yield ("alarm.clock", robot), {"computer": robot, "seconds": round(-age)}
