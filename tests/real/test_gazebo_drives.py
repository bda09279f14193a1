"""The embedded simulator against Gazebo: the same commands end at the same places, with the same tags in view."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from amr_lab.sim_peer.drives import DRIVES
from amr_lab.sim_peer.table import DriveGap
from tests.real.gazebo_drives import paired

pytestmark = [pytest.mark.gazebo, pytest.mark.real_long]


LATE, LATE_TURN = 0.15, 6.0
"""m and degrees: one drive on the dry floor whose commands came two control cycles late ended 0.103 m and 2.4 off."""
DRY, WET, WET_TURN = 0.03, 0.05, 3.0
"""m and degrees: half of the dry drives, and each of the four wet ones."""
NOISE = 1.5
"""Times as much in one as in the other, of a beam that stands."""


def assert_alike(rows: Sequence[DriveGap]) -> None:
    """Hold the last poses and the beams of the drives to what docs/real.md says of them."""
    off = {row: math.hypot(row.ahead, row.aside) for row in rows}
    dry = [row for row in rows if row.drive.kind != "wet"]
    wet = [row for row in rows if row.drive.kind == "wet"]
    assert (len(dry), len(wet)) == (36, 4)
    for row in dry:
        assert off[row] < LATE, row
        assert abs(row.heading) < LATE_TURN, row
    assert np.median([off[row] for row in dry]) < DRY, "half of them end within a few centimetres"
    for row in wet:
        assert off[row] < WET, row
        assert abs(row.heading) < WET_TURN, row
    for row in rows:
        assert row.median < 0.05, row
        assert row.far < 0.1, row
    theirs, ours = (float(np.median([row.noise[side] for row in rows])) for side in (0, 1))
    assert 1.0 / NOISE < theirs / ours < NOISE, (theirs, ours)


@pytest.mark.timeout(3600)
def test_both_simulators_drive_alike() -> None:
    rows, pictures = paired(DRIVES)
    assert_alike(rows)
    for seen in (picture for picture in pictures if picture.drive.kind == "docking"):
        assert seen.tags[0] == seen.tags[1] != (), seen
        assert seen.lens == ("", ""), seen
        assert abs(seen.shift[0]) < 1.0, seen
        assert abs(seen.shift[1]) < 4.0, "a robot leans on its casters by 0.2 degrees"
        assert abs(seen.larger) < 0.01, seen
        assert abs(seen.distance[0] - seen.distance[1]) < 0.01, seen
