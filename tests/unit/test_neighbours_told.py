"""What Open-RMF and receivers of MassRobotics' standard are told of robots, and what a settings file may say."""

from __future__ import annotations

import json
import math
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.server import ServerConnection, serve

from amr_core.errors import AmrError
from amr_core.site import load_site
from amr_fleet.neighbours.levels import check_levels, levels_of
from amr_fleet.neighbours.massrobotics import AmrReports, state_of, utc
from amr_fleet.neighbours.rmf import RmfFleet, RmfMode, RmfPlace, mode_of
from amr_fleet.neighbours.settings import MassRobotics, NeighbourSettings, OpenRmf, load_neighbours
from amr_fleet.neighbours.status_desk import PAUSES, StatusDesk
from amr_fleet.ports import FleetSnapshot, Kpi, Reason, RobotView

ROBOT = RobotView(
    name="amr_01", type="pallet", status="IDLE", order_id="", x=1.0, y=2.0, theta=0.5, v=0.0, soc=0.8, charging=False,
    loaded=False, paused=False, online=True, localized=True, node="n1", path=(), base=(), waiting=None, errors=(),
)  # fmt: skip


def robot(**change: Any) -> RobotView:
    return replace(ROBOT, **change)


def snapshot(*robots: RobotView) -> FleetSnapshot:
    return FleetSnapshot(t=10.0, rtf=1.0, robots=robots, orders=(), tracks=(), kpi=Kpi(), all_paused=False, ready=True)


# Open-RMF


@pytest.mark.parametrize(
    ("change", "mode"),
    [
        ({}, RmfMode.IDLE),
        ({"status": "OFFLINE", "v": 1.0}, RmfMode.EMERGENCY),
        ({"status": "ERROR"}, RmfMode.EMERGENCY),
        ({"status": "BUSY", "e_stop": "MANUAL", "v": 1.0}, RmfMode.EMERGENCY),
        ({"status": "PAUSED", "v": 0.3}, RmfMode.PAUSED),
        ({"status": "CHARGING", "charging": True}, RmfMode.CHARGING),
        ({"status": "CHARGING"}, RmfMode.IDLE),
        ({"status": "BUSY", "order_id": "o1", "v": -0.4}, RmfMode.MOVING),
        ({"status": "PARKING", "v": 0.4}, RmfMode.GOING_HOME),
        ({"status": "BUSY", "order_id": "o1"}, RmfMode.WAITING),
        ({"status": "BUSY", "waiting": Reason("wait.traffic")}, RmfMode.WAITING),
    ],
)
def test_the_mode_says_what_a_robot_does(change: dict[str, Any], mode: RmfMode) -> None:
    assert mode_of(robot(**change)) is mode


def test_a_robot_is_told_with_its_order_its_battery_in_percent_and_the_rest_of_its_way() -> None:
    fleet = RmfFleet(OpenRmf(fleet="x"))
    (said,) = fleet.robots(snapshot(robot(order_id="o7", base=[(1.0, 2.0), (4.0, 2.0), (4.0, 6.0)])))
    assert (said.name, said.model, said.task, said.battery) == ("amr_01", "pallet", "o7", 80.0)
    assert said.place == RmfPlace(1.0, 2.0, 0.5, "L1")
    quarter = math.pi / 2
    assert said.path == (RmfPlace(4.0, 2.0, quarter, "L1"), RmfPlace(4.0, 6.0, quarter, "L1"))


def test_a_point_that_stays_keeps_its_heading_to_the_last_bit() -> None:
    """The adapter takes whatever differs by 1e-8 to be a new way."""
    fleet = RmfFleet(OpenRmf(fleet="x", yaw=0.3, x=5.0))
    way = [(4.0, 2.0), (4.0, 6.0), (9.0, 7.0)]
    (before,) = fleet.robots(snapshot(robot(base=[(1.0, 2.0), *way])))
    for passed in (1, 2):
        at = (way[passed - 1][0] + 0.13, way[passed - 1][1] - 0.08)
        (now,) = fleet.robots(snapshot(robot(x=at[0], y=at[1], base=[at, *way[passed:]])))
        assert now.path == before.path[passed:]
    (longer,) = fleet.robots(snapshot(robot(base=[(9.0, 6.9), (9.0, 7.0), (12.0, 7.0)])))
    assert longer.path[0].yaw == pytest.approx(0.3)


