"""A foreign sender of velocity commands, a second robot of one name, a second fleet: each is an alarm that names it."""

from __future__ import annotations

from typing import Any

import pytest
from builtin_interfaces.msg import Time
from geometry_msgs.msg import Twist

from amr_fleet.nodes.fleet import FleetNode
from amr_fleet.nodes.neighbours import STALE, Neighbours
from amr_interfaces.msg import FleetBeat
from amr_ros import qos
from amr_ros.host import ProcessHost
from amr_ros.node import AmrNode

TIMEOUT_S = 30.0


class Graph(dict[str, list[tuple[str, str]]]):
    """Topics with the nodes that publish them."""

    def publishers(self, topic: str) -> list[tuple[str, str]]:
        return self.get(topic, [])


@pytest.fixture
def graph() -> Graph:
    return Graph({"/r1/cmd_vel": [("navigation", "/r1")], "/r1/state": [("agent", "/r1")]})


def codes(neighbours: Neighbours, now: float) -> list[tuple[str, str]]:
    return [key for key, _ in neighbours.look(now)]


def test_who_should_be_there_is_no_alarm(graph: Graph) -> None:
    graph["/r1/cmd_vel"] = [(name, "/r1") for name in ("collision_monitor", "docking_server")]
    assert codes(Neighbours(["r1"], graph.publishers), 0.0) == []


@pytest.mark.parametrize("stranger", [("teleop", "/r1"), ("navigation", "/"), ("navigation", "/r2")])
def test_a_foreign_driver_is_seen_at_once_and_forgotten_when_it_goes(graph: Graph, stranger: tuple[str, str]) -> None:
    neighbours = Neighbours(["r1"], graph.publishers)
    graph["/r1/cmd_vel"].append(stranger)
    told = {"robot": "r1", "count": 2, "programs": f"{stranger[1].rstrip('/')}/{stranger[0]}", "staying": ""}
    assert dict(neighbours.look(0.0)) == {("alarm.cmd_vel", "r1"): told}
    graph["/r1/cmd_vel"].pop()
    assert codes(neighbours, 1.0) == []


def test_a_foreign_driver_that_stays_is_told_from_one_that_has_another_name_at_each_look(graph: Graph) -> None:
    neighbours = Neighbours(["r1"], graph.publishers)
    own = graph["/r1/cmd_vel"]
    seen = []
    for k in range(3):
        graph["/r1/cmd_vel"] = [*own, ("teleop", "/"), (f"_ros2cli_{k}", "/")]
        facts = dict(neighbours.look(float(k)))["alarm.cmd_vel", "r1"]
        seen.append((facts["programs"], facts["staying"]))
    assert seen == [
        ("/_ros2cli_0, /teleop", ""),
        ("/teleop, /_ros2cli_1", "/teleop"),
        ("/teleop, /_ros2cli_2", "/teleop"),
    ]


def test_many_foreign_drivers_are_named_whole_names_only_and_who_stays_first(graph: Graph) -> None:
    neighbours = Neighbours(["r1"], graph.publishers)
    graph["/r1/cmd_vel"] += [("n" * 60 + str(k), "/") for k in range(9)]
    for now in (0.0, 1.0):
        facts = dict(neighbours.look(now))["alarm.cmd_vel", "r1"]
    names = str(facts["programs"]).split(", ")
    assert (len(names), {len(name) for name in names}, facts["count"]) == (3, {62}, 10)
    assert facts["staying"] == facts["programs"]
    graph["/r1/cmd_vel"] = [("n" * 250, "/")]
    assert dict(neighbours.look(2.0))["alarm.cmd_vel", "r1"]["programs"] == "/" + "n" * 199, "never none"


@pytest.mark.parametrize("topic", ["/r1/cmd_vel", "/r1/state"])
def test_a_double_is_an_alarm_only_when_no_killed_process_can_be_it(graph: Graph, topic: str) -> None:
    neighbours = Neighbours(["r1"], graph.publishers)
    graph[topic] = graph[topic] * 2
    assert codes(neighbours, 0.0) == []
    assert codes(neighbours, STALE - 1.0) == []
    (found,) = codes(neighbours, STALE)
    assert found[1] == "r1"


def test_only_beats_of_others_are_foreign(graph: Graph) -> None:
    neighbours = Neighbours(["r1"], graph.publishers)
    for second in range(20):
        neighbours.sent(Time(sec=second))
        neighbours.heard(float(second), FleetBeat(stamp=Time(sec=second), fleet_id="amr"))
    assert codes(neighbours, 20.0) == []
    for second in range(20, 23):
        neighbours.heard(float(second), FleetBeat(stamp=Time(sec=second, nanosec=5), fleet_id="other"))
    assert dict(neighbours.look(23.0)) == {("alarm.second_fleet", ""): {"fleet": "other"}}
    assert codes(neighbours, 60.0) == [], "it has gone"


def test_a_second_robot_of_one_name_is_known_by_its_instance_id(graph: Graph) -> None:
    neighbours = Neighbours(["r1"], graph.publishers)
    for now, instance in enumerate(("", "a", "a", "b", "b", "c", "")):  # started again and again
        neighbours.reported(float(now), "r1", instance)
    assert codes(neighbours, 7.0) == []
    neighbours.reported(7.5, "r1", "a")
    assert codes(neighbours, 8.0) == [("alarm.robot_twice", "r1")]
    neighbours.reported(9.0, "r1", "a")
    assert codes(neighbours, 18.0) == [], "one has gone"


def test_two_hundred_robots_are_looked_at_in_turns(graph: Graph) -> None:
    names = [f"r{i}" for i in range(200)]
    asked: list[str] = []
    neighbours = Neighbours(names, lambda topic: asked.append(topic) or [])  # type: ignore[func-returns-value]
    list(neighbours.look(0.0))
    assert len(asked) == 32
    for second in range(12):
        list(neighbours.look(float(second)))
    assert {topic.split("/")[1] for topic in asked} == set(names)


class _Stranger(AmrNode):
    """Drives a robot that is not its own, and plays fleet."""

    def __init__(self, name: str = "stranger", **kwargs: Any) -> None:
        super().__init__(name, **kwargs)
        self.drive = self.create_publisher(Twist, "/amr_01/cmd_vel", qos.RELIABLE)
        self.beats = self.create_publisher(FleetBeat, "/fleet/beat", qos.RELIABLE)

    def beat(self) -> None:
        self.beats.publish(FleetBeat(stamp=self.stamp(), fleet_id="impostor"))


def test_the_fleet_raises_the_alarms_over_ros(host: ProcessHost) -> None:
    fleet: FleetNode = host.build(FleetNode, "fleet", params={"site": "lab", "robots": ["amr_01"]})
    stranger: _Stranger = host.build(_Stranger, "stranger")

    def alarms() -> set[str]:
        stranger.beat()
        return {a.reason.code for a in fleet.service.snapshot().alarms}

    assert host.spin_until(lambda: alarms() >= {"alarm.cmd_vel", "alarm.second_fleet"}, TIMEOUT_S)
    told = {a.reason.code: a.reason.facts for a in fleet.service.snapshot().alarms}
    assert told["alarm.second_fleet"]["fleet"] == "impostor"
    assert told["alarm.cmd_vel"] == {"robot": "amr_01", "count": 1, "programs": "/stranger"}
