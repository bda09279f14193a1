"""Restrictions at run time: closed, hold and slow areas, against kinematic robots on the lab site."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
import shapely
from pydantic import ValidationError

from amr_core import vda5050
from amr_core.errors import AmrError
from amr_core.roadmap import Roadmap, build_roadmap
from amr_core.site import load_site
from amr_fleet.api.models.zones import ZoneBody
from amr_fleet.domain.events import Ask, Event
from amr_fleet.domain.graph import Barrier, TrafficGraph
from amr_fleet.domain.zones import REACH, area_mask, enforce
from amr_fleet.ports import OrderRequest, ZoneRequest, ZoneView
from amr_fleet.rehearsal import Behaviour, Rehearsal, units_of
from amr_fleet.requests import ClearZone, CreateOrder, SetZone
from amr_fleet.vocabulary import ZoneKind

CALM = Behaviour(stop_rate=0.0)


@cache
def cai_cui() -> Roadmap:
    return build_roadmap(load_site("cai_cui"))


def rehearsal(robots: int = 1) -> Rehearsal:
    run = Rehearsal(cai_cui(), units_of(load_site("cai_cui"), robots), how=CALM, dt=0.25)
    run.step()
    return run


def ask(run: Rehearsal, event: Event) -> Any:
    result = run.engine.step(round(run.now + 0.01, 3), [event])
    run.journal += result.entries
    for command in result.commands:
        robot = run.robots[command.robot]
        robot.take(command) if isinstance(command, vda5050.Order) else robot.instant(command)
    return result.replies[0].result


def order(run: Rehearsal, pick: str, drop: str) -> str:
    return str(ask(run, Ask(1, CreateOrder(order=OrderRequest(pick_place=pick, drop_place=drop)))).order_id)


def state(run: Rehearsal, order_id: str) -> str:
    return run.engine.world.state.orders[order_id].state


def box(x0: float, y0: float, x1: float, y1: float) -> tuple[tuple[float, float], ...]:
    return ((x0, y0), (x1, y0), (x1, y1), (x0, y1))


def zone(run: Rehearsal, kind: ZoneKind, area: tuple[tuple[float, float], ...], **more: Any) -> ZoneView:
    result = ask(run, Ask(1, SetZone(zone=ZoneRequest(zone_id="z", kind=kind, polygon=area, **more))))
    assert isinstance(result, ZoneView), result
    return result


def entered(run: Rehearsal, x0: float, y0: float, x1: float, y1: float) -> bool:
    reports = [r.report() for r in run.robots.values()]
    return any(x0 < p.x < x1 and y0 < p.y < y1 for p in reports)


# Aisle A2 leads from the north aisle to the south aisle; A2W and A2E lie in it.
A2_SOUTH = (28.0, 14.0, 31.0, 16.0)


def test_routes_lead_around_a_closed_lane_and_back_when_it_opens() -> None:
    run = rehearsal()
    order_id = order(run, "A1W", "D03")
    world = run.engine.world
    assert run.run(lambda r: state(r, order_id) == "TO_DROP", 900)
    mover = world.traffic.movers["amr_01"]
    aisles = [e for e in mover.edges[mover.granted + 8 :] if world.graph.edge_ids[e].startswith(("A2", "NE", "SW"))]
    closed = aisles[len(aisles) // 2]
    request = ZoneRequest(zone_id="z", kind="closed", elements=(world.graph.edge_ids[closed],), code="person")
    assert isinstance(ask(run, Ask(1, SetZone(zone=request))), ZoneView)
    run.step()
    assert closed not in mover.edges[mover.granted :]
    assert run.engine.snapshot().zones[0].zone_id == "z"
    assert ask(run, Ask(1, ClearZone(zone_id="z", user="lan"))) is None
    assert run.engine.snapshot().zones == ()
    assert run.run(lambda r: state(r, order_id) == "DONE", 900)


def test_a_whole_lane_is_closed_by_its_name_and_its_crossings_stay_open() -> None:
    run = rehearsal()
    order_id = order(run, "A1W", "D03")
    graph = run.engine.world.graph
    assert run.run(lambda r: state(r, order_id) == "TO_DROP", 900)
    mover = run.engine.world.traffic.movers["amr_01"]
    ahead = [graph.roadmap.edges[graph.edge_ids[e]].lane for e in mover.edges[mover.granted :]]
    lane = next(name for name in ahead if name.startswith("A2"))
    view = ask(run, Ask(1, SetZone(zone=ZoneRequest(zone_id="z", kind="closed", elements=(lane,), text="x"))))
    assert view.elements == (lane,)
    run.step()
    ahead = [graph.roadmap.edges[graph.edge_ids[e]].lane for e in mover.edges[mover.granted :]]
    assert lane not in ahead
    assert run.run(lambda r: state(r, order_id) == "DONE", 900)
    closed, edges = graph.mask([lane]), graph.roadmap.edges
    inside = {graph.node_ids[n] for n in range(graph.n_nodes) if closed >> n & 1}
    others = {n for e in edges.values() if e.lane != lane and e.manoeuvre == "drive" for n in (e.start, e.end)}
    own = {n for e in edges.values() if e.lane == lane and e.manoeuvre == "drive" for n in (e.start, e.end)}
    assert inside == own - others
    assert own & others
    refused = ask(run, Ask(1, SetZone(zone=ZoneRequest(zone_id="y", kind="closed", elements=("no lane",), text="x"))))
    assert isinstance(refused, AmrError)
    assert refused.code == "zone.invalid"


def test_a_robot_inside_a_lane_that_is_closed_by_its_name_drives_on_and_leaves_it() -> None:
    """It was kept there for as long as the lane was closed, though the page says that it may leave."""
    run = rehearsal()
    order_id = order(run, "D03", "A1W")
    graph = run.engine.world.graph
    inside = graph.mask(["A2"])
    assert run.run(lambda r: bool(inside >> r.engine.world.traffic.movers["amr_01"].end & 1), 300)
    ask(run, Ask(1, SetZone(zone=ZoneRequest(zone_id="z", kind="closed", elements=("A2",), text="x"))))
    assert run.run(lambda r: not inside >> r.engine.world.traffic.movers["amr_01"].end & 1, 120)
    assert run.run(lambda r: state(r, order_id) == "DONE", 900)


def test_nobody_enters_a_hold_and_it_ends_by_itself() -> None:
    run = rehearsal()
    order_id = order(run, "A2W", "D03")
    assert run.run(lambda r: state(r, order_id) == "TO_DROP", 900)
    zone(run, "hold", box(*A2_SOUTH), until=run.now + 120.0)
    end = run.now + 115.0
    codes = set()
    while run.now < end:
        run.step()
        assert not entered(run, *A2_SOUTH)
        waiting = run.engine.snapshot().robots[0].waiting
        codes.add(waiting.code if waiting else "")
    assert "wait.zone" in codes
    assert run.run(lambda r: not r.engine.snapshot().zones, 10)
    assert run.journal[-1].kind == "zone_cleared" or any(e.kind == "zone_cleared" for e in run.journal)
    assert run.run(lambda r: state(r, order_id) == "DONE", 900)


def test_a_closed_destination_sends_the_robot_home_with_its_load_until_it_opens() -> None:
    run = rehearsal()
    order_id = order(run, "A2W", "D03")
    assert run.run(lambda r: state(r, order_id) == "TO_DROP", 900)
    zone(run, "closed", box(20.0, 5.0, 30.0, 9.5))
    assert run.run(lambda r: r.robots["amr_01"].node == "P01", 900)
    assert state(run, order_id) == "TO_DROP"
    second = order(run, "D03", "A1W")
    run.step()
    views = {o.order_id: o.reason for o in run.engine.snapshot().orders}
    reason = views[second]
    assert reason is not None
    assert (reason.code, reason.facts["zone"]) == ("wait.zone", "z")
    ask(run, Ask(1, ClearZone(zone_id="z", user="lan")))
    assert run.run(lambda r: r.done, 2000)


def test_an_order_before_its_pick_goes_back_to_the_queue() -> None:
    run = rehearsal()
    order_id = order(run, "D03", "A1W")
    assert run.run(lambda r: state(r, order_id) == "TO_PICK", 100)
    zone(run, "closed", box(20.0, 5.0, 30.0, 9.5))
    run.step()
    assert state(run, order_id) == "QUEUED"


def test_the_robot_inside_leaves_a_closed_area() -> None:
    run = rehearsal()
    order_id = order(run, "D03", "A1W")
    assert run.run(lambda r: state(r, order_id) == "PICKING", 900)
    zone(run, "closed", box(20.0, 5.0, 30.0, 12.0))
    assert run.run(lambda r: state(r, order_id) == "DONE", 900)


def test_slow_zones_cap_the_speed_of_orders() -> None:
    run = rehearsal()
    order_id = order(run, "A2W", "D03")
    assert run.run(lambda r: state(r, order_id) == "TO_DROP", 900)
    zone(run, "slow", box(1.0, 1.0, 119.0, 49.0), max_speed=0.25)
    run.step()
    robot = run.robots["amr_01"]
    assert {e.max_speed for e in robot.edges} == {0.25}
    before = robot.report()
    run.run(lambda _: False, 4.0)
    after = robot.report()
    assert math.hypot(after.x - before.x, after.y - before.y) < 0.25 * 4.5
    ask(run, Ask(1, ClearZone(zone_id="z", user="lan")))
    run.step()
    assert max(e.max_speed for e in robot.edges) > 0.25


def test_zones_survive_a_restart() -> None:
    run = rehearsal()
    before = zone(run, "closed", box(20.0, 5.0, 30.0, 9.5), code="spill", text="Dầu đổ", until=run.now + 50.0)
    run.restart_fleet()
    assert run.engine.world.graph.barriers
    assert run.engine.snapshot().zones == (before,)
    run.run(lambda _: False, 60.0)
    assert run.engine.snapshot().zones == ()
    assert not run.engine.world.graph.barriers


@pytest.mark.parametrize(
    "bad",
    [
        {"zone_id": ""},
        {"kind": "open"},
        {"kind": "slow"},
        {"kind": "slow", "max_speed": math.nan},
        {"polygon": ()},
        {"polygon": ((0, 0), (1, 1))},
        {"polygon": ((0, 0), (1, 1), (2, 2))},
        {"polygon": ((0, 0), (math.inf, 1), (2, 0))},
        {"polygon": ((0, 0), (1,), (2, 0))},
        {"polygon": ((0, 0), (1,), (2, 0, 3))},
        {"elements": ("nowhere",), "polygon": ()},
        {"elements": ("D01_1",)},
        {"until": math.nan},
        {"until": -5.0},
        {"until": 0.001},
        {"text": "x" * 200},
    ],
)
def test_bad_zones_are_refused(bad: dict[str, Any]) -> None:
    run = rehearsal()
    good = {"zone_id": "z", "kind": "closed", "polygon": box(0, 0, 5, 5)}
    answer = ask(run, Ask(1, SetZone(zone=ZoneRequest(**(good | bad)))))
    assert isinstance(answer, AmrError)
    assert answer.code == "zone.invalid"
    assert not run.engine.world.state.zones
    missing = ask(run, Ask(1, ClearZone(zone_id="z", user="lan")))
    assert isinstance(missing, AmrError)
    assert missing.code == "zone.not_found"


@pytest.mark.parametrize(("full_of", "refused"), [("K-", "K-new"), ("camera:C01:", "camera:C01:new")])
def test_as_many_zones_as_there_may_be_keep_no_others_out(full_of: str, refused: str) -> None:
    """500 zones of people refused every hold of a camera; and a camera that makes zones up refuses no person's."""
    run = rehearsal()
    view = zone(run, "hold", box(0, 0, 5, 5))
    run.engine.world.state.zones.clear()
    run.engine.world.state.zones.update({f"{full_of}{i}": replace(view, zone_id=f"{full_of}{i}") for i in range(500)})
    answers = {}
    for zone_id in ("K-new", "camera:C02:new", f"{full_of}7", refused):
        wish = ZoneRequest(zone_id=zone_id, kind="hold", polygon=box(0, 0, 5, 5))
        answer = ask(run, Ask(1, SetZone(zone=wish)))
        answers[zone_id] = answer.code if isinstance(answer, AmrError) else "set"
    assert answers == {"K-new": "set", "camera:C02:new": "set", f"{full_of}7": "set"} | {refused: "zone.invalid"}


