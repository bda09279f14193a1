"""Simple bodies for the actors of a Gazebo world, as Wavefront OBJ: metres, z up, x forward, origin on the floor.

They are as wide as the embedded simulator's movers.
"""

from __future__ import annotations

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
    """Return name and text of the files of a body: the mesh and its materials."""
    lines = [f"mtllib {kind}.mtl"]
    corners = 0
    for prism in BODIES[kind]:
        count = len(prism.base)
        for z in (prism.low, prism.high):
            lines += [f"v {x:.4f} {y:.4f} {z:.4f}" for x, y in prism.base]
        first, top = corners + 1, corners + 1 + count
        lines.append(f"usemtl {prism.material}")
        lines.append("f " + " ".join(str(first + i) for i in reversed(range(count))))
        lines.append("f " + " ".join(str(top + i) for i in range(count)))
        for i in range(count):
            j = (i + 1) % count
            lines.append(f"f {first + i} {first + j} {top + j} {top + i}")
        corners += 2 * count
    used = dict.fromkeys(prism.material for prism in BODIES[kind])
    materials = "".join(f"newmtl {name}\nKa {MATERIALS[name]}\nKd {MATERIALS[name]}\nKs 0 0 0\n" for name in used)
    return {mesh_path(kind): "\n".join(lines) + "\n", f"meshes/{kind}.mtl": materials}
