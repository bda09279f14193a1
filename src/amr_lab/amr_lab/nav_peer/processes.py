"""What the processes of a side cost: CPU seconds and memory from the kernel, apart for simulator and robot."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final, Literal

ProcessPart = Literal["simulator", "robot", "launch"]
PARTS: Final[tuple[ProcessPart, ...]] = ("simulator", "robot", "launch")
PROC: Final = Path("/proc")


@dataclass(frozen=True)
class Used:
    """CPU time so far (s, user and system) and memory now (MB; shared pages count in part: PSS)."""

    cpu: float = 0.0
    memory: float = 0.0

    def __add__(self, other: Used) -> Used:
        """Return the sum of two processes."""
        return Used(self.cpu + other.cpu, self.memory + other.memory)


def part_of(command: Sequence[str]) -> ProcessPart:
    """Return what a process of sim.launch.py is: the simulator, ros2 launch itself, or of the robot's computer."""
    for word, following in pairwise(command):
        if word.endswith("/container") and following == "sim":
            return "simulator"
        if word.endswith("/ros2") and following == "launch":
            return "launch"
    return "robot"


def used(group: int, proc: Path = PROC) -> dict[ProcessPart, Used]:
    """Return what each part of a process group has used; processes that end meanwhile count no more."""
    found: dict[ProcessPart, Used] = dict.fromkeys(PARTS, Used())
    for entry in proc.iterdir():
        if entry.name.isdigit():
            with suppress(OSError, IndexError, ValueError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(fields[2]) == group:
                    command = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
                    spent = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
                    found[part_of(command)] += Used(spent, _memory(entry))
    return found


def _memory(entry: Path) -> float:
    """Return the proportional set size of a process in MB."""
    for line in (entry / "smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0
