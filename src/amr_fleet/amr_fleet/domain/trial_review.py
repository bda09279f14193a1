"""A record before it is signed: its faults, what it lacks, and what robots would not reach under it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from amr_core.roadmap import build_roadmap
from amr_core.site import Site
from amr_fleet.domain.trial_simulation import Simulation, simulate
from amr_fleet.sandbox.checks import RecordFault, faults, missing
from amr_fleet.sandbox.record import TrialRecord
from amr_fleet.sandbox.sketch import Sketch


@dataclass(frozen=True)
class Review:
    """simulated: what it would refuse, None while its areas are wrong; stations: how many there are."""

    findings: list[RecordFault]
    missing: list[str]
    stations: int
    simulated: Simulation | None

    @property
    def out_of_reach(self) -> list[str]:
        """Return the stations that no robot of the permit gets to from its parking place and back."""
        return [one.station for one in self.simulated.out_of_reach] if self.simulated is not None else []


def review(record: TrialRecord, site: Site, others: Iterable[TrialRecord] = ()) -> Review:
    """Look at a record; others: permits that are approved or run. Takes about a second on a large site."""
    found = faults(record, site, others)
    roadmap = build_roadmap(site)
    if any(f.code in ("sandbox.self_crossing", "sandbox.invalid") for f in found):
        stations = sum(n.kind in ("station", "charger") for n in roadmap.nodes.values())
        return Review(found, missing(record), stations, None)
    simulated = simulate(Sketch.of(record.envelope), site, roadmap)
    return Review(found, missing(record), simulated.stations, simulated)
