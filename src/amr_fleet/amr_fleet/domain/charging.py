"""Who charges when: below a threshold always, beside that when there is time, and before a peak rather than in it.

The peak is what the fleet knows of: orders that wait for a robot now, and orders and recurring orders that are due to
start soon. In a peak robots leave their charger earlier; before one they charge although they are not idle for long.
"""

from __future__ import annotations

from amr_fleet.domain.closed_ways import told, zone_between
from amr_fleet.domain.reasons import not_yet
from amr_fleet.domain.robots import Robot
from amr_fleet.domain.world import World


def pressure(world: World) -> float:
    """Return what comes over the fleet: above 0 a peak is there, below 0 one is near, 0 neither.

    A peak: more orders wait than robots work. Near: so many are booked to start within the horizon.
    """
    s, ready, coming = world.settings, 0, 0
    for order in world.state.open_orders.values():
        if order.state != "QUEUED":
            continue
        if 0.0 < order.request.earliest - world.now < s.peak_horizon:
            coming += 1
        elif not_yet(world, order) is None:
            ready += 1
    coming += sum(0.0 < t.next_at - world.now < s.peak_horizon for t in world.state.book.schedules.values())
    fleet = sum(world.available(r) for r in world.robots.values())
    if ready > s.peak_orders * fleet:
        return 1.0
    return -1.0 if coming > s.peak_orders * fleet else 0.0


def leave_at(world: World, peak: float) -> float:
    """Return the state of charge from which a charging robot takes an order."""
    return world.settings.soc_leave_in_peak if peak > 0 else world.settings.soc_leave


def charger_for(world: World, robot: Robot, peak: float) -> int | None:
    """Return the charger that a free robot should go to now, None for none; notes when it waits for one."""
    assert robot.report is not None
    s, soc = world.settings, robot.report.soc
    mission, here = world.state.missions.get(robot.name), world.traffic.movers[robot.name].end
    if here in world.chargers or (mission is not None and mission.kind == "charge"):
        return None
    patience, enough = (0.0, s.soc_before_peak) if peak < 0 else (s.idle_before_charge, s.soc_opportunity)
    rested = mission is None and world.now - robot.idle_since > patience and soc < enough
    if soc >= s.soc_charge and not (rested and peak <= 0):
        return None
    distances, back = world.graph.distances(here), world.returning(robot, here)
    ways = [c for c in world.chargers if distances[c] < float("inf")]
    come_back = [c for c in ways if back >> c & 1]
    free = [c for c in come_back if world.leaf_free(c, robot.name) and robot.bad_chargers.get(c, 0.0) < world.now]
    if not free and soc < s.soc_charge:
        _note(world, robot, [] if come_back else ways)
    return min(free, key=lambda c: distances[c], default=None)


def _note(world: World, robot: Robot, one_way: list[int]) -> None:
    """Note why it has no charger; one_way: those it gets to and not home from, when there are no others."""
    zone = zone_between(world, one_way, [robot.home]) if one_way else ""
    if zone:
        world.note(robot, "wait.no_return", **told(world.graph.node_ids[one_way[0]], zone, world.now).facts)
    else:
        assert robot.report is not None
        world.note(robot, "wait.charger", soc=round(robot.report.soc, 2))
