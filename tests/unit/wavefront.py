"""Reads the meshes of Gazebo worlds (Wavefront OBJ) as others do: vertices, texture places, faces with a material."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Face:
    """Material, corners (N x 3, m), places in the texture (N x 2, empty without), normal."""

    material: str
    corners: Floats
    places: Floats
    normal: Floats


def faces_of(path: Path) -> list[Face]:
    """Return the faces of a mesh; its numbers must all be of things that were given before."""
    given: dict[str, list[list[float]]] = {"v": [], "vt": [], "vn": []}
    found, material = list[Face](), ""
    for line in path.read_text(encoding="utf-8").splitlines():
        key, *words = line.split()
        if key in given:
            given[key].append([float(word) for word in words])
        elif key == "usemtl":
            (material,) = words
        elif key == "f":
            columns = list(zip(*(word.split("/") for word in words), strict=True))
            corners, places, normals = (
                np.array([given[kind][int(number) - 1] for number in column if number])
                for kind, column in zip(("v", "vt", "vn"), columns, strict=True)
            )
            assert np.ptp(normals, axis=0).max() == 0.0, "a face is flat in the light"
            found.append(Face(material, corners, places, normals[0]))
    return found


def volume(faces: list[Face]) -> float:
    """Return what closed surfaces hold (m^3): positive when their faces look outwards."""
    return sum(
        float(np.dot(face.corners[0], np.cross(face.corners[i], face.corners[i + 1]))) / 6
        for face in faces
        for i in range(1, len(face.corners) - 1)
    )


def is_closed(faces: list[Face]) -> bool:
    """Tell whether each edge belongs to as many faces one way as the other."""
    count: dict[tuple[tuple[float, ...], ...], int] = {}
    for face in faces:
        ring = [tuple(corner) for corner in face.corners]
        for a, b in zip(ring, ring[1:] + ring[:1], strict=True):
            count[a, b] = count.get((a, b), 0) + 1
    return all(count.get((b, a), 0) == number for (a, b), number in count.items())
