"""Traffic rule by rule, on tracks so small that every answer is known: who may drive, who waits for whom."""

from __future__ import annotations

from dataclasses import replace

import pytest

from amr_core.roadmap import Capacity, Roadmap
from amr_fleet.domain.base import BaseLimits
from amr_fleet.domain.graph import Barrier, TrafficGraph
from amr_fleet.domain.mover import Mover
from amr_fleet.domain.traffic import Safety, Traffic
from tests.tracks import tracks


def line(length: int = 6) -> Roadmap:
    """P0 and P1 at the left end of a single track, a station S at its right end, a parking place M in its middle."""
    cells = {f"n{k}": (k, 0) for k in range(length)}
    joined = [(f"n{k}", f"n{k + 1}") for k in range(length - 1)]
    last = f"n{length - 1}"
    ends = [("parking", "P0", "n0"), ("parking", "P1", "n0"), ("parking", "M", "n2"), ("station", "S", last)]
    return tracks(cells, joined, ends)  # type: ignore[arg-type]


def ring() -> Roadmap:
    """Two ways from a to d: over b (short) and over c, e, f; A and A2 hang on a, D and D2 on d."""
    cells = {"a": (0, 0), "b": (1, 0), "d": (2, 0), "c": (0, 1), "e": (1, 1), "f": (2, 1)}
    joined = [("a", "b"), ("b", "d"), ("a", "c"), ("c", "e"), ("e", "f"), ("f", "d")]
    ends = [("parking", "A", "a"), ("parking", "A2", "a"), ("station", "D", "d"), ("station", "D2", "d")]
    return tracks(cells, joined, ends)  # type: ignore[arg-type]


def crossing() -> Roadmap:
    """Two tracks that cross between their nodes: only the edges exclude each other, no node is shared."""
    cells = {"w": (0, 1), "e": (2, 1), "s": (1, 0), "n": (1, 2)}
    ends = [("parking", "W", "w"), ("station", "E", "e"), ("parking", "S", "s"), ("station", "N", "n")]
    flat = tracks(cells, [("w", "e"), ("s", "n")], ends)  # type: ignore[arg-type]
    conflicts = dict(flat.conflicts)
    for one, other in (("w>e", "s>n"), ("w>e", "n>s"), ("e>w", "s>n"), ("e>w", "n>s")):
        conflicts[one] |= {other}
        conflicts[other] |= {one}
    return replace(flat, conflicts=conflicts)


class Bench:
    """Traffic with names instead of numbers."""

    def __init__(self, roadmap: Roadmap, base_length: float = 9.0, base_edges: int = 2) -> None:
        self.graph = TrafficGraph(roadmap)
        self.traffic = Traffic(self.graph, BaseLimits(base_length, base_edges, longest=1e3, seconds=1e3))

    def node(self, name: str) -> int:
        return self.graph.node_index[name]

    def edge(self, name: str) -> int:
        return self.graph.edge_ids.index(name)

    def put(self, name: str, node: str, goal: str = "", base: tuple[str, ...] = ()) -> Mover:
        mover = self.traffic.place(name, self.node(node), [self.node(n) for n in base])
        if goal:
            assert self.traffic.begin(name, self.node(goal))
        return mover

    def reached(self, mover: Mover, node: str) -> None:
        """The robot reports that it stands at a node of its base."""
        at = mover.nodes.index(self.node(node), mover.at)
        x, y = self.graph.xy[self.node(node)]
        assert self.traffic.progress(mover.name, self.node(node), mover.seq0 + 2 * at, x, y)

    def grant(self, now: float = 0.0) -> set[str]:
        granted = self.traffic.grants(now)
        assert self.traffic.violations() == []
        return granted

    def base(self, mover: Mover) -> list[str]:
        return [self.graph.node_ids[n] for n in mover.nodes[mover.at : mover.granted + 1]]

    def route(self, mover: Mover) -> list[str]:
        return [self.graph.node_ids[n] for n in mover.nodes]

    def held(self, mover: Mover) -> set[str]:
        return set(self.graph.ids(mover.held))


# Rule 1 ---------------------------------------------------------------------------------------------------------------


def test_who_would_cross_the_way_of_another_waits_although_they_share_no_node() -> None:
    """The safety check alone does not see it: it looks at where bases end, and neither ends on the crossing."""
    bench = Bench(crossing())
    first, second = bench.put("r0", "W", "E"), bench.put("r1", "S", "N")
    bench.grant(1.0)
    assert bench.base(first) == ["W", "w", "e", "E"]
    assert bench.base(second) == ["S", "s"]
    assert second.blocker is not None
    assert (second.blocker.robot, second.blocker.held) == ("r0", True)
    assert bench.graph.node_ids[second.blocker.node] == "s"
    bench.reached(first, "w")
    assert bench.grant(2.0) == set()
    bench.reached(first, "e")
    assert bench.grant(3.0) == {"r1"}, "its tail is off the crossing"
    assert second.blocker is None


