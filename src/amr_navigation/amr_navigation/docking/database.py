"""The docks of a site: where they are, where docking starts, what they are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from amr_core.errors import AmrError
from amr_core.geometry import Pose2D, distance
from amr_core.roadmap import Roadmap
from amr_core.site import Site
from amr_core.yaml_files import read_yaml

DockKind = Literal["station", "charger"]
DEFAULT_STAGING = 2.0  # m before the dock


@dataclass(frozen=True)
class Dock:
    """A dock: docked and staging pose of base_link (map frame); the marker is MARKER_AHEAD m ahead of the former."""

    id: str
    pose: Pose2D
    staging: Pose2D
    kind: DockKind


Docks = Mapping[str, Dock]


def docks_of(site: Site, roadmap: Roadmap) -> dict[str, Dock]:
    """Return all stations, chargers and parking places; staging is the node on the lane that their spur leaves from."""
    roots = {
        edge.end: roadmap.nodes[edge.start] for edge in roadmap.edges.values() if edge.manoeuvre in ("dock", "park")
    }
    chargers = {station.id for station in site.chargers}
    stations = [s for place in site.places for s in place.stations] + list(site.chargers) + list(site.parking)
    docks = {}
    for station in stations:
        root = roots.get(station.id)
        staging = straight_behind(station.pose) if root is None else Pose2D(root.x, root.y, station.theta)
        kind: DockKind = "charger" if station.id in chargers else "station"
        docks[station.id] = Dock(station.id, station.pose, staging, kind)
    return docks


def straight_behind(pose: Pose2D, way: float = DEFAULT_STAGING) -> Pose2D:
    """Return the pose way (m) straight behind pose."""
    return Pose2D(pose.x - way * math.cos(pose.theta), pose.y - way * math.sin(pose.theta), pose.theta)


def docked_at(docks: Docks, pose: Pose2D, tolerance: float = 0.5) -> Dock | None:
    """Return the dock the robot stands in, or None."""
    best = min(docks.values(), key=lambda dock: distance(dock.pose, pose), default=None)
    return best if best is not None and distance(best.pose, pose) < tolerance else None


def load_docks(path: Path) -> dict[str, Dock]:
    """Read a dock database of nav2's docking server: docks: {name: {type, frame, pose: [x, y, theta]}}.

    The type tells chargers ("charger" in its name) from stations; staging is straight behind the dock, as far as a
    staging_x_offset (negative, m) says. Raises nav.file.
    """
    try:
        content = read_yaml(path)
    except (OSError, ValueError) as error:
        raise AmrError("nav.file", file=path.name, reason=" ".join(str(error).split())) from error
    try:
        return {str(name): _dock(str(name), entry) for name, entry in content["docks"].items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise AmrError("nav.file", file=path.name, reason=f"{type(error).__name__}: {error}") from error


def _dock(name: str, entry: Any) -> Dock:
    x, y, theta = (float(v) for v in entry["pose"])
    if entry.get("frame", "map") != "map" or not all(map(math.isfinite, (x, y, theta))):
        raise ValueError(f"dock {name} needs a finite pose in the map frame")
    pose = Pose2D(x, y, theta)
    kind: DockKind = "charger" if "charger" in str(entry["type"]) else "station"
    way = -float(entry.get("staging_x_offset", -DEFAULT_STAGING))
    return Dock(name, pose, straight_behind(pose, way), kind)
