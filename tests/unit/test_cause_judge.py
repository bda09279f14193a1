"""The judge of `tests/property/test_fleet_causes.py` excuses nothing that is false, and blames nothing that is true."""

from __future__ import annotations

from collections import defaultdict

import pytest

from amr_core.roadmap import NodeKind
from amr_fleet.domain import causes
from amr_fleet.domain.events import Ask
from amr_fleet.domain.settings import Unit
from amr_fleet.ports import OrderRequest, Reason, ZoneRequest
from amr_fleet.requests import CreateOrder, SetIntegration, SetPaused, SetZone
from amr_fleet.vocabulary import ZoneKind
from tests.incidents import Ground, Incident, ground
from tests.property import test_fleet_causes as judge
from tests.tracks import tracks

ONE = "amr_01"


@pytest.fixture
def on() -> Incident:
    """Three robots of the lab; nothing happens but what a test does."""
    on = Incident(ground("lab"), 1)
    on.calm = True
    return on


def alone(on: Incident) -> None:
    for name in on.run.robots:
        if name != ONE:
            on.step([Ask(4, SetIntegration(robot=name, level="respected", user="lan"))])


def order(on: Incident, pick: str, drop: str, robot: str = "") -> None:
    on.step([Ask(1, CreateOrder(order=OrderRequest(pick_place=pick, drop_place=drop, robot=robot)))])


def close(on: Incident, zone: str, *elements: str, kind: ZoneKind = "closed") -> Reason:
    on.step([Ask(2, SetZone(zone=ZoneRequest(zone_id=zone, kind=kind, elements=elements, user="lan")))])
    return causes.behind(on.run.engine.world, zone, on.run.now)


def pause(on: Incident, *names: str) -> None:
    on.step([Ask(3, SetPaused(robots=names, pause=True, user="lan"))])


def wait(on: Incident, seconds: float) -> None:
    on.run.run(lambda _: False, seconds)


def root(on: Incident, name: str) -> Reason:
    found = judge.roots(on)[name]
    assert found is not None
    return found


def test_who_delivered_and_then_stands_for_the_first_root_got_on(on: Incident) -> None:
    """A shut charger, named falsely to a loaded robot, was excused: it went there once it had delivered."""
    alone(on)
    order(on, "D1", "A1")
    assert on.run.run(lambda r: r.engine.snapshot().orders[0].state == "TO_DROP", 300.0)
    first = close(on, "c0", "CH1")
    on.run.robots[ONE].soc = 0.25
    pause(on, ONE)
    wait(on, 5.0)
    found = judge.lifted(on, root(on, ONE), [ONE], first)
    assert found is not None
    assert causes.key(root(found[0], ONE)) == causes.key(first), "it delivered, and goes to charge"
    assert found[1] == set()


def test_who_waits_for_a_shut_charger_is_not_freed_by_the_lane_that_brings_it_an_order(on: Incident) -> None:
    """A shut charger that was named rightly was counted as false: opening a lane gave its robot an order."""
    alone(on)
    first = close(on, "c0", "CH1")
    on.run.robots[ONE].soc, on.run.robots[ONE].changed = 0.2, True
    lane = close(on, "lane", "west")
    for _ in range(3):
        order(on, "A1", "B1")
    wait(on, 5.0)
    assert causes.key(root(on, ONE)) == causes.key(first)
    found = judge.lifted(on, lane, [ONE], first)
    assert found is not None
    assert found[1] == {ONE}


def test_a_charger_that_is_named_falsely_is_not_excused_by_an_order() -> None:
    """It is shut and behind the lane, the other one only behind the lane: an order came first, so both passed."""
    cells = {"n0": (0, 0), "n1": (1, 0), "n2": (2, 0)}
    leaves: list[tuple[NodeKind, str, str]] = [
        ("parking", "P0", "n0"), ("station", "S0", "n1"), ("station", "S1", "n2"), ("charger", "C0", "n2"),
        ("charger", "C1", "n2"),
    ]  # fmt: skip
    roadmap = tracks(cells, [("n0", "n1"), ("n1", "n2")], leaves)
    on = Incident(Ground(roadmap, [Unit("r0", "lift_amr", "P0")], [], 0.0), 1)
    on.calm = True
    first, lane = close(on, "c0", "C0"), close(on, "lane", "n0>n1", "n1>n0")
    on.run.robots["r0"].soc, on.run.robots["r0"].changed = 0.2, True
    for _ in range(3):
        order(on, "LS0", "LS1")
    wait(on, 5.0)
    assert judge.charges(on, "r0")
    found = judge.lifted(on, lane, ["r0"], first)
    assert found is not None
    assert found[1] == set()


@pytest.mark.parametrize("stays", [False, True])
def test_people_free_first_what_strands_most_and_leave_the_root_that_is_to_stay(on: Incident, stays: bool) -> None:
    """They freed whom the list of robots names first, and the very root whose being true was asked."""
    few, most, out = on.run.robots
    on.step([Ask(4, SetIntegration(robot=out, level="respected", user="lan"))])
    pause(on, few)
    pause(on, most)
    order(on, "D1", "A1", most)
    order(on, "B1", "A1", most)
    order(on, "A1", "D1")
    wait(on, 5.0)
    [name] = [o.order_id for o in on.run.engine.snapshot().orders if o.root and o.root.code == "wait.no_robot"]
    found = judge.lifted(on, root(on, name), [name], root(on, most) if stays else None)
    assert found is not None
    still = found[0].run.engine.world.state.paused
    assert set(still) == {most if stays else few}


def test_what_ends_by_itself_thins_no_miss_out() -> None:
    """One miss of 50 passed where 200 had waited for what ends by itself; a run that lifted nothing passed, too."""
    counts: judge.Counts = defaultdict(judge.Count)
    counts["wait.person" + judge.ITSELF] = judge.Count(said=200, freed=200)
    assert not judge.true_enough(counts, 0.01)
    counts["wait.zone"] = judge.Count(said=50, freed=49, kept=["amr_01"])
    assert not judge.true_enough(counts, 0.01)
    counts["wait.paused"] = judge.Count(said=50, freed=50)
    assert judge.true_enough(counts, 0.01)
    assert not judge.true_enough(counts, 0.0)
