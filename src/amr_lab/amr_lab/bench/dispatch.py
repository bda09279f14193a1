"""How long a step of the engine takes on a large fleet with a long queue."""

from __future__ import annotations

import numpy as np

from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.demand import arrivals
from amr_fleet.domain.settings import Unit
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal import Rehearsal
from amr_lab.study.site import double


def dispatch_figures(name: str) -> tuple[str, str, float, float]:
    """Time the engine (CPU) with 48 robots and 500 open orders: two buildings; 16 robots have homes in stations."""
    site = double(load_site(name))
    homes = [p.id for p in site.parking] + [p.stations[0].id for p in site.places]
    units = [Unit(f"r{k:02d}", "lift_amr", homes[k]) for k in range(48)]
    rehearsal = Rehearsal(build_roadmap(site), units, seed=1, dt=0.5, watch=False)
    rehearsal.run(lambda r: r.engine.ready, 60.0)
    wishes = arrivals(site, seed=1, orders_per_hour=240.0, count=500)
    rehearsal.create([OrderRequest(pick_place=w.pick_place, drop_place=w.drop_place) for w in wishes])
    before = len(rehearsal.step_seconds)
    rehearsal.run(lambda _: False, 240.0)
    taken = 1000.0 * np.array(rehearsal.step_seconds[before - 1 :])
    label = "engine step with dispatch, 48 robots, 500 open orders"
    return label, "ms", float(np.median(taken)), float(np.percentile(taken, 99))
