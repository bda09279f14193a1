"""MassRobotics: who robots are, how they are, and receivers that are away, silent or hostile."""

from __future__ import annotations

import json
import math
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.sync.server import ServerConnection, serve

from amr_fleet.neighbours.massrobotics import AmrReports, state_of, utc
from amr_fleet.neighbours.settings import MassRobotics
from amr_fleet.neighbours.status_desk import PAUSES, StatusDesk
from amr_fleet.ports import Reason, RobotView
from tests.unit.neighbours_rig import UUID, robot, snapshot

MASS = MassRobotics(
    manufacturer="Cái Cui",
    receivers=[{"name": "a", "url": "wss://x/"}],
    serials={"amr_01": "SN-7"},
)


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
