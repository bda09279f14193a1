"""What tests of faults ask of a site of two robots: who drives for an order, and whether it was delivered once."""

from __future__ import annotations

from tests.hosts.network import Host
from tests.hosts.site import ROBOTS, Site, until

DELIVERY_S = 300.0


def robot_hosts(site: Site) -> list[Host]:
    """Return the robots' computers."""
    return [site.network.hosts[name] for name in ROBOTS]


def robot_of(site: Site, order: str) -> str:
    """Return the robot that has an order, once it drives."""

    def look() -> str:
        rows = [row["robot"] for row in site.journal("order_assigned") if row["order_id"] == order]
        return str(rows[-1]) if rows and site.driving(rows[-1]) else ""

    return str(until(look, 120, f"somebody drives for {order}", site.words))


def codes(site: Site, name: str) -> set[str]:
    """Return the errors that a robot has."""
    return {error["code"] for error in site.robot(name).get("errors", [])}


def delivered_once(site: Site, order: str) -> None:
    """Wait for an order's end; it was done once, never failed, and nobody met anybody."""
    until(lambda: site.done(order), DELIVERY_S, f"{order} is delivered", site.words)
    assert [row["order_id"] for row in site.journal("order_done")].count(order) == 1
    assert not [row for row in site.journal("order_failed") if row["order_id"] == order]
    for name in ROBOTS:
        assert site.now(name)["collisions"] == 0
