"""A dry run of a draft: the fleet's own engine and kinematic robots on the running site and on the draft, in turn.

Both see the same orders at the same times as far as their places allow, at the peak rate and in the mix of the draft's
demand, nothing goes wrong in either, and both are followed equally far: what differs is the layout.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

from amr_core.errors import AmrError
from amr_core.roadmap import build_roadmap
from amr_core.site import Site
from amr_core.site.lint.references import check_references
from amr_fleet.demand import Wish, arrivals
from amr_fleet.domain.events import Ask, Event
from amr_fleet.domain.settings import FleetSettings
from amr_fleet.layout.dry_figures import HORIZON_S, PATIENCE_S, DryRunResult, SiteFigures
from amr_fleet.layout.judge import Parts, judge, running_site
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal import CHARGE, DRAIN, Behaviour, Rehearsal, units_of
from amr_fleet.rehearsal.validate import summary, wait_cycles
from amr_fleet.requests import CreateOrder

DT: Final = 0.5  # s a step; chosen: an hour is 7,200 steps on each site, while a person waits
_TURN_S: Final = 30.0  # followed on one site before the other one's turn comes
_SEED: Final = 1
_HOW: Final = Behaviour(handling=15.0, stop_rate=0.0, turn_extra=0.5, dock_extra=3.0, drain=DRAIN, charge=CHARGE)


class _Run:
    """One site on its way."""

    def __init__(self, site: Site, rate: float, settings: FleetSettings) -> None:
        roadmap = build_roadmap(site)
        self.run = Rehearsal(roadmap, units_of(site), seed=_SEED, how=_HOW, dt=DT, settings=settings, watch=False)
        self._wishes: Iterator[Wish] = arrivals(site, seed=_SEED, orders_per_hour=rate, count=0)
        self._wish = next(self._wishes)

    def follow(self, until: float, over: float) -> bool:
        """Step on until a time of the run, or until the clock is over; whether it came so far."""
        while self.run.now < until:
            if time.monotonic() > over:
                return False
            events: list[Event] = []
            while self._wish.due <= self.run.now:
                wish = self._wish
                order = OrderRequest(
                    pick_place=wish.pick_place, drop_place=wish.drop_place, load_id=wish.load_id, priority=wish.priority
                )
                events.append(Ask(0, CreateOrder(order=order)))
                self._wish = next(self._wishes)
            self.run.step(events)
        return True

    def figures(self, seen: float) -> SiteFigures:
        """Return how it did up to a time that it has come to (s)."""
        run = self.run
        orders = list(run.engine.world.state.orders.values())
        service = [o.finished - o.created for o in orders if o.state == "DONE" and o.finished <= seen]
        kinds = summary(run.violations())
        cycles = [end - begin for _, begin, end in wait_cycles(run.waits)]
        now = max(run.now, DT)
        created = sum(o.created <= seen for o in orders)
        return SiteFigures(
            robots=len(run.robots), orders=created, done=len(service), per_hour=3600.0 * len(service) / max(seen, DT),
            service_mean=sum(service) / len(service) if service else 0.0,
            waiting=sum(w.end - w.start for w in run.waits) / (now * len(run.robots)),
            longest_cycle=max(cycles, default=0.0), deadlocks=kinds.get("wait_cycle", 0),
            collisions=sum(count for kind, count in kinds.items() if kind != "wait_cycle"),
        )  # fmt: skip


def dry_run(
    base: str,
    parts: Parts,
    settings: FleetSettings | None = None,
    horizon: float = HORIZON_S,
    patience: float = PATIENCE_S,
) -> DryRunResult:
    """Return how the draft does beside the running site. Raises layout.has_errors for one that the lint refuses.

    patience: s of wall clock for both; what was seen until then is the answer.
    """
    over = time.monotonic() + patience
    running, judged = running_site(base), judge(base, parts)
    if judged.site is None or judged.errors:
        raise AmrError("layout.has_errors", count=judged.errors)
    demand = judged.site.demand
    asked = running.model_copy(update={"demand": demand})
    same = not any(f.code == "site.demand_without_place" for f in check_references(asked))
    rate = demand.peak_per_hour
    sites = (asked if same else running, judged.site)
    before, after = (_Run(site, rate, settings or FleetSettings()) for site in sites)
    seen = 0.0
    while seen < horizon:
        until = min(seen + _TURN_S, horizon)
        if not (before.follow(until, over) and after.follow(until, over)):
            break
        seen = until
    draft = judged.site
    stations = sum(len(p.stations) for p in draft.places) + len(draft.chargers) + len(draft.parking)
    return DryRunResult(
        before=before.figures(seen), after=after.figures(seen), simulated_s=seen, horizon_s=horizon,
        orders_per_hour=rate, stations=stations, same_mix=same, complete=seen >= horizon,
    )  # fmt: skip
