"""A FleetNode with a collector: an order over ROS, its robot's goals, and the spans that come of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from action_msgs.msg import GoalInfo, GoalStatus, GoalStatusArray
from unique_identifier_msgs.msg import UUID

from amr_core.errors import AmrError
from amr_fleet.neighbours.order_traces import span_id, trace_id
from amr_fleet.nodes.fleet import FleetNode
from amr_interfaces.msg import RobotState
from amr_interfaces.srv import CancelOrder, CreateOrder
from amr_ros import qos
from amr_ros.host import ProcessHost
from amr_ros.node import AmrNode
from tests.unit.test_tracing import Collector, collecting

TIMEOUT_S = 20.0


class Around(AmrNode):
    """The robot and its Nav2."""

    def __init__(self, name: str = "around", **kwargs: Any) -> None:
        super().__init__(name, **kwargs)
        self.state = self.create_publisher(RobotState, "/amr_01/state", qos.RELIABLE)
        self.goals = self.create_publisher(GoalStatusArray, "/amr_01/follow_path/_action/status", qos.LATCHED)
        self.create = self.create_client(CreateOrder, "/fleet/create_order")
        self.cancel = self.create_client(CancelOrder, "/fleet/cancel_order")

    def goal(self, status: int) -> None:
        info = GoalInfo(goal_id=UUID(uuid=list(range(16))))
        self.goals.publish(GoalStatusArray(status_list=[GoalStatus(goal_info=info, status=status)]))


def fleet_with(host: ProcessHost, folder: Path, url: str, database: str) -> FleetNode:
    file = folder / "neighbours.yaml"
    file.write_text(f"tracing: {{url: '{url}', plain: true, loopback: true}}")
    params = {"site": "lab", "robots": ["amr_01"], "neighbours": str(file), "database": database}
    return host.build(FleetNode, "fleet", params=params)


def test_an_order_and_the_goals_of_its_robot_reach_the_collector_as_one_trace(
    host: ProcessHost, tmp_path: Path
) -> None:
    collector, database = Collector(), str(tmp_path / "journal.sqlite3")
    with collecting(collector) as url:
        fleet = fleet_with(host, tmp_path, url, database)
        around = host.build(Around, "around")
        assert host.spin_until(around.create.service_is_ready, TIMEOUT_S)
        home = fleet.service.snapshot().robots[0]
        asked = around.create.call_async(CreateOrder.Request(pick_place="D1", drop_place="A1", reference="r"))

        def assigned() -> bool:
            around.state.publish(
                RobotState(robot="amr_01", last_node_id="P1", localized=True, state_of_charge=0.9, x=home.x, y=home.y)
            )
            return bool(asked.done() and fleet.service.snapshot().robots[0].order_id)

        assert host.spin_until(assigned, TIMEOUT_S)
        tracing = fleet._told._tracing
        assert tracing is not None
        around.goal(GoalStatus.STATUS_EXECUTING)
        assert host.spin_until(lambda: bool(tracing._traces._goals), TIMEOUT_S)
        around.goal(GoalStatus.STATUS_SUCCEEDED)
        assert host.spin_until(lambda: not tracing._traces._goals, TIMEOUT_S)
        order = asked.result().order_id
        around.cancel.call_async(CancelOrder.Request(order_id=order))
        names = {"transport order", "wait for a robot", "follow_path"}
        assert host.spin_until(lambda: names <= {s.name for s in collector.spans}, TIMEOUT_S), collector.spans
        trace = trace_id(database, order)
        by_name = {s.name: s for s in collector.spans}
        assert {s.trace_id for s in collector.spans} == {trace}
        assert by_name["transport order"].span_id == span_id(trace, "order")
        mission = tracing._traces._missions["amr_01"][-1]
        assert (mission.kind, by_name["follow_path"].parent_span_id) == ("pick", span_id(trace, mission.mission))


def test_a_journal_in_memory_is_refused(host: ProcessHost, tmp_path: Path) -> None:
    with pytest.raises(AmrError) as caught:
        fleet_with(host, tmp_path, "http://127.0.0.1:9/", ":memory:")
    assert (caught.value.code, caught.value.facts["name"]) == ("parameter.invalid", "tracing")
