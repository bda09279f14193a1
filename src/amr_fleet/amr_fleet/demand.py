"""Order arrivals: a seeded Poisson process over the flows of a site's demand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from amr_core.site import Place, Site


@dataclass(frozen=True)
class Wish:
    """One transport that somebody wants: due at seconds since the start, with an idempotency key."""

    due: float
    reference: str
    load_id: str
    pick_place: str
    drop_place: str
    priority: int


def arrivals(site: Site, *, seed: int, orders_per_hour: float, count: int) -> Iterator[Wish]:
    """Yield wishes in order of time; count 0 yields for ever, a rate of 0 nothing. Same seed, same wishes."""
    if orders_per_hour <= 0:
        return
    rng = np.random.default_rng(seed)
    places: dict[str, list[Place]] = {}
    for place in site.places:
        places.setdefault(place.kind, []).append(place)
    flows = site.demand.mix
    shares = np.array([flow.share for flow in flows])
    shares = shares / shares.sum()
    due, number = 0.0, 0
    while count == 0 or number < count:
        number += 1
        due += float(rng.exponential(3600.0 / orders_per_hour)) if number > 1 else 0.0
        flow = flows[int(rng.choice(len(flows), p=shares))]
        pick = _choose(rng, places[flow.pick], None)
        drop = _choose(rng, places[flow.drop], pick)
        reference = f"demand-{seed}-{number:05d}"
        priority = int(rng.random() < 0.1)
        yield Wish(due, reference, f"PAL-{seed:03d}-{number:05d}", pick.id, drop.id, priority)


def _choose(rng: np.random.Generator, options: list[Place], other: Place | None) -> Place:
    allowed = [place for place in options if place is not other]
    weights = np.array([len(place.stations) for place in allowed], dtype=float)
    return allowed[int(rng.choice(len(allowed), p=weights / weights.sum()))]
