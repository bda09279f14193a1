"""What fixed cameras would have recorded: boxes with places on the floor, drawn from a seeded profile of the day."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Final

from amr_core.site import Site
from amr_lab.operation.demand import BY_HOUR
from amr_perception.recording.dataset import DatasetWriter

_PERIOD: Final = 60.0  # s between two messages of a camera
_MAX_BYTES: Final = 64 * 2**20
_BUSY: Final = 7  # people at once where most are, at the busiest hour


def record_cameras(site: Site, seconds: float, seed: int, folder: Path) -> None:
    """Write the recordings of all cameras for so many seconds; people and vehicles are dice, nobody walked."""
    rng = random.Random(seed + 15485863)
    writer = DatasetWriter(folder, _MAX_BYTES)
    share = {camera.id: rng.uniform(0.1, 1.0) for camera in site.cameras}
    t = 0.0
    while t < seconds:
        busy = BY_HOUR[int(t % 86400 // 3600)] / max(BY_HOUR)
        for camera in site.cameras:
            people = round(rng.triangular(0.0, _BUSY, 1.0) * busy * share[camera.id])
            seen = [_box("person", camera.looks_at, rng) for _ in range(people)]
            if rng.random() < 0.1 * busy:
                seen.append(_box("vehicle", camera.looks_at, rng))
            facts = {"seeing": True, "blind": "", "size": [640, 480], "detections": seen}
            writer.detections(t, camera.id, facts)
        t += _PERIOD
    writer.close()


def _box(kind: str, centre: tuple[float, float], rng: random.Random) -> dict[str, object]:
    x, y = centre[0] + rng.uniform(-3, 3), centre[1] + rng.uniform(-3, 3)
    return {"kind": kind, "score": round(rng.uniform(0.6, 0.95), 2), "box": [0, 0, 1, 1], "x": round(x, 2),
            "y": round(y, 2), "radius": 0.4}  # fmt: skip