def test_our_map_lies_turned_in_theirs() -> None:
    fleet = RmfFleet(OpenRmf(fleet="x", x=100.0, y=-50.0, yaw=math.pi / 2))
    (said,) = fleet.robots(snapshot(robot(theta=math.pi)))
    assert (said.place.x, said.place.y) == pytest.approx((98.0, -49.0))
    assert said.place.yaw == pytest.approx(-math.pi / 2)


def test_what_is_no_number_and_who_is_out_of_traffic_are_left_out() -> None:
    fleet = RmfFleet(OpenRmf(fleet="x"))
    gone = robot(name="amr_02", integration="ignored")
    odd = robot(name="amr_03", x=math.nan)
    flat = robot(name="amr_04", soc=math.nan, base=[(1.0, 2.0), (math.inf, 0.0), (3.0, 2.0)])
    (said,) = fleet.robots(snapshot(gone, odd, flat))
    assert (said.name, said.battery, [(p.x, p.y) for p in said.path]) == ("amr_04", 0.0, [(3.0, 2.0)])


# MassRobotics

MASS = MassRobotics(
    manufacturer="Cái Cui",
    receivers=[{"name": "a", "url": "wss://x/"}],
    serials={"amr_01": "SN-7"},
)
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
IDENTITY = {"uuid", "timestamp", "manufacturerName", "robotModel", "robotSerialNumber", "baseRobotEnvelope", "maxSpeed"}
STATUS = {
    "uuid", "timestamp", "operationalState", "location", "velocity", "batteryPercentage",
    "loadPercentageStillAvailable", "errorCodes", "destinations", "path",
}  # fmt: skip
STATES = {
    "navigating", "idle", "disabled", "offline", "charging", "waitingHumanEvent", "waitingExternalEvent",
    "waitingInternalEvent", "manualOverride",
}  # fmt: skip


def reports(settings: MassRobotics = MASS, *names: str) -> AmrReports:
    return AmrReports(settings, "lab", dict.fromkeys(names or ("amr_01",), "pallet_truck"))


def test_who_a_robot_is_stays_so_and_depends_on_maker_and_serial_number() -> None:
    one, again = reports(), reports()
    assert one.uuids == again.uuids
    assert one.datum == again.datum
    assert UUID.fullmatch(one.uuids["amr_01"])
    other = reports(MASS.model_copy(update={"serials": {}}))
    assert other.uuids != one.uuids
    assert reports(MASS.model_copy(update={"manufacturer": "B"})).uuids != one.uuids
    (said,) = one.identities(0.0)
    assert set(said) <= IDENTITY
    assert (said["manufacturerName"], said["robotSerialNumber"], said["timestamp"]) == (
        "Cái Cui", "SN-7", "1970-01-01T00:00:00.000Z",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({}, "idle"),
        ({"status": "OFFLINE"}, "offline"),
        ({"status": "ERROR"}, "disabled"),
        ({"status": "IDLE", "e_stop": "RELEASE"}, "disabled"),
        ({"status": "PAUSED"}, "waitingHumanEvent"),
        ({"charging": True}, "charging"),
        ({"status": "BUSY", "waiting": Reason("wait.unload")}, "waitingHumanEvent"),
        ({"status": "BUSY", "waiting": Reason("wait.door")}, "waitingExternalEvent"),
        ({"status": "BUSY", "waiting": Reason("wait.traffic")}, "waitingInternalEvent"),
        ({"status": "BUSY"}, "navigating"),
        ({"status": "PARKING"}, "navigating"),
    ],
)
def test_the_state_says_what_a_robot_does_in_words_of_the_standard(change: dict[str, Any], state: str) -> None:
    assert state in STATES
    assert state_of(robot(**change)) == state
    assert state_of(robot(**change), "1.0") == ("waiting" if state.startswith("waiting") else state)


