"""Tracks: where everything was, once a second, in chunks of a minute that are small because little changes.

A chunk is JSON: t: fleet seconds of its frames; robots: name -> x, y (cm), h (heading, 0.01 rad) as differences from
the frame before (the first one absolute), and state: [frame, fields] wherever one of STATE_FIELDS changed; seen: for
each frame the people and vehicles as [x cm, y cm, kind]; plan: the site that it was recorded on (`replay.plans`), "" or
absent = nobody wrote that down. All frames of a chunk have the same robots.
"""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from amr_core.errors import AmrError
from amr_fleet.ports import FleetSnapshot, RobotView

STATE_FIELDS: Final = (
    "type", "status", "order_id", "loaded", "soc", "online", "localized", "paused", "wait", "wait_by", "since",
)  # fmt: skip
_KINDS: Final = ("person", "vehicle")
Chunk = dict[str, Any]


@dataclass(frozen=True)
class Placed:
    """One robot at one moment. state: the values of STATE_FIELDS."""

    x: float
    y: float
    theta: float
    state: Sequence[Any]


@dataclass(frozen=True)
class Frame:
    """All robots, people and vehicles at fleet time t. seen: (x, y, kind) in m."""

    t: float
    robots: Mapping[str, Placed]
    seen: Sequence[tuple[float, float, str]]


def _state(robot: RobotView) -> list[Any]:
    wait = robot.waiting
    by = str(wait.facts.get("robot", "")) if wait and wait.code == "wait.traffic" else ""
    return [
        robot.type, robot.status, robot.order_id, robot.loaded, round(robot.soc, 2), robot.online, robot.localized,
        robot.paused, wait.code if wait else "", by, round(wait.since, 1) if wait else 0.0,
    ]  # fmt: skip


class ChunkBuilder:
    """Collects snapshots into one chunk."""

    def __init__(self, plan: str = "") -> None:
        """plan: name of the site that it is recorded on."""
        self._plan = plan
        self._t: list[float] = []
        self._seen: list[list[list[int]]] = []
        self._robots: dict[str, Chunk] = {}
        self._last: dict[str, tuple[int, int, int, list[Any]]] = {}

    def __len__(self) -> int:
        return len(self._t)

    @property
    def begin(self) -> float:
        """Fleet time of the first frame."""
        return self._t[0]

    def fits(self, snapshot: FleetSnapshot) -> bool:
        """Whether the snapshot has the same robots and is later than the last frame."""
        if not self._t:
            return True
        return snapshot.t > self._t[-1] and {r.name for r in snapshot.robots} == set(self._robots)

    def add(self, snapshot: FleetSnapshot) -> None:
        """Add one frame."""
        for robot in snapshot.robots:
            place = (round(100 * robot.x), round(100 * robot.y), round(100 * math.remainder(robot.theta, math.tau)))
            track = self._robots.setdefault(robot.name, {"x": [], "y": [], "h": [], "state": []})
            before = self._last.get(robot.name, (0, 0, 0, None))
            for name, now, old in zip("xyh", place, before[:3], strict=True):
                track[name].append(now - old)
            state = _state(robot)
            if state != before[3]:
                track["state"].append([len(self._t), state])
            self._last[robot.name] = (*place, state)
        kinds = [(t, _KINDS.index("person" if t.kind == "person" else "vehicle")) for t in snapshot.tracks]
        self._seen.append([[round(100 * t.x), round(100 * t.y), kind] for t, kind in kinds])
        self._t.append(round(snapshot.t, 2))

    def encode(self) -> bytes:
        """Return the compressed chunk."""
        chunk = {"t": self._t, "robots": self._robots, "seen": self._seen, "plan": self._plan}
        return zlib.compress(json.dumps(chunk, separators=(",", ":")).encode(), 6)


def decode(payload: bytes) -> Chunk:
    """Return a chunk as it was encoded, or raise store.failed."""
    try:
        chunk: Chunk = json.loads(zlib.decompress(payload))
    except (zlib.error, ValueError) as error:
        raise AmrError("store.failed", reason=f"a chunk of tracks is damaged: {error}") from error
    return chunk


def frames(chunk: Chunk) -> Iterator[Frame]:
    """Return the frames of a chunk, oldest first."""
    place = dict.fromkeys(chunk["robots"], (0, 0, 0))
    state: dict[str, Sequence[Any]] = {}
    changes = {name: dict(map(tuple, track["state"])) for name, track in chunk["robots"].items()}
    for i, t in enumerate(chunk["t"]):
        for name, track in chunk["robots"].items():
            x, y, h = place[name]
            place[name] = (x + track["x"][i], y + track["y"][i], h + track["h"][i])
            state[name] = changes[name].get(i, state.get(name, ()))
        robots = {n: Placed(x / 100, y / 100, h / 100, state[n]) for n, (x, y, h) in place.items()}
        yield Frame(t, robots, [(x / 100, y / 100, _KINDS[kind]) for x, y, kind in chunk["seen"][i]])
