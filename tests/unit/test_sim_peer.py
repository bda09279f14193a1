"""The drives that both simulators make, and how far apart they are said to be."""

from __future__ import annotations

import math

import numpy as np
import pytest

from amr_core.geometry import transform
from amr_core.robots import FORK_ROBOT, LIFT_AMR
from amr_core.site import load_site
from amr_core.site.build import world_path
from amr_lab.nav_peer.drives import outline_of
from amr_lab.sim_peer.drives import DRIVES, FORK, REST, WheelDrive
from amr_lab.sim_peer.embedded import WheelTrack, drive
from amr_lab.sim_peer.table import compare, table
from amr_sim.kinematics import Bases
from amr_sim.world import RESOLUTION, load_world


def told(wanted: WheelDrive) -> list[tuple[float, float, float]]:
    """Commands at exactly the moments that the drive asks for."""
    at, rows = 0.0, []
    for v, w, seconds in wanted.pieces:
        rows.append((at, v, w))
        at += seconds
    return [*rows, (at, 0.0, 0.0)]


def run(wanted: WheelDrive) -> WheelTrack:
    return drive(wanted, told(wanted), wanted.start, wanted.start)


def named(name: str, robot: str = "lift") -> WheelDrive:
    return next(d for d in DRIVES if d.name == name and d.robot == robot)


def test_there_are_forty_and_each_stays_free_of_what_the_lab_holds() -> None:
    assert len(DRIVES) == 40
    assert len({(d.name, d.robot) for d in DRIVES}) == 40
    cut = load_world(world_path("lab", load_site("lab"))).slice()
    clearance, origin = cut.clearance(), np.array(cut.origin)
    for wanted in DRIVES:
        kind = FORK_ROBOT if wanted.robot == FORK else LIFT_AMR
        bases = Bases([kind], [wanted.start], 1)
        rows = told(wanted)
        for step in range(math.ceil((rows[-1][0] + REST) / 0.1)):
            _, v, w = next(row for row in reversed(rows) if row[0] <= 0.1 * step + 1e-9)
            bases.command(0, v, w, 0.1 * step)
            bases.step(0.1 * step, 0.1, np.zeros(1, dtype=np.bool_))
            outline = outline_of(transform(kind.footprint(loaded=True), bases.pose(0)))
            columns, lines = ((outline - origin) / RESOLUTION).astype(int).T
            assert clearance[lines, columns].min() > 0.05, (wanted.name, bases.pose(0))


def test_a_drive_ends_where_its_speeds_say() -> None:
    straight = run(named("0.6 m/s for 8 s"))
    assert straight.end.x - 4.0 == pytest.approx(0.6 * 8.0 - 0.36 / 1.2 + 0.36 / 1.8, abs=0.02)
    assert run(named("commands end at 1 m/s")).end.x - run(named("stop from 1 m/s")).end.x == pytest.approx(
        0.5, abs=0.06
    )
    turn = run(named("0.5 rad/s on the spot"))
    assert turn.end.theta == pytest.approx(2.5, abs=0.02)
    assert turn.ranges.shape == (6, 2, 271)


def test_the_table_says_what_differs_and_nothing_else() -> None:
    wanted = named("stop from 1 m/s")
    ours = run(wanted)
    same = compare(wanted, ours, ours)
    assert (same.way, same.turned, same.ahead, same.aside, same.heading, same.later) == (0.0,) * 6
    assert (same.median, same.far) == (0.0, 0.0)
    off = WheelTrack(
        truth=[(t, x + 0.1 * t / ours.truth[-1][0], y, theta) for t, x, y, theta in ours.truth],
        odom=ours.odom,
        told=ours.told,
        ranges=ours.ranges + 0.25,
    )
    row = compare(wanted, off, ours)
    assert row.ahead == pytest.approx(0.1)
    assert row.way == pytest.approx(0.1, abs=0.01)
    assert row.median == pytest.approx(0.25)
    assert row.far == 1.0
    text = table([same, row], "about")
    assert text.count("| stop from 1 m/s | lift |") == 2
    assert "at most 10.0 cm" in text


def test_beams_without_an_echo_are_left_out() -> None:
    wanted = named("0.5 rad/s on the spot")
    ours = run(wanted)
    blind = WheelTrack(ours.truth, ours.odom, ours.told, np.where(np.arange(271) < 200, ours.ranges, math.inf))
    assert compare(wanted, blind, ours).median == 0.0
