"""The static world: reading SDF and cutting it."""

import math
from pathlib import Path

import numpy as np
import pytest

from amr_core.errors import AmrError
from amr_sim.polygon import octagon, pack, separation
from amr_sim.world import RESOLUTION, load_world, parse_world

SDF = """<sdf version="1.10"><world name="w">
<model name="wall"><static>true</static><pose>5 0 1.5 0 0 1.570796327</pose><link name="l">
  <collision name="c"><geometry><box><size>8 0.2 3</size></box></geometry></collision></link></model>
<model name="post"><static>1</static><pose>1 2 0.5 0 0 0</pose><link name="l"><pose>0 1 0 0 0 0</pose>
  <collision name="c"><geometry><cylinder><radius>0.3</radius><length>1</length></cylinder></geometry></collision>
</link></model>
<model name="sign"><static>true</static><pose>0 0 2 0 0 0</pose><link name="l">
  <collision name="c"><geometry><box><size>1 1 1</size></box></geometry></collision></link></model>
<model name="cart"><pose>3 3 0.5 0 0 0</pose><link name="l">
  <collision name="c"><geometry><box><size>1 1 1</size></box></geometry></collision></link></model>
</world></sdf>"""


def test_slice_holds_what_reaches_through_its_height() -> None:
    cut = parse_world(SDF).slice(0.2)
    assert cut.names == ("wall/c", "post/c")
    wall = cut.corners[0, :4]
    np.testing.assert_allclose([wall[:, 0].min(), wall[:, 0].max()], [4.9, 5.1], atol=1e-6)
    np.testing.assert_allclose([wall[:, 1].min(), wall[:, 1].max()], [-4.0, 4.0], atol=1e-6)
    assert len(cut.segments) == 4 + 8


def test_cylinder_stands_at_model_and_link_pose() -> None:
    cut = parse_world(SDF).slice()
    np.testing.assert_allclose(cut.corners[1].mean(axis=0), [1.0, 3.0], atol=1e-9)


def test_occupancy_and_clearance() -> None:
    cut = parse_world(SDF).slice()
    row, column = int((0.0 - cut.origin[1]) / RESOLUTION), int((5.0 - cut.origin[0]) / RESOLUTION)
    assert cut.occupied[row, column]
    assert cut.clearance()[row, column - 42] == pytest.approx(2.0, abs=0.1)
    assert cut.occupied.sum() * RESOLUTION**2 == pytest.approx(1.6 + math.pi * 0.09, rel=0.25)


@pytest.mark.parametrize("text", ["<sdf", SDF.replace("8 0.2 3", "8 0.2"), SDF.replace("8 0.2 3", "8 x 3")])
def test_bad_sdf_is_refused(text: str) -> None:
    with pytest.raises(AmrError, match=r"site\.unreadable"):
        parse_world(text)


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AmrError, match=r"site\.unreadable"):
        load_world(tmp_path / "no.sdf")


def test_separation_of_polygons() -> None:
    square = np.array([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)])
    corners, counts = pack(
        [
            square,
            square + np.array((1.5, 0.0)),
            square + np.array((0.5, 0.5)),
            octagon(3.0, 0.5, 0.2),
            square + np.array((4, 5)),
        ]
    )

    def gap(i: int, j: int) -> float:
        return separation(corners[i], counts[i], corners[j], counts[j])

    assert gap(0, 1) == pytest.approx(0.5)
    assert gap(0, 2) == 0.0
    assert gap(0, 3) == pytest.approx(1.8, abs=0.02)
    assert gap(0, 4) == pytest.approx(5.0)
