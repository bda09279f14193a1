"""A copy of a site that differs from its map: things in its world that nobody was told of, other people or robots."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from amr_core.site.build import build_site
from tests.real.real_support import ROOT

BODY = """    <model name="{name}">
      <static>true</static>
      <pose>{x} {y} {z} 0 0 0</pose>
      <link name="link">
        <collision name="collision"><geometry><box><size>{size}</size></box></geometry></collision>
      </link>
    </model>
  </world>"""


def copy(folder: Path, name: str = "lab") -> Path:
    """Return the folder of a copy of a site, with its world beside it."""
    site = folder / "maps" / name
    shutil.copytree(ROOT / "maps" / name, site)
    shutil.copytree(ROOT / "worlds", folder / "worlds")
    return site


def slow(site: Path, corners: tuple[float, float, float, float], max_speed: float) -> None:
    """Add a speed zone (x0, y0, x1, y1 in m; m/s) and build the masks; before anything is put into the world."""
    x0, y0, x1, y1 = corners
    polygon = [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]
    file = site / "site.yaml"
    text = file.read_text()
    assert "zones:\n" in text
    zone = f"zones:\n  - {{id: slow, kind: speed, polygon: {polygon}, max_speed: {max_speed}}}\n"
    file.write_text(text.replace("zones:\n", zone, 1))
    build_site(str(site))


def put(site: Path, name: str, x: float, y: float, size: tuple[float, float, float]) -> None:
    """Put a box (centre and size in m) on the floor of the world that the map does not have."""
    world = site.parents[1] / "worlds" / "lab.sdf"
    text = " ".join(map(str, size))
    body = BODY.format(name=name, x=x, y=y, z=size[2] / 2, size=text)
    world.write_text(world.read_text().replace("  </world>", body, 1))


def only(site: Path, name: str, kind: str, parking: str = "P1") -> None:
    """Leave one robot of a type in the fleet, in one bay."""
    file = site / "site.yaml"
    changed, count = re.subn(
        r"fleet:\n(  - .*\n)+", f"fleet:\n  - {{name: {name}, type: {kind}, parking: {parking}}}\n", file.read_text()
    )
    assert count == 1
    file.write_text(changed)
    build_site(str(site))


def stand(site: Path, name: str, x: float, y: float) -> None:
    """Replace all people by one who stands at a place (m) and does not go away."""
    walk(site, name, [(x, y), (x, y + 0.05)], 9000)


def walk(site: Path, name: str, route: list[tuple[float, float]], pause: float) -> None:
    """Replace all people by one who stands for a pause (s) at each corner of a closed route (m), whoever waits."""
    file = site / "site.yaml"
    corners = [list(corner) for corner in route]
    who = f"  - {{id: {name}, kind: person, route: {corners}, speed: 0.8, yields: false, pause: {pause}}}\n"
    changed, count = re.subn(r"movers:\n(  - .*\n)+", f"movers:\n{who}", file.read_text())
    assert count == 1
    before = file.stat()
    file.write_text(changed)
    # As old as it was: what a site is newer than is built again, and the world would lose what was put into it.
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
