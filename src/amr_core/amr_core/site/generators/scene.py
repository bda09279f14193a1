"""What a Gazebo world shows besides solid bodies: lights, floor markings, wet floor and dust.

A lidar sees none of it: it lies on the floor or is smaller than the lidar's noise.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import numpy as np
from shapely.geometry import Polygon
from shapely.geometry.polygon import orient

from amr_core.site import Condition, Site, Zone
from amr_core.site.generators.meshes import Prism

LIGHT_PITCH = 20.0  # m between two lamps: each costs, and its light reaches 25 m (range in LAMP)
LIGHT_HEIGHT = 6.5  # m: above racks of 6 m, below a roof of 7 m
PAINT = 0.002
"""Thickness (m) of floor markings; each lies a little higher than the one before, so that they do not flicker."""

ZONE_COLOURS = {
    "speed": "0.85 0.75 0.25",
    "keepout": "0.80 0.25 0.20",
    "crossing": "0.95 0.95 0.95",
    "release": "0.30 0.50 0.85",
    "capacity": "0.45 0.35 0.75",
    "fire_lane": "0.90 0.30 0.10",
}
SUN = """    <scene>
      <ambient>0.5 0.5 0.5 1</ambient>
      <background>0.75 0.8 0.85 1</background>
      <shadows>false</shadows>
    </scene>
    <light name="sun" type="directional">
      <cast_shadows>false</cast_shadows>
      <pose>0 0 20 0 0 0</pose>
      <diffuse>0.6 0.6 0.6 1</diffuse>
      <specular>0.1 0.1 0.1 1</specular>
      <direction>-0.4 0.3 -0.9</direction>
    </light>
"""

LAMP = """    <light name="{name}" type="point">
      <cast_shadows>false</cast_shadows>
      <pose>{x} {y} {z} 0 0 0</pose>
      <diffuse>0.5 0.5 0.48 1</diffuse>
      <specular>0.05 0.05 0.05 1</specular>
      <attenuation><range>25</range><constant>0.6</constant><linear>0.02</linear><quadratic>0.004</quadratic></attenuation>
    </light>
"""

WET = """    <model name="{name}">
      <static>true</static>
      <pose>{x} {y} 0.0005 0 0 0</pose>
      <link name="link">
        <collision name="collision">
          <geometry><box><size>{size_x} {size_y} 0.001</size></box></geometry>
          <surface><friction><ode><mu>{friction}</mu><mu2>{friction}</mu2></ode></friction></surface>
        </collision>
        <visual name="visual">
          <transparency>0.6</transparency>
          <geometry><box><size>{size_x} {size_y} 0.001</size></box></geometry>
          <material>
            <ambient>0.3 0.4 0.5 1</ambient>
            <diffuse>0.3 0.4 0.5 1</diffuse>
            <specular>0.9 0.9 0.9 1</specular>
          </material>
        </visual>
      </link>
    </model>
"""

STILL = """    <model name="{name}">
      <static>true</static>
      <link name="link">
{parts}      </link>
    </model>
"""

PAINTED = """        <visual name="{name}">
          <pose>{x} {y} {z} 0 0 0</pose>
          <geometry>{geometry}</geometry>
          <material><ambient>{colour}</ambient><diffuse>{colour}</diffuse></material>
        </visual>
"""

# Off at the start: gz topic -t /dust/<id> -m gz.msgs.ParticleEmitter -p 'emitting: {data: true}'
DUST = """    <model name="{name}">
      <static>true</static>
      <pose>{x} {y} 1.5 0 0 0</pose>
      <link name="link">
        <particle_emitter name="emitter" type="box">
          <emitting>false</emitting>
          <size>{size_x} {size_y} 2.5</size>
          <particle_size>0.4 0.4 0.4</particle_size>
          <lifetime>8</lifetime>
          <min_velocity>0.02</min_velocity>
          <max_velocity>0.1</max_velocity>
          <scale_rate>0.1</scale_rate>
          <rate>{rate}</rate>
          <particle_scatter_ratio>0.35</particle_scatter_ratio>
          <topic>/dust/{id}</topic>
        </particle_emitter>
      </link>
    </model>
"""


def number(value: float) -> str:
    """Return a number with at most six decimals and no trailing zeros."""
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def lights(site: Site) -> Iterator[str]:
    """Yield daylight and a grid of ceiling lamps, without shadows: they cost more than anything else."""
    yield SUN
    columns, rows = (max(1, round(length / LIGHT_PITCH)) for length in site.size)
    for i in range(columns):
        for j in range(rows):
            x, y = (i + 0.5) * site.size[0] / columns, (j + 0.5) * site.size[1] / rows
            yield LAMP.format(name=f"lamp_{i}_{j}", x=number(x), y=number(y), z=number(LIGHT_HEIGHT))


def still_model(name: str, parts: Iterable[str]) -> str:
    """Return one model that stands still with its parts; nothing without any."""
    text = "".join(parts)
    return STILL.format(name=name, parts=text) if text else ""


def paint(site: Site) -> Iterator[Prism]:
    """Yield the marking of each zone that is convex, for a mesh. Material: its kind."""
    for zone, top in _zones(site):
        if _convex(zone):
            # Without points twice in a row, as closed rings have them: a side of no length has no normal.
            following = [*zone.polygon[1:], zone.polygon[0]]
            corners = [corner for corner, after in zip(zone.polygon, following, strict=True) if corner != after]
            ring = orient(Polygon(corners)).exterior
            yield Prism(np.array(ring.coords)[:-1, :2], 0.0, top, f"zone_{zone.kind}")


def markings(site: Site) -> str:
    """Return the model of the markings that Gazebo itself must cut into triangles; nothing without any."""
    return still_model("markings", (_painted(zone, top - PAINT) for zone, top in _zones(site) if not _convex(zone)))


def conditions(site: Site) -> Iterator[str]:
    """Yield wet floors and dust."""
    yield from map(_condition, site.conditions)


def _zones(site: Site) -> Iterator[tuple[Zone, float]]:
    yield from ((zone, PAINT + (index + 1) * PAINT / 4) for index, zone in enumerate(site.zones))


def _convex(zone: Zone) -> bool:
    shape = Polygon(zone.polygon)
    return shape.is_valid and math.isclose(shape.convex_hull.area, shape.area, rel_tol=1e-6)


def _painted(zone: Zone, z: float) -> str:
    # A polyline is given about its own origin.
    (x0, y0), points = zone.polygon[0], zone.polygon
    corners = "".join(f"<point>{number(x - x0)} {number(y - y0)}</point>" for x, y in points)
    geometry = f"<polyline>{corners}<height>{number(PAINT)}</height></polyline>"
    colour = f"{ZONE_COLOURS[zone.kind]} 1"
    return PAINTED.format(
        name=f"zone_{zone.id}", x=number(x0), y=number(y0), z=number(z), geometry=geometry, colour=colour
    )


def _condition(condition: Condition) -> str:
    values = {key: number(getattr(condition, key)) for key in ("x", "y", "size_x", "size_y", "friction")}
    if condition.kind == "wet":
        return WET.format(name=f"wet_{condition.id}", **values)
    rate = number(max(5.0, math.sqrt(condition.size_x * condition.size_y)))
    return DUST.format(name=f"dust_{condition.id}", id=condition.id, rate=rate, **values)
