"""Incidents that the simulator makes by itself on a training site; none unless it is asked for.

camera: one of the fixed cameras gives no pictures for a while, as one does that has lost its power.
lost: film hangs over both lidars of a robot, so that it no longer knows where it is until somebody takes it off.
blocked: goods lie across a lane that much is driven on, until somebody has cleared them away.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeVar

import numpy as np

from amr_core.errors import AmrError
from amr_core.geometry import FloatArray, Pose2D, rectangle, transform
from amr_core.roadmap import Roadmap, build_roadmap
from amr_core.site import Site

if TYPE_CHECKING:
    from amr_sim.engine import SimEngine

_T = TypeVar("_T")
SimIncidentKind = Literal["", "camera", "lost", "blocked"]
BEGIN: Final = 120.0
"""s of simulated time before it: the trainee has found his way around."""
LASTS: Final = 240.0
"""s. Chosen: above the two minutes after which a fleet that waits tells it, and time to find out; longer bores."""
BLOCKED_LASTS: Final = 420.0
"""s: longer than it takes until the fleet calls a robot blocked, with time to act."""
_HALF_LENGTH: Final = 0.6  # m along the lane: the goods are a pallet's 1.2 m long
_HALF_WIDTH: Final = 1.2  # m across the lane: nobody drives around it
_CLEAR: Final = 3.0  # m from a robot, so that it can brake
_FREE: Final = 2.5  # m from stations, bays and doors
_NOWHERE: Final = Pose2D(0.0, 0.0, 0.0)
_WAYS: Final = 60  # ways between places that tell which lanes are used


@dataclass(frozen=True)
class SimIncident:
    """What goes wrong (a kind, and with what) from begin to end (s of simulated time).

    what: id of a camera or a robot; place: where goods lie, its heading along the lane (map frame).
    """

    kind: SimIncidentKind = ""
    what: str = ""
    begin: float = 0.0
    end: float = 0.0
    place: Pose2D = _NOWHERE

    def lasts(self, now: float) -> bool:
        """Return whether it is on."""
        return self.begin <= now < self.end

    def dead(self, camera: str, now: float) -> bool:
        """Return whether a fixed camera gives no pictures."""
        return self.kind == "camera" and camera == self.what and self.lasts(now)

    def act(self, engine: SimEngine) -> None:
        """Let it happen in the simulated site, or be over."""
        if self.kind == "lost":
            engine.veil(engine.index(self.what), veiled=self.lasts(engine.time))
        elif self.kind == "blocked":
            lie = self.lasts(engine.time) and (engine.goods is not None or self._clear(engine))
            engine.goods = self.outline() if lie else None

    def _clear(self, engine: SimEngine) -> bool:
        """Whether all robots can still brake before goods that are put down now."""
        away = np.hypot(*(engine.bases.state[:, :2] - (self.place.x, self.place.y)).T)
        return bool(np.all(away > _CLEAR))

    def outline(self) -> FloatArray:
        """Return the corners (4, 2) of the goods, m, map frame."""
        return transform(rectangle(_HALF_LENGTH, _HALF_LENGTH, _HALF_WIDTH), self.place)


def incident(kind: SimIncidentKind, site: Site, robots: Sequence[str], seed: int) -> SimIncident:
    """Return what happens in a run, the same for the same seed; run.bad_option when the site has nothing for it."""
    dice = random.Random(seed)
    if kind == "camera":
        cameras = sorted(camera.id for camera in site.cameras)
        return SimIncident(kind, dice.choice(_some(kind, cameras, "fixed cameras")), BEGIN, BEGIN + LASTS)
    if kind == "lost":
        return SimIncident(kind, dice.choice(_some(kind, sorted(robots), "robots")), BEGIN, BEGIN + LASTS)
    if kind == "blocked":
        lanes = _busy_lanes(site, dice)
        place = _some(kind, lanes, "lane that robots drive on far from stations and doors")[0]
        return SimIncident(kind, "", BEGIN, BEGIN + BLOCKED_LASTS, place)
    return SimIncident()


def _some(kind: str, found: list[_T], what: str) -> list[_T]:
    if not found:
        raise AmrError("run.bad_option", option="incident", value=kind, reason=f"the site has no {what}")
    return found


def _busy_lanes(site: Site, dice: random.Random) -> list[Pose2D]:
    """Return middles of lanes with room around them, those first that most ways between places lead over."""
    roadmap = build_roadmap(site)
    stations = sorted(n.id for n in roadmap.nodes.values() if n.kind == "station")
    uses: Counter[str] = Counter()
    for _ in range(_WAYS if len(stations) > 1 else 0):
        start, goal = dice.sample(stations, 2)
        try:
            uses.update(edge.id for edge in roadmap.shortest_path(start, goal) if edge.manoeuvre == "drive")
        except AmrError:
            continue
    middles = (_middle(roadmap, edge) for edge, _ in uses.most_common())
    return [pose for pose in middles if _room(site, roadmap, pose)]


def _middle(roadmap: Roadmap, edge_id: str) -> Pose2D:
    edge = roadmap.edges[edge_id]
    a, b = roadmap.nodes[edge.start], roadmap.nodes[edge.end]
    return Pose2D((a.x + b.x) / 2, (a.y + b.y) / 2, math.atan2(b.y - a.y, b.x - a.x))


def _room(site: Site, roadmap: Roadmap, pose: Pose2D) -> bool:
    leaves = [(n.x, n.y) for n in roadmap.nodes.values() if n.kind not in ("lane", "junction")]
    doors = [(door.x, door.y) for door in site.driven_doors]
    return all(math.hypot(x - pose.x, y - pose.y) > _FREE for x, y in (*leaves, *doors))
