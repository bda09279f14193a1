"""The forty drives of amr_lab.sim_peer in Gazebo, each repeated by the embedded simulator with the same commands."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import numpy as np
from geometry_msgs.msg import Twist
from sensor_msgs.msg import LaserScan

from amr_core.cameras import fixed_view
from amr_core.geometry import FloatArray, Pose2D, distance
from amr_core.site import load_site
from amr_lab.sim_peer import embedded
from amr_lab.sim_peer.drives import DRIVES, FORK, LOAD_KG, LOADED, REST, WheelDrive, pictured
from amr_lab.sim_peer.embedded import SCANS, WheelTrack
from amr_lab.sim_peer.pictures import OWN, PictureGap, SimPicture
from amr_lab.sim_peer.table import DriveGap, compare
from amr_perception.nodes.images import camera_matrix, image_to_array
from tests.real.gazebo_client import planar, stamp
from tests.real.gazebo_hall import Hall
from tests.real.real_support import Real

ROBOTS: Final = ("amr_01", "amr_02")
"""A lift AMR and a fork robot."""


class PairedDrives:
    """Drives in one running Gazebo."""

    def __init__(self, hall: Hall) -> None:
        self._hall, self._client = hall, hall.client
        self._scans = {
            robot: [self._client.listen(LaserScan, f"/{robot}/scan_{end}") for end in ("front", "rear")]
            for robot in ROBOTS
        }

    def drive(self, wanted: WheelDrive) -> WheelTrack:
        """Put the robot at its start, command, let it rest, look; times from the first command on, simulated."""
        client, base = self._client, self._hall.bases[robot := name_of(wanted)]
        self._clear_the_way(robot)
        self._hall.put(robot, wanted.start)
        client.pass_time(0.5)
        before, odom_before, begun = len(base.truth) - 1, len(base.odom) - 1, client.now
        track = WheelTrack()
        publisher = client.node.create_publisher(Twist, f"/{robot}/cmd_vel", 10)
        client.until(lambda: publisher.get_subscription_count() > 0, 20.0, "a base that listens")
        shots = self._pictures(wanted, "start")
        begun = client.now
        for v, w, seconds in (*wanted.pieces, (0.0, 0.0, REST)):
            until = begun + sum(piece[2] for piece in wanted.pieces[: len(track.told) + 1])
            if len(track.told) == len(wanted.pieces):
                until = client.now + seconds
            silent = wanted.silent and len(track.told) == len(wanted.pieces)
            track.told.append((client.now - begun, v, w))
            self._hold(publisher, None if silent else (v, w), until)
        client.node.destroy_publisher(publisher)
        track.truth = [_row(message, begun) for message in base.truth[before:]]
        track.odom = [_row(message, begun) for message in base.odom[odom_before:]]
        track.ranges = self._look(robot)
        track.pictures = [*shots, *self._pictures(wanted, "rest")]
        return track

    def _clear_the_way(self, robot: str) -> None:
        """Set the other robot into its bay: its last drive may have ended where this one begins, or in its view."""
        site = load_site("lab")
        for member in site.fleet[: len(ROBOTS)]:
            bay = next(bay.pose for bay in site.parking if bay.id == member.parking)
            if member.name != robot and distance(self._hall.bases[member.name].pose, bay) > 0.1:
                self._hall.put(member.name, bay)

    def _pictures(self, wanted: WheelDrive, when: str) -> list[SimPicture]:
        """Take the pictures of a moment of a drive: through the robot's own camera, and through the lab's at rest."""
        robot = name_of(wanted)
        if when not in pictured(wanted):
            return []
        shots = [self._shot(robot, OWN, f"/{robot}/camera/image_raw", when)]
        at = self._hall.bases[robot].pose
        for camera in load_site("lab").cameras:
            if wanted.kind == "turn" and fixed_view(camera).sees(at.x, at.y):
                shots.append(self._shot(robot, camera.id, f"/cameras/{camera.id}/image_raw", when))
        return shots

    def _shot(self, robot: str, eye: str, topic: str, when: str) -> SimPicture:
        image, info = self._client.look(topic)
        matrix, _ = camera_matrix(info, image.width, image.height)
        return SimPicture(eye, when, self._hall.bases[robot].pose, image_to_array(image), matrix)

    def _hold(self, publisher: Any, command: tuple[float, float] | None, until: float) -> None:
        """Repeat a command until a moment of simulated time; None says nothing."""
        client, last = self._client, -1.0
        message = Twist()
        if command is not None:
            message.linear.x, message.angular.z = command

        def due() -> bool:
            nonlocal last
            if command is not None and client.now - last >= 0.05:
                last = client.now
                publisher.publish(message)
            return client.now >= until

        client.until(due, 60.0 + 30.0 * (until - client.now), "a piece of a drive")

    def _look(self, robot: str) -> FloatArray:
        client, scans = self._client, self._scans[robot]
        first = [len(found) for found in scans]
        client.until(
            lambda: all(len(found) >= n + SCANS for found, n in zip(scans, first, strict=True)), 90.0, "scans at rest"
        )
        rows = [np.array([scan.ranges for scan in found[-SCANS:]], dtype=float) for found in scans]
        return np.stack(rows, axis=1)


def name_of(wanted: WheelDrive) -> str:
    """Return the robot of the lab that makes a drive."""
    return ROBOTS[1] if wanted.robot == FORK else ROBOTS[0]


def _row(message: Any, begun: float) -> tuple[float, float, float, float]:
    return (stamp(message) - begun, *planar(message))


def paired(drives: Iterable[WheelDrive] = DRIVES) -> tuple[list[DriveGap], list[PictureGap]]:
    """Make the drives in Gazebo (one start without load, one with) and in the embedded simulator."""
    rows: list[DriveGap] = []
    seen: list[PictureGap] = []
    wanted = list(drives)
    for load in (0, round(LOAD_KG)):
        chosen = [drive for drive in wanted if (drive.robot == LOADED) == bool(load)]
        if chosen:
            some, pictures = _in_one_hall(chosen, load)
            rows, seen = rows + some, seen + pictures
    rows.sort(key=lambda row: wanted.index(row.drive))
    seen.sort(key=lambda row: (row.eye != OWN, wanted.index(row.drive)))
    return rows, seen


def _in_one_hall(chosen: list[WheelDrive], load: int) -> tuple[list[DriveGap], list[PictureGap]]:
    rows, seen = [], []
    with tempfile.TemporaryDirectory(prefix="amr-drives-", ignore_cleanup_errors=True) as folder:
        real = Real(Path(folder))
        try:
            hall = Hall(real, "lab", ROBOTS, load)
            pair = PairedDrives(hall)
            for drive in chosen:
                gazebo = pair.drive(drive)
                start = Pose2D(*gazebo.truth[0][1:])
                ours = embedded.drive(drive, gazebo.told, gazebo.end, start)
                rows.append(compare(drive, gazebo, ours))
                pictures = embedded.compared(drive, gazebo)
                seen += pictures
                for row in (rows[-1], *pictures):
                    sys.stderr.write(f"{drive.robot}, {drive.name}: {row}\n")
            hall.client.close()
        finally:
            real.close()
    return rows, seen
