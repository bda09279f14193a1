"""The note of where a robot was last sure to be: read at a start as a hypothesis, never as the truth."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path
from typing import Any

from amr_core.geometry import Pose2D, distance, wrap_angle
from amr_navigation.costmap.static_map import DistanceGrid
from amr_navigation.localization.localizer import Localizer
from amr_navigation.localization.start import RECENT_S, Hypothesis
from amr_navigation.nodes.note_file import NoteFile

# s between two writes; chosen: a second of driving is lost, and a disk is spared at rest
PERIOD, STANDING_PERIOD = 1.0, 10.0
MOVED, TURNED = 0.05, 0.05  # m, rad from the kept pose; chosen: more than the noise of a pose at rest
FAR_TURNED, SOON = 0.2, 0.2
"""rad, s: a robot that turns is noted more often, so that its note, and how far it turns while it brakes, stay within
`start.REACH`: where halls look alike at each right angle it is the heading that tells."""
_VERSION = 1
_BOOT = Path("/proc/sys/kernel/random/boot_id")
"""Another one after the computer was off: a robot is switched off to be pushed or carried, a process that was killed is
not. Where there is none (not Linux) all are one."""


def map_hash(walls: DistanceGrid) -> str:
    """Return what tells one map from another: a hash of its surfaces, resolution and origin."""
    digest = hashlib.sha256(walls.sdf.tobytes())
    digest.update(repr((walls.sdf.shape, walls.resolution, walls.origin_x, walls.origin_y)).encode())
    return digest.hexdigest()[:32]


def boot() -> str:
    """Return what tells this start of the computer from others."""
    try:
        return _BOOT.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""


class PoseFile(NoteFile):
    """Keeps the note of one robot at path: once a second, more often while it turns."""

    def __init__(self, path: Path, walls: DistanceGrid) -> None:
        super().__init__(path)
        self._map = map_hash(walls)
        self._at = -math.inf
        self._pose: Pose2D | None = None
        self._lost = False

    def read(self, now: float) -> Hypothesis | None:
        """Return the note as a hypothesis at time now (s); None without one, for another map, or when it is rubbish."""
        found = self.load(self._parse)
        if found is None:
            return None
        pose, odom, stamp, lost, same_boot = found
        if not all(map(math.isfinite, (*pose, *odom, stamp))):
            self.error = "not finite"
            return None
        recent = same_boot and not lost and 0.0 <= now - stamp <= RECENT_S
        return Hypothesis(pose, "recent" if recent else "assumed", odom if recent else None)

    def _parse(self, note: Any) -> tuple[Pose2D, Pose2D, float, bool, bool] | None:
        if note["version"] != _VERSION or note["map"] != self._map:
            return None
        pose, odom = Pose2D(*map(float, note["pose"])), Pose2D(*map(float, note["odom"]))
        return pose, odom, float(note["t"]), note["lost"] is not False, note.get("boot") == boot()

    def keep(self, now: float, localizer: Localizer) -> None:
        """Note the pose when it is sure and it is time; once when it is lost that it no longer holds.

        A robot that searches because its base was away has not lost its place: killed meanwhile, it begins there.
        """
        pose = localizer.pose()
        if pose is None:
            return
        if not localizer.sure:
            lost = localizer.mode == "searching" and not localizer.remembers
            if lost and self._pose is not None and not self._lost:
                self._write(now, self._pose, localizer, lost=True)
            return
        if now - self._at >= self._period(pose) or now < self._at:
            self._write(now, pose, localizer, lost=False)

    def _period(self, pose: Pose2D) -> float:
        """Return how long the last note is good for a robot that is at pose now (s)."""
        if self._pose is None or self._lost:
            return PERIOD
        turned = abs(wrap_angle(pose.theta - self._pose.theta))
        if turned > FAR_TURNED:
            return SOON
        return PERIOD if turned > TURNED or distance(pose, self._pose) > MOVED else STANDING_PERIOD

    def _write(self, now: float, pose: Pose2D, localizer: Localizer, *, lost: bool) -> None:
        self._at, self._pose, self._lost = now, pose, lost
        note: dict[str, Any] = {
            "version": _VERSION, "map": self._map, "t": round(now, 3), "pose": [*pose], "lost": lost,
            "boot": boot(), "odom": [*localizer.odometry.samples[-1][1]], "score": round(localizer.confidence.value, 3),
        }  # fmt: skip
        self.store(note)
