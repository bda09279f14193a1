"""The embedded simulator against Gazebo: the same commands to the wheels end at the same places (docs/real.md)."""

from __future__ import annotations

import math

import pytest

from amr_lab.sim_peer.drives import DRIVES
from tests.real.gazebo_drives import paired

pytestmark = [pytest.mark.gazebo, pytest.mark.real_long]


@pytest.mark.timeout(3600)
def test_both_simulators_drive_alike_on_a_dry_floor() -> None:
    for row in paired(DRIVES):
        if row.drive.kind != "wet":
            assert math.hypot(row.ahead, row.aside) < 0.15, row
            assert abs(row.heading) < 6.0, row
        assert row.median < 0.05, row
        assert row.far < 0.1, row
