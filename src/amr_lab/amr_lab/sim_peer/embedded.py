"""The drives in the embedded simulator, at the moments at which the other one was told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from amr_core.cameras import PinholeView
from amr_core.geometry import FloatArray, Pose2D
from amr_core.robots import FORK_ROBOT, LIFT_AMR
from amr_core.site import load_site
from amr_core.site.build import world_path
from amr_lab.sim_peer.drives import FORK, LOADED, REST, WheelDrive
from amr_lab.sim_peer.pictures import OWN, PictureGap, SimPicture, compare_pictures
from amr_sim.camera import site_markers
from amr_sim.engine import SimEngine
from amr_sim.fixed_cameras import FixedCamera
from amr_sim.world import load_world

STEP: Final = 0.05  # s, a step of the embedded simulator
SCANS: Final = 6
"""Scans whose median is compared: their noise is told apart."""


@dataclass
class WheelTrack:
    """What one simulator did: rows (t, x, y, theta) of truth and odometry, t in s from the first command on.

    told: (t, v, w) of every change of command. ranges: (scans, 2, beams) at the end, m.
    """

    truth: list[tuple[float, float, float, float]] = field(default_factory=list)
    odom: list[tuple[float, float, float, float]] = field(default_factory=list)
    told: list[tuple[float, float, float]] = field(default_factory=list)
    ranges: FloatArray = field(default_factory=lambda: np.zeros((0, 2, 0)))
    pictures: list[SimPicture] = field(default_factory=list)

    @property
    def end(self) -> Pose2D:
        """Where the robot came to rest."""
        return Pose2D(*self.truth[-1][1:])


def engine(robot: str, seed: int = 1) -> tuple[SimEngine, int]:
    """Return the lab without people, and the number of the robot of a kind."""
    site = load_site("lab")
    made = SimEngine(site, load_world(world_path("lab", site)), site.fleet[:2], seed)
    made.movers.all.clear()
    index = 1 if robot == FORK else 0
    if robot == LOADED:
        made.loads.on_board[0] = "load"
    return made, index


def drive(
    wanted: WheelDrive, told: Sequence[tuple[float, float, float]], seen_from: Pose2D, start: Pose2D
) -> WheelTrack:
    """Return what the embedded simulator does with commands (t, v, w) from a start pose.

    The ranges are those from seen_from, where the other simulator's robot stands: they compare the lidars alone.
    """
    sim, index = engine(wanted.robot)
    sim.teleport(index, start)
    track = WheelTrack(told=list(told))
    last = told[-1][0] + REST
    while sim.time < last:
        v, w = next(((v, w) for t, v, w in reversed(told) if t <= sim.time + 1e-9), (0.0, 0.0))
        if not (wanted.silent and sim.time + 1e-9 >= told[-1][0]):
            sim.command(index, v, w)
        sim.step(STEP)
        for rows, at in ((track.truth, sim.bases.state[index]), (track.odom, sim.bases.odometry[index])):
            rows.append((sim.time, float(at[0]), float(at[1]), float(at[2])))
    sim.teleport(index, seen_from)
    track.ranges = np.array([sim.scan()[2 * index : 2 * index + 2] for _ in range(SCANS)], dtype=float)
    return track


def compared(wanted: WheelDrive, gazebo: WheelTrack) -> list[PictureGap]:
    """Return how far the other simulator's pictures of a drive are from ours, each taken from where it was taken."""
    boards = site_markers(load_site("lab"))
    spec = (FORK_ROBOT if wanted.robot == FORK else LIFT_AMR).camera
    return [compare_pictures(wanted, theirs, picture(wanted, theirs), boards, spec) for theirs in gazebo.pictures]


def picture(wanted: WheelDrive, like: SimPicture) -> SimPicture:
    """Return the embedded simulator's picture through the same eye, with its robot where the other one stood."""
    sim, index = engine(wanted.robot)
    sim.teleport(index, like.at)
    if like.eye == OWN:
        spec = sim.types[index].camera
        view = PinholeView(0.0, 0.0, spec.z, 0.0, 0.0, spec.width, spec.height, spec.focal)
        return replace(like, picture=sim.camera(index), matrix=view.matrix)
    site = load_site("lab")
    fixed = FixedCamera(next(c for c in site.cameras if c.id == like.eye), load_world(world_path("lab", site)), 1)
    return replace(like, picture=fixed.render(sim.moving_solids()), matrix=fixed.view.matrix)
