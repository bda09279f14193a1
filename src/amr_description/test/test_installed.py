"""Run by `colcon test`: the installed xacro files make every robot."""

import pytest

from amr_core.robots import ROBOT_TYPES
from amr_description.sdf import model_sdf
from amr_description.urdf import urdf


@pytest.mark.parametrize("kind", sorted(ROBOT_TYPES))
def test_robots_can_be_made(kind: str) -> None:
    assert 'name="lidar_front"' in urdf(kind)
    assert '<model name="amr_01">' in model_sdf(urdf(kind, "amr_01", gazebo=True), "amr_01")
