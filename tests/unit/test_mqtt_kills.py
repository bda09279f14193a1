"""The bench that kills fleet and gateway: what it counts as a fault is counted, and what it kills is dead."""

from __future__ import annotations

import multiprocessing
from pathlib import Path
from typing import Any

import pytest

from amr_core import vda5050
from amr_fleet.domain.events import Event, RobotMessage
from amr_lab.fleet_bench import host
from amr_lab.fleet_bench import mqtt_kills as kills
from amr_lab.fleet_bench.host import FleetProcess
from amr_lab.fleet_bench.mqtt_kills import GOALS, GatewayProcess, GatewaySetup, MqttYard, passed

GOOD: dict[str, Any] = {
    "answered_but_lost": 0, "not_done": 0, "created_twice": 0, "done_twice": 0, "done_but_not_dropped": 0,
    "cancelled_but_alive": 0, "time_ran_back": 0, "refused": [], "integrity": "ok", "orders_done": 5,
    **dict.fromkeys(GOALS, 0),
}  # fmt: skip


class FakeGateway:
    """Lives until it is killed; notes what it was told."""

    made: list[FakeGateway] = []  # noqa: RUF012

    def __init__(self, _setup: GatewaySetup) -> None:
        self.began, self.dead, self.told = 0.0, False, list[RobotMessage]()
        self.answer: list[Event] | None = []
        self.made.append(self)

    def step(self, _now: float, commands: list[RobotMessage]) -> list[Event] | None:
        assert not self.dead
        self.told += commands
        return self.answer

    def kill(self) -> None:
        self.dead = True


class FakeClient:
    """A connection on which nothing comes but what the test puts there."""

    def __init__(self, *_: Any) -> None:
        self.link, self.orders = self, list[vda5050.Order]()

    def start(self) -> None: ...

    def tick(self, _now: float) -> list[vda5050.Order]:
        orders, self.orders = self.orders, []
        return orders

    def close(self, _now: float) -> None: ...


@pytest.fixture
def yard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MqttYard:
    FakeGateway.made = []
    monkeypatch.setattr(kills, "GatewayProcess", FakeGateway)
    monkeypatch.setattr(kills, "RobotClient", FakeClient)
    monkeypatch.setattr(kills, "_BREATH_S", 0.0)
    return MqttYard("lab", 2, 1, tmp_path, 1)


def order_along(yard: MqttYard, index: int, order_id: str) -> vda5050.Order:
    """Return an order over the first edge that leads away from where a robot stands."""
    robot = yard.sides[index].robot
    edge = next(e for e in yard.roadmap.edges.values() if e.start == robot.node)
    a, b = yard.roadmap.nodes[edge.start], yard.roadmap.nodes[edge.end]
    nodes = (vda5050.OrderNode(a.id, 0, True, a.x, a.y), vda5050.OrderNode(b.id, 2, True, b.x, b.y))
    road = vda5050.OrderEdge(edge.id, 1, True, a.id, b.id, 1.0, edge.manoeuvre)
    return vda5050.Order(robot.name, order_id, 0, nodes, (road,))


def give(yard: MqttYard, index: int, order: vda5050.Order) -> None:
    client: Any = yard.sides[index].client
    client.orders.append(order)
    yard.step(0.1)


def test_an_order_that_is_begun_again_is_a_second_one(yard: MqttYard) -> None:
    give(yard, 0, order_along(yard, 0, "M1-ab1"))
    give(yard, 0, order_along(yard, 0, "M1-ab1"))  # the same message once more
    assert yard.figures()["second_orders"] == 0
    yard.sides[0].robot.order_id = ""
    give(yard, 0, order_along(yard, 0, "M1-ab2"))
    assert yard.figures()["second_orders"] == 1


def test_a_refusal_because_it_is_busy_is_counted(yard: MqttYard) -> None:
    yard.sides[1].face.counts["OTHER_ORDER_ACTIVE"] += 2
    yard.sides[0].face.counts["message.invalid"] += 1
    assert yard.figures()["orders_while_busy"] == 2


def test_space_that_two_are_released_to_is_found(yard: MqttYard) -> None:
    assert yard._overlaps() == 0
    give(yard, 0, order_along(yard, 0, "M1-ab1"))
    way = yard.sides[0].released()
    assert len(way) == 3
    assert yard._overlaps() == 0
    (end,) = (e for e in way if e in yard.roadmap.nodes and e != yard.sides[0].robot.node)
    yard.sides[1].robot.node = end
    assert yard._overlaps() == 1
    yard._looked = -10.0
    yard.step(0.1)
    assert yard.space_given_twice == 1


def test_a_cancelled_order_holds_no_way(yard: MqttYard) -> None:
    give(yard, 0, order_along(yard, 0, "M1-ab1"))
    yard.sides[0].robot.cancelled = True
    assert yard.sides[0].released() == {yard.sides[0].robot.occupied()}


def test_a_gateway_is_killed_stays_away_and_a_new_one_hears_nothing_of_before(yard: MqttYard) -> None:
    yard.step(0.1)
    (first,) = FakeGateway.made
    yard.take([order_along(yard, 0, "M1")])
    yard._dies_at = 1e18
    yard.step(0.1)
    assert len(first.told) == 1
    yard._dies_at = 0.0
    assert yard.step(0.1) == []
    assert (first.dead, yard.gateway_kills) == (True, 1)
    yard._back_at = yard.now + 0.35
    yard.take([order_along(yard, 0, "M2")])
    for _ in range(3):
        yard.step(0.1)
    assert len(FakeGateway.made) == 1
    yard.step(0.1)
    assert len(FakeGateway.made) == 2
    assert FakeGateway.made[1].told == []


def test_at_the_end_no_gateway_dies(yard: MqttYard) -> None:
    yard.mortal = False
    yard.step(0.1)
    yard._dies_at = 0.0
    yard.step(0.1)
    assert yard.gateway_kills == 0
    yard.close()
    assert FakeGateway.made[0].dead


def test_a_gateway_that_dies_by_itself_is_a_fault(yard: MqttYard) -> None:
    yard.step(0.1)
    yard._dies_at, FakeGateway.made[0].answer = 1e18, None
    with pytest.raises(RuntimeError, match="by itself"):
        yard.step(0.1)


@pytest.mark.parametrize("goal", GOALS)
def test_each_goal_counts(goal: str) -> None:
    assert passed(GOOD)
    assert not passed({**GOOD, goal: 1})
    assert not passed({**GOOD, "done_twice": 1})


@pytest.mark.timeout(300)
def test_a_killed_process_answers_no_more(tmp_path: Path) -> None:
    process = GatewayProcess(GatewaySetup("lab", 2, str(tmp_path / "sent"), 1))
    assert process.step(0.1, []) == []
    process.kill()
    assert process.step(0.2, []) is None


@pytest.mark.parametrize(("process", "who"), [(GatewayProcess, "gateway"), (FleetProcess, "fleet")])
def test_a_process_that_hangs_ends_the_bench_with_a_word(
    process: Any, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host, "ANSWER_S", 0.05)
    hung = process.__new__(process)
    hung._link, other = multiprocessing.Pipe()
    with pytest.raises(RuntimeError, match=f"the {who} has not answered"):
        hung.step(0.1, [])
    assert other.recv() == (0.1, [])
    other.close()
    assert hung.step(0.2, []) is None  # dead, not hung
