"""What a camera's pictures are like when all is well, learnt slowly from good ones and kept over a restart."""

from __future__ import annotations

import base64
import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from amr_core.errors import AmrError
from amr_perception.lens.measure import TILES, VIEW, Measure
from amr_perception.people.boxes import FloatImage

FIRST = 20
"""Pictures that are averaged before slow tracking begins."""
_HALF_DAY_S = 43_200.0  # chosen: a lens that gets dirty in minutes is not learnt, one day's and one season's light is
# chosen: a rack that was filled is the view after some ten minutes; faster, a lens that turns slowly is learnt
_VIEW_S = 600.0
_LONGEST_STEP_S = 60.0  # chosen: after a pause of hours one picture must not teach as much as hours of pictures
_SCALE = 40.0  # a view is kept in steps of 1/40
_VERSION = 1


def _zeros() -> FloatImage:
    return np.zeros((TILES[1], TILES[0]), np.float32)


def _no_view() -> FloatImage:
    return np.zeros((VIEW[1], VIEW[0]), np.float32)


@dataclass(eq=False)
class Learnt:
    """Medians (as logarithms) of sharpness, brightness, details and light by tile, and the view.

    They move by a factor of two in half a day at most: lamps and weather are followed, a lens that gets dirty within
    a shift is not. first_view never moves: a mount that gives way bit by bit is seen against it.
    """

    count: int = 0
    sharpness: float = 0.0
    bright: float = 0.0
    details: FloatImage = field(default_factory=_zeros)
    light: FloatImage = field(default_factory=_zeros)
    view: FloatImage = field(default_factory=_no_view)
    first_view: FloatImage = field(default_factory=_no_view)

    def take(self, seen: Measure, seconds: float) -> None:
        """Learn from a good picture that came this long (s) after the last one."""
        self.count += 1
        logs = (math.log(seen.sharpness + 1e-3), math.log(seen.bright + 1.0))
        details, light = np.log(seen.details + 0.05), np.log(seen.light + 1.0)
        if self.count <= FIRST:
            share = 1.0 / self.count
            self.sharpness += share * (logs[0] - self.sharpness)
            self.bright += share * (logs[1] - self.bright)
            self.details += share * (details - self.details)
            self.light += share * (light - self.light)
            self.view += share * (seen.view - self.view)
            self.first_view = self.view.copy()
            return
        seconds = min(max(seconds, 0.0), _LONGEST_STEP_S)
        step = math.log(2.0) * seconds / _HALF_DAY_S
        self.sharpness += math.copysign(step, logs[0] - self.sharpness)
        self.bright += math.copysign(step, logs[1] - self.bright)
        self.details += np.float32(step) * np.sign(details - self.details)
        self.light += np.float32(step) * np.sign(light - self.light)
        cv2.accumulateWeighted(seen.view, self.view, min(0.1, seconds / _VIEW_S))

    def as_json(self) -> dict[str, Any]:
        """Return everything as JSON, some 25 kB."""
        return {
            "version": _VERSION,
            "count": self.count,
            "sharpness": self.sharpness,
            "bright": self.bright,
            "details": np.round(self.details, 3).ravel().tolist(),
            "light": np.round(self.light, 3).ravel().tolist(),
            "view": _packed(self.view),
            "first_view": _packed(self.first_view),
        }

    def save(self, path: Path) -> None:
        """Write it whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(".new")
        new.write_text(json.dumps(self.as_json()))
        new.replace(path)


def read_learnt(path: Path) -> Learnt:
    """Return what save() wrote. Raises message.invalid for anything else."""
    try:
        facts = json.loads(path.read_text())
        if facts["version"] != _VERSION:
            raise ValueError(f"version {facts['version']}")
        shape = (TILES[1], TILES[0])
        learnt = Learnt(
            int(facts["count"]),
            float(facts["sharpness"]),
            float(facts["bright"]),
            np.array(facts["details"], np.float32).reshape(shape),
            np.array(facts["light"], np.float32).reshape(shape),
            _unpacked(facts["view"]),
            _unpacked(facts["first_view"]),
        )
        numbers = (learnt.sharpness, learnt.bright, *learnt.details.ravel(), *learnt.light.ravel())
        if learnt.count < 1 or not np.all(np.isfinite(numbers)):
            raise ValueError("values that are no numbers")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AmrError("message.invalid", topic=str(path.name), reason=f"what was learnt is lost: {error}") from error
    return learnt


def _packed(view: FloatImage) -> str:
    return base64.b64encode(np.clip(np.rint(view * _SCALE), -127, 127).astype(np.int8).tobytes()).decode()


def _unpacked(text: str) -> FloatImage:
    values = np.frombuffer(base64.b64decode(text, validate=True), np.int8).reshape(VIEW[1], VIEW[0])
    return np.asarray(values.astype(np.float32) / _SCALE, dtype=np.float32)
