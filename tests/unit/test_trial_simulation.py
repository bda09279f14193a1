"""What an envelope would refuse, and that the engine under such a permit refuses just that."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
import shapely

from amr_core.errors import AmrError
from amr_core.roadmap import build_roadmap
from amr_core.site import Site, load_site
from amr_fleet.cargo_views import Cargo
from amr_fleet.domain.graph import Barrier, TrafficGraph
from amr_fleet.domain.permit import closed_to_robots
from amr_fleet.domain.trial_review import review
from amr_fleet.domain.trial_simulation import Simulation, refused_orders, simulate
from amr_fleet.ports import OrderRequest
from amr_fleet.requests import CreateOrder, SetPaused
from amr_fleet.sandbox.checks import sketch_faults
from amr_fleet.sandbox.sketch import Sketch
from tests.unit.trial_rig import Rig, record

Box = tuple[float, float, float, float]
WHOLE: Box = (0.0, 0.0, 20.0, 12.0)
MEADOW: Box = (4.5, 7.0, 5.5, 9.0)  # across the lane that leads back
LONG_ENOUGH = 1500.0  # s for two robots and the twelve orders between the lab's places


def box(b: Box) -> tuple[tuple[float, float], ...]:
    return ((b[0], b[1]), (b[2], b[1]), (b[2], b[3]), (b[0], b[3]))


def sketch(*forbidden: Box, area: Box = WHOLE, serials: tuple[str, ...] = ("amr_01", "amr_02")) -> Sketch:
    return Sketch((box(area),), tuple(box(b) for b in forbidden), serials)


@pytest.fixture(scope="module")
def lab() -> Site:
    return load_site("lab")


def found(site: Site, drawn: Sketch) -> Simulation:
    return simulate(drawn, site, build_roadmap(site))


def pairs(simulated: Simulation) -> set[tuple[str, str]]:
    return {(way.pick_place, way.drop_place) for way in simulated.refused}


def stations_of(site: Site, place: str) -> list[Any]:
    return next(p.stations for p in site.places if p.id == place)


def around(site: Site, place: str) -> Box:
    """Return a box over the stations of a place."""
    stations = stations_of(site, place)
    xs, ys = [s.x for s in stations], [s.y for s in stations]
    return (min(xs) - 0.3, min(ys) - 0.3, max(xs) + 0.3, max(ys) + 0.3)


def test_a_permit_over_the_whole_floor_refuses_nothing(lab: Site) -> None:
    all_of_it = found(lab, sketch())
    assert (all_of_it.out_of_reach, all_of_it.places, all_of_it.robots) == ([], [], [])
    assert (all_of_it.refused, all_of_it.longer, all_of_it.closed) == ([], [], [])
    assert all_of_it.ways == len(lab.places) * (len(lab.places) - 1)
    assert all_of_it.stations == 9


def test_a_closed_place_is_out_of_reach_and_with_it_each_way_to_and_from_it(lab: Site) -> None:
    shut = found(lab, sketch(around(lab, "A1")))
    assert shut.places == ["A1"]
    assert {(one.station, one.place, one.why) for one in shut.out_of_reach} == {
        (station.id, "A1", "outside") for station in stations_of(lab, "A1")
    }
    others = {p.id for p in lab.places} - {"A1"}
    assert pairs(shut) == {("A1", other) for other in others} | {(other, "A1") for other in others}
    assert all(way.after == math.inf and way.before > 0.0 for way in shut.refused)


def test_what_is_inside_may_still_have_no_way_in(lab: Site) -> None:
    cut = found(lab, sketch(MEADOW))
    assert {one.why for one in cut.out_of_reach} == {"no_way"}
    assert cut.closed
    hole = shapely.box(*MEADOW)
    assert all(hole.distance(shapely.LineString([(x0, y0), (x1, y1)])) < 1.2 for x0, y0, x1, y1 in cut.closed)


def test_from_where_nobody_comes_home_is_out_of_reach_too(lab: Site) -> None:
    """The lab's lanes are one way: what lies before the hole is reached, and left by no robot."""
    graph = TrafficGraph(build_roadmap(lab))
    drawn = sketch((3.0, 3.0, 3.6, 3.6), serials=("amr_01",))
    barrier = Barrier("permit", closed_to_robots(graph, drawn, [r.type for r in lab.fleet]), lasting=True)
    home = graph.node_index[next(r.parking for r in lab.fleet if r.name == "amr_01")]
    reached = graph.reach(home, [barrier])
    why = {one.station: one.why for one in found(lab, drawn).out_of_reach}
    assert set(why.values()) == {"no_way", "no_return"}
    for station, reason in why.items():
        node = graph.node_index[station]
        assert bool(reached >> node & 1) == (reason == "no_return"), station
        assert reason == "no_way" or not graph.reach(node, [barrier]) >> home & 1, station


