"""What one robot holds on its way, to the centimetre; and how it keeps or gives up its route."""

from __future__ import annotations

import pytest

from amr_fleet.domain.graph import TrafficGraph
from amr_fleet.domain.mover import Mover
from tests.unit.traffic_bench import Bench, line


def on_the_line(granted: int = 3) -> tuple[Bench, Mover]:
    """P0, n0, n1, n2 granted of the way to S; n1 is 3 m from n0, both on the x axis."""
    bench = Bench(line())
    mover = bench.put("r0", "P0", "S")
    mover.granted = granted
    mover.hold()
    return bench, mover


@pytest.mark.parametrize(("x", "holds"), [(0.0, True), (0.65, True), (0.75, False), (2.9, False), (-0.2, True)])
def test_the_node_is_let_go_seventy_centimetres_on(x: float, holds: bool) -> None:
    """From there it no longer turns at the node, and its edge covers it."""
    bench, mover = on_the_line(2)
    mover.at = 1
    mover.xy = (x, 0.0)
    mover.hold()
    assert ("n0" in bench.held(mover)) is holds
    assert {"n0>n1", "n1"} <= bench.held(mover)


@pytest.mark.parametrize(("back", "holds"), [(0.4, True), (0.15, True), (0.05, False), (0.0, False), (-0.5, False)])
def test_the_edge_behind_is_held_until_it_is_within_ten_centimetres_of_the_node(back: float, holds: bool) -> None:
    bench, mover = on_the_line(3)
    mover.at = 2
    mover.xy = (3.0 - back, 0.0)
    mover.hold()
    assert ("n0>n1" in bench.held(mover)) is holds
    assert "n1" in bench.held(mover)


def test_how_far_it_is_from_its_node_is_known_only_of_one_whose_place_is() -> None:
    """In a fire who is beside its node need not keep it; of one that did not say where it is nobody can say that."""
    _, mover = on_the_line(2)
    mover.at, mover.xy = 1, None
    assert not mover.left_node(0.5)
    for xy, left in (((1.5, 2.1), True), ((1.5, -1.9), False), ((-2.6, 0.0), True), ((-2.5, 0.0), False)):
        mover.xy = xy
        assert mover.left_node(2.5) is left, xy


def test_only_grants_add_to_what_is_held() -> None:
    """A position that jumps back takes nothing again that others may have got meanwhile."""
    bench, mover = on_the_line(2)
    mover.at = 1
    mover.moved(2.5, 0.0)
    assert "n0" not in bench.held(mover)
    mover.moved(0.5, 0.0)
    assert mover.xy == (0.5, 0.0)
    assert "n0" not in bench.held(mover)


def test_without_a_position_and_at_the_end_of_the_base_the_node_is_held() -> None:
    bench, mover = on_the_line(2)
    assert bench.held(mover) == {"P0", "P0>n0", "n0", "n0>n1", "n1"}
    mover.at = 2
    mover.xy = (9.0, 9.0)
    mover.hold()
    assert "n1" in bench.held(mover)
    mover.extra, mover.kept = bench.graph.mask(["n4"]), bench.graph.mask(["n5"])
    mover.hold()
    assert {"n4", "n5", "n1"} <= bench.held(mover)


def test_what_the_rest_of_a_route_uses_and_excludes() -> None:
    bench, mover = on_the_line(2)
    graph: TrafficGraph = bench.graph
    assert set(graph.ids(mover.rest())) == {"n1>n2", "n2", "n2>n3", "n3", "n3>n4", "n4", "n4>n5", "n5", "n5>S", "S"}
    step = graph.edge_conflict(mover.edges[-1]) | graph.conflict[mover.goal]
    assert (mover.need[-1], mover.need[-2]) == (0, step)
    assert mover.uses[-1] == 0
    assert (mover.rest_seconds(), mover.base_ahead()) == (15.0, 6.0)
    mover.at = 1
    assert mover.base_ahead() == 3.0
    assert bench.graph.node_ids[mover.end] == "n1"
    assert not mover.arrived


def test_a_route_is_begun_anew_or_kept_with_its_base() -> None:
    bench, mover = on_the_line(3)
    mover.at, mover.seq0 = 1, 6
    tail = [bench.edge("n2>M")]
    mover.resume(tail)
    assert bench.route(mover) == ["n0", "n1", "n2", "M"]
    assert bench.base(mover) == ["n0", "n1", "n2"]
    assert (mover.seq0, mover.at, mover.granted) == (0, 0, 2)
    assert bench.graph.edge_ids[mover.edges[-1]] == "n2>M"
    assert mover.need[-1] == 0
    mover.at, mover.seq0 = 1, 6
    mover.restart([bench.edge("n1>n2"), *tail])
    assert bench.route(mover) == ["n1", "n2", "M"]
    assert (mover.seq0, mover.at, mover.granted) == (0, 0, 0)
    assert bench.held(mover) == {"n1"}


def test_a_saved_route_comes_back_whatever_was_done_to_it_and_more_than_once() -> None:
    bench, mover = on_the_line(2)
    saved = mover.save()
    kept = (bench.route(mover), list(mover.edges), mover.granted, mover.held, list(mover.need))
    for _ in range(2):
        mover.restart([])
        mover.nodes.append(0)
        mover.edges.append(0)
        mover.load(saved)
        assert (bench.route(mover), list(mover.edges), mover.granted, mover.held, list(mover.need)) == kept
        mover.nodes.append(0)
        mover.edges.append(0)
        mover.load(saved)
        assert (bench.route(mover), list(mover.edges), mover.granted, mover.held, list(mover.need)) == kept


def test_who_stands_on_its_base_keeps_its_route_and_who_is_elsewhere_does_not() -> None:
    bench, mover = on_the_line(3)
    mover.extra = 1 << bench.node("n5")
    assert mover.keeps_route(bench.node("P0"), [bench.node("n0"), bench.node("n1")])
    assert (mover.at, mover.extra) == (0, 1 << bench.node("n5")), "it has not moved"
    assert not mover.keeps_route(bench.node("n3"), []), "further than it may be"
    assert not mover.keeps_route(bench.node("n0"), [bench.node("n4")]), "it means to drive further than it may"
    assert (mover.at, mover.extra) == (0, 1 << bench.node("n5"))
    assert mover.keeps_route(bench.node("n1"), [bench.node("n2")])
    assert (mover.at, mover.extra) == (2, 0)
    assert not mover.keeps_route(bench.node("n0"), []), "it does not drive back"


def test_the_rest_of_a_route_is_given_up_in_a_leaf_only() -> None:
    bench, mover = on_the_line(0)
    mover.stay()
    assert bench.route(mover) == ["P0"]
    bench, mover = on_the_line(2)
    mover.stay()
    assert len(mover.nodes) == 8, "it drives"
    mover.at = 2
    mover.stay()
    assert len(mover.nodes) == 8, "n1 is no leaf: whoever stands there must be able to go on"


def test_a_node_on_top_of_another_is_no_division_by_nought() -> None:
    bench, mover = on_the_line(2)
    graph = bench.graph
    graph.xy[bench.node("n0")] = graph.xy[bench.node("P0")]
    mover.moved(0.0, 0.0)
    assert "P0" in bench.held(mover)
    mover.at = 1
    mover.hold()
    assert "P0>n0" not in bench.held(mover)
