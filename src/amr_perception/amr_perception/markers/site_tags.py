"""Where the tags of a site hang."""

from __future__ import annotations

import math

from amr_core.geometry import Pose2D, compose
from amr_core.site import Site
from amr_core.site.v_dock import MARKER_AHEAD


def site_tags(site: Site) -> dict[int, Pose2D]:
    """Return tag -> pose of the board (map frame; theta is where it faces). A tag that hangs twice is left out."""
    stations = [s for place in site.places for s in place.stations] + site.chargers + site.parking
    tags: dict[int, Pose2D] = {}
    twice = set()
    for station in stations:
        if station.marker is None:
            continue
        if station.marker in tags:
            twice.add(station.marker)
        tags[station.marker] = compose(station.pose, Pose2D(MARKER_AHEAD, 0.0, math.pi))
    return {tag: pose for tag, pose in tags.items() if tag not in twice}
