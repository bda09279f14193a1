"""People and manned forklifts of a Gazebo world: actors that follow the routes of the site's movers for ever.

An actor follows its script whatever is in its way; only the embedded simulator's movers yield. Its skin is a mesh of
our own without a skeleton: it glides, costs little and needs nothing from a model store.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

from amr_core.geometry import wrap_angle
from amr_core.site import Actor, Site
from amr_core.site.generators.meshes import mesh_path
from amr_core.site.generators.scene import number

TURN_SECONDS = 0.8

ACTOR = """    <actor name="{name}">
      <pose>{x} {y} 0 0 0 {yaw}</pose>
      <skin>
        <filename>{skin}</filename>
      </skin>
      <script>
        <loop>true</loop>
        <delay_start>0</delay_start>
        <auto_start>true</auto_start>
        <trajectory id="0" type="walk" tension="1">
{waypoints}        </trajectory>
      </script>
    </actor>
"""

WAYPOINT = "          <waypoint><time>{time}</time><pose>{x} {y} 0 0 0 {yaw}</pose></waypoint>\n"


def actors(site: Site) -> Iterator[str]:
    """Yield one actor a mover."""
    for mover in site.movers:
        points = schedule(mover)
        waypoints = "".join(
            WAYPOINT.format(time=number(t), x=number(x), y=number(y), yaw=number(yaw)) for t, x, y, yaw in points
        )
        _, x, y, yaw = points[0]
        yield ACTOR.format(
            name=mover.id, x=number(x), y=number(y), yaw=number(yaw), skin=mesh_path(mover.kind), waypoints=waypoints
        )


def schedule(mover: Actor) -> list[tuple[float, float, float, float]]:
    """Return (time s, x, y, yaw) along a mover's closed route: drive a leg, rest at its end, turn to the next.

    Yaw is unwrapped, so that an actor turns by the shorter way.
    """
    route = [*mover.route, mover.route[0]]
    legs = [(a, b) for a, b in pairwise(route) if math.dist(a, b) > 0.0]
    headings = [math.atan2(b[1] - a[1], b[0] - a[0]) for a, b in legs]
    yaw, time = headings[0], 0.0
    points = [(time, *legs[0][0], yaw)]
    for index, (a, b) in enumerate(legs):
        time += math.dist(a, b) / mover.speed
        points.append((time, *b, yaw))
        if mover.pause > 0.0:
            time += mover.pause
            points.append((time, *b, yaw))
        yaw += wrap_angle(headings[(index + 1) % len(legs)] - yaw)
        time += TURN_SECONDS
        points.append((time, *b, yaw))
    return points
