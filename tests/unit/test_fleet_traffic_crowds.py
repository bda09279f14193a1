"""Traffic with three robots and more, tracks at any angle, and the limits of a base: what two on a line cannot show."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import pytest

from amr_core.roadmap import Roadmap
from amr_fleet.domain.base import BaseLimits
from amr_fleet.domain.graph import Barrier, TrafficGraph
from amr_fleet.domain.mover import Mover
from amr_fleet.domain.traffic import Safety, Traffic
from tests.unit.traffic_bench import Bench, line, ring, zone

# A robot on its way, at any angle -------------------------------------------------------------------------------------


def slanted(angle: float, scale: float = 1.0) -> TrafficGraph:
    """The line, turned about the origin, shifted and scaled: no coordinate of two nodes is the same."""
    graph = TrafficGraph(line())
    c, s = scale * math.cos(angle), scale * math.sin(angle)
    graph.xy[:] = [(40.0 + c * x - s * y, 25.0 + s * x + c * y) for x, y in graph.xy]
    return graph


def way(graph: TrafficGraph, *names: str) -> Mover:
    nodes = [graph.node_index[name] for name in names]
    edges = [graph.edge_ids.index(f"{a}>{b}") for a, b in pairwise(names)]
    return Mover("r0", graph, nodes, edges, granted=len(edges))


def between(graph: TrafficGraph, a: str, b: str, metres: float) -> tuple[float, float]:
    """The point so many metres from a on the straight line to b."""
    (ax, ay), (bx, by) = graph.xy[graph.node_index[a]], graph.xy[graph.node_index[b]]
    length = math.hypot(bx - ax, by - ay)
    return ax + metres * (bx - ax) / length, ay + metres * (by - ay) / length


@pytest.mark.parametrize("angle", [0.3, 1.2, 2.5, 4.0, 5.6])
def test_a_node_is_let_go_seventy_centimetres_on_and_an_edge_ten_before_its_end(angle: float) -> None:
    graph = slanted(angle)
    mover = way(graph, "P0", "n0", "n1", "n2")
    mover.at = 1
    for metres, holds in ((-0.3, True), (0.0, True), (0.69, True), (0.71, False), (2.0, False)):
        mover.xy = between(graph, "n0", "n1", metres)
        mover.hold()
        assert ("n0" in graph.ids(mover.held)) is holds, metres
    mover.at = 2
    for back, holds in ((2.0, True), (0.11, True), (0.09, False), (-0.4, False)):
        mover.xy = between(graph, "n1", "n0", back)
        mover.hold()
        assert ("n0>n1" in graph.ids(mover.held)) is holds, back
        assert "P0>n0" not in graph.ids(mover.held)


def test_nodes_closer_than_a_metre_are_let_go_by_the_same_rule() -> None:
    graph = slanted(0.9, scale=0.3)  # 0.9 m apart
    mover = way(graph, "n0", "n1", "n2")
    mover.xy = between(graph, "n0", "n1", 0.75)
    mover.hold()
    assert "n0" not in graph.ids(mover.held)
    mover.at = 1
    mover.xy = between(graph, "n1", "n0", 0.2)
    mover.hold()
    assert "n0>n1" in graph.ids(mover.held)


def test_at_the_first_node_of_a_route_no_edge_lies_behind() -> None:
    graph = slanted(0.9)
    mover = way(graph, "n1", "n2", "n3")
    mover.xy = between(graph, "n1", "n0", 1.0)
    mover.hold()
    assert set(graph.ids(mover.held)) == {"n1", "n1>n2", "n2", "n2>n3", "n3"}
    mover.granted, mover.xy = 1, between(graph, "n1", "n2", 1.0)
    mover.hold()
    assert set(graph.ids(mover.held)) == {"n1>n2", "n2"}


def test_a_base_that_is_what_was_granted_to_the_last_node_keeps_its_route() -> None:
    graph = TrafficGraph(line())
    mover = way(graph, "n0", "n1")
    assert mover.keeps_route(graph.node_index["n0"], [graph.node_index["n0"], graph.node_index["n1"]])


def test_a_node_that_comes_twice_on_a_route_is_the_one_ahead() -> None:
    graph = TrafficGraph(line())
    mover = way(graph, "n0", "n1", "n2", "n1", "n0")
    mover.at = 2
    assert mover.keeps_route(graph.node_index["n1"], [graph.node_index["n0"]])
    assert mover.at == 3


def test_in_a_leaf_at_the_end_of_its_route_nothing_begins_anew() -> None:
    graph = TrafficGraph(line())
    mover = way(graph, "n0", "P0")
    mover.at, mover.seq0 = 1, 8
    mover.stay()
    assert (len(mover.nodes), mover.seq0, mover.at) == (2, 8, 1)


# Three and more -------------------------------------------------------------------------------------------------------


def test_what_others_hold_is_all_of_it() -> None:
    bench = Bench(line())
    bench.put("r0", "n0")
    bench.put("r1", "n2")
    bench.put("r2", "n4")
    assert set(bench.graph.ids(bench.traffic.others_hold("r0"))) == {"n2", "n4"}
    assert set(bench.graph.ids(bench.traffic.others_hold("r2"))) == {"n0", "n2"}


def test_a_robot_is_placed_with_sequence_ids_from_nought() -> None:
    bench = Bench(line())
    assert bench.traffic.place("r0", bench.node("n0")).seq0 == 0


def test_each_wall_shuts_the_way_that_it_stands_in() -> None:
    """r0 wants to the right end, r1 to the left; a wall on either side of both: neither can finish while they stay."""
    bench = Bench(line(9))
    for name, node in (("w0", "n1"), ("w1", "n7")):
        bench.put(name, node).wall = True
    for name, node, goal in (("r0", "n3", "S"), ("r1", "n5", "P0")):
        bench.put(name, node).set_tail(bench.graph.path(bench.node(node), bench.node(goal), bench.graph.seconds) or [])
    assert bench.traffic.safety().now == frozenset()
    right = bench.traffic.movers.pop("r0")
    assert bench.traffic.safety().now == frozenset(), "the first wall of two"
    bench.traffic.movers.pop("r1")
    bench.traffic.movers["r0"] = right
    assert bench.traffic.safety().now == frozenset(), "the second"
    for name in ("w0", "w1"):
        bench.traffic.movers.pop(name)
    assert bench.traffic.safety().now == {"r0"}


def test_a_barrier_keeps_back_those_alone_whose_way_leads_through_it() -> None:
    """The others behind it in the list, too."""
    bench = Bench(ring())
    mask = bench.graph.mask(["e", "c>e", "e>f"])
    barred = bench.put("r0", "A")
    barred.set_tail([bench.edge(e) for e in ("A>a", "a>c", "c>e", "e>f", "f>d", "d>D")])
    bench.put("r1", "A2").set_tail([bench.edge(e) for e in ("A2>a", "a>b", "b>d", "d>D2")])
    bench.graph.restrict([Barrier("Z", mask, lasting=False)], {})
    assert bench.traffic.safety() == Safety(frozenset({"r0", "r1"}), frozenset({"r1"}))
    assert barred.rest()


def test_the_edges_into_each_node_where_a_robot_waits_cost_more() -> None:
    bench = Bench(ring())
    for name, node in (("r1", "b"), ("r2", "e")):
        mover = bench.put(name, node)
        mover.set_tail([bench.edge("b>d" if node == "b" else "e>f")])
        bench.traffic._wait(mover, ("r9", True, ""), 1.0)
    bench.put("r0", "A")
    costs, plain = bench.traffic.costs("r0"), bench.graph.seconds
    dearer = {bench.graph.edge_ids[e] for e in range(len(plain)) if costs[e] >= plain[e] + 5.9}
    assert dearer == {"a>b", "d>b", "c>e", "f>e"}


def stopped(bench: Bench, name: str, node: str, towards: str) -> Mover:
    """A robot with a base of one edge that does not move."""
    mover = bench.put(name, node, base=(towards,))
    mover.xy = bench.graph.xy[bench.node(node)]
    return mover


def test_robots_that_stopped_are_led_around_each_of_them() -> None:
    bench = Bench(ring(), base_length=3.0, base_edges=1)
    stopped(bench, "r1", "b", "d")
    stopped(bench, "r2", "e", "f")
    for now in (0.0, 5.0):
        bench.traffic.watch(now)
    exclusion = bench.graph.exclusion(bench.graph.mask(["b", "b>d", "d", "e", "e>f", "f"]))
    assert bench.traffic._in_the_way == exclusion
    bench.traffic.movers["r1"].at = bench.traffic.movers["r2"].at = 1
    bench.traffic.watch(6.0)
    assert bench.traffic._in_the_way == 0, "they went on"


def test_whoever_stopped_himself_or_whose_way_is_free_needs_no_way_around() -> None:
    bench = Bench(ring(), base_length=3.0, base_edges=1)
    stopped(bench, "r1", "b", "d").set_tail([bench.edge("d>D2")])
    free = bench.put("r2", "A")
    free.set_tail([bench.edge("A>a"), bench.edge("a>A2")])
    for now in (0.0, 5.0):
        bench.traffic.watch(now)
    saved = [m.save() for m in (bench.traffic.movers["r1"], free)]
    assert not bench.traffic.detour("r1")
    assert not bench.traffic.detour("r2")
    assert [m.save() for m in (bench.traffic.movers["r1"], free)] == saved


def test_a_detour_keeps_clear_of_walls() -> None:
    """The way over c would be quicker, but a robot is broken down there: waiting for the one that stopped is right."""
    bench = Bench(ring(), base_length=3.0, base_edges=1)
    stopped(bench, "r1", "b", "d").set_tail([bench.edge("d>D2")])
    mover = bench.put("r0", "A")
    mover.set_tail([bench.edge(e) for e in ("A>a", "a>b", "b>d", "d>D")])
    bench.put("r2", "e").wall = True
    for now in (0.0, 5.0):
        bench.traffic.watch(now)
    assert not bench.traffic.detour("r0")
    assert bench.route(mover) == ["A", "a", "b", "d", "D"]
    bench.traffic.movers.pop("r2")
    assert bench.traffic.detour("r0")
    assert bench.route(mover) == ["A", "a", "c", "e", "f", "d", "D"]


def test_the_time_until_the_robot_that_stopped_counts_the_base_and_what_comes_after_it() -> None:
    """12 s of base and 6 s of rest until b: by then it will have gone on, so there is no need to go round."""
    bench = Bench(ring(), base_length=3.0, base_edges=1)
    stopped(bench, "r1", "b", "d").set_tail([bench.edge("d>D2")])
    mover = bench.put("r0", "A", base=("a",))
    mover.set_tail([bench.edge(e) for e in ("a>b", "b>d", "d>D")])
    bench.graph.seconds[bench.edge("A>a")] = 12.1
    for now in (0.0, 5.0):
        bench.traffic.watch(now)
    bench.traffic._in_the_way = bench.graph.exclusion(bench.graph.mask(["b>d"]))
    assert not bench.traffic.detour("r0"), "12.1 s and 3 s: more than 15 s"
    bench.graph.seconds[bench.edge("A>a")] = 3.0
    assert bench.traffic.detour("r0")


def test_a_zone_is_full_of_those_who_are_inside_and_of_nobody_else() -> None:
    bench = zone(2)
    outside = bench.put("r0", "n0")
    bench.put("r1", "n5")
    bench.put("r2", "P1")
    bench.put("r3", "M")
    assert bench.traffic._full(outside, 1 << bench.node("n2")) is None, "one of three is inside"
    bench.put("r2", "n3")
    assert bench.traffic._full(outside, 1 << bench.node("n2")) == "r2"
    assert bench.traffic._full(outside, bench.graph.edge_bit(bench.edge("n1>n2"))) == "r2"


def test_who_waits_for_a_robot_waits_for_no_zone() -> None:
    bench = Bench(line())
    bench.put("r1", "n1").wall = True
    mover = bench.put("r0", "P0")
    mover.set_tail(bench.graph.path(bench.node("P0"), bench.node("S"), bench.graph.seconds) or [])
    bench.traffic.grants(1.0)
    assert mover.blocker is not None
    assert (mover.blocker.robot, mover.blocker.zone) == ("r1", "")
    full = zone(1)
    full.put("r1", "M")
    mover = full.put("r0", "n1")
    mover.set_tail([full.edge("n1>n2")])
    assert full.traffic._step(mover) == ("r1", True, "")
    mover.set_tail([full.edge("n1>n0")])
    assert full.traffic._step(mover) is None


def test_since_when_it_waits_is_kept_from_the_first_second_of_the_clock_on() -> None:
    bench = Bench(line())
    mover = bench.put("r0", "P0", "S")
    for now in (0.0, 7.0):
        bench.traffic._wait(mover, ("r1", True, ""), now)
    assert mover.blocker is not None
    assert mover.blocker.since == 0.0
    mover.blocker = replace(mover.blocker, since=-1.0)
    bench.traffic._wait(mover, ("r1", True, ""), 9.0)
    assert mover.blocker.since == 9.0


def test_who_was_called_off_on_its_base_keeps_it_only_where_no_zone_was_closed_on_it() -> None:
    bench = Bench(line())
    mover = bench.put("r0", "n1", base=("n2", "n3"))
    bench.put("r1", "P1").wall = True
    bench.graph.restrict([Barrier("Z", bench.graph.mask(["n3", "n2>n3"]), lasting=False)], {})
    saved = mover.save()
    assert not bench.traffic.begin("r0", bench.node("P1")), "the place is taken, and its base leads into the zone"
    assert mover.save() == saved


def test_to_its_old_goal_a_robot_may_always_go_on() -> None:
    """Although it cannot finish just now: that is no reason to forget where it was going."""
    bench = Bench(line())
    mover = bench.put("r0", "P0", "S")
    bench.grant()
    bench.reached(mover, "n0")
    end = mover.end
    bench.put("r1", "n5").wall = True
    rest = bench.route(mover)[mover.granted :]
    assert bench.traffic.begin("r0", bench.node("S"))
    assert bench.route(mover)[-len(rest) :] == rest
    assert end in mover.nodes


# How long a base gets -------------------------------------------------------------------------------------------------


def granted(limits: BaseLimits, roadmap: Roadmap | None = None) -> int:
    bench = Bench(roadmap or line())
    bench.traffic = Traffic(bench.graph, limits)
    mover = bench.put("r0", "P0", "S")
    bench.grant()
    return mover.granted


@pytest.mark.parametrize(
    ("longest", "seconds", "expected"),
    [(9.0, 1e3, 3), (8.9, 1e3, 2), (1e3, 9.0, 3), (1e3, 8.9, 2), (1.0, 1e3, 1), (1e3, 1.0, 1), (1e3, 1e3, 7)],
)
def test_a_base_is_never_longer_than_either_limit_but_for_one_edge(
    longest: float, seconds: float, expected: int
) -> None:
    """Edges of 3 m and 3 s. What a robot does when nobody hears it is bounded in metres and in seconds, each alone."""
    assert granted(BaseLimits(99.0, 2, longest=longest, seconds=seconds)) == expected


def test_as_a_robot_drives_its_base_grows_by_what_it_has_left_behind() -> None:
    bench = Bench(line())
    bench.traffic = Traffic(bench.graph, BaseLimits(0.0, 2, longest=1e3, seconds=1e3))
    mover = bench.put("r0", "P0", "S")
    bench.grant()
    assert mover.granted == 2
    bench.reached(mover, "n0")
    bench.reached(mover, "n1")
    bench.grant()
    assert mover.granted == 4, "two edges from where it is, not from where it came from"


# Could it drive on? ---------------------------------------------------------------------------------------------------


def test_whether_a_next_step_would_be_granted() -> None:
    bench = Bench(line())
    mover = bench.put("r0", "P0", "S")
    assert bench.traffic.could_step("r0")
    bench = Bench(line())
    bench.put("r1", "n0").wall = True
    mover = bench.put("r0", "P0")
    mover.set_tail([bench.edge("P0>n0")])
    assert not bench.traffic.could_step("r0")
    assert mover.granted == 0
    mover.set_tail([])
    assert bench.traffic.could_step("r0"), "it is where it wants to be: nothing keeps it"


def test_a_step_is_refused_that_would_lock_another_in() -> None:
    bench = Bench(line())
    back = bench.put("r1", "n4")
    back.set_tail(bench.graph.path(bench.node("n4"), bench.node("P1"), bench.graph.seconds) or [])
    bench.put("r0", "P0").set_tail(bench.graph.path(bench.node("P0"), bench.node("S"), bench.graph.seconds) or [])
    assert not bench.traffic.could_step("r0")
    back.set_tail([bench.edge("n4>n5"), bench.edge("n5>S")])
    assert bench.traffic.could_step("r0")


def test_a_way_round_may_take_just_as_long_as_was_said() -> None:
    bench = Bench(ring())
    mover = bench.put("r0", "A")
    mover.set_tail([bench.edge(e) for e in ("A>a", "a>b", "b>d", "d>D")])
    avoid = bench.graph.mask(["b"])
    around = bench.graph.path(bench.node("A"), bench.node("D"), bench.traffic.costs("r0"), avoid)
    assert around is not None
    longer = sum(bench.graph.seconds[e] for e in around)
    exact = (longer - 30.0) / mover.rest_seconds()
    assert not bench.traffic.reroute("r0", avoid, exact - 0.01)
    assert bench.traffic.reroute("r0", avoid, exact)