def test_a_robot_that_stands_on_a_node_keeps_others_off_it() -> None:
    bench = Bench(line())
    second, first = bench.put("r1", "P1"), bench.put("r0", "n3", "S")
    assert bench.traffic.begin("r1", bench.node("M"))
    bench.traffic.movers["r0"].wall = True
    bench.grant()
    assert bench.base(second) == ["P1", "n0", "n1", "n2"]
    assert not bench.held(first) & bench.held(second)


def test_two_who_hold_what_excludes_the_other_are_a_violation_each_pair_once() -> None:
    bench = Bench(line())
    bench.put("r0", "n0", base=("n1",))
    bench.put("r1", "n1", base=("n2",))
    bench.put("r2", "n4")
    assert bench.traffic.violations() == [("r0", "r1")]
    bench.put("r2", "n2")
    assert bench.traffic.violations() == [("r0", "r1"), ("r1", "r2")]
    crossed = Bench(crossing())
    crossed.put("r0", "w", base=("e",))
    crossed.put("r1", "s", base=("n",))
    assert crossed.traffic.violations() == [("r0", "r1")]


# Rule 2 ---------------------------------------------------------------------------------------------------------------


def test_nobody_enters_a_single_track_whose_other_end_comes_towards_him() -> None:
    bench = Bench(line())
    there, back = bench.put("r0", "P0", "S"), bench.put("r1", "M")
    back.nodes = [bench.node("n4")]
    back.rebuild()
    back.hold()
    assert bench.traffic.begin("r1", bench.node("P1"))
    granted = bench.grant(4.0)
    assert len(granted) == 1
    (winner,) = granted
    loser = there if winner == "r1" else back
    assert loser.blocker is not None
    assert loser.blocker.robot == winner
    for _ in range(30):
        for mover in (there, back):
            if mover.at < mover.granted:
                bench.reached(mover, bench.graph.node_ids[mover.nodes[mover.at + 1]])
        bench.grant(5.0)
    assert there.arrived
    assert back.arrived


def test_who_can_finish_is_told_for_walls_that_drive_on_and_for_walls_that_stay() -> None:
    bench = Bench(line())
    bench.put("r0", "P0", "S")
    wall = bench.put("r1", "n3")
    assert bench.traffic.begin("r1", bench.node("P1")), "it goes first"
    safety = bench.traffic.safety()
    assert safety == Safety(frozenset({"r0", "r1"}), frozenset({"r0", "r1"}))
    wall.wall = True
    safety = bench.traffic.safety()
    assert safety == Safety(frozenset({"r0", "r1"}), frozenset()), "behind a wall nobody comes through"
    assert not safety.has("r0")


@pytest.mark.parametrize(
    ("later", "now", "kept"),
    [
        ("ab", "ab", True),
        ("ab", "b", True),
        ("b", "ab", True),
        ("a", "ab", False),
        ("ab", "a", False),
        ("abc", "abc", True),
    ],
)
def test_a_step_may_take_the_way_to_finish_from_nobody_else(later: str, now: str, kept: bool) -> None:
    before = Safety(frozenset("ab"), frozenset("ab"))
    assert Safety(frozenset(later), frozenset(now)).keeps(before, "a") is kept
    assert Safety(frozenset(later), frozenset(now)).has("a") is ("a" in later and "a" in now)


def test_who_cannot_get_through_himself_does_not_shut_others_in() -> None:
    """r0 stands behind a wall that stays; one step more and it would stand in the way of r1, which could go home."""
    bench = Bench(line())
    waiting, going = bench.put("r0", "P0", "S"), bench.put("r1", "M", "P1")
    bench.put("r2", "n5").wall = True
    before = bench.traffic.safety()
    assert not before.has("r0")
    assert before.has("r1")
    assert bench.traffic._step(waiting, before) == ("r1", False, "")
    assert (waiting.granted, bench.held(waiting)) == (0, {"P0"})
    assert bench.grant(1.0) == {"r1"}
    assert bench.base(going)[0] == "M"


def test_a_new_goal_that_would_fill_a_zone_on_another_s_way_is_refused() -> None:
    """r0 stands before r1 and would stay in a zone for one robot that r1 has to pass: r1 could never."""
    bench = zone(1)
    first = bench.put("r0", "n1", "P1")
    second = bench.put("r1", "P0", "S")
    assert bench.traffic.safety().has("r1")
    assert not bench.traffic.begin("r0", bench.node("M"))
    assert bench.graph.node_ids[first.goal] == "P1"
    bench.traffic.movers.pop("r1")
    assert bench.traffic.begin("r0", bench.node("M")), "alone it may"
    assert second.name not in bench.traffic.movers