def test_a_robot_that_is_parked_outside_is_named_and_reaches_nothing(lab: Site) -> None:
    parking = {s.id: s for s in lab.parking}
    here = parking[next(r.parking for r in lab.fleet if r.name == "amr_01")]
    spot: Box = (here.x - 0.2, here.y - 0.2, here.x + 0.2, here.y + 0.2)
    alone = found(lab, sketch(spot, serials=("amr_01",)))
    assert alone.robots == ["amr_01"]
    assert len(alone.out_of_reach) == alone.stations
    both = found(lab, sketch(spot))
    assert "amr_01" in both.robots
    assert found(lab, sketch(spot, serials=("amr_02",))).robots == [n for n in both.robots if n == "amr_02"]


def test_no_names_are_all_robots(lab: Site) -> None:
    assert found(lab, sketch(MEADOW, serials=())) == found(
        lab, sketch(MEADOW, serials=tuple(r.name for r in lab.fleet))
    )


def test_a_detour_is_told_with_its_times_longest_first() -> None:
    site = load_site("cai_cui")
    width, height = site.size
    aisle: Box = (width * 0.3, height * 0.3, width * 0.6, height * 0.6)
    drawn = sketch(aisle, area=(0.0, 0.0, width, height), serials=())
    simulated = found(site, drawn)
    detours = simulated.longer
    added = [way.after - way.before for way in detours]
    assert added == sorted(added, reverse=True)
    assert all(way.before * 1.1 < way.after < math.inf for way in detours)
    assert detours
    assert all((way.pick_place, way.drop_place) not in pairs(simulated) for way in detours)


def test_open_orders_that_nobody_could_carry_out_are_named(lab: Site) -> None:
    rig = Rig(required=False)
    wanted = [("D1", "X1"), ("A1", "D1"), ("D1", "A1")]
    for pick, drop in wanted:
        rig.ask(CreateOrder(order=OrderRequest(pick_place=pick, drop_place=drop)))
    rig.run.step()
    shut = found(lab, sketch(around(lab, "A1")))
    rig.ask(CreateOrder(order=OrderRequest(pick_place="D1", drop_place="X1", cargo=Cargo(weight_kg=500.0))))
    views = [order.view() for order in rig.engine.world.state.orders.values()]
    whole = found(lab, sketch())
    assert refused_orders(whole, views, most_load=500.0) == []
    assert [o.order_id for o in refused_orders(whole, views, most_load=499.9)] == [views[-1].order_id]
    orders = [order.view() for order in rig.engine.world.state.orders.values()]
    assert [(o.pick_place, o.drop_place) for o in refused_orders(shut, orders)] == [("A1", "D1"), ("D1", "A1")]
    while not any(
        o.view().state == "TO_DROP" and o.view().pick_place == "A1" for o in rig.engine.world.state.orders.values()
    ):
        rig.run.step()
        assert rig.run.now < 600.0, "the load from A1 is never on its robot"
    orders = [order.view() for order in rig.engine.world.state.orders.values()]
    refused = {(o.pick_place, o.drop_place) for o in refused_orders(shut, orders)}
    assert ("A1", "D1") not in refused, "it has its load and only goes to D1"
    lost = refused_orders(found(lab, sketch(around(lab, "D1"))), orders)
    assert ("A1", "D1") in {(o.pick_place, o.drop_place) for o in lost}, "its load could not be put down"


@pytest.mark.parametrize("state", ["TO_PICK", "PICKING", "TO_DROP"])
def test_open_orders_of_a_robot_that_takes_no_part_stay_open_and_are_named(lab: Site, state: str) -> None:
    """amr_01 has an order in such a state and another that only it may do; the permit is for amr_02 alone."""
    rig = Rig(required=False)
    for pick, drop, robot in (("A1", "D1", ""), ("D1", "B1", ""), ("B1", "D1", "amr_01"), ("D1", "A1", "amr_02")):
        asked = CreateOrder(order=OrderRequest(pick_place=pick, drop_place=drop, robot=robot))
        assert not isinstance(rig.ask(asked), AmrError)
    orders = rig.engine.world.state.orders
    while not any((o.robot, o.state) == ("amr_01", state) for o in orders.values()):
        rig.run.step()
        assert rig.run.now < 600.0, "the first robot never comes so far"
    rig.ask(SetPaused(pause=True))
    rig.run.run(lambda run: not any(robot.moving for robot in rig.engine.world.robots.values()), 60.0)
    views = [o.view() for o in orders.values() if o.state != "DONE"]
    whole = found(lab, sketch())
    assert refused_orders(whole, views) == refused_orders(whole, views, ("amr_01", "amr_02")) == []
    stopped = {o.order_id for o in refused_orders(whole, views, ("amr_02",))}
    assert stopped == {o.order_id for o in views if "amr_01" in (o.robot, o.wanted_robot)}
    assert len(stopped) == 2
    rig.engine.world.trial_required = True
    rig.start(record(envelope={"serials": ["amr_02"]}))
    rig.ask(SetPaused(pause=False))
    end = rig.run.now + LONG_ENOUGH
    while rig.run.now < end:
        rig.run.step()
    assert stopped <= {o.order_id for o in orders.values() if o.state != "DONE"}
    if state == "PICKING":  # on its way amr_01 stands in that of the other
        assert stopped == {o.order_id for o in orders.values() if o.state != "DONE"}


