"""Gazebo's own checker has nothing to say about our models and worlds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from amr_core.robots import ROBOT_TYPES
from amr_core.site.build import world_path
from amr_description.sdf import model_sdf
from amr_description.urdf import urdf
from tests.real.real_support import Real

# Not in SDF's schema, and the only way to name the frame of a picture or scan (docs/adr/0005).
FRAME_NOTE = "XML Element[gz_frame_id]"
WORLDS = Path(world_path("lab")).parent
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def complaints(real: Real, file: Path) -> list[str]:
    """Return what the checker says besides that the file is valid, one line a complaint."""
    checker = real.start("gz", "sdf", "-k", str(file))
    checker.wait(30.0)
    lines = [line for line in COLOUR.sub("", checker.words).splitlines() if line.startswith(("Warning", "Error"))]
    assert lines or "Valid." in checker.words, checker.tail
    return [line for line in lines if FRAME_NOTE not in line]


@pytest.mark.gazebo
@pytest.mark.parametrize("kind", sorted(ROBOT_TYPES))
def test_robots_are_valid_without_a_warning(kind: str, real: Real, tmp_path: Path) -> None:
    model = tmp_path / f"{kind}.sdf"
    model.write_text(model_sdf(urdf(kind, "amr_01", gazebo=True), "amr_01"))
    assert complaints(real, model) == []
    # The checker does see what it is asked for.
    model.write_text(model.read_text().replace('name="lidar_front_visual"', 'name="lidar_front"'))
    assert any("Non-unique names" in line for line in complaints(real, model))


@pytest.mark.gazebo
@pytest.mark.parametrize("world", sorted(WORLDS.glob("*.sdf")), ids=lambda world: world.stem)
def test_worlds_are_valid_without_a_warning(world: Path, real: Real) -> None:
    assert complaints(real, world) == []


def test_every_world_of_the_house_is_looked_at() -> None:
    assert {"lab", "cai_cui"} <= {world.stem for world in WORLDS.glob("*.sdf")}