@pytest.mark.parametrize(
    ("there", "new", "why"),
    [
        ({"K-": 500}, "K-new", "there are 500 zones already"),
        ({"camera:C01:": 50, "camera:C02:": 450}, "camera:C01:n", "there are 50 zones of this camera already for what"),
        ({"camera:C01:": 2000}, "camera:C02:n", "there are 2000 zones of cameras already"),
    ],
)
def test_a_zone_that_is_one_too_many_is_told_which_limit_that_is(there: dict[str, int], new: str, why: str) -> None:
    """Of 50 zones of a camera it was said that there are 500: nobody looked at that camera."""
    run = rehearsal()
    view = zone(run, "hold", box(0, 0, 5, 5))
    run.engine.world.state.zones.clear()
    ids = [f"{begin}{i}" for begin, count in there.items() for i in range(count)]
    run.engine.world.state.zones.update({i: replace(view, zone_id=i) for i in ids})
    answer = ask(run, Ask(1, SetZone(zone=ZoneRequest(zone_id=new, kind="hold", polygon=box(0, 0, 5, 5)))))
    assert isinstance(answer, AmrError)
    assert str(answer.facts["reason"]).startswith(why)


def test_nobody_may_draw_a_zone_in_a_cameras_name() -> None:
    """It would take a camera's room, and what a camera lets go of."""
    body = {"kind": "hold", "polygon": box(0, 0, 5, 5), "text": "wet"}
    assert ZoneBody.model_validate({**body, "zone_id": "cam-1"}).zone_id == "cam-1"
    with pytest.raises(ValidationError, match="zones of cameras"):
        ZoneBody.model_validate({**body, "zone_id": "camera:C01:e7"})


