"""How the cameras were over days: one line for each camera and five minutes, in chunks of an hour.

A robot's own camera counts while the robot looks through it, and is called as own_id says.

A chunk is compressed JSON: camera -> [[begin, seconds, seen, light, sharpness, usual, guards, {reason: seconds}], ...].
Only numbers and reasons: nothing of what was seen.
"""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from amr_core.errors import AmrError
from amr_fleet.camera_frames import CameraFrame, CameraHealth
from amr_fleet.fleet_time import DAY_S, HOUR_S
from amr_fleet.ports import RobotView
from amr_fleet.store.behind import WriteBehind

SPAN_S: Final = 300.0  # chosen: 288 points a day are what a page can draw; shorter, MAX_BYTES holds fewer days
# chosen: a chunk is written anew each minute, so not a day's; hours are what is read and dropped
CHUNK_S: Final = HOUR_S
LONGEST_S: Final = 7 * DAY_S  # what MAX_BYTES holds of a full site; a week shows each day and shift
MAX_BYTES: Final = 16 * 2**20
"""Of all chunks: with 20 fixed cameras and 60 robots that look through theirs all the time more than a week."""
_WRITE_S: Final = 60.0  # chosen: a kill loses a minute of five; more often writes the same chunk anew for nothing
_LONGEST_STEP_S: Final = 5.0
"""Between two looks; what is longer was a stop of the fleet, of which nothing is known."""
_FIELDS: Final = 8


@dataclass
class CameraSpell:
    """Five minutes of one camera from begin (fleet s). seconds: for how long it was looked at; seen: how long it saw.

    light, sharpness, usual: means over the time in which it saw; guards: the least (m), NaN = it never saw. reasons:
    seconds for each reason why it did not see.
    """

    begin: float
    seconds: float = 0.0
    seen: float = 0.0
    light: float = 0.0
    sharpness: float = 0.0
    usual: float = 0.0
    guards: float = math.nan
    reasons: dict[str, float] = field(default_factory=dict)

    def add(self, frame: CameraFrame, seconds: float) -> None:
        """Add what a camera shows for so long."""
        self.seconds += seconds
        health = frame.health
        if frame.blind:
            reason = health.reason or "blind"
            self.reasons[reason] = self.reasons.get(reason, 0.0) + seconds
            return
        self.seen += seconds
        share = seconds / self.seen if self.seen else 0.0
        self.light += share * (health.brightness - self.light)
        self.sharpness += share * (health.sharpness - self.sharpness)
        self.usual += share * (health.usual - self.usual)
        self.guards = min(health.guards, self.guards) if math.isfinite(self.guards) else health.guards

    def row(self) -> list[Any]:
        """Return it as it is written."""
        guards = round(self.guards, 1) if math.isfinite(self.guards) else None
        reasons = {reason: round(seconds, 1) for reason, seconds in self.reasons.items()}
        numbers = (self.seconds, self.seen, self.light)
        return [
            self.begin, *(round(n, 1) for n in numbers), round(self.sharpness, 3), round(self.usual, 3), guards, reasons
        ]  # fmt: skip

    @classmethod
    def of(cls, row: Sequence[Any]) -> CameraSpell:
        """Return what was written; raise ValueError for anything else."""
        if len(row) != _FIELDS or not isinstance(row[7], dict):
            raise ValueError(f"{len(row)} fields")
        begin, seconds, seen, light, sharpness, usual = (float(n) for n in row[:6])
        guards = math.nan if row[6] is None else float(row[6])
        reasons = {str(reason): float(n) for reason, n in row[7].items()}
        return cls(begin, seconds, seen, light, sharpness, usual, guards, reasons)


Spans = dict[str, list[CameraSpell]]


def own_id(robot: str, camera: str) -> str:
    """Return what a robot's own camera is called among the fixed ones, whose ids have no colon."""
    return f"{robot}:{camera}"


