"""Which station a robot is docking at, and where its target should be: the prior of every target that is no tag."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from amr_core.geometry import Pose2D, compose, relative, wrap_angle
from amr_core.site import Site
from amr_core.site.v_dock import MARKER_AHEAD

_REACH_M, _TURN_RAD = 4.0, 1.0  # chosen: a robot begins to dock nearer; farther, a scan shows too few points of it


@dataclass(frozen=True)
class Target:
    """What a robot docks by at a station: kind as in the site file, pose (map frame; x points into it), its tag."""

    station: str
    kind: str
    pose: Pose2D
    tag: int | None = None


def site_targets(site: Site) -> tuple[Target, ...]:
    """Return the targets of all stations, chargers and parking places."""
    stations = [s for place in site.places for s in place.stations] + site.chargers + site.parking
    ahead = Pose2D(MARKER_AHEAD, 0.0, 0.0)
    return tuple(Target(s.id, s.target, compose(s.pose, ahead), s.marker) for s in stations)


def target_ahead(targets: Sequence[Target], robot: Pose2D) -> tuple[Target, Pose2D] | None:
    """Return the target before a robot (pose in the map frame) and where it should be in base_link, or None.

    It is the one that the robot would need to turn and shift least for.
    """
    best: tuple[float, Target, Pose2D] | None = None
    for target in targets:
        prior = relative(robot, target.pose)
        turned = abs(wrap_angle(prior.theta))
        if prior.x < 0.0 or math.hypot(prior.x, prior.y) > _REACH_M or turned > _TURN_RAD:
            continue
        cost = abs(prior.y) + turned + 0.2 * prior.x
        if best is None or cost < best[0]:
            best = (cost, target, prior)
    return None if best is None else (best[1], best[2])
