"""What `amr demo` shows beside the orders: a trial, a flight."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from amr_core.site import Site
from amr_fleet.demo_flight import DemoFlight
from amr_fleet.demo_trial import DemoTrial
from amr_fleet.domain.events import Event
from amr_fleet.ports import FleetPort
from amr_uav.site import FlightSite


def demos_of(
    fleet: FleetPort,
    post: Callable[[Event], None],
    site: Site,
    robots: Sequence[str],
    flying: FlightSite | None,
    trial: bool,
) -> list[DemoTrial | DemoFlight]:
    """Return those that were asked for. post: what reports of robots go through; flying: None = no flight."""
    trials: list[DemoTrial | DemoFlight] = [DemoTrial(fleet, post, site, robots)] if trial else []
    return [*trials, *([DemoFlight(fleet, flying)] if flying is not None else [])]