@pytest.mark.parametrize("what", ["extra", "kept"])
def test_space_that_a_robot_may_be_in_lets_nobody_plan_to_pass_through_it(what: str) -> None:
    bench = Bench(line())
    bench.put("r0", "P0", "S")
    other = bench.put("r1", "P1")
    assert bench.traffic.safety().has("r0")
    setattr(other, what, bench.graph.mask(["n3"]))
    assert bench.traffic._finishable(walls_stay=False) == {"r0", "r1"}, "it leaves it when it has arrived"
    other.set_tail([bench.edge("P1>n0"), bench.edge("n0>P0")])
    assert bench.traffic._finishable(walls_stay=False) == frozenset(), "into a leaf that is taken: it never does"


def test_he_lets_pass_the_one_that_can_move_not_one_that_waits_for_him() -> None:
    bench = Bench(line())
    me, other, third = bench.put("r0", "P0"), bench.put("r1", "P1"), bench.put("r2", "M", base=("n2",))
    third.at = third.granted
    go_first = bench.traffic._go_first
    assert go_first(me, []) == "r0"
    assert go_first(me, ["r1", "r2"]) == "r1"
    bench.traffic._wait(other, ("r0", True, ""), 1.0)
    assert go_first(me, ["r1", "r2"]) == "r2"
    bench.traffic._wait(third, ("r1", True, ""), 1.0)
    assert go_first(me, ["r1", "r2"]) == "r1", "all wait for it in the end: any"
    bench.traffic._wait(third, ("", True, "zone"), 1.0)
    assert go_first(me, ["r1", "r2"]) == "r2", "a zone is no robot"
    third.at = 0
    bench.traffic._wait(third, ("r1", True, ""), 1.0)
    assert go_first(me, ["r1", "r2"]) == "r2", "it still drives: it moves before me"


# Bases ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("length", "edges", "expected"), [(9.0, 2, 3), (9.1, 2, 4), (3.0, 2, 2), (3.0, 1, 1), (0.0, 3, 3), (99.0, 2, 7)]
)
def test_a_base_is_as_long_as_it_was_set(length: float, edges: int, expected: int) -> None:
    """Edges of 3 m; the spur out of the leaf has 3 m, too."""
    bench = Bench(line(), length, edges)
    mover = bench.put("r0", "P0", "S")
    bench.grant()
    assert mover.granted == expected


def test_those_who_wait_longest_come_first_whatever_their_names() -> None:
    for since in ((5.0, 1.0), (1.0, 5.0)):
        bench = Bench(line())
        movers = bench.put("r0", "P0", "S"), bench.put("r1", "P1", "M")
        for mover, when in zip(movers, since, strict=True):
            bench.traffic._wait(mover, ("r9", True, ""), when)
        first = min(zip(since, ("r0", "r1"), strict=True))[1]
        assert bench.grant(9.0) == {first}


def test_since_when_it_waits_is_kept_while_it_stands_whoever_is_in_the_way() -> None:
    bench = Bench(line())
    mover = bench.put("r0", "P0", "S")
    bench.traffic._wait(mover, ("r1", True, ""), 3.0)
    bench.traffic._wait(mover, ("r2", False, "z"), 8.0)
    assert mover.blocker is not None
    assert (mover.blocker.robot, mover.blocker.since, mover.blocker.held, mover.blocker.zone) == ("r2", 3.0, False, "z")
    assert bench.graph.node_ids[mover.blocker.node] == "P0"
    mover.granted = 2
    bench.traffic._wait(mover, ("r2", True, ""), 9.0)
    assert mover.blocker.since == 9.0, "it drives: nobody waits yet"


def test_a_wall_gets_nothing_more() -> None:
    bench = Bench(line())
    mover = bench.put("r0", "P0", "S")
    mover.wall = True
    assert bench.grant() == set()
    assert mover.granted == 0


def test_reports_that_do_not_fit_the_route_change_nothing() -> None:
    bench = Bench(line())
    mover = bench.put("r0", "P0", "S")
    bench.grant()
    bench.reached(mover, "n0")
    n0, n1, n2, n3 = (bench.node(f"n{k}") for k in range(4))
    kept = (mover.at, mover.xy, mover.held)
    for node, seq in ((bench.node("P0"), 0), (n1, 2), (n2, 4), (n3, 8), (bench.node("n4"), 10)):
        assert not bench.traffic.progress("r0", node, seq, 9.0, 9.0)
    assert (mover.at, mover.xy, mover.held) == kept
    assert bench.traffic.progress("r0", n2, 6, *bench.graph.xy[n2])
    assert mover.at == 3
    assert n0 not in mover.nodes[mover.at :]


