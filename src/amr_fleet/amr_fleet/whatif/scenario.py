"""What-if questions and their answers as plain values. Times in fleet seconds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from amr_core.site import Site
from amr_fleet.domain.settings import FleetSettings
from amr_fleet.ports import FleetSnapshot, Reason, ZoneRequest
from amr_fleet.vocabulary import StuckCode

DOWN: Final = ("OFFLINE", "ERROR")


@dataclass(frozen=True, kw_only=True)
class NewLots:
    """Orders to add: how many, from where to where, how urgent."""

    count: int
    pick_place: str
    drop_place: str
    priority: int = 9


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """Changes to the present. closed_places: their orders stop; lost_robots: gone with what they carry.

    resting_robots get no new orders; paused_robots stand where they are, and drive in the other course also when they
    are paused now; cancelled_orders: those whose load nobody has yet; zones come into force.
    lost_chargers give nothing and nobody is sent there, until chargers_back (fleet s), 0 = as far as one looks.
    """

    closed_places: tuple[str, ...] = ()
    lost_robots: tuple[str, ...] = ()
    resting_robots: tuple[str, ...] = ()
    new_lots: tuple[NewLots, ...] = ()
    paused_robots: tuple[str, ...] = ()
    cancelled_orders: tuple[str, ...] = ()
    zones: tuple[ZoneRequest, ...] = ()
    lost_chargers: tuple[str, ...] = ()
    chargers_back: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Question:
    """A scenario about a snapshot of a site. settings: the fleet's.

    horizon: how far to look (s); until: when the answer must be there (s of this computer's time.monotonic, which all
    its processes share): it is what was seen until then.
    """

    site: Site
    snapshot: FleetSnapshot
    scenario: Scenario = field(default_factory=Scenario)
    horizon: float = 4 * 3600.0
    until: float = math.inf
    settings: FleetSettings = field(default_factory=FleetSettings)


@dataclass(frozen=True, kw_only=True)
class OrderOutcome:
    """How one order ends. finish: 0 = not seen. stuck: "" or why it cannot go on (a code); root: what holds it then.

    followed: until when it was looked at (fleet s), inf = to its end, or as far as one looks.
    """

    order_id: str
    pick_place: str
    drop_place: str
    deadline: float
    finish: float = 0.0
    stuck: StuckCode = ""
    is_new: bool = False
    root: Reason | None = None
    followed: float = math.inf

    @property
    def late(self) -> bool:
        """Whether it was seen to miss its deadline."""
        ends = self.finish if self.finish > 0 else math.inf if self.stuck else self.followed
        return 0 < self.deadline < ends


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How all goes on: orders, when the last one is delivered, what was assumed about robots.

    complete: every order was followed to its end, or to where it is stuck; else the time was over before.
    """

    orders: Sequence[OrderOutcome]
    robots: int
    left_out: Sequence[str]
    simulated_s: float
    cpu_s: float
    complete: bool = True

    @property
    def finish(self) -> float:
        """When the last order is delivered; 0 when one is not within the horizon."""
        ends = [o.finish for o in self.orders if not o.stuck]
        return max(ends, default=0.0) if all(ends) else 0.0

    @property
    def late(self) -> int:
        """How many orders miss their deadlines."""
        return sum(o.late for o in self.orders)

    @property
    def stuck(self) -> int:
        """How many orders cannot go on."""
        return sum(o.stuck != "" for o in self.orders)


@dataclass(frozen=True, kw_only=True)
class ForeseenAnswer:
    """How it goes on as it is, and with the changes."""

    now: float
    before: Outcome
    after: Outcome

    @property
    def followed_s(self) -> float | None:
        """How far both were followed (s) when there was no time for the end, None when to the end."""
        cut = [one.simulated_s for one in (self.before, self.after) if not one.complete]
        return min(cut, default=None)

    @property
    def nothing_seen(self) -> bool:
        """Whether there was no time to look ahead at all."""
        return self.followed_s is not None and self.followed_s < 1.0


def unseen(question: Question) -> ForeseenAnswer:
    """Return the answer for when there was no time to look ahead at all: every order's end is unknown."""
    t = question.snapshot.t
    orders = [
        OrderOutcome(order_id=o.order_id, pick_place=o.pick_place, drop_place=o.drop_place, deadline=o.deadline,
                     followed=t)
        for o in question.snapshot.orders
    ]  # fmt: skip
    working = sum(
        r.status not in DOWN and not r.paused and r.integration == "utilised" for r in question.snapshot.robots
    )
    nothing = Outcome(orders=orders, robots=working, left_out=(), simulated_s=0.0, cpu_s=0.0, complete=False)
    return ForeseenAnswer(now=t, before=nothing, after=nothing)