# Where its two long edges cross, and the two parts that it goes around: (0, 0) (10, 6) (10, 0) (0, 10), scaled.
BOW_TIE = ((10.0, 2.0), (50.0, 26.0), (50.0, 2.0), (10.0, 42.0))
CROSSING = (35.0, 17.0)
LOBES = [[BOW_TIE[0], CROSSING, BOW_TIE[3]], [CROSSING, BOW_TIE[1], BOW_TIE[2]]]


@pytest.mark.parametrize("kind", ["closed", "hold"])
def test_a_polygon_that_crosses_itself_bars_all_that_it_goes_around(kind: ZoneKind) -> None:
    run = rehearsal()
    graph = run.engine.world.graph
    zone(run, kind, BOW_TIE)
    barrier = graph.barriers[0]
    for lobe in map(shapely.Polygon, LOBES):
        inside = [i for i, point in enumerate(graph.xy) if lobe.distance(shapely.Point(point)) <= REACH]
        assert inside, "the site has lanes in both parts"
        assert all(barrier.mask >> i & 1 for i in inside)


def test_the_same_area_is_worked_out_once_and_any_other_anew() -> None:
    graph = TrafficGraph(cai_cui())
    area = box(0.0, 0.0, 20.0, 20.0)
    first = area_mask(graph, area, ())
    assert first
    assert area_mask(graph, list(area), ()) == first
    assert area_mask(graph, box(0.0, 0.0, 40.0, 20.0), ()) != first
    for i in range(3000):
        area_mask(graph, box(0.0, 0.0, 1.0 + i / 100, 1.0), ())
    assert len(graph.areas) <= 1000, "cameras that make areas up do not fill the memory"
    assert area_mask(graph, area, ()) == first