def test_a_status_has_what_the_standard_knows_and_nothing_else() -> None:
    errors = ((Reason("nav.failed"), "WARNING"), (Reason("nav.failed"), "FATAL"))
    base = [(1.0, 2.0), (1.0, 2.0), (4.0, 2.0), *((4.0, 3.0 + i) for i in range(30))]
    (said,) = reports().statuses(snapshot(robot(status="BUSY", v=1.0, loaded=True, errors=errors, base=base)), 1000.0)
    assert set(said) == STATUS
    assert said["errorCodes"] == ["nav.failed"]
    assert (said["batteryPercentage"], said["loadPercentageStillAvailable"]) == (80.0, 0.0)
    assert said["location"]["angle"] == pytest.approx({"x": 0.0, "y": 0.0, "z": math.sin(0.25), "w": math.cos(0.25)})
    assert UUID.fullmatch(said["location"]["planarDatum"])
    assert 0 < len(said["path"]) <= 10
    assert len(said["destinations"]) == 1
    assert (said["path"][0]["x"], said["path"][0]["timestamp"]) == (4.0, utc(1003.0))
    assert (said["destinations"][0]["x"], said["destinations"][0]["y"]) == (4.0, 32.0)
    assert all(TIME.fullmatch(place["timestamp"]) for place in said["path"])
    assert all(utc(1000.0) < place["timestamp"] <= utc(1010.0) for place in said["path"])
    json.dumps(said, allow_nan=False)


def test_what_is_no_number_is_left_out() -> None:
    numbers = {"v": math.nan, "soc": math.inf, "base": [(1.0, 2.0), (3.0, 2.0), (math.nan, 0.0), (5.0, 2.0)]}
    (said,) = reports().statuses(snapshot(robot(**numbers), robot(name="amr_09"), robot(theta=math.nan)), 0.0)
    assert not {"velocity", "batteryPercentage"} & set(said)
    assert said["destinations"][0]["x"] == 3.0
    (away,) = reports().statuses(snapshot(robot(status="OFFLINE", online=False)), 0.0)
    assert not {"velocity", "batteryPercentage", "loadPercentageStillAvailable"} & set(away)


