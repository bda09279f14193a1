"""What keeps an order that no robot does: an area, a robot out of use, a charger, a lane; never what keeps nobody."""

from __future__ import annotations

import pytest

from amr_core.roadmap import NodeKind
from amr_fleet.domain import causes
from amr_fleet.domain.events import Ask
from amr_fleet.domain.order_causes import queue_roots
from amr_fleet.domain.settings import Unit
from amr_fleet.ports import OrderRequest, Reason, ZoneRequest
from amr_fleet.rehearsal import Behaviour, Rehearsal
from amr_fleet.requests import (
    CancelOrder,
    ClearZone,
    CreateOrder,
    SetIntegration,
    SetPaused,
    SetZone,
)
from tests.tracks import tracks
from tests.unit.causes_rig import close, order, rehearsal, wait


def test_an_order_without_any_able_robot_says_what_keeps_them() -> None:
    run = rehearsal(2)
    run.step([Ask(3, SetPaused(robots=tuple(run.robots), pause=True, user="lan"))])
    order(run, "D1", "A1")
    found = wait(run, 10.0).orders[0]
    assert found.reason is not None
    assert found.reason.code == "wait.no_robot"
    run.step([Ask(4, CancelOrder(order_id=found.order_id, mode="before_pick"))])
    assert run.engine.snapshot().causes != (), "two paused robots"
    assert all(c.orders == () for c in run.engine.snapshot().causes)


def test_the_queue_is_told_in_the_order_of_service() -> None:
    run = rehearsal(1)
    for priority in (0, 0, 9, 3):
        request = OrderRequest(pick_place="D1", drop_place="A1", priority=priority)
        run.step([Ask(1, CreateOrder(order=request))])
    waiting = [o for o in wait(run, 3.0).orders if not o.robot]
    ranks = [o.priority for o in sorted(waiting, key=lambda o: o.rank)]
    assert [o.rank for o in waiting if o.rank == 0] == []
    assert ranks == sorted(ranks, reverse=True)


def test_who_waits_for_a_charger_behind_a_closed_area_waits_for_that_area() -> None:
    """It said "free a charger", while the only one was free, and shut."""
    run = rehearsal(1)
    robot = next(iter(run.robots.values()))
    close(run, [], shut=["CH1"])
    robot.soc, robot.changed = 0.1, True
    root = wait(run, 5.0).robots[0].root
    assert root is not None
    assert (root.code, root.facts["zone"], causes.ends(root)) == ("wait.zone", "shut", "lift_zone")


def test_who_waits_for_a_charger_that_a_paused_robot_stands_in_waits_for_that_robot() -> None:
    run = rehearsal(2)
    first, second = run.robots.values()
    first.soc, first.changed = 0.1, True
    assert run.run(lambda _: first.node == "CH1", 200.0)
    first.soc = 0.5
    run.step([Ask(3, SetPaused(robots=(first.name,), pause=True, user="lan"))])
    second.soc, second.changed = 0.1, True
    waiting, root = next((r.waiting, r.root) for r in wait(run, 5.0).robots if r.name == second.name)
    assert waiting is not None
    assert root is not None
    assert waiting.code == "wait.charger"
    assert (root.code, root.facts["robot"], causes.ends(root)) == ("wait.paused", first.name, "resume_robot")


def test_a_shut_charger_behind_a_closed_lane_is_not_named_where_a_paused_robot_keeps_the_other() -> None:
    """Opened, it freed nobody: the lane was closed, too; the robot in the other one, let go, did."""
    cells = {"n0": (0, 0), "n1": (1, 0), "n2": (2, 0)}
    leaves: list[tuple[NodeKind, str, str]] = [
        ("parking", "P0", "n0"), ("parking", "P1", "n1"), ("charger", "C0", "n2"), ("charger", "C1", "n1"),
    ]  # fmt: skip
    roadmap = tracks(cells, [("n0", "n1"), ("n1", "n2")], leaves)
    units = [Unit(f"r{i}", "lift_amr", f"P{i}") for i in range(2)]
    run = Rehearsal(roadmap, units, how=Behaviour(stop_rate=0.0), dt=0.25)
    run.run(lambda r: r.engine.ready, 20.0)
    for zone_id, elements in (("lane", ("n1>n2", "n2>n1")), ("shut", ("C0",))):
        zone = ZoneRequest(zone_id=zone_id, kind="closed", elements=elements, user="lan")
        run.step([Ask(2, SetZone(zone=zone))])
    run.robots["r1"].soc, run.robots["r1"].changed = 0.1, True
    assert run.run(lambda _: run.robots["r1"].node == "C1", 200.0)
    run.step([Ask(3, SetPaused(robots=("r1",), pause=True, user="lan"))])
    run.robots["r0"].soc, run.robots["r0"].changed = 0.1, True
    waiting, root = next((r.waiting, r.root) for r in wait(run, 5.0).robots if r.name == "r0")
    assert waiting is not None
    assert root is not None
    assert (waiting.code, root.code, root.facts.get("robot")) == ("wait.charger", "wait.paused", "r1")


