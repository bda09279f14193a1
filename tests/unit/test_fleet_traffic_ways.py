"""Ways, detours and new goals: what traffic plans around."""

from __future__ import annotations

import pytest

from amr_fleet.domain.traffic import Traffic
from tests.unit.traffic_bench import Bench, line, ring


def test_an_edge_costs_more_for_each_robot_that_will_use_it_and_into_where_one_waits() -> None:
    bench = Bench(line())
    mover, other = bench.put("r0", "P0", "S"), bench.put("r1", "P1", "M")
    plain = list(bench.graph.seconds)
    used = {bench.edge(e) for e in ("P1>n0", "n0>n1", "n1>n2", "n2>M")}
    expected = [s * (1.2 if e in used else 1.0) for e, s in enumerate(plain)]
    assert bench.traffic.costs("r0") == pytest.approx(expected)
    bench.grant()
    granted = {e for e in used if e not in other.edges[: other.granted]}
    expected = [s * (1.2 if e in granted else 1.0) for e, s in enumerate(plain)]
    assert bench.traffic.costs("r0")[bench.edge("n2>M")] == pytest.approx(expected[bench.edge("n2>M")])
    bench.traffic._wait(mover, ("r1", True, ""), 1.0)
    mover.at = mover.granted
    into = [e for e, end in enumerate(bench.graph.end) if end == mover.end]
    costs = bench.traffic.costs("r1")
    rest = set(mover.edges[mover.granted :])
    for e in range(len(plain)):
        assert costs[e] == pytest.approx(plain[e] * (1.2 if e in rest else 1.0) + (6.0 if e in into else 0.0))
    assert Traffic(bench.graph, fixed=True).costs("r0") == plain


def test_walls_are_the_others_that_stay_with_all_that_they_exclude() -> None:
    bench = Bench(line())
    wall, locked, free = bench.put("r0", "n1"), bench.put("r1", "n3"), bench.put("r2", "n5")
    assert bench.traffic.walls("r9") == 0
    wall.wall = True
    bench.traffic.locked = frozenset({"r1"})
    exclusion = bench.graph.exclusion
    assert bench.traffic.walls("r9") == exclusion(wall.held) | exclusion(locked.held)
    assert bench.traffic.walls("r0") == exclusion(locked.held)
    assert bench.traffic.walls("r1") == exclusion(wall.held)
    assert not bench.traffic.walls("r9") & free.held


def test_a_route_leads_around_a_wall_and_through_it_only_when_there_is_no_other() -> None:
    bench = Bench(ring())
    wall = bench.put("r1", "b")
    mover = bench.put("r0", "A")
    wall.wall = True
    assert bench.traffic._routes("r0", bench.node("A"), bench.node("D")) == [
        [bench.edge(e) for e in ("A>a", "a>c", "c>e", "e>f", "f>d", "d>D")],
        [bench.edge(e) for e in ("A>a", "a>b", "b>d", "d>D")],
    ]
    assert bench.traffic.begin("r0", bench.node("D"))
    assert bench.route(mover) == ["A", "a", "c", "e", "f", "d", "D"]
    wall.wall = False
    assert len(bench.traffic._routes("r0", bench.node("A"), bench.node("D"))) == 1
    assert len(Bench(line()).traffic._routes("r0", 0, 1)) == 1


def behind_one_that_stopped(extra: float = 0.0, near: float = 3.0) -> Bench:
    """r1 stands on b with d before it; r0 in A, `near` seconds from a, wants to D. The way over c takes 6 s + extra."""
    bench = Bench(ring(), base_length=3.0, base_edges=1)
    limits = {bench.edge("c>e"): 3.0 / (3.0 + extra), bench.edge("A>a"): 3.0 / near}
    bench.graph.restrict([], limits)
    first = bench.put("r1", "A2", "D2")
    for node in ("a", "b"):
        bench.grant()
        bench.reached(first, node)
    bench.grant()
    bench.put("r0", "A", "D")
    assert bench.base(first) == ["b", "d"]
    for now in (0.0, 4.9, 5.0):
        bench.traffic.watch(now)
    return bench


def test_around_a_robot_that_stopped_close_ahead_there_is_a_detour() -> None:
    bench = behind_one_that_stopped()
    assert bench.traffic._stopped == {"r1"}
    assert not bench.traffic.detour("r1"), "not around itself"
    bench.traffic.movers["r0"].set_tail([bench.edge(e) for e in ("A>a", "a>b", "b>d", "d>D")])
    assert bench.traffic.detour("r0")
    assert bench.route(bench.traffic.movers["r0"]) == ["A", "a", "c", "e", "f", "d", "D"]
    assert not bench.traffic.detour("r0"), "it is on the best way"


@pytest.mark.parametrize(
    ("extra", "near", "taken"), [(5.8, 3.0, True), (6.2, 3.0, False), (0.0, 14.9, False), (0, 16, False)]
)
def test_a_detour_saves_five_seconds_and_counts_only_what_is_close(extra: float, near: float, taken: bool) -> None:
    """Such a stop lasts 20 s, expected, less the 3 s until the robot is there; the other way is 6 s longer."""
    bench = behind_one_that_stopped(extra, near)
    bench.traffic.movers["r0"].set_tail([bench.edge(e) for e in ("A>a", "a>b", "b>d", "d>D")])
    assert bench.traffic.detour("r0") is taken