def test_what_is_in_force_already_costs_no_search_again() -> None:
    graph = TrafficGraph(cai_cui())
    barrier = Barrier("z", 1 << 3, lasting=True)
    graph.restrict([barrier], {0: 0.3})
    row = graph.distances(0)
    graph.restrict([Barrier("z", 1 << 3, lasting=True)], {0: 0.3})
    assert graph.distances(0) is row
    for barriers, limits in (
        ([barrier], {0: 0.2}),
        ([barrier], {}),
        ([], {}),
        ([Barrier("z", 1 << 3, lasting=False)], {}),
    ):
        row = graph.distances(0)
        graph.restrict(barriers, limits)
        assert graph.distances(0) is not row
        assert graph.seconds[0] == graph.length[0] / min(graph.road_speed[0], limits.get(0, math.inf))


def test_what_is_in_force_has_the_orders_looked_at_at_once() -> None:
    run = rehearsal()
    world = run.engine.world
    zone(run, "closed", box(20.0, 5.0, 30.0, 9.5))
    world.dispatch_due = 1e9
    enforce(world)
    assert world.dispatch_due == world.now


def seen(run: Rehearsal, until: float, **changed: Any) -> ZoneView:
    """Let a camera say that it sees somebody in a crossing."""
    zone = ZoneRequest(
        zone_id="camera:C01:e1", kind="hold", polygon=box(10.0, 10.0, 14.0, 14.0), code="camera.person",
        text="C01 crossing", until=until, user="camera",
    )  # fmt: skip
    return ask(run, Ask(1, SetZone(zone=replace(zone, **changed))))