def test_a_robot_is_put_where_it_says_with_the_base_that_it_has() -> None:
    bench = Bench(line())
    mover = bench.put("r0", "n1", base=("n2", "n3"))
    assert bench.base(mover) == bench.route(mover) == ["n1", "n2", "n3"]
    assert bench.held(mover) == {"n1", "n1>n2", "n2", "n2>n3", "n3"}
    stray = bench.put("r1", "n0", base=("n1", "n4", "n5"))
    assert bench.base(stray) == ["n0", "n1"]
    assert bench.held(stray) == {"n0", "n0>n1", "n1", "n4", "n5"}, "what it says and the map does not join is held"
    bench.reached(stray, "n0")
    assert "n4" in bench.held(stray)
    bench.traffic.movers.pop("r0")
    bench.reached(stray, "n1")
    assert bench.held(stray) == {"n1"}
    assert bench.traffic.others_hold("r1") == 0
    assert set(bench.graph.ids(bench.traffic.others_hold("nobody"))) == {"n1"}
    assert bench.traffic.place("r2", bench.node("n4"), (), 14).seq0 == 14


# Capacity zones and barriers ------------------------------------------------------------------------------------------


def zone(limit: int) -> Bench:
    inside = frozenset({"n2", "n3", "n1>n2", "n2>n3", "n3>n4", "n2>n1", "n3>n2", "n4>n3", "M", "n2>M", "M>n2"})
    return Bench(replace(line(), capacities=(Capacity(inside, limit),)))


def test_a_full_zone_is_entered_by_nobody_and_who_is_inside_moves_freely() -> None:
    bench = zone(1)
    outside, inside = bench.put("r0", "P0", "S"), bench.put("r1", "M")
    bench.grant(1.0)
    assert bench.base(outside) == ["P0", "n0", "n1"]
    assert outside.blocker is not None
    assert (outside.blocker.robot, outside.blocker.held) == ("r1", True)
    assert bench.traffic._full(inside, 1 << bench.node("n2")) is None
    assert bench.traffic._full(outside, 1 << bench.node("n2")) == "r1"
    assert bench.traffic._full(outside, 1 << bench.node("n1")) is None


def test_a_zone_for_two_takes_a_second() -> None:
    bench = zone(2)
    bench.put("r1", "M")
    outside = bench.put("r0", "P0", "S")
    bench.grant()
    assert bench.base(outside) == ["P0", "n0", "n1", "n2"]


def test_who_would_lock_another_out_of_a_full_zone_cannot_finish() -> None:
    bench = zone(1)
    outside = bench.put("r0", "P0", "S")
    bench.put("r1", "M")
    inside = {name: m.held for name, m in bench.traffic.movers.items()}
    assert bench.traffic._crowded("r0", inside)
    assert not bench.traffic._crowded("r0", {"r0": inside["r0"], "r1": 1 << bench.node("n5")})
    assert not bench.traffic._crowded("r1", inside), "itself does not count"
    aside = bench.put("r2", "P1")
    aside.set_tail([bench.edge("P1>n0")])
    assert not bench.traffic._crowded("r2", inside), "its way does not lead there"
    bench.traffic.movers.pop("r2")
    assert bench.traffic.safety().later == {"r1"}
    assert outside.rest()


def test_before_a_barrier_it_waits_for_the_zone_and_inside_it_drives_out() -> None:
    bench = Bench(line())
    mover = bench.put("r0", "P0", "S")
    mask = bench.graph.mask(["n2", "n3", "n1>n2", "n2>n3"])
    bench.graph.restrict([Barrier("Z", mask, lasting=False)], {})
    bench.grant(2.0)
    assert bench.base(mover) == ["P0", "n0", "n1"]
    assert mover.blocker is not None
    assert (mover.blocker.robot, mover.blocker.zone, mover.blocker.held) == ("", "Z", True)
    assert bench.traffic.safety() == Safety(frozenset({"r0"}), frozenset())
    inside = bench.put("r1", "n3")
    assert bench.traffic.begin("r1", bench.node("S"))
    assert bench.grant(3.0) == {"r1"}
    assert bench.base(inside)[:2] == ["n3", "n4"]


# Ways -----------------------------------------------------------------------------------------------------------------


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


# Beginning anew -------------------------------------------------------------------------------------------------------


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


def test_what_is_refused_leaves_everything_as_it_was() -> None:
    bench = Bench(line())
    first, second = bench.put("r0", "n1", "S"), bench.put("r1", "M")
    bench.put("r2", "P0")
    kept = (list(second.nodes), second.held, second.granted)
    assert not bench.traffic.begin("r1", bench.node("P0")), "somebody is there"
    assert (list(second.nodes), second.held, second.granted) == kept
    assert first.goal == bench.node("S")
