"""What a camera node says about its camera, and where it keeps what it has learnt."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from amr_core.changes import Changes, stamp
from amr_core.errors import AmrError
from amr_core.site.camera_files import camera_path, read_camera_file, revision_of
from amr_perception.fixed.watch import Sight
from amr_perception.lens.learnt import Learnt, read_learnt
from amr_perception.lens.reasons import ADVICE

_KEEP_EVERY_S = 60.0  # chosen: a crash forgets a minute of half a day; more often is writing for nothing
_LEAST_PICTURES = 20


@dataclass(frozen=True)
class CameraFacts:
    """The newest sight; when the last usable picture was taken and when the camera last saw (s, -inf = never)."""

    sight: Sight = field(default_factory=lambda: Sight(None))
    stamp: float = -math.inf
    saw: float = -math.inf

    def age(self, now: float) -> float:
        """Return the age (s) of the last usable picture, -1 when there was none."""
        return max(0.0, now - self.stamp) if math.isfinite(self.stamp) else -1.0

    def blind_for(self, now: float) -> float:
        """Return for how long (s) it has not seen; 0 while it sees, or has never seen."""
        return max(0.0, now - self.saw) if self.sight.seen is None and math.isfinite(self.saw) else 0.0


def facts_of(facts: CameraFacts, now: float, unguarded: str = "", setup: str = "") -> Mapping[str, str]:
    """Return what belongs into the diagnostics of a camera. unguarded: crossings that are too far for it.

    setup: which one counts, and since when.
    """
    lens, reason = facts.sight.lens, facts.sight.reason
    return {
        "reason": reason,
        "advice": ADVICE[reason] if reason else "",
        "picture_age": f"{facts.age(now):.2f}",
        "sharpness": f"{lens.sharpness:g}",
        "usual_sharpness": f"{lens.usual_sharpness:g}",
        "brightness": f"{lens.brightness:g}",
        "dirty": f"{lens.dirty:g}",
        "shift_px": f"{lens.shift:g}",
        "unguarded": unguarded,
        "setup": setup,
    }


class SetupFile:
    """A camera's file, looked at once a second for another state of it. since: when this one began to count (s).

    There is no time before a node's first tick: then since is that of the first look.
    """

    def __init__(self, folder: Path, camera: str) -> None:
        self._path = camera_path(folder, camera)
        self._changes, self._revision = Changes(lambda: stamp(self._path)), self._read()
        self.version, self._since = self._version(), math.nan

    @property
    def since(self) -> float:
        """When it began to count (s), nan before the first look."""
        return self._since

    @property
    def told(self) -> str:
        """What diagnostics say of it."""
        return f"version {self.version} since {self.since:.1f}"

    def changed(self, now: float) -> bool:
        """Return whether the file says something else than before."""
        if math.isnan(self._since):
            self._since = now
        if not self._changes.seen(now):
            return False
        before, self._revision = self._revision, self._read()
        if self._revision == before:
            return False
        self.version, self._since = self._version(), now
        return True

    def _read(self) -> str:
        try:
            return revision_of(self._path)
        except AmrError:
            return "unreadable"

    def _version(self) -> int:
        try:
            facts = read_camera_file(self._path) or {}
        except AmrError:
            return -1
        version = facts.get("version", 0)
        return version if isinstance(version, int) else 0


class LensMemory:
    """A file for one camera in a folder; folder "": nothing is kept. A broken file is told and learnt anew."""

    def __init__(self, folder: str, camera: str, complain: Callable[[AmrError], None]) -> None:
        self._path = Path(folder) / f"{camera}.lens.json" if folder else None
        self._complain = complain
        self._kept = -math.inf
        self._count = 0

    def read(self) -> Learnt | None:
        """Return what was kept, None for nothing."""
        if self._path is None or not self._path.is_file():
            return None
        try:
            return read_learnt(self._path)
        except AmrError as error:
            self._complain(error)
            return None

    def keep(self, now: float, learnt: Learnt) -> None:
        """Write once a minute, if something was learnt since."""
        due = now - self._kept >= _KEEP_EVERY_S or now < self._kept
        if self._path is None or not due or learnt.count < _LEAST_PICTURES or learnt.count == self._count:
            return
        self._kept, self._count = now, learnt.count
        try:
            learnt.save(self._path)
        except OSError as error:
            self._complain(AmrError("message.invalid", topic=str(self._path.name), reason=str(error)))
