"""Random closed lanes and orders: whoever could get home is never sent where it could not get home from.

The check walks the lanes of the roadmap itself and knows nothing of what the engine keeps of them.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amr_core.roadmap import Roadmap
from amr_fleet.domain.events import Ask, JournalEntry
from amr_fleet.ports import OrderRequest, ZoneRequest
from amr_fleet.rehearsal import Rehearsal
from amr_fleet.requests import ClearZone, CreateOrder, SetZone
from tests.unit.test_fleet_returns import lab
from tests.unit.test_fleet_zones import ask

EXAMPLES = int(os.environ.get("AMR_RETURN_EXAMPLES", "12"))
PLACES = ("D1", "A1", "B1", "X1")
SECONDS = 150.0  # between two changes of what is closed

closures = st.lists(st.lists(st.integers(0, 18), max_size=2), min_size=1, max_size=3)
wishes = st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(PLACES)), min_size=1, max_size=5)


def leads(roadmap: Roadmap, start: str, goal: str, closed: set[str]) -> bool:
    """Return whether a way that passes no leaf and nothing closed leads there."""
    seen, todo = {start}, [start]
    while todo:
        here = todo.pop()
        if here != start and roadmap.nodes[here].kind not in ("lane", "junction"):
            continue
        for edge in roadmap.edges.values():
            if edge.start == here and edge.end not in seen and not {edge.id, edge.end} & closed:
                seen.add(edge.end)
                todo.append(edge.end)
    return goal in seen


def check(run: Rehearsal, entries: list[JournalEntry], ends: dict[str, str], closed: set[str]) -> None:
    """Raise AssertionError for a mission from which a robot does not come home that did come home before."""
    roadmap, world = run.engine.world.graph.roadmap, run.engine.world
    for entry in entries:
        if entry.kind not in ("mission_started", "mission_retargeted") or entry.facts["kind"] == "park":
            continue
        home = world.graph.node_ids[world.robots[entry.robot].home]
        if not leads(roadmap, ends[entry.robot], home, closed):
            continue
        goals = [str(entry.facts["goal"])]
        assert leads(roadmap, goals[0], home, closed), (entry, sorted(closed))
        if entry.facts["kind"] == "pick":
            drop = world.state.orders[entry.order_id].request.drop_place
            stations = [n.id for n in roadmap.nodes.values() if n.place == drop]
            assert any(leads(roadmap, goals[0], s, closed) and leads(roadmap, s, home, closed) for s in stations), (
                entry,
                sorted(closed),
            )


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(closures=closures, wishes=wishes, homes=st.sampled_from([("P1", "P3"), ("P3", "P2"), ("P1", "P2")]))
def test_nobody_is_sent_where_it_does_not_come_home_from(
    closures: list[list[int]], wishes: list[tuple[str, str]], homes: tuple[str, str]
) -> None:
    run = lab(2, homes)
    world = run.engine.world
    edges = world.graph.roadmap.edges.values()
    lanes = [e.id for e in edges if e.manoeuvre == "drive" and "@" in e.start and "@" in e.end]
    for pick, drop in wishes:
        if pick != drop:
            ask(run, Ask(1, CreateOrder(order=OrderRequest(pick_place=pick, drop_place=drop))))
    for wanted in [*closures, []]:
        closed = {lanes[i % len(lanes)] for i in wanted}
        if closed:
            ask(run, Ask(1, SetZone(zone=ZoneRequest(zone_id="z", kind="closed", elements=tuple(sorted(closed))))))
        elif "z" in world.state.zones:
            ask(run, Ask(1, ClearZone(zone_id="z", user="lan")))
        end = run.now + (SECONDS if closed else 2400.0)
        while run.now < end and (closed or any(o.state != "DONE" for o in world.state.orders.values())):
            ends = {name: world.graph.node_ids[m.end] for name, m in world.traffic.movers.items()}
            told = len(run.journal)
            run.step()
            check(run, run.journal[told:], ends, closed)
    assert all(o.state == "DONE" for o in world.state.orders.values()), "what was kept back is done when all is open"
