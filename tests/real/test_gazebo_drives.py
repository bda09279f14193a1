"""The embedded simulator against Gazebo: the same commands end at the same places, with the same tags in view."""

from __future__ import annotations

import math

import pytest

from amr_lab.sim_peer.drives import DRIVES
from tests.real.gazebo_drives import paired

pytestmark = [pytest.mark.gazebo, pytest.mark.real_long]


@pytest.mark.timeout(3600)
def test_both_simulators_drive_alike_on_a_dry_floor() -> None:
    rows, pictures = paired(DRIVES)
    for row in rows:
        if row.drive.kind != "wet":
            assert math.hypot(row.ahead, row.aside) < 0.15, row
            assert abs(row.heading) < 6.0, row
        assert row.median < 0.05, row
        assert row.far < 0.1, row
    for seen in (picture for picture in pictures if picture.drive.kind == "docking"):
        assert seen.tags[0] == seen.tags[1] != (), seen
        assert seen.lens == ("", ""), seen
        assert abs(seen.shift[0]) < 1.0, seen
        assert abs(seen.shift[1]) < 4.0, "a robot leans on its casters by 0.2 degrees"
        assert abs(seen.larger) < 0.01, seen
        assert abs(seen.distance[0] - seen.distance[1]) < 0.01, seen
