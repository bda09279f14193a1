"""FleetNode against one fake robot over ROS: services, orders, states, rubbish."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from amr_core.errors import AmrError
from amr_fleet.api.users import UserStore
from amr_fleet.nodes.fleet import FleetNode
from amr_fleet.requests import SetPaused
from amr_interfaces.msg import FleetBeat, FleetState, InstantAction, Order, RobotState
from amr_interfaces.srv import CancelOrder, CreateOrder, PauseRobots
from amr_ros import qos
from amr_ros.host import ProcessHost
from amr_ros.node import AmrNode
from tests.api.api_support import FAST, PASSWORD
from tests.unit.test_web_side import free_port

TIMEOUT_S = 15.0
_API_S = 90.0  # FastAPI alone takes 3 s of a processor


class _Robot(AmrNode):
    """Stands in its parking place and says so."""

    def __init__(self, name: str = "robot", **kwargs: Any) -> None:
        super().__init__(name, **kwargs)
        self.orders: list[Any] = []
        self.states: list[Any] = []
        self.beats: list[Any] = []
        self.instants: list[Any] = []
        self.create_subscription(Order, "/amr_01/order", self.orders.append, qos.RELIABLE)
        self.create_subscription(FleetState, "/fleet/state", self.states.append, qos.RELIABLE)
        self.create_subscription(FleetBeat, "/fleet/beat", self.beats.append, qos.RELIABLE)
        self.create_subscription(InstantAction, "/amr_01/instant_action", self.instants.append, qos.RELIABLE)
        self.state = self.create_publisher(RobotState, "/amr_01/state", qos.RELIABLE)
        self.create = self.create_client(CreateOrder, "/fleet/create_order")
        self.cancel = self.create_client(CancelOrder, "/fleet/cancel_order")
        self.pause = self.create_client(PauseRobots, "/fleet/pause_robots")

    def report(self, **more: Any) -> None:
        message = RobotState(robot="amr_01", last_node_id="P1", localized=True, state_of_charge=0.9)
        for key, value in more.items():
            setattr(message, key, value)
        self.state.publish(message)


@pytest.fixture
def ready_file(tmp_path: Path) -> Path:
    return tmp_path / "ready.json"


@pytest.fixture
def pair(host: ProcessHost, ready_file: Path) -> tuple[FleetNode, _Robot]:
    params = {"site": "lab", "robots": ["amr_01"], "ready_file": str(ready_file)}
    fleet = host.build(FleetNode, "fleet", params=params)
    robot = host.build(_Robot, "robot")
    assert host.spin_until(lambda: bool(robot.beats) and robot.create.service_is_ready(), TIMEOUT_S)
    return fleet, robot


def _call(host: ProcessHost, client: Any, request: Any) -> Any:
    future = client.call_async(request)
    assert host.spin_until(future.done, TIMEOUT_S)
    return future.result()


def _wait(host: ProcessHost, predicate: Callable[[], bool]) -> None:
    assert host.spin_until(predicate, TIMEOUT_S)


def test_order_reaches_the_robot_with_base_horizon_and_action(
    host: ProcessHost, pair: tuple[FleetNode, _Robot], ready_file: Path
) -> None:
    _fleet, robot = pair
    request = CreateOrder.Request(pick_place="D1", drop_place="A1", reference="r")
    answer = _call(host, robot.create, request)
    assert answer.accepted
    assert _call(host, robot.create, request).order_id == answer.order_id
    robot.report()
    _wait(host, lambda: bool(robot.orders))
    order = robot.orders[0]
    assert [n.sequence_id for n in order.nodes] == list(range(0, 2 * len(order.nodes), 2))
    assert [e.sequence_id for e in order.edges] == list(range(1, 2 * len(order.edges), 2))
    assert order.nodes[0].node_id == "P1"
    assert order.edges[0].manoeuvre == "unpark"
    assert order.nodes[1].released
    assert not order.nodes[-1].released
    assert [a.action_id for a in order.nodes[-1].actions] == [f"{answer.order_id}:pick"]
    _wait(host, lambda: any(s.open_orders and s.open_orders[0].robot == "amr_01" for s in robot.states))
    assert json.loads(ready_file.read_text())["url"] == ""
    assert _call(host, robot.cancel, CancelOrder.Request(order_id=answer.order_id)).accepted


def test_refusals_carry_code_and_facts(host: ProcessHost, pair: tuple[FleetNode, _Robot]) -> None:
    _fleet, robot = pair
    answer = _call(host, robot.create, CreateOrder.Request(pick_place="nowhere", drop_place="A1"))
    assert (answer.accepted, answer.code) == (False, "order.unknown_place")
    assert json.loads(answer.facts) == {"place": "nowhere"}
    assert _call(host, robot.cancel, CancelOrder.Request(order_id="T7")).code == "order.not_found"
    assert _call(host, robot.pause, PauseRobots.Request(robots=["x"], pause=True)).code == "robot.not_found"
    assert _call(host, robot.pause, PauseRobots.Request(pause=True)).accepted


def test_services_take_no_more_than_the_rest_api(host: ProcessHost, pair: tuple[FleetNode, _Robot]) -> None:
    """Any process on the domain may call them: priority 255 passed all others, a name of 1 MB was looked for."""
    _fleet, robot = pair
    for priority in (255, 10, -1):
        asked = CreateOrder.Request(pick_place="D1", drop_place="A1", reference=f"p{priority}", priority=priority)
        answer = _call(host, robot.create, asked)
        assert (answer.accepted, answer.code) == (False, "order.invalid")
    assert _call(host, robot.create, CreateOrder.Request(pick_place="D1", drop_place="A1", priority=9)).accepted
    answer = _call(host, robot.cancel, CancelOrder.Request(order_id="T" * 10_000))
    assert answer.code == "order.not_found"
    assert len(answer.facts) < 200
    assert _call(host, robot.pause, PauseRobots.Request(robots=["x" * 10_000], pause=True)).code == "robot.not_found"
    assert _call(host, robot.pause, PauseRobots.Request(robots=["amr_01"] * 1001)).code == "request.invalid"


def test_a_pause_of_all_by_any_process_stops_robots_and_a_person_sees_whose_it_is_and_lifts_it(
    host: ProcessHost, pair: tuple[FleetNode, _Robot]
) -> None:
    fleet, robot = pair
    robot.report()
    _wait(host, lambda: fleet.service.snapshot().robots[0].online)
    assert _call(host, robot.pause, PauseRobots.Request(pause=True, text="stop")).accepted
    _wait(host, lambda: [told.action_type for told in robot.instants] == ["startPause"])
    robot.report(paused=True)
    _wait(host, lambda: fleet.service.snapshot().all_paused)
    assert [(pause.user, pause.text) for pause in fleet.service.snapshot().robots[0].pauses] == [("ros", "stop")]
    lifted = fleet.service.ask(SetPaused(pause=False, user="lan", instead_of=("ros",)))
    _wait(host, lifted.done)
    assert lifted.exception(timeout=0) is None
    _wait(host, lambda: robot.instants[-1].action_type == "stopPause")


def test_rubbish_is_counted_and_ignored(host: ProcessHost, pair: tuple[FleetNode, _Robot]) -> None:
    fleet, robot = pair
    robot.report(x=float("nan"))
    robot.report(robot="amr_99")
    _wait(host, lambda: fleet.ignored["amr_01"] == 2)
    assert not fleet.service.snapshot().robots[0].online
    robot.report(last_node_id="no such node")
    _wait(host, lambda: fleet.service.snapshot().robots[0].online)


@pytest.mark.parametrize("sim_time", [True, False])
def test_who_asks_before_the_first_tick_does_not_begin_the_fleets_time(
    sim_time: bool, domain_id: int, tmp_path: Path
) -> None:
    """A process knows no time before its first tick; counted from 0, all that had passed was added to the journal's."""
    params = {"site": "lab", "robots": ["amr_01"], "database": str(tmp_path / "journal.sqlite3")}
    request = CreateOrder.Request(pick_place="D1", drop_place="A1", reference="r")
    for now in (40.0, 41.0):
        with ProcessHost(participant="test", sim_time=sim_time, domain_id=domain_id) as host:
            fleet: FleetNode = host.build(FleetNode, "fleet", params=params)
            early = fleet._on_create(request, CreateOrder.Response())
            assert (early.accepted, early.code) == (False, "fleet.no_answer")
            host.ticker.advance(now)  # the first time that the process knows
            assert fleet._on_create(request, CreateOrder.Response()).accepted
            assert fleet.service.snapshot().t == pytest.approx(now, abs=0.2)
            assert len(fleet.service.snapshot().orders) == 1


