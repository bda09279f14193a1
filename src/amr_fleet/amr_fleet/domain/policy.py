"""How a fleet is run, as objects that the engine asks: who takes which order, which ways are kept, who charges when.

A policy is put together of the three; the settings name one. They keep no state of their own: what they know is in the
world, so a restart changes nothing. A new one is a class with the methods of its protocol and a line in `_POLICIES`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from amr_fleet.domain import charging, rerouting
from amr_fleet.domain.assignment import assign
from amr_fleet.domain.baseline import auction, nearest
from amr_fleet.domain.reassign import reassign
from amr_fleet.domain.robots import Robot
from amr_fleet.domain.settings import PolicyName
from amr_fleet.domain.world import World


class Assignment(Protocol):
    """Who takes which order."""

    @property
    def lingers(self) -> bool:
        """A robot with nothing to do may stay for a while where it delivered."""

    def assign(self, world: World, free: list[Robot]) -> None:
        """Give orders to robots that are free and may work."""


class Ways(Protocol):
    """Which ways robots keep. What may be released is no policy: `Traffic` decides that, always by the same rules."""

    @property
    def locks_sections(self) -> bool:
        """Lanes between two crossings belong to one robot at a time."""

    @property
    def fixed(self) -> bool:
        """Shortest ways, whatever the traffic."""

    def improve(self, world: World) -> None:
        """Look for quicker ways; called once in each assign_period."""

    def unblock(self, world: World) -> None:
        """Look for other ways for robots that wait; called in each step, after grants."""

    def break_circle(self, world: World, robots: Collection[str]) -> None:
        """Robots have waited for each other in a circle for deadlock_after."""


class Charging(Protocol):
    """Who charges when."""

    def pressure(self, world: World) -> float:
        """Return above 0 in a peak, below 0 before one, else 0."""

    def charger_for(self, world: World, robot: Robot, pressure: float) -> int | None:
        """Return the charger node that a free robot should go to now, None for none."""

    def leave_at(self, world: World, pressure: float) -> float:
        """Return the state of charge (0..1) from which a charging robot takes an order."""


@dataclass(frozen=True)
class Policy:
    """One way to run a fleet."""

    assignment: Assignment
    ways: Ways
    charging: Charging


class BatchAssignment:
    """All orders and robots at once, at least cost; orders stay open to better robots until they are picked up."""

    lingers = True

    def assign(self, world: World, free: list[Robot]) -> None:
        """See Assignment."""
        reassign(world, free)
        assign(world, [r for r in free if world.state.order_of(r.name) is None])


class NearestAssignment:
    """First come, first served, to the nearest idle robot."""

    lingers = False

    def assign(self, world: World, free: list[Robot]) -> None:
        """See Assignment."""
        nearest(world, free)


class AuctionAssignment:
    """Every order is auctioned once, when it comes."""

    lingers = False

    def assign(self, world: World, free: list[Robot]) -> None:
        """See Assignment."""
        auction(world, free)


class FlexibleWays:
    """Ways change with the traffic. detours: robots are led around others that stopped (as the settings say)."""

    locks_sections = False
    fixed = False

    def improve(self, world: World) -> None:
        """See Ways."""
        if world.settings.detours:
            rerouting.detours(world)

    def unblock(self, world: World) -> None:
        """See Ways."""
        rerouting.reroute(world)

    def break_circle(self, world: World, robots: Collection[str]) -> None:
        """See Ways."""
        for name in sorted(robots):
            rerouting.go_around(world, world.robots[name], rerouting.CYCLE_FACTOR)


@dataclass(frozen=True)
class FixedWays:
    """Shortest ways and nothing else, as lock-based fleet managers drive."""

    locks_sections: bool
    fixed: bool = True

    def improve(self, world: World) -> None:
        """See Ways."""

    def unblock(self, world: World) -> None:
        """See Ways."""

    def break_circle(self, world: World, robots: Collection[str]) -> None:
        """See Ways."""


class PeakCharging:
    """Below a threshold always, in quiet times early, before a peak rather than in it."""

    def pressure(self, world: World) -> float:
        """See Charging."""
        return charging.pressure(world)

    def charger_for(self, world: World, robot: Robot, pressure: float) -> int | None:
        """See Charging."""
        return charging.charger_for(world, robot, pressure)

    def leave_at(self, world: World, pressure: float) -> float:
        """See Charging."""
        return charging.leave_at(world, pressure)


_POLICIES: Mapping[PolicyName, Policy] = {
    "batch": Policy(BatchAssignment(), FlexibleWays(), PeakCharging()),
    "nearest": Policy(NearestAssignment(), FixedWays(locks_sections=True), PeakCharging()),
    "auction": Policy(AuctionAssignment(), FixedWays(locks_sections=False), PeakCharging()),
}


def policy_of(name: PolicyName) -> Policy:
    """Return the policy that the settings name."""
    return _POLICIES[name]
