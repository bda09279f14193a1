"""What a dry run tells, apart from what makes it: who only shows it does not load the engine (34 MB with scipy)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

HORIZON_S: Final = 3600.0  # chosen: an hour of work meets each lane and queue of a site; longer keeps a person waiting
PATIENCE_S: Final = 16.0  # chosen: a person waits at the page; what was driven until then is told with how long it was


@dataclass(frozen=True)
class SiteFigures:
    """How a site did. per_hour: deliveries; service_mean: s of a delivery, 0 = none; waiting: share of robots' time.

    longest_cycle: s that robots waited for one another in a circle; collisions: robots on ways that exclude each other.
    """

    robots: int
    orders: int
    done: int
    per_hour: float
    service_mean: float
    waiting: float
    longest_cycle: float
    deadlocks: int
    collisions: int


@dataclass(frozen=True)
class DryRunResult:
    """Running site and draft, both followed for simulated_s of horizon_s; complete: to the end of it.

    stations: how many of the draft's can be reached (all: a draft with one that cannot is not tried). same_mix: the
    running site has the places for the draft's orders; else it was tried with its own mix.
    """

    before: SiteFigures
    after: SiteFigures
    simulated_s: float
    horizon_s: float
    orders_per_hour: float
    stations: int
    same_mix: bool
    complete: bool
