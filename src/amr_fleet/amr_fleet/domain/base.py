"""How much of its way is released to a robot at once: what it does even if nobody reaches it any more."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BaseLimits:
    """How far ahead a robot may drive by itself. Wanted: at least edges, and length (m) where traffic allows it.

    longest (m), seconds: never more than that, unless one edge alone is longer: what a robot does when nobody hears it.
    """

    length: float = 9.0
    edges: int = 2
    longest: float = 15.0
    seconds: float = 45.0
