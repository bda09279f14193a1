"""What is wrong with a robot's lidars, by some seconds of their scans: none, late, of another clock, rare, blind."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final, Literal

LISTEN_S: Final = 4.0  # chosen: 20 scans of the rarest lidar that passes, after DDS has found it; a person waits
_BEHIND_S, _AHEAD_S = 0.5, 0.2
"""As the navigation refuses them (amr_navigation.navigator: `source_timeout` and `AHEAD`)."""
_LEAST_HZ: Final = 5.0  # chosen: half of our types' 10; the navigation stops 0.5 s after the last, so one may be lost
_BLIND: Final = 0.95  # share of the beams that may see nothing; chosen: there is a wall in reach of some in any hall
# share of the beams that may end at the lidar itself; chosen: dirt hides a few, a cap most of them
_COVERED: Final = 0.5


@dataclass(frozen=True)
class HeardScan:
    """One scan as it arrived. age: s from its stamp to its arrival by this computer's clock; beams: in all.

    seen: beams with a distance; near: those that see something nearer than the lidar can measure.
    """

    at: float
    age: float
    beams: int
    seen: int
    near: int


ScanVerdict = Literal["good", "bad"]


def judge(scans: Mapping[str, Sequence[HeardScan]]) -> Iterator[tuple[str, ScanVerdict, str]]:
    """Yield what is said of each lidar, by its topic: verdict and words."""
    for topic, heard in scans.items():
        trouble = _trouble(heard)
        if trouble:
            yield topic, "bad", trouble
        else:
            last = heard[-1]
            yield topic, "good", f"{_rate(heard):.0f} a second, {last.seen} of {last.beams} beams see something"


def _rate(heard: Sequence[HeardScan]) -> float:
    span = heard[-1].at - heard[0].at
    return (len(heard) - 1) / span if span > 0.0 else 0.0


def _trouble(heard: Sequence[HeardScan]) -> str:
    if not heard:
        return f"nothing came in {LISTEN_S:.0f} s: do the driver and the service run, and is ROS_DOMAIN_ID theirs?"
    age = median(scan.age for scan in heard)
    if age < -_AHEAD_S:
        return f"stamped {-age:.1f} s ahead of this computer's clock: set the clock of what sends them"
    if age > _BEHIND_S:
        return f"{age:.1f} s old when they come: set the clock of what sends them, or its driver is slow"
    if len(heard) < 2 or _rate(heard) < _LEAST_HZ:
        return f"{_rate(heard):.1f} a second, at least {_LEAST_HZ:.0f} are needed"
    beams = max(1, sum(scan.beams for scan in heard))
    if sum(scan.near for scan in heard) > _COVERED * beams:
        return "most beams end at the lidar itself: it is covered"
    if sum(scan.seen for scan in heard) < (1.0 - _BLIND) * beams:
        return "hardly a beam sees anything: it is blind, dirty or far from everything"
    return ""


def scan_of(message: Any, at: float, stamp: float) -> HeardScan:
    """Return a sensor_msgs/LaserScan as it counts here. at: s of its arrival; stamp: s of its header."""
    low, high = float(message.range_min), float(message.range_max)
    finite = [r for r in message.ranges if math.isfinite(r)]
    near = sum(0.0 <= r < low for r in finite) + sum(r == -math.inf for r in message.ranges)  # REP-117: too near
    seen = sum(low <= r <= high for r in finite)
    return HeardScan(at, at - stamp, len(message.ranges), seen, near)