def test_an_order_waits_for_a_person_when_all_robots_or_its_own_are_out_of_use() -> None:
    """It waited "for a free robot", which would have come by itself."""
    run = rehearsal()
    for name in run.robots:
        run.step([Ask(4, SetIntegration(robot=name, level="respected", user="lan"))])
    order(run, "D1", "A1")
    run.step([Ask(1, CreateOrder(order=OrderRequest(pick_place="D1", drop_place="A1", robot=next(iter(run.robots)))))])
    any_robot, its_own = (o.root for o in wait(run, 3.0).orders)
    assert any_robot is not None
    assert its_own is not None
    assert (any_robot.code, any_robot.facts["robots"], causes.ends(any_robot)) == ("wait.no_robot", 2, "free_robot")
    assert (its_own.code, causes.ends(its_own)) == ("wait.wanted_robot", "free_robot")
    world, name = run.engine.world, next(iter(run.robots))  # it still brings something, and waits on the way
    world.robots[name].waiting = Reason("wait.person", {"robot": name}, world.now)
    assert causes.ends(queue_roots(world)["T000002"][1]) == "free_robot", "that the person goes on helps nothing"


@pytest.mark.parametrize("trouble", ["", "paused"])
def test_an_order_waits_for_the_area_that_keeps_those_who_may_do_it_and_for_nobody_who_cannot(trouble: str) -> None:
    """It waited by itself for its robot behind the closed lane, and for "a free robot" where the near one stood."""
    run = rehearsal()
    close(run, [], shut=["north@002.0"])  # amr_01 stands behind it, amr_02 on the side of the work
    if trouble:
        run.step([Ask(3, SetPaused(robots=("amr_02",), pause=True, user="lan"))])
        wait(run, 3.0)
    wish = OrderRequest(pick_place="D1", drop_place="A1", robot="" if trouble else "amr_01")
    run.step([Ask(1, CreateOrder(order=wish))])
    root = wait(run, 3.0).orders[0].root
    assert root is not None
    assert (root.code, root.facts["zone"], causes.ends(root)) == ("wait.zone", "shut", "lift_zone")
    run.step([Ask(3, SetPaused(robots=("amr_01",), pause=True, user="lan"))])
    if trouble:
        root = wait(run, 3.0).orders[0].root
        assert root is not None
        assert causes.ends(root) != "lift_zone", "nobody would come if it were open"
        assert causes.ends(root) != "itself"


def test_an_order_whose_place_a_stopped_robot_fills_waits_for_that_robot_and_not_for_an_area_far_away() -> None:
    """A lane was to be opened, behind which a robot was free that would have found no place there."""
    run = rehearsal()
    run.step([Ask(4, SetPaused(robots=("amr_01",), pause=True, user="lan"))])
    order(run, "D1", "A1")
    assert run.run(lambda r: r.robots["amr_02"].node in ("D1_1", "D1_2"), 200.0)
    run.step([Ask(3, SetPaused(robots=("amr_02",), pause=True, user="lan"))])
    other = "D1_1" if run.robots["amr_02"].node == "D1_2" else "D1_2"
    close(run, [], shut=["north@002.0", other])  # amr_01 stands behind it
    run.step([Ask(4, SetPaused(robots=("amr_01",), pause=False, user="lan"))])
    order(run, "D1", "A1")
    root = wait(run, 5.0).orders[1].root
    assert root is not None
    assert (root.code, root.facts["robot"], causes.ends(root)) == ("wait.paused", "amr_02", "resume_robot")


def close_west(run: Rehearsal) -> None:
    run.step([Ask(2, SetZone(zone=ZoneRequest(zone_id="lane", kind="closed", elements=("west",), user="lan")))])


def test_an_order_that_a_closed_lane_cuts_off_names_the_lane_and_not_what_is_on_hold_at_its_drop() -> None:
    """The hold was to be lifted, which keeps no order from its robot."""
    run = rehearsal()
    close(run, ["A1"], "hold")
    order(run, "B1", "A1")
    assert wait(run, 3.0).orders[0].robot, "what is on hold opens again"
    run = rehearsal()
    close_west(run)
    close(run, ["A1"], "hold")
    order(run, "B1", "A1")
    root = wait(run, 3.0).orders[0].root
    assert root is not None
    assert (root.code, root.facts["zone"]) == ("wait.zone", "lane")


def test_a_robot_that_traffic_keeps_from_its_pick_is_not_told_of_a_hold_at_its_drop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A person at the drop was to go, which "ends by itself", while a silent robot kept it from setting out."""
    run = rehearsal(1)
    world, name = run.engine.world, next(iter(run.robots))
    monkeypatch.setattr(world.traffic, "begin", lambda *_: False)
    close(run, ["A1"], "hold")
    order(run, "D1", "A1")
    world.emit("order_assigned", order_id="T000001", robot=name, station="")  # it gave up its mission since
    waiting = wait(run, 8.0).robots[0].waiting
    assert waiting is not None
    assert (waiting.code, waiting.facts) == ("wait.station", {"place": "D1"})


def test_an_order_behind_a_lane_names_it_although_who_would_come_waits_for_a_shut_charger() -> None:
    """The charger was to be opened, and nobody came: a robot with 20 % works, and stood behind the lane."""
    run = rehearsal(1)
    robot = next(iter(run.robots.values()))
    close(run, [], shut=["CH1"])
    robot.soc, robot.changed = 0.2, True
    close_west(run)
    order(run, "A1", "B1")
    snapshot = wait(run, 5.0)
    ours, its = snapshot.orders[0].root, snapshot.robots[0].root
    assert ours is not None
    assert its is not None
    assert (ours.facts["zone"], its.facts["zone"]) == ("lane", "shut")
    run.step([Ask(5, ClearZone(zone_id="lane", user="lan"))])
    assert wait(run, 5.0).orders[0].robot, "it comes with what it has left"
