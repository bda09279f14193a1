"""Bodies of a Gazebo world as Wavefront OBJ: metres, z up. People and forklifts: x forward, origin on the floor, as
wide as the embedded simulator's movers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from amr_core.geometry import FloatArray, rectangle

SIDES = 12


class Prism(NamedTuple):
    """An upright solid: counter-clockwise base (N x 2, m), lowest and highest z (m), material."""

    base: FloatArray
    low: float
    high: float
    material: str


class Picture(NamedTuple):
    """A part of a texture on an upright rectangle.

    corners (4 x 3, m): lower left, lower right, upper right, upper left for who stands before it; window: left, bottom,
    right and top of the part (shares of the texture, from its lower left corner).
    """

    corners: FloatArray
    window: tuple[float, float, float, float]
    material: str


MATERIALS = {
    "vest": "0.95 0.45 0.10",
    "helmet": "0.95 0.90 0.30",
    "yellow": "0.85 0.65 0.10",
    "dark": "0.15 0.15 0.15",
}


def _disc(radius: float) -> FloatArray:
    angles = np.arange(SIDES) * (2.0 * np.pi / SIDES)
    return np.column_stack((radius * np.cos(angles), radius * np.sin(angles)))


BODIES = {
    "person": (
        Prism(_disc(0.20), 0.0, 1.45, "vest"),
        Prism(_disc(0.13), 1.45, 1.72, "helmet"),
    ),
    "forklift": (
        Prism(rectangle(0.8, 1.2, 0.55), 0.0, 1.2, "yellow"),
        Prism(rectangle(0.95, -0.8, 0.45), 0.0, 2.2, "dark"),
        Prism(rectangle(1.2, -0.95, 0.35), 0.1, 0.15, "dark"),
        Prism(rectangle(0.4, 1.0, 0.5), 2.0, 2.08, "dark"),
    ),
}


def mesh_path(kind: str) -> str:
    """Return the file of a body, seen from the world's folder."""
    return f"meshes/{kind}.obj"


def mesh_files(kind: str) -> dict[str, str]:
    """Return name and text of the files of a mover's body: the mesh and its materials."""
    return obj_files(kind, BODIES[kind], (), MATERIALS, {})


def obj_files(
    name: str,
    prisms: Sequence[Prism],
    pictures: Sequence[Picture],
    colours: Mapping[str, str],
    textures: Mapping[str, str],
) -> dict[str, str]:
    """Return name and text of a mesh and of its materials.

    colours: red, green and blue (0 to 1) of each material; textures: file of those that show one, seen from the mesh.
    """
    ordered = sorted(prisms, key=lambda prism: prism.material)  # a renderer draws each material by itself
    used = dict.fromkeys([*(prism.material for prism in ordered), *(picture.material for picture in pictures)])
    writer = _Writer(name)
    for prism in ordered:
        writer.prism(prism)
    for picture in pictures:
        writer.picture(picture)
    return {
        mesh_path(name): "\n".join(writer.lines) + "\n",
        f"meshes/{name}.mtl": "".join(_material(one, colours[one], textures.get(one, "")) for one in used),
    }


class _Writer:
    """Writes faces one after another. Each has a normal of its own: edges stay sharp in the light."""

    def __init__(self, name: str) -> None:
        self.lines = [f"mtllib {name}.mtl"]
        self._corners = self._normals = self._places = 0
        self._material = ""

    def prism(self, prism: Prism) -> None:
        """Add its floor, its top and its sides."""
        self._use(prism.material)
        count = len(prism.base)
        for z in (prism.low, prism.high):
            self.lines += [f"v {x:.4f} {y:.4f} {z:.4f}" for x, y in prism.base]
        floor = [self._corners + 1 + i for i in range(count)]
        top = [corner + count for corner in floor]
        self._face([str(corner) for corner in reversed(floor)], (0.0, 0.0, -1.0))
        self._face([str(corner) for corner in top], (0.0, 0.0, 1.0))
        for i, (dx, dy) in enumerate(np.roll(prism.base, -1, axis=0) - prism.base):
            j, length = (i + 1) % count, float(np.hypot(dx, dy))
            side = [str(corner) for corner in (floor[i], floor[j], top[j], top[i])]
            self._face(side, (dy / length, -dx / length, 0.0))
        self._corners += 2 * count

    def picture(self, picture: Picture) -> None:
        """Add a rectangle with its part of the texture."""
        self._use(picture.material)
        left, bottom, right, top = picture.window
        self.lines += [f"v {x:.4f} {y:.4f} {z:.4f}" for x, y, z in picture.corners]
        around = ((left, bottom), (right, bottom), (right, top), (left, top))
        self.lines += [f"vt {u:.6f} {v:.6f}" for u, v in around]
        along, up = picture.corners[1] - picture.corners[0], picture.corners[3] - picture.corners[0]
        normal = np.cross(along, up)
        face = [f"{self._corners + i}/{self._places + i}" for i in (1, 2, 3, 4)]
        self._face(face, tuple(normal / np.linalg.norm(normal)))
        self._corners += 4
        self._places += 4

    def _use(self, material: str) -> None:
        if material != self._material:
            self.lines.append(f"usemtl {material}")
            self._material = material

    def _face(self, corners: Sequence[str], normal: Sequence[float]) -> None:
        self._normals += 1
        self.lines.append("vn " + " ".join(f"{part + 0.0:.4f}" for part in normal))
        slashes = "/" if "/" in corners[0] else "//"
        self.lines.append("f " + " ".join(f"{corner}{slashes}{self._normals}" for corner in corners))


def _material(name: str, colour: str, texture: str) -> str:
    shown = f"map_Kd {texture}\n" if texture else ""
    return f"newmtl {name}\nKa {colour}\nKd {colour}\nKs 0 0 0\n{shown}"
