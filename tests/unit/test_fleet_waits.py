"""Wait-for cycles, urgency and bit masks."""

from __future__ import annotations

from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.domain.assignment import urgency
from amr_fleet.domain.deadlock_watch import CycleWatch, cycles
from amr_fleet.domain.graph import TrafficGraph
from amr_fleet.domain.orders import TransportOrder
from amr_fleet.domain.settings import FleetSettings
from amr_fleet.ports import OrderRequest


def test_cycles_are_found_and_chains_are_not() -> None:
    assert cycles({"a": "b", "b": "c"}) == set()
    assert cycles({"a": "b", "b": "a", "c": "a"}) == {frozenset("ab")}


def test_a_cycle_counts_once_and_only_when_it_is_old() -> None:
    watch, knot = CycleWatch(30.0), {"a": "b", "b": "a"}
    assert watch.step(0.0, knot) == []
    assert watch.step(29.0, {}) == []
    assert watch.step(30.0, knot) == []
    assert watch.step(60.0, knot) == [frozenset("ab")]
    assert watch.step(90.0, knot) == []


def test_old_urgent_and_late_orders_are_worth_more() -> None:
    def worth(**more: float) -> float:
        priority, deadline = int(more.get("priority", 0)), more.get("deadline", 0.0)
        request = OrderRequest(pick_place="a", drop_place="b", priority=priority, deadline=deadline)
        order = TransportOrder(order_id="T1", request=request, created=more.get("created", 100.0), due=deadline)
        return urgency(order, 100.0, FleetSettings())

    assert worth() == 0.0
    assert worth(created=0.0) > 0.0
    assert worth(priority=1) > 0.0
    assert worth(deadline=200.0) > worth(deadline=600.0) > 0.0


def test_masks_and_distances_agree_with_the_roadmap() -> None:
    roadmap = build_roadmap(load_site("lab"))
    graph = TrafficGraph(roadmap)
    for name, others in roadmap.conflicts.items():
        assert set(graph.ids(graph.exclusion(graph.mask([name])))) == {name, *others}
    start, goal = graph.node_index["P1"], next(i for i, n in enumerate(roadmap.nodes.values()) if n.kind == "station")
    path = graph.path(start, goal, graph.seconds)
    assert path is not None
    expected = roadmap.shortest_path("P1", graph.node_ids[goal])
    assert abs(sum(graph.seconds[e] for e in path) - sum(e.length / e.max_speed for e in expected)) < 1e-9
    assert abs(graph.distances(start)[goal] - sum(graph.seconds[e] for e in path)) < 1e-9
