"""All that stands still in a Gazebo world as one model: a box for each collision, one mesh for what is seen.

Gazebo looks at each visual for each face of each scan and finds it by going through all models, links and visuals of
the world: a visual for each box costs more than all that is drawn (docs/real.md, "What four robots cost").
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from amr_core.geometry import Pose2D, compose, rectangle, transform
from amr_core.roadmap.splitting import leaves
from amr_core.site import Site, Station
from amr_core.site.generators import doors
from amr_core.site.generators.meshes import Picture, Prism, mesh_path, obj_files
from amr_core.site.generators.scene import ZONE_COLOURS, number, paint, still_model
from amr_core.site.generators.tags import BOARD_SIDE, board_picture
from amr_core.site.solids import wall_segments
from amr_core.site.v_dock import MARKER_AHEAD, MARKER_HEIGHT, V_HEIGHT, V_PLATE, v_dock_plates

BOARD_THICKNESS = 0.02  # m; chosen: a plate of wood or plastic
INSET = 0.0005
"""m that a board's body lies behind its picture: what lies in one plane flickers."""

COLOURS = {
    "wall": "0.85 0.85 0.82",
    "rack": "0.16 0.36 0.68",
    "stack": "0.78 0.63 0.40",
    "column": "0.90 0.75 0.10",
    "machine": "0.35 0.40 0.38",
    "barrier": "0.75 0.20 0.15",
    "board": "1 1 1",
    "tags": "1 1 1",
    **doors.COLOURS,
    **{f"zone_{kind}": colour for kind, colour in ZONE_COLOURS.items()},
}

COLLISION = """        <collision name="{name}">
          <pose>{x} {y} {z} 0 0 {yaw}</pose>
          <geometry><box><size>{size}</size></box></geometry>
        </collision>
"""
SEEN = """        <visual name="building_visual">
          <geometry><mesh><uri>{file}</uri></mesh></geometry>
        </visual>
"""


class Block(NamedTuple):
    """A box on the floor: name, what it is, its middle and heading, length, width and height (m)."""

    name: str
    kind: str
    pose: Pose2D
    size: tuple[float, float, float]

    def collision(self) -> str:
        """Return it for physics."""
        x, y, yaw = map(number, self.pose)
        size = " ".join(map(number, self.size))
        return COLLISION.format(name=self.name, x=x, y=y, z=number(self.size[2] / 2), yaw=yaw, size=size)

    def prism(self) -> Prism:
        """Return it for the eye."""
        length, width, height = self.size
        base = transform(rectangle(length / 2, length / 2, width / 2), self.pose)
        return Prism(base, 0.0, height, self.kind)


def blocks(site: Site) -> Iterator[Block]:
    """Yield walls, boxes and the plates of V-docks."""
    for wall in site.walls:
        for k, piece in enumerate(wall_segments(wall)):
            size = (piece.length, piece.thickness, wall.height)
            yield Block(f"wall_{wall.id}_{k}", "wall", piece.pose, size)
    for box in site.boxes:
        size = (box.size_x, box.size_y, box.height)
        yield Block(f"{box.kind}_{box.id}", box.kind, Pose2D(box.x, box.y, box.theta), size)
    for _, _, station in leaves(site):
        if station.target == "v_dock":
            for k, (pose, length) in enumerate(v_dock_plates(compose(station.pose, Pose2D(MARKER_AHEAD, 0.0, 0.0)))):
                yield Block(f"v_dock_{station.id}_{k}", "barrier", pose, (length, V_PLATE, V_HEIGHT))


def building(site: Site) -> str:
    """Return the model; nothing for a site without anything that stands."""
    seen = [SEEN.format(file=mesh_path(_name(site)))] if _prisms(site) else []
    return still_model("building", [*(block.collision() for block in blocks(site)), *seen])


def building_files(site: Site) -> dict[str, bytes]:
    """Return name and content of what building() shows: mesh, materials, and one picture of all its marker boards."""
    prisms, boards = _prisms(site), _boards(site)
    if not prisms:
        return {}
    pictures = [_picture(board, index, len(boards)) for index, board in enumerate(boards)]
    textures = {"tags": f"../{_boards_path(site)}"}
    files = {k: v.encode() for k, v in obj_files(_name(site), prisms, pictures, COLOURS, textures).items()}
    if boards:
        files[_boards_path(site)] = _all_boards([board.marker for board in boards if board.marker is not None])
    return files


def _name(site: Site) -> str:
    return f"{site.id}_building"


def _boards_path(site: Site) -> str:
    return f"tags/{site.id}_boards.png"


def _boards(site: Site) -> list[Station]:
    return [station for _, _, station in leaves(site) if station.marker is not None]


def _prisms(site: Site) -> list[Prism]:
    standing = [block.prism() for block in blocks(site)]
    panels = [doors.panel(site, door) for door in site.doors if not door.lanes]
    return [*standing, *panels, *paint(site), *map(_board, _boards(site))]


def _board(station: Station) -> Prism:
    # The picture's face, not the middle of the board, is MARKER_AHEAD of base_link.
    middle = compose(station.pose, Pose2D(MARKER_AHEAD + INSET + BOARD_THICKNESS / 2, 0.0, 0.0))
    base = transform(rectangle(BOARD_THICKNESS / 2, BOARD_THICKNESS / 2, BOARD_SIDE / 2), middle)
    return Prism(base, MARKER_HEIGHT - BOARD_SIDE / 2, MARKER_HEIGHT + BOARD_SIDE / 2, "board")


def _picture(station: Station, index: int, count: int) -> Picture:
    half = BOARD_SIDE / 2
    # It faces the robot, whose left is its own left: +y of the station.
    (lx, ly), (rx, ry) = transform(np.array([[MARKER_AHEAD, half], [MARKER_AHEAD, -half]]), station.pose)
    low, high = MARKER_HEIGHT - half, MARKER_HEIGHT + half
    corners = np.array([[lx, ly, low], [rx, ry, low], [rx, ry, high], [lx, ly, high]])
    columns, rows = _sheet(count)
    column, row = index % columns, index // columns
    window = (column / columns, 1 - (row + 1) / rows, (column + 1) / columns, 1 - row / rows)
    return Picture(corners, window, "tags")


def _sheet(count: int) -> tuple[int, int]:
    columns = math.ceil(math.sqrt(count))
    return columns, math.ceil(count / columns)


def _all_boards(tags: list[int]) -> bytes:
    columns, rows = _sheet(len(tags))
    blank = np.full_like(board_picture(tags[0]), 255)
    shown = [*map(board_picture, tags), *[blank] * (columns * rows - len(tags))]
    sheet = np.vstack([np.hstack(shown[row * columns : (row + 1) * columns]) for row in range(rows)])
    import cv2  # 30 MB that most commands do without

    done, png = cv2.imencode(".png", sheet)
    assert done
    return bytes(png)