class Receiver:
    """One that hears."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.connections: list[ServerConnection] = []
        self.words: list[str] = []

    def __call__(self, connection: ServerConnection) -> None:
        self.connections.append(connection)
        for word in self.words:
            connection.send(word)
        for message in connection:
            self.heard.append(json.loads(message))


@contextmanager
def listening(receiver: Callable[[ServerConnection], None], port: int = 0) -> Iterator[int]:
    with serve(receiver, "127.0.0.1", port, close_timeout=0.1) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield int(server.socket.getsockname()[1])
        server.shutdown()
        thread.join(10.0)


class Desk:
    """A desk whose clock stands still until it is told to go on."""

    def __init__(self, port: int, **settings: Any) -> None:
        receiver = {"name": "a", "url": f"ws://127.0.0.1:{port}/", "plain": True, "timeout": 1.0}
        made = MassRobotics.model_validate({"manufacturer": "M", "receivers": [receiver], "loopback": True, **settings})
        self.now = 0.0
        self.said: list[str] = []
        self.robots: tuple[RobotView, ...] = (robot(),)
        self.desk = StatusDesk(
            made, "lab", {"amr_01": "pallet_truck"}, lambda: snapshot(*self.robots), self.said.append,
            steady=lambda: self.now,
        )  # fmt: skip


def until(true: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_receiver_hears_who_robots_are_once_and_then_how_they_are() -> None:
    receiver = Receiver()
    receiver.words = ["hello", "{}", "x" * 1000]
    with listening(receiver) as port:
        rig = Desk(port)
        for _ in range(3):
            rig.desk.tell("a")
        until(lambda: len(receiver.heard) == 4)
        rig.desk.close()
    assert "robotSerialNumber" in receiver.heard[0]
    assert [one.get("operationalState") for one in receiver.heard] == [None, "idle", "idle", "idle"]
    assert rig.desk.sent("a") == 4
    assert rig.said == ["massrobotics: a: it is told"]


def test_a_receiver_that_was_away_is_left_alone_then_told_who_robots_are_again() -> None:
    receiver = Receiver()
    with listening(receiver) as port:
        rig = Desk(port)
        rig.desk.tell("a")
        until(lambda: len(receiver.heard) == 2)
    for pause in PAUSES[:3]:
        while rig.now >= rig.desk._ways["a"].resume and not rig.desk._ways["a"].failures:
            rig.desk.tell("a")  # the system may take a message or two before it knows
        rig.desk.tell("a")
        assert rig.desk._ways["a"].socket is None
        assert rig.desk._ways["a"].resume - rig.now == pause
        rig.now += pause
    receiver.heard.clear()
    with listening(receiver, port):
        rig.desk.tell("a")
        until(lambda: len(receiver.heard) == 2)
        assert "robotSerialNumber" in receiver.heard[0]
        rig.desk.close()
    assert len(rig.said) >= 3


def test_one_that_takes_nothing_is_dropped_within_its_time_out() -> None:
    ended = threading.Event()
    with listening(lambda _connection: (ended.wait(60.0), None)[1]) as port:
        rig = Desk(port)
        errors = tuple((Reason(f"{i:09999}"), "WARNING") for i in range(20))
        rig.robots = tuple(robot(errors=errors) for _ in range(100))  # more than the system keeps for a connection
        begun = time.monotonic()
        try:
            while rig.desk._ways["a"].failures == 0:
                rig.desk.tell("a")
                assert time.monotonic() - begun < 50.0
        finally:
            ended.set()
        assert rig.desk._ways["a"].socket is None
        rig.desk.close()


def test_one_that_floods_and_one_that_says_too_much_at_once_hold_up_nobody() -> None:
    receiver = Receiver()
    receiver.words = ["x" * 100_000]
    with listening(receiver) as port:
        rig = Desk(port)
        for _ in range(200):
            rig.desk.tell("a")
            if rig.desk._ways["a"].failures:
                break
            time.sleep(0.02)
        assert rig.desk._ways["a"].failures == 1
        rig.desk.close()


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"loopback": False}, "this computer itself"), ({}, "refused")],
)
def test_an_address_that_may_not_be_or_where_nobody_listens_is_said(change: dict[str, Any], reason: str) -> None:
    rig = Desk(1, **change)
    rig.desk.tell("a")
    assert reason in rig.said[0]
    rig.desk.close()


# The file

MASS_FILE = "massrobotics: {manufacturer: m, "


@pytest.mark.parametrize(
    ("text", "where", "reason"),
    [
        ("", "neighbours", "valid dictionary"),
        ("other: {}", "other", "not permitted"),
        ("open_rmf: {}", "open_rmf.fleet", "required"),
        ("open_rmf: {fleet: ''}", "open_rmf.fleet", "at least 1"),
        ('open_rmf: {fleet: "a\\nb"}', "open_rmf.fleet", "pattern"),
        ("open_rmf: {fleet: a, hz: 100}", "open_rmf.hz", "less than"),
        ("open_rmf: {fleet: a, x: .nan}", "open_rmf.x", "finite"),
        (MASS_FILE + "receivers: []}", "massrobotics.receivers", "at least 1"),
        (MASS_FILE + "datum: x, receivers: [{name: a, url: 'wss://x'}]}", "massrobotics.datum", ""),
        (MASS_FILE + "receivers: [{name: a, url: 'ws://x'}]}", "massrobotics.receivers.0", "plain"),
        (MASS_FILE + "receivers: [{name: a, url: 'wss://x', plain: true}]}",
         "massrobotics.receivers.0", "plain"),
        (MASS_FILE + "receivers: [{name: a, url: 'https://x'}]}", "massrobotics.receivers.0", "wss"),
        (MASS_FILE + "receivers: [{name: a, url: 'wss://u:p@x'}]}", "massrobotics.receivers.0",
         "password"),
        (MASS_FILE + "receivers: [{name: a, url: 'wss://x:99999'}]}", "massrobotics.receivers.0",
         "ort"),
        (MASS_FILE + "receivers: [{name: a, url: 'wss://x', ca_file: /no}]}",
         "massrobotics.receivers.0", "no file"),
        (MASS_FILE + "serials: {a: s, b: s}, receivers: [{name: a, url: 'wss://x'}]}",
         "massrobotics", "one serial"),
        (MASS_FILE + "receivers: [{name: a, url: 'wss://x'}, {name: a, url: 'wss://y'}]}",
         "massrobotics", "one name"),
    ],
)  # fmt: skip
def test_a_file_that_is_wrong_says_where(tmp_path: Path, text: str, where: str, reason: str) -> None:
    file = tmp_path / "neighbours.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(AmrError) as caught:
        load_neighbours(file)
    assert (caught.value.code, caught.value.facts["name"]) == ("parameter.invalid", where)
    assert reason in str(caught.value.facts["reason"])


# Levels

TWO = load_site("two_floor")
LEVELS = levels_of(TWO)


def test_open_rmf_hears_a_robot_and_each_point_of_its_way_on_its_own_level() -> None:
    fleet = RmfFleet(OpenRmf(fleet="x", levels={"ground": "L1"}, x=100.0), LEVELS)
    way = [(14.0, 6.0), (16.6, 6.0), (16.6, 22.0), (14.0, 22.0)]
    (said,) = fleet.robots(snapshot(robot(x=14.0, y=6.0, base=way)))
    assert (said.place.x, said.place.y, said.place.level) == (114.0, 6.0, "L1")
    assert [(p.x, p.y, p.level) for p in said.path] == [
        (pytest.approx(116.6), 6.0, "L1"), (pytest.approx(116.6), 6.0, "upper"), (114.0, 6.0, "upper"),
    ]  # fmt: skip
    (lost,) = fleet.robots(snapshot(robot(x=-3.0, y=14.0)))
    assert lost.place.level == ""
    (one,) = RmfFleet(OpenRmf(fleet="x", level="B1"), levels_of(load_site("lab"))).robots(snapshot(robot()))
    assert (one.place.x, one.place.y, one.place.level) == (1.0, 2.0, "B1")


def test_massrobotics_hears_a_robot_in_the_frame_of_its_level_and_of_its_way_what_lies_there() -> None:
    other = "123E4567-e89b-12d3-a456-426614174000"
    settings = MassRobotics(manufacturer="m", receivers=[{"name": "a", "url": "wss://x/"}], datums={"upper": other})
    made = AmrReports(settings, "two_floor", {"amr_01": "lift_amr"}, LEVELS)
    way = [(14.0, 20.0), (14.0, 22.0), (16.6, 22.0), (16.6, 6.0)]
    (up,) = made.statuses(snapshot(robot(x=14.0, y=20.0, base=way)), 0.0)
    assert (up["location"]["x"], up["location"]["y"], up["location"]["planarDatum"]) == (14.0, 4.0, other.lower())
    assert [(p["x"], p["y"]) for p in up["path"]] == [(14.0, 6.0)]
    assert (up["destinations"][0]["x"], up["destinations"][0]["y"]) == (16.6, 6.0)
    (down,) = made.statuses(snapshot(robot(x=14.0, y=4.0)), 0.0)
    datums = {down["location"]["planarDatum"], up["location"]["planarDatum"], made.datum}
    assert len(datums) == 3
    assert all(UUID.fullmatch(datum) for datum in datums)


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"open_rmf": {"fleet": "x", "levels": {"attic": "L3"}}}, "open_rmf.levels"),
        ({"massrobotics": {"manufacturer": "m", "receivers": [{"name": "a", "url": "wss://x/"}],
                           "datums": {"attic": "123e4567-e89b-12d3-a456-426614174000"}}}, "massrobotics.datums"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("site", ["two_floor", "lab"])
def test_a_level_that_the_site_does_not_have_is_named(values: dict[str, Any], name: str, site: str) -> None:
    settings = NeighbourSettings.model_validate(values)
    with pytest.raises(AmrError) as caught:
        check_levels(settings, levels_of(load_site(site)))
    assert (caught.value.code, caught.value.facts["name"]) == ("parameter.invalid", name)
