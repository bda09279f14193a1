"""Foreign MCAP files through an allow-list: poses of robots are kept, everything else is left out and counted."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from mcap.exceptions import McapError
from mcap.reader import make_reader

from amr_core.errors import AmrError
from amr_fleet.dataset.release import DatasetRelease
from amr_fleet.dataset.tracks_rows import PoseRecording

ALLOWED: Final = re.compile(r"/robots/([^/]+)/pose")


def filter_recordings(files: Sequence[Path], out: Path, release: DatasetRelease) -> tuple[Counter[str], list[str]]:
    """Write what may leave of each file to OUT/recording_001.mcap and on; return what was left out and what is broken.

    The names of the files are not kept: people name files.
    """
    dropped: Counter[str] = Counter()
    broken: list[str] = []
    number = 0
    for path in files:
        part = out / f"recording_{number + 1:03d}.mcap"
        recording = PoseRecording(part, release)
        try:
            _copy(path, recording, release, dropped)
        except (McapError, FileNotFoundError, ValueError, KeyError, TypeError):
            broken.append(path.name)
        except OSError as error:
            raise AmrError("dataset.failed", reason=f"{path.name}: {error}") from error
        finally:
            recording.close()
        if recording.messages:
            number += 1
        else:
            part.unlink()
    return dropped, broken


def _copy(path: Path, recording: PoseRecording, release: DatasetRelease, dropped: Counter[str]) -> None:
    with path.open("rb") as file:
        for _, channel, message in make_reader(file).iter_messages():
            match = ALLOWED.fullmatch(channel.topic)
            t = message.log_time / 1e9
            if match is None or not release.stretch.holds(t):
                dropped[_kind(channel.topic)] += 1
                continue
            recording.pose(match[1], t, _pose(json.loads(message.data)["pose"]))


def _pose(pose: Any) -> dict[str, Any]:
    """Return the numbers of a pose, and only those; raise ValueError for what is no pose."""
    found = {
        part: {axis: float(pose[part][axis]) for axis in axes}
        for part, axes in (("position", "xyz"), ("orientation", "xyzw"))
    }
    if not all(math.isfinite(value) for part in found.values() for value in part.values()):
        raise ValueError("a pose is not finite")
    return found


def _kind(topic: str) -> str:
    """Return a topic without its middle, which may be a name."""
    parts = topic.strip("/").split("/")
    known = {"cameras", "robots", "scene", "journal", "detections", "events", "frame", "pose"}
    return "/" + "/".join(part if part in known else "*" for part in parts[:3])
