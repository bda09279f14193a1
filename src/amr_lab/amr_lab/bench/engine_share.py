"""Which share of the fleet engine's work a part of the code takes: by a profile, so another commit is not needed."""

from __future__ import annotations

import cProfile
import pstats
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.demand import arrivals
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal import Rehearsal, units_of

ASSISTANT_AND_FLIGHTS: Final = ("assistant", "flight", "amr_uav")
_SECONDS: Final = 300.0  # simulated s: three thousand steps of the engine; chosen


def engine_share(names: Sequence[str] = ASSISTANT_AND_FLIGHTS, site_name: str = "cai_cui", orders: int = 60) -> float:
    """Return the share (%) of the engine's steps that code takes with one of the names in its path below its package.

    The site's own fleet works on the orders, flies nothing and asks nothing: what everybody pays.
    """
    site = load_site(site_name)
    rehearsal = Rehearsal(build_roadmap(site), units_of(site), seed=1, dt=0.5, watch=False)
    rehearsal.run(lambda r: r.engine.ready, 60.0)
    wishes = arrivals(site, seed=1, orders_per_hour=240.0, count=orders)
    rehearsal.create([OrderRequest(pick_place=w.pick_place, drop_place=w.drop_place) for w in wishes])
    profile = cProfile.Profile()
    profile.enable()
    rehearsal.run(lambda _: False, _SECONDS)
    profile.disable()
    stats: dict[tuple[str, int, str], tuple[Any, ...]] = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    its = sum(float(values[2]) for (path, _, _), values in stats.items() if _has(path, names))
    code = FleetEngine.step.__code__
    return 100.0 * its / float(stats[code.co_filename, code.co_firstlineno, code.co_name][3])


def _has(path: str, names: Sequence[str]) -> bool:
    parts = Path(path).parts
    own = [i for i, part in enumerate(parts) if part.startswith("amr_")]
    return bool(own) and any(name in part for part in parts[own[0] :] for name in names)
