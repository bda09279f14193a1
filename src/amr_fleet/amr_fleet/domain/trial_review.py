"""A record before it is signed: its faults, what it lacks, and what robots would not reach under it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from amr_core.roadmap import build_roadmap
from amr_core.site import Site
from amr_fleet.domain.graph import TrafficGraph
from amr_fleet.domain.permit import out_of_reach
from amr_fleet.sandbox.checks import RecordFault, faults, missing
from amr_fleet.sandbox.record import TrialRecord


@dataclass(frozen=True)
class Review:
    """out_of_reach: station nodes that no robot of the permit gets to from its parking place and back."""

    findings: list[RecordFault]
    missing: list[str]
    out_of_reach: list[str]
    stations: int


def review(record: TrialRecord, site: Site, others: Iterable[TrialRecord] = ()) -> Review:
    """Look at a record; others: permits that are approved or run. Takes about a second on a large site."""
    found = faults(record, site, others)
    roadmap = build_roadmap(site)
    stations = [n.id for n in roadmap.nodes.values() if n.kind in ("station", "charger")]
    if any(f.code in ("sandbox.self_crossing", "sandbox.invalid") for f in found):
        return Review(found, missing(record), [], len(stations))
    graph = TrafficGraph(roadmap)
    fleet = [r for r in site.fleet if r.name in record.envelope.serials]
    homes = [graph.node_index[r.parking] for r in fleet if r.parking in graph.node_index]
    goals = [graph.node_index[s] for s in stations]
    away = out_of_reach(graph, record, sorted({r.type for r in fleet}), homes, goals)
    return Review(found, missing(record), away, len(stations))
