"""Wait-for cycles: a cycle that lives longer than the limit is a deadlock. There must never be one."""

from __future__ import annotations

from collections.abc import Mapping


def cycles(waits_for: Mapping[str, str]) -> set[frozenset[str]]:
    """Return the cycles of a graph in which every robot waits for at most one other."""
    found: set[frozenset[str]] = set()
    for start in waits_for:
        path: list[str] = []
        here: str | None = start
        while here is not None and here not in path:
            path.append(here)
            here = waits_for.get(here)
        if here == start:
            found.add(frozenset(path))
    return found


def cycle_from(waits_for: Mapping[str, str], start: str) -> list[str]:
    """Return the robots of the cycle that start is in, in the order in which each waits for the next."""
    path = [start]
    while (here := waits_for[path[-1]]) != start:
        path.append(here)
    return path


class CycleWatch:
    """Remembers since when each cycle lives and counts those that outlive the limit (s)."""

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._since: dict[frozenset[str], float] = {}
        self._counted: set[frozenset[str]] = set()

    def step(self, now: float, waits_for: Mapping[str, str]) -> list[frozenset[str]]:
        """Return the cycles that became deadlocks now."""
        alive = cycles(waits_for)
        self._since = {c: self._since.get(c, now) for c in alive}
        self._counted &= alive
        new = [c for c in sorted(alive - self._counted, key=sorted) if now - self._since[c] >= self._limit]
        self._counted.update(new)
        return new