def written(run: Rehearsal) -> list[str]:
    return [entry.kind for entry in run.journal if entry.kind.startswith("zone_")]


def test_what_a_camera_holds_is_journaled_when_it_begins_changes_and_ends_and_says_since_when() -> None:
    """It was written every 2 s, and the page said that somebody had been there for a second, for minutes."""
    run = rehearsal()
    run.run(lambda _: False, 10.0)
    began = run.now
    for _ in range(30):
        zone = seen(run, run.now + 5.0)
        run.run(lambda _: False, 2.0)
    assert zone.since == pytest.approx(began, abs=0.1)
    assert run.engine.snapshot().zones == (zone,)
    assert written(run) == ["zone_set"]
    assert seen(run, run.now + 5.0, code="camera.vehicle").since == pytest.approx(run.now, abs=0.1)
    assert written(run) == ["zone_set", "zone_set"]
    run.run(lambda _: False, 6.0)
    assert written(run) == ["zone_set", "zone_set", "zone_cleared"]
    assert run.engine.snapshot().zones == ()


def test_what_a_person_sets_again_is_journaled_again() -> None:
    run = rehearsal()
    for _ in range(2):
        seen(run, run.now + 60.0, zone_id="K-1", code="", user="lan")
        run.run(lambda _: False, 2.0)
    assert written(run) == ["zone_set", "zone_set"]


def test_after_a_restart_what_a_camera_held_stays_until_the_camera_could_say_so() -> None:
    run = rehearsal()
    run.run(lambda _: False, 10.0)
    for _ in range(10):
        seen(run, run.now + 5.0)
        run.run(lambda _: False, 2.0)
    run.restart_fleet()
    run.run(lambda _: False, 2.0)
    assert [zone.zone_id for zone in run.engine.snapshot().zones] == ["camera:C01:e1"]
    seen(run, run.now + 5.0)
    run.run(lambda _: False, 4.5)
    assert [zone.zone_id for zone in run.engine.snapshot().zones] == ["camera:C01:e1"]
    run.run(lambda _: False, 2.0)
    assert run.engine.snapshot().zones == ()