def test_who_does_not_come_by_takes_no_detour() -> None:
    bench = behind_one_that_stopped()
    other = bench.put("r2", "c")
    other.set_tail([bench.edge("c>e"), bench.edge("e>f")])
    assert not bench.traffic.detour("r2")
    bench.traffic.movers["r1"].wall = True
    bench.traffic.watch(20.0)
    assert not bench.traffic.detour("r0"), "a wall is led around in another way"


def test_stopped_is_who_could_drive_on_and_did_not_move_for_five_seconds() -> None:
    bench = Bench(line())
    mover = bench.put("r0", "P0", "S")
    bench.grant()
    bench.reached(mover, "P0")
    told = [mover.stands_on_its_way(now) for now in (0.0, 4.9, 5.0)]
    assert told == [False, False, True]
    x, y = bench.graph.xy[bench.node("P0")]
    mover.moved(x, y - 0.04)
    assert mover.stands_on_its_way(5.1), "the noise of odometry is no move"
    mover.moved(x, y - 0.06)
    assert not mover.stands_on_its_way(5.2)
    assert mover.stands_on_its_way(10.3)
    mover.at = mover.granted
    assert not mover.stands_on_its_way(20.0), "it stands where its base ends: that is no fault"
    mover.at = 0
    assert not mover.stands_on_its_way(20.1), "counted anew"
    mover.xy = None
    assert not mover.stands_on_its_way(99.0)


def test_another_way_may_take_only_so_much_longer() -> None:
    bench = Bench(ring())
    mover = bench.put("r0", "A", "D")
    avoid = bench.graph.mask(["b"])
    assert not bench.traffic.reroute("r0", 0, 9.0), "the same way is no other"
    bench.graph.restrict([], {e: 0.1 for e in range(len(bench.graph.start))})
    rest = mover.rest_seconds()
    longer = 2.0 * 30.0 + rest
    exact = (longer - 30.0) / rest
    assert not bench.traffic.reroute("r0", avoid, exact - 0.001)
    assert bench.traffic.reroute("r0", avoid, exact + 0.001)
    assert bench.route(mover) == ["A", "a", "c", "e", "f", "d", "D"]
    assert not bench.traffic.reroute("r0", bench.graph.mask(["d"]), 99.0), "no way at all"


def test_a_new_goal_under_way_keeps_the_base_and_changes_what_comes_after_it() -> None:
    bench = Bench(line(), base_length=3.0, base_edges=2)
    mover = bench.put("r0", "P0", "S")
    bench.grant()
    assert bench.base(mover) == ["P0", "n0", "n1"]
    assert bench.traffic.retarget("r0", bench.node("M"))
    assert bench.route(mover) == ["P0", "n0", "n1", "n2", "M"]
    assert mover.granted == 2
    bench.put("r1", "M")
    assert not bench.traffic.retarget("r0", bench.node("M")), "a leaf has one robot at most"
    assert bench.route(mover) == ["P0", "n0", "n1", "n2", "M"]


def test_who_stands_begins_anew_with_sequence_ids_from_nought_and_waits_for_nobody() -> None:
    bench = Bench(line())
    mover = bench.put("r0", "n1", base=("n2",))
    mover.seq0 = 8
    bench.reached(mover, "n2")
    bench.traffic._wait(mover, ("r9", True, ""), 1.0)
    assert bench.traffic.begin("r0", bench.node("S"))
    assert (mover.seq0, mover.at, mover.granted, mover.blocker) == (0, 0, 0, None)
    assert bench.route(mover) == ["n2", "n3", "n4", "n5", "S"]
    assert bench.held(mover) == {"n2"}


def test_who_was_called_off_under_way_may_give_up_its_base_where_that_is_safe() -> None:
    bench = Bench(line())
    mover = bench.put("r0", "P0", "S")
    bench.grant()
    bench.reached(mover, "n0")
    assert bench.traffic.begin("r0", bench.node("P0"))
    assert bench.route(mover) == ["n0", "P0"]
    assert bench.held(mover) == {"n0"}


def test_who_was_set_down_between_leaves_gets_a_way_although_it_cannot_finish_just_now() -> None:
    """Somebody carried it there: without a way it would stand in the lane until the one before it is gone."""
    bench = Bench(line())
    mover = bench.put("r0", "n1")
    bench.put("r1", "n4").wall = True
    assert bench.traffic.begin("r0", bench.node("S"))
    assert bench.route(mover) == ["n1", "n2", "n3", "n4", "n5", "S"]
    bench.traffic.movers.pop("r0")
    leaf = bench.put("r2", "P1")
    assert not bench.traffic.begin("r2", bench.node("S")), "who stands in a leaf is in nobody's way, and waits"
    assert bench.route(leaf) == ["P1"]


def test_what_is_refused_leaves_everything_as_it_was() -> None:
    bench = Bench(line())
    first, second = bench.put("r0", "n1", "S"), bench.put("r1", "M")
    bench.put("r2", "P0")
    kept = (list(second.nodes), second.held, second.granted)
    assert not bench.traffic.begin("r1", bench.node("P0")), "somebody is there"
    assert (list(second.nodes), second.held, second.granted) == kept
    assert first.goal == bench.node("S")