@pytest.mark.parametrize(
    ("state", "robot", "wanted", "stopped"),
    [
        ("QUEUED", "", "", False),
        ("QUEUED", "", "amr_02", False),
        ("QUEUED", "", "amr_01", True),
        ("TO_PICK", "amr_01", "", True),
        ("DROPPING", "amr_01", "", True),
        ("DROPPING", "amr_02", "", False),
        ("DONE", "amr_01", "amr_01", False),
    ],
)
def test_whose_order_it_is_counts_while_it_is_open(
    lab: Site, state: Any, robot: str, wanted: str, stopped: bool
) -> None:
    rig = Rig(required=False)
    rig.ask(CreateOrder(order=OrderRequest(pick_place="A1", drop_place="D1")))
    (order,) = (o.view() for o in rig.engine.world.state.orders.values())
    view = replace(order, state=state, robot=robot, wanted_robot=wanted)
    assert refused_orders(found(lab, sketch()), [view], ("amr_02",)) == ([view] if stopped else [])


def test_a_way_that_a_robot_would_not_come_home_from_is_told_apart() -> None:
    """The engine sends nobody there: `test_fleet_returns.test_a_permit_with_a_one_way_hole_lets_no_robot_into_it`."""
    site = load_site("cai_cui")
    width, height = site.size
    drawn = sketch((79.6, 8.7, 81.6, 10.7), area=(0.0, 0.0, width, height), serials=())
    refused = {(way.pick_place, way.drop_place): way.strands for way in found(site, drawn).refused}
    assert {one.why for one in found(site, drawn).out_of_reach if one.place == "D08"} >= {"no_return"}
    assert {pair for pair, strands in refused.items() if strands} == {
        (pick, drop)
        for pick, drop in refused
        if drop == "D08" and pick != "D09"  # D09 is not reached at all
    }
    assert refused["D01", "D08"]


@pytest.mark.parametrize("where", ["lane", "A1", "B1", "nowhere"])
def test_the_engine_refuses_under_such_a_permit_just_what_was_simulated(lab: Site, where: str) -> None:
    closed = {"lane": [MEADOW], "nowhere": []}
    forbidden = closed[where] if where in closed else [around(lab, where)]
    simulated = found(lab, sketch(*forbidden))
    assert bool(simulated.refused) == (where != "nowhere")
    rig = Rig()
    permit = record(envelope={"forbidden": [box(b) for b in forbidden]})
    rig.start(permit)
    names = [p.id for p in lab.places]
    for pick, drop in ((a, b) for a in names for b in names if a != b):
        assert not isinstance(rig.ask(CreateOrder(order=OrderRequest(pick_place=pick, drop_place=drop))), AmrError)
    orders = rig.engine.world.state.orders
    end = rig.run.now + LONG_ENOUGH
    while rig.run.now < end:
        rig.run.step()
    left = [order.view() for order in orders.values() if order.state != "DONE"]
    assert {(o.pick_place, o.drop_place) for o in left} == pairs(simulated)
    assert refused_orders(simulated, left) == left
    assert [one.station for one in simulated.out_of_reach] == review(permit, lab).out_of_reach


@pytest.mark.parametrize(
    ("drawn", "code", "where"),
    [
        (Sketch((((0, 0), (10, 10), (10, 0), (0, 10)),)), "sandbox.self_crossing", "areas.0"),
        (sketch((5.0, 5.0, 5.1, 5.1)), "sandbox.invalid", "forbidden.0"),
        (sketch(area=(100.0, 100.0, 110.0, 110.0)), "sandbox.outside_site", "areas.0"),
        (sketch(serials=("amr_99",)), "sandbox.unknown_name", "serials"),
        (Sketch(()), "sandbox.invalid", "areas"),
    ],
)
def test_what_is_drawn_wrong_is_told_with_its_place(lab: Site, drawn: Sketch, code: str, where: str) -> None:
    (fault,) = sketch_faults(drawn, lab)
    assert (fault.code, fault.facts["where"]) == (code, where)


def test_a_good_sketch_has_no_faults(lab: Site) -> None:
    assert sketch_faults(sketch(MEADOW), lab) == []