def own_frames(robots: Iterable[RobotView]) -> Iterator[CameraFrame]:
    """Return the robots' own cameras that are looked through now. They guard nothing: guards is NaN."""
    for robot in robots:
        for own in robot.cameras if robot.online else ():
            if own.in_use:
                health = CameraHealth(
                    reason=own.reason, picture_age=own.picture_age, sharpness=own.sharpness, usual=own.usual,
                    brightness=own.brightness, guards=math.nan,
                )  # fmt: skip
                yield CameraFrame(
                    camera=own_id(robot.name, own.camera), t=robot.seen, blind=own.reason, size=(0, 0), things=(),
                    health=health,
                )  # fmt: skip


class CameraHistory:
    """`look` belongs to one thread; writing is done by one of its own. The hour in which a fleet ended is gone on with.

    write(begin, end, payload) replaces the chunk that begins at begin; read(begin, end) returns those that touch it.
    """

    def __init__(
        self, write: Callable[[float, float, bytes], None], read: Callable[[float, float], Sequence[bytes]],
        blame: Callable[[AmrError], None] = lambda _: None,
    ) -> None:  # fmt: skip
        """blame: told of what could not be written or read; a picture of the past is no reason to stop."""
        self._read, self._blame = read, blame
        self._writer = WriteBehind("camera_history", write, blame)
        self._hour = -math.inf
        self._spans: Spans = {}
        self._last = self._written = -math.inf

    def look(self, frames: Iterable[CameraFrame], now: float) -> None:
        """Take in what all cameras show at now (fleet s)."""
        step = now - self._last
        self._last = now
        hour = CHUNK_S * math.floor(now / CHUNK_S)
        if hour != self._hour:
            self._flush()
            # Of an hour to come nothing is written: only the start, and a clock set back, have one to go on with.
            begun = {} if -math.inf < self._hour < hour else self._of(hour)
            self._hour, self._spans, self._written = hour, begun, now
        if 0.0 < step <= _LONGEST_STEP_S:
            begin = SPAN_S * math.floor(now / SPAN_S)
            for frame in frames:
                self._span(frame.camera, begin).add(frame, step)
        if abs(now - self._written) >= _WRITE_S and not self._writer.busy:
            self._written = now
            self._flush()

    def close(self) -> None:
        """Write what is left and stop the thread."""
        self._flush()
        self._writer.close()

    def _span(self, camera: str, begin: float) -> CameraSpell:
        spans = self._spans.setdefault(camera, [])
        if not spans or spans[-1].begin != begin:
            spans.append(CameraSpell(begin))
        return spans[-1]

    def _flush(self) -> None:
        if self._spans:
            self._writer.put(self._hour, self._hour + CHUNK_S, encode(self._spans))

    def _of(self, hour: float) -> Spans:
        try:
            for payload in self._read(hour, hour):
                found = decode(payload)
                if any(spans and spans[0].begin >= hour for spans in found.values()):
                    return found
        except AmrError as error:
            self._blame(error)
        return {}


def encode(spans: Mapping[str, Sequence[CameraSpell]]) -> bytes:
    """Return the compressed chunk."""
    rows = {camera: [span.row() for span in found] for camera, found in spans.items()}
    return zlib.compress(json.dumps(rows, separators=(",", ":"), allow_nan=False).encode(), 6)


def decode(payload: bytes) -> Spans:
    """Return the spans of a chunk; raise store.failed for one that is damaged."""
    try:
        rows = json.loads(zlib.decompress(payload))
        return {str(camera): [CameraSpell.of(row) for row in found] for camera, found in rows.items()}
    except (zlib.error, ValueError, TypeError, AttributeError, KeyError) as error:
        raise AmrError("store.failed", reason=f"camera history: {error}") from error


def history_of(payloads: Iterable[bytes], camera: str, begin: float, end: float) -> list[CameraSpell]:
    """Return the spans of a camera that touch begin..end (fleet s), oldest first. Raises store.failed."""
    spans = (span for payload in payloads for span in decode(payload).get(camera, ()))
    return sorted((s for s in spans if s.begin + SPAN_S > begin and s.begin <= end), key=lambda s: s.begin)
