"""Traffic rule by rule, on tracks so small that every answer is known: who may drive, who waits for whom."""

from __future__ import annotations

from dataclasses import replace

import pytest

from amr_core.roadmap import Roadmap
from amr_fleet.domain.graph import Barrier
from amr_fleet.domain.traffic import Safety
from tests.tracks import tracks
from tests.unit.traffic_bench import Bench, line, zone


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


def test_who_would_stand_too_near_to_another_waits_although_no_edge_excludes_it() -> None:
    """A node takes the room to turn on it, which is more than its edge takes: at 90 edges of Cái Cui."""
    roadmap = crossing()
    near = {"e": frozenset({"n"}), "n": frozenset({"e"})}
    bench = Bench(replace(roadmap, conflicts={k: v | near.get(k, frozenset()) for k, v in roadmap.conflicts.items()}))
    first, _ = bench.put("r0", "W", "E"), bench.put("r1", "n")
    bench.grant()
    assert bench.base(first) == ["W", "w"]
    assert first.blocker is not None
    assert (first.blocker.robot, first.blocker.held) == ("r1", True)


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
    assert bench.traffic._step(waiting) == ("r1", False, "")
    assert (waiting.granted, bench.held(waiting)) == (0, {"P0"})
    assert bench.grant(1.0) == {"r1"}
    assert bench.base(going)[0] == "M"


def test_who_is_locked_in_only_while_a_wall_stays_is_the_one_to_let_pass() -> None:
    """r0 would stand in r1's way home behind a wall that may drive on later: the page says that it waits for r1."""
    cells = {f"n{k}": (k, 0) for k in range(6)}
    joined = [(f"n{k}", f"n{k + 1}") for k in range(5)]
    ends = [("parking", "P0", "n0"), ("parking", "P1", "n0"), ("parking", "M", "n2")]
    ends += [("station", "S", "n5"), ("station", "T", "n5")]
    bench = Bench(tracks(cells, joined, ends))  # type: ignore[arg-type]
    waiting = bench.put("r0", "P0", "S")
    bench.put("r1", "M", "P1")
    bench.put("r2", "n4", "T").wall = True
    before = bench.traffic.safety()
    assert before == Safety(frozenset({"r0", "r1", "r2"}), frozenset({"r1"}))
    assert bench.traffic._step(waiting) == ("r1", False, "")


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


def test_what_a_robot_only_says_that_it_holds_is_another_s_who_says_later_that_it_is_there() -> None:
    bench = Bench(line())
    unsure, other = bench.put("r0", "n1"), bench.put("r2", "n5")
    unsure.kept = unsure.claimed = bench.graph.mask(["n2", "n3", "n4"])
    unsure.hold()
    other.claimed = bench.graph.mask(["n5"])
    bench.put("r1", "n3")
    assert unsure.guessed == bench.graph.mask(["n3"])
    assert other.guessed == 0
    assert bench.traffic.violations() == []
    bench.put("r3", "n4")
    assert unsure.guessed == bench.graph.mask(["n3", "n4"])
    unsure.claimed = unsure.guessed = 0
    assert bench.traffic.violations() == [("r0", "r1"), ("r0", "r3")], "what was granted is a fault"