def test_a_fleet_does_not_start_on_old_accounts_that_were_put_back(domain_id: int, tmp_path: Path) -> None:
    """An old users.sqlite3 with its own mark is whole in itself; the journal, signed at the end, knows better."""
    database, old, ready = tmp_path / "journal.sqlite3", tmp_path / "old", tmp_path / "ready.json"
    params = {
        "site": "lab", "robots": ["amr_01"], "database": str(database), "port": free_port(),
        "ready_file": str(ready),
    }  # fmt: skip
    for _ in range(2):
        with ProcessHost(participant="test", sim_time=False, domain_id=domain_id) as host:
            host.build(FleetNode, "fleet", params=params)
            assert host.spin_until(ready.exists, _API_S)
        ready.unlink()
        if not old.exists():
            old.mkdir()
            for file in tmp_path.glob("users.sqlite3*"):
                shutil.copy(file, old / file.name)
    for file in tmp_path.glob("users.sqlite3*"):
        file.unlink()
    for file in old.iterdir():
        shutil.copy(file, tmp_path / file.name)
    for first, added in (("older file", ()), ("older file", ()), ("are not those", "abcdefgh"), ("are not those", ())):
        # systemd starts it again and again, and the old file may come to as many entries as were lost
        with closing(UserStore(tmp_path / "users.sqlite3", hasher=FAST)) as users:
            for name in added:
                users.add(f"them_{name}", PASSWORD, "viewer")
        with ProcessHost(participant="test", sim_time=False, domain_id=domain_id) as host:
            host.build(FleetNode, "fleet", params=params)
            with pytest.raises(AmrError, match=first) as refused:
                host.spin_until(ready.exists, _API_S)
        assert refused.value.code == "store.damaged"
        assert not ready.exists()
