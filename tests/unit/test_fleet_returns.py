"""No robot is sent where closed areas leave a way in and none home; the order waits and says what bars the way.

The lab is a one-way ring: south, east, north, west, with an aisle from south to north across it. P1 and P2 lie at the
beginning of the north lane, P3 and the charger behind the aisle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, islice
from typing import Any

import pytest

from amr_core.errors import AmrError
from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.domain import causes
from amr_fleet.domain.closed_ways import zone_between
from amr_fleet.domain.events import Ask
from amr_fleet.domain.graph import Barrier, TrafficGraph
from amr_fleet.domain.returns import ANYWHERE, nodes_with_return, served
from amr_fleet.ports import CauseView, OrderRequest, OrderView, ZoneRequest
from amr_fleet.rehearsal import Behaviour, Rehearsal, units_of
from amr_fleet.requests import ClearZone, CreateOrder, SendRobot, SetZone
from amr_fleet.vocabulary import ZoneKind
from tests.unit.test_fleet_zones import ask
from tests.unit.trial_rig import Rig, record

BEFORE_HOME = "east@004.0>north@002.0"  # between the last station and the lane of P1 and P2
HOLE = [[79.6, 8.7], [81.6, 8.7], [81.6, 10.7], [79.6, 10.7]]  # Cái Cui: dock D08 is reached and not left
LONG = 400.0  # s in which a robot alone does any order of the lab


def lab(robots: int = 1, homes: Sequence[str] = ()) -> Rehearsal:
    units = units_of(load_site("lab"), robots)
    units = [replace(u, home=home) for u, home in zip(units, homes or [u.home for u in units], strict=True)]
    run = Rehearsal(build_roadmap(load_site("lab")), units, how=Behaviour(stop_rate=0.0), dt=0.25)
    run.step()
    return run


def zone(run: Rehearsal, zone_id: str, *elements: str, kind: ZoneKind = "closed") -> None:
    answer = ask(run, Ask(1, SetZone(zone=ZoneRequest(zone_id=zone_id, kind=kind, elements=elements))))
    assert not isinstance(answer, Exception), answer


def lift(run: Rehearsal, zone_id: str) -> None:
    assert ask(run, Ask(1, ClearZone(zone_id=zone_id, user="lan"))) is None


def order(run: Rehearsal, pick: str, drop: str, robot: str = "") -> str:
    request = OrderRequest(pick_place=pick, drop_place=drop, robot=robot)
    return str(ask(run, Ask(1, CreateOrder(order=request))).order_id)


def view(run: Rehearsal, order_id: str) -> OrderView:
    return next(o for o in run.engine.snapshot().orders if o.order_id == order_id)


def cause(run: Rehearsal, code: str) -> CauseView:
    (found,) = (c for c in run.engine.snapshot().causes if c.reason.code == code)
    return found


def wait(run: Rehearsal, seconds: float) -> None:
    run.run(lambda _: False, seconds)


def done(run: Rehearsal, *orders: str) -> bool:
    states = run.engine.world.state.orders
    return run.run(lambda _: all(states[o].state == "DONE" for o in orders), 3 * LONG)


def sent(run: Rehearsal, kind: str) -> list[str]:
    return [str(e.facts["goal"]) for e in run.journal if e.kind == "mission_started" and e.facts["kind"] == kind]


def at_home(run: Rehearsal) -> bool:
    movers = run.engine.world.traffic.movers
    return all(movers[r.name].arrived and movers[r.name].end == r.home for r in run.engine.world.robots.values())


def test_an_order_from_where_nobody_comes_home_waits_names_the_zone_and_goes_when_it_opens() -> None:
    run = lab()
    zone(run, "spill", BEFORE_HOME)
    order_id = order(run, "D1", "X1")
    wait(run, LONG)
    assert sent(run, "pick") == []
    found = view(run, order_id)
    assert found.state == "QUEUED"
    assert found.reason is not None
    assert found.root is not None
    assert (found.reason.code, found.reason.facts) == (
        "wait.no_return",
        {"place": "D1", "zone": "spill", "by": "spill"},
    )
    assert (found.root.code, found.root.facts["zone"]) == ("wait.zone", "spill")
    assert (cause(run, "wait.zone").ends, cause(run, "wait.zone").orders) == ("lift_zone", (order_id,))
    lift(run, "spill")
    assert done(run, order_id)


def test_a_hold_bars_no_way_home_for_it_opens_again() -> None:
    run = lab()
    zone(run, "person", BEFORE_HOME, kind="hold")
    order_id = order(run, "D1", "X1")
    assert done(run, order_id)


def test_of_a_closed_area_and_a_hold_before_home_the_closed_one_is_named() -> None:
    """A person near the parking place was to go away, which "ends by itself", and nobody would have come home."""
    run = lab()
    zone(run, "a_spill", BEFORE_HOME)
    zone(run, "person", "P1", kind="hold")
    order_id = order(run, "D1", "X1")
    wait(run, 5.0)
    reason = view(run, order_id).reason
    assert reason is not None
    assert (reason.code, reason.facts["zone"]) == ("wait.no_return", "a_spill")


def test_who_comes_home_another_way_does_what_others_may_not() -> None:
    """amr_02 lives behind the aisle: the closed lane is not on its way home from D1 and X1, but it is from B1."""
    run = lab(2, ["P1", "P3"])
    zone(run, "spill", BEFORE_HOME)
    both, alone, trap = order(run, "D1", "X1"), order(run, "D1", "X1", "amr_01"), order(run, "X1", "B1")
    assert done(run, both)
    wait(run, LONG)
    assert {e.robot for e in run.journal if e.kind == "order_assigned"} == {"amr_02"}
    for order_id, place in ((alone, "D1"), (trap, "B1")):
        reason = view(run, order_id).reason
        assert reason is not None
        assert (view(run, order_id).state, reason.code, reason.facts["place"]) == ("QUEUED", "wait.no_return", place)
    lift(run, "spill")
    assert done(run, alone, trap)


def test_a_robot_on_its_way_to_the_load_turns_back_and_the_order_with_it() -> None:
    run = lab(1, ["P3"])
    order_id = order(run, "D1", "B1")
    assert run.run(lambda r: view(r, order_id).state == "TO_PICK", LONG)
    zone(run, "spill", BEFORE_HOME)
    assert run.run(at_home, LONG)
    assert view(run, order_id).state == "QUEUED"
    lift(run, "spill")
    assert done(run, order_id)


def test_a_loaded_robot_comes_home_with_its_load_and_says_why() -> None:
    run = lab(1, ["P3"])
    order_id = order(run, "X1", "B1")
    assert run.run(lambda r: view(r, order_id).state == "TO_DROP", LONG)
    zone(run, "spill", BEFORE_HOME)
    assert run.run(at_home, LONG)
    wait(run, 10.0)
    world = run.engine.world
    robot = world.robots["amr_01"]
    assert world.state.orders[order_id].robot == "amr_01"
    assert robot.waiting is not None
    assert robot.root is not None
    assert (robot.waiting.code, robot.waiting.facts["place"]) == ("wait.no_return", "B1")
    assert (robot.root.code, causes.ends(robot.root)) == ("wait.zone", "lift_zone")
    lift(run, "spill")
    assert done(run, order_id)


def test_no_robot_charges_where_it_does_not_come_home_from() -> None:
    run = lab()
    run.robots["amr_01"].soc = 0.1
    zone(run, "spill", BEFORE_HOME)
    wait(run, 60.0)
    assert sent(run, "charge") == []
    waiting = run.engine.world.robots["amr_01"].waiting
    root = run.engine.world.robots["amr_01"].root
    assert waiting is not None
    assert root is not None
    assert (waiting.code, waiting.facts["place"], root.code) == ("wait.no_return", "CH1", "wait.zone")
    refused = ask(run, Ask(1, SendRobot(robot="amr_01", to="charge", user="lan")))
    assert isinstance(refused, AmrError)
    assert refused.code == "robot.no_charger"
    lift(run, "spill")
    assert run.run(lambda r: sent(r, "charge") == ["CH1"], 60.0)


def test_who_has_no_way_home_already_works_on_where_it_can_come_back_to() -> None:
    run = lab(1, ["P3"])
    zone(run, "wet", "P3")
    order_id = order(run, "X1", "D1")
    assert done(run, order_id)


def test_a_permit_with_a_one_way_hole_lets_no_robot_into_it() -> None:
    rig = Rig("cai_cui", 3, required=False)
    site = load_site("cai_cui")
    width, height = site.size
    names = [r.name for r in site.fleet[:3]]
    whole = [[0, 0], [width, 0], [width, height], [0, height]]
    permit = record(envelope={"areas": [whole], "forbidden": [HOLE], "serials": names, "max_robots_moving": 3})
    rig.start(permit)
    run = rig.run
    lost, kept = order(run, "D01", "D08"), order(run, "D01", "D02")
    assert done(run, kept)
    wait(run, 60.0)
    found = view(run, lost)
    assert found.reason is not None
    assert found.root is not None
    assert found.state == "QUEUED"
    assert found.reason.facts == {"place": "D08", "zone": "trial:TN-1", "by": "TN-1"}
    assert (found.root.code, found.root.facts) == ("wait.trial", {"trial": "TN-1", "why": "area"})
    assert cause(run, "wait.trial").ends == "change_permit"
    for user, role in (("quan_tri", "admin"), ("so_khcn", "authority")):
        assert not isinstance(rig.move("ended", user, role), AmrError)
    assert done(run, lost), "the permit is over, and the site needs none"


# The masks --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def graph() -> TrafficGraph:
    return TrafficGraph(build_roadmap(load_site("lab")))


def closed(graph: TrafficGraph, *elements: str, lasting: bool = True) -> Any:
    graph.restrict([Barrier("z", graph.mask(elements), lasting)] if elements else [], {})
    index = graph.node_index
    return lambda here, home: {
        graph.node_ids[n] for n in range(graph.n_nodes)
        if nodes_with_return(graph, index[here], index[home], [index["CH1"]]) >> n & 1 and graph.leaf[n]
    }  # fmt: skip


ALL = {"D1_1", "D1_2", "A1_1", "A1_2", "B1_1", "B1_2", "X1_1", "X1_2", "CH1", "P1", "P2", "P3"}
EAST = {"A1_1", "A1_2", "B1_1", "B1_2"}  # behind the aisle


@pytest.mark.parametrize(
    ("elements", "here", "home", "from_where"),
    [
        ((), "P1", "P1", ALL),
        ((BEFORE_HOME,), "P1", "P1", {"P1"}),
        ((BEFORE_HOME,), "P3", "P3", ALL - EAST),
        ((BEFORE_HOME,), "D1_1", "P1", ALL - EAST),  # cut off from home: where the charger is reached from
        (("P1",), "P1", "P1", ALL - {"P1"}),
        ((BEFORE_HOME, "CH1"), "B1_1", "P1", ALL - {"CH1", "B1_2"}),
    ],
)
def test_from_where_a_robot_comes_back(
    graph: TrafficGraph, elements: tuple[str, ...], here: str, home: str, from_where: set[str]
) -> None:
    assert closed(graph, *elements)(here, home) == from_where


def test_what_was_found_is_kept_until_something_else_is_closed(graph: TrafficGraph) -> None:
    assert closed(graph, BEFORE_HOME, lasting=False)("P1", "P1") == ALL
    assert closed(graph, BEFORE_HOME)("P1", "P1") == {"P1"}
    kept = dict(graph.returning)
    graph.restrict([*graph.barriers, Barrier("camera", graph.mask(["B1_1"]), lasting=False)], {})
    assert graph.returning == kept
    assert closed(graph)("P1", "P1") == ALL
    assert graph.returning == {}


@pytest.mark.parametrize("site", ["lab", "cai_cui"])
def test_walking_backwards_finds_what_walking_forwards_does(site: str) -> None:
    graph = TrafficGraph(build_roadmap(load_site(site)))
    graph.restrict([Barrier("z", graph.mask(graph.edge_ids[::9]) | graph.mask(graph.node_ids[::17]), True)], {})
    leaves = [n for n in range(graph.n_nodes) if graph.leaf[n] and not graph.closed >> n & 1]
    assert len(leaves) > 8
    for goal in leaves[::3]:
        found = {n for n in leaves if graph.homeward(goal) >> n & 1}
        assert found == {n for n in leaves if graph.way_around(n, goal)}, graph.node_ids[goal]


def test_orders_that_must_wait_take_no_station_from_those_behind_them() -> None:
    run = lab(1, ["P3"])
    zone(run, "spill", BEFORE_HOME)
    stations = len(run.engine.world.places["D1"])
    waiting = [order(run, "D1", "B1") for _ in range(stations)]
    assert done(run, order(run, "D1", "X1"))
    assert {view(run, o).state for o in waiting} == {"QUEUED"}


def test_a_load_is_served_only_by_one_way_on_from_its_own_station(graph: TrafficGraph) -> None:
    closed(graph, BEFORE_HOME)
    index = graph.node_index
    back = nodes_with_return(graph, index["P3"], index["P3"], [])
    d1, b1, x1 = index["D1_1"], index["B1_1"], index["X1_1"]
    assert served(graph, back, [d1], 1 << b1 | 1 << x1)
    assert not served(graph, back, [d1], 1 << b1)
    assert not served(graph, back, [b1], 1 << x1)
    assert served(graph, ANYWHERE, [b1], 1 << x1)


def test_what_bars_ways_is_remembered_for_so_many_questions_only() -> None:
    """A permit's areas stay closed for weeks, and robots move: each look asks from where they are by then."""
    run = lab(1)
    zone(run, "spill", "B1_1")
    world = run.engine.world
    goal, open_goal = world.graph.node_index["B1_1"], world.graph.node_index["A1_1"]
    others = [n for n in range(world.graph.n_nodes) if n != goal]
    for starts in islice(combinations(others, 3), 1500):
        assert zone_between(world, starts, [goal]) == "spill"
        assert zone_between(world, starts, [open_goal]) == ""
    assert 0 < len(world.graph.cuts) <= 1000
