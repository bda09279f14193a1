"""Demand of a working week: a seeded Poisson process whose rate follows the hour and the day, over a site's flows."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

from amr_core import check_digits
from amr_core.site import Site
from amr_fleet.cargo_views import Cargo
from amr_fleet.demand import arrivals
from amr_fleet.fleet_time import DAY_S
from amr_fleet.ports import OrderRequest

# Shares of the mean rate by local hour: night shift, two peaks, a quiet noon. Made up, not measured at the port.
BY_HOUR: Final = (
    0.25, 0.20, 0.20, 0.20, 0.30, 0.55, 1.00, 1.60, 2.00, 2.10, 1.80, 0.95, 0.75, 1.55, 1.95, 2.00, 1.70, 1.20, 1.00,
    0.90, 0.70, 0.50, 0.35, 0.25,
)  # fmt: skip
BY_DAY: Final = (1.0, 1.1, 1.05, 1.1, 1.15, 0.9, 0.6)
"""Shares by weekday, Monday first."""

_MEAN: Final = sum(BY_HOUR) / 24 * sum(BY_DAY) / 7
_PEAK: Final = max(BY_HOUR) * max(BY_DAY)
_GS1_EXAMPLES: Final = "9520000"  # GS1 keeps prefix 952 for demonstrations: never a real pallet
_CUSTOMERS: Final = ("KH-LUA", "KH-GAO", "KH-TOM", "KH-CA", "KH-TRAI", "KH-PHAN", "KH-BAO", "KH-LE")
_WEIGHTS: Final = (30, 24, 16, 12, 8, 6, 3, 1)


def rate(t: float) -> float:
    """Return the share of the mean rate at t, s since a Monday's midnight."""
    return BY_HOUR[int(t % DAY_S // 3600)] * BY_DAY[int(t // DAY_S) % 7] / _MEAN


def sscc(number: int) -> str:
    """Return the SSCC of a made-up pallet."""
    digits = f"3{_GS1_EXAMPLES}{number:09d}"
    return digits + check_digits.gs1(digits)


def container(number: int) -> str:
    """Return the number of a made-up container."""
    first = f"XXXU{number % 1_000_000:06d}"
    return first + check_digits.iso6346(first)


def wishes(site: Site, *, seed: int, orders_per_hour: float) -> Iterator[tuple[float, OrderRequest]]:
    """Yield (due in s, request) in order of time, for ever; orders_per_hour is the mean of a week."""
    rng = random.Random(seed)
    peak = _PEAK / _MEAN
    for number, wish in enumerate(arrivals(site, seed=seed, orders_per_hour=orders_per_hour * peak, count=0), start=1):
        if rng.random() >= rate(wish.due) / peak:
            continue
        customer = rng.choices(_CUSTOMERS, _WEIGHTS)[0]
        cargo = Cargo(
            kind="pallet", lot=f"LOT-{number // 40:05d}", container=container(number // 12), customer=customer
        )
        # Half of the orders have a deadline, as one with a lorry that waits.
        deadline = wish.due + rng.uniform(1200.0, 3600.0) if rng.random() < 0.5 else 0.0
        yield wish.due, OrderRequest(
            pick_place=wish.pick_place, drop_place=wish.drop_place, reference=wish.reference, load_id=sscc(number),
            priority=wish.priority, deadline=deadline, user="van_hanh", cargo=cargo,
        )  # fmt: skip
