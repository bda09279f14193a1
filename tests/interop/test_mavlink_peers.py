"""Programs that we did not write at the other end of MAVLink: pymavlink and MAVSDK, over UDP on this computer."""

from __future__ import annotations

import math
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from amr_sim.aircraft import SimulatedAircraft
from amr_sim.mavlink_aircraft import MavlinkAircraft
from amr_uav.mavlink import px4
from amr_uav.mavlink.earth import EarthFrame
from amr_uav.mavlink.link import MavlinkLink
from amr_uav.mavlink.udp import UdpPort
from amr_uav.mavlink.upload import mission_items
from amr_uav.mavlink.wire import LAYOUTS, Decoder, Encoder
from amr_uav.model import FlightLimits
from amr_uav.plan import inspection_plan
from tests.unit.flight_rig import FLYING

mavlink = pytest.importorskip("pymavlink.dialects.v20.common", reason="pymavlink is absent: make setup")
EARTH = EarthFrame(9.9975, 105.843)
PLAN = inspection_plan(FLYING, [(64.7, 20.0, 3.0)])
LONG = inspection_plan(FLYING, [(64.7, 17.0 + 2.0 * i, 3.0) for i in range(9)])
BEAT = Encoder(255, 190).frame("HEARTBEAT", type=px4.GROUND_STATION)
pytestmark = pytest.mark.timeout(90)


class Vehicle:
    """The simulated vehicle in a thread of its own, at the other end of a UDP port; speed: flight seconds a second.

    It hears a heartbeat in each step: how soon a peer beats on a busy machine is not what these tests look at.
    """

    def __init__(self, peer: int, speed: float) -> None:
        self._speed = speed
        limits = FlightLimits(endurance=1500.0, cruise=4.0, climb=2.0)
        self.craft = SimulatedAircraft("uav_01", limits, FLYING.pad)
        self.vehicle = MavlinkAircraft(self.craft, EARTH)
        self.port = UdpPort(peer=("127.0.0.1", peer))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._live, name="mavlink_vehicle")
        self._thread.start()

    def _live(self) -> None:
        began = time.monotonic()
        now = 0.0
        while not self._stop.wait(0.005):
            due = (time.monotonic() - began) * self._speed
            while now < due:
                now += 0.05
                self.vehicle.take(now, BEAT + self.port.read())
                for data in self.vehicle.step(now, 0.05):
                    self.port.send(data)

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        self.port.close()


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture
def vehicle(request: pytest.FixtureRequest) -> Iterator[tuple[Vehicle, int]]:
    port = free_port()
    made = Vehicle(port, getattr(request, "param", 10.0))
    yield made, port
    made.close()


def until(done: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.02)


def test_our_layouts_are_those_of_pymavlink() -> None:
    for name, layout in LAYOUTS.items():
        theirs = getattr(mavlink, f"MAVLink_{name.lower()}_message")
        fields = tuple(theirs.ordered_fieldnames)
        assert (layout.id, layout.extra) == (theirs.id, theirs.crc_extra), name
        # Extensions may be left out at the end; names of SYS_STATUS are shortened by us.
        assert theirs.unpacker.format.startswith(layout.format), name
        assert [f.split("_")[-1] for f in layout.fields] == [f.split("_")[-1] for f in fields[: len(layout.fields)]], (
            name
        )


@pytest.mark.parametrize("seed", range(3))
def test_pymavlink_reads_what_we_write_and_we_what_it_writes(seed: int) -> None:
    rng = random.Random(seed)
    theirs = mavlink.MAVLink(None, srcSystem=7, srcComponent=9)
    for name, layout in LAYOUTS.items():
        ours = Encoder(7, 9)
        limits = {"B": 255, "b": 127, "H": 65535, "h": 32767, "I": 2**32 - 1, "i": 2**31 - 1, "Q": 2**60}
        kinds = zip(layout.fields, layout.format[1:], strict=True)
        values = {f: rng.randrange(100) / 4 if k == "f" else rng.randrange(limits[k]) for f, k in kinds}
        data = ours.frame(name, **values)
        (message,) = theirs.parse_buffer(data)
        assert (message.get_type(), message.get_srcSystem(), message.get_srcComponent()) == (name, 7, 9)
        assert [getattr(message, f) for f in message.ordered_fieldnames[: len(values)]] == list(values.values())
        message.pack(theirs)
        (frame,) = Decoder().feed(bytes(message.get_msgbuf()))
        assert (frame.name, frame.values) == (name, values)


def test_pymavlink_as_ground_station_flies_our_vehicle(vehicle: tuple[Vehicle, int]) -> None:
    from pymavlink import mavutil

    ours, port = vehicle
    station = mavutil.mavlink_connection(f"udpin:127.0.0.1:{port}", source_system=255, dialect="common")
    assert station.wait_heartbeat(timeout=10) is not None
    try:
        rows = mission_items(PLAN, EARTH, 1.0)
        station.mav.mission_count_send(1, 1, len(rows), 0)
        for _ in rows:
            asked = station.recv_match(type=["MISSION_REQUEST_INT", "MISSION_REQUEST"], blocking=True, timeout=10)
            row = rows[asked.seq]
            station.mav.mission_item_int_send(
                1, 1, asked.seq, int(row["frame"]), int(row["command"]), 0, 1, *params(row), int(row.get("x", 0)),
                int(row.get("y", 0)), float(row.get("z", 0.0)), 0,
            )  # fmt: skip
        assert station.recv_match(type="MISSION_ACK", blocking=True, timeout=10).type == 0
        station.mav.command_long_send(1, 1, px4.ARM, 0, 1, 0, 0, 0, 0, 0, 0)
        assert station.recv_match(type="COMMAND_ACK", blocking=True, timeout=10).result == 0
        station.mav.command_long_send(1, 1, px4.SET_MODE, 0, 1, 4, 4, 0, 0, 0, 0)
        assert station.recv_match(type="COMMAND_ACK", blocking=True, timeout=10).result == 0
        until(lambda: ours.craft.item == len(PLAN.waypoints) and ours.craft.mode == "LANDED")
        told = station.recv_match(type="GLOBAL_POSITION_INT", blocking=True, timeout=10)
        x, y = EARTH.to_map(told.lat, told.lon)
        assert math.hypot(x - FLYING.pad[0], y - FLYING.pad[1]) < 0.5
    finally:
        station.close()


class PymavlinkVehicle:
    """A vehicle written with pymavlink alone; it flies nothing, it answers. deaf: messages that it does not hear."""

    def __init__(self) -> None:
        self.mav = mavlink.MAVLink(None, srcSystem=1, srcComponent=1)
        self.items: dict[int, list[Any]] = {}
        self.count: tuple[int, int] = (0, 0)
        self.commands: list[tuple[int, float, float]] = []
        self.custom, self.landed, self.armed = 0, 1, False
        self.out: list[bytes] = []

    def say(self, message: Any) -> None:
        self.out.append(bytes(message.pack(self.mav)))

    def take(self, data: bytes) -> None:
        for m in self.mav.parse_buffer(data) or ():
            kind = m.get_type()
            if kind == "MISSION_COUNT":
                self.count, self.items[m.mission_type] = (m.count, m.mission_type), []
                self.ask()
            elif kind == "MISSION_ITEM_INT" and m.seq == len(self.items.get(m.mission_type, ())):
                self.items[m.mission_type].append(m)
                self.ask()
            elif kind == "COMMAND_LONG":
                self.commands.append((m.command, m.param1, m.param3))
                self.armed = m.param1 == 1.0 if m.command == px4.ARM else self.armed
                if m.command == px4.SET_MODE:
                    self.custom, self.landed = int(m.param2) << 16 | int(m.param3) << 24, 2
                self.say(mavlink.MAVLink_command_ack_message(m.command, 0))

    def ask(self) -> None:
        count, kind = self.count
        done = len(self.items[kind])
        if done < count:
            self.say(mavlink.MAVLink_mission_request_message(255, 190, done, kind))  # the old request is allowed
        else:
            self.say(mavlink.MAVLink_mission_ack_message(255, 190, 0, kind))

    def state(self, now: float, x: float, y: float, z: float, seq: int) -> None:
        lat, lon = EARTH.to_earth(x, y)
        self.say(mavlink.MAVLink_heartbeat_message(2, 12, 129 if self.armed else 1, self.custom, 4, 3))
        self.say(mavlink.MAVLink_extended_sys_state_message(0, self.landed))
        self.say(mavlink.MAVLink_global_position_int_message(
            int(1000 * now), lat, lon, 0, int(1000 * z), 0, 0, 0, 9000))  # fmt: skip
        self.say(mavlink.MAVLink_sys_status_message(0, 0, 0, 0, 0, 0, 55, 0, 0, 0, 0, 0, 0))
        self.say(mavlink.MAVLink_estimator_status_message(0, 0x1F, 0, 0, 0, 0, math.nan, 0, 0, 0))
        self.say(mavlink.MAVLink_mission_current_message(seq))


def test_our_link_flies_a_vehicle_of_pymavlink() -> None:
    link, peer, now = MavlinkLink("uav_01", EARTH, look=1.5), PymavlinkVehicle(), 10.0
    for i in range(100):
        now += 0.1
        peer.state(now, *FLYING.pad, 0.0, 0)
        for data in peer.out:
            link.take(now, data)
        peer.out = []
        if i == 5:
            link.order(now, "fly", "F1", PLAN)
        for data in link.step(now, now):
            peer.take(data)
    assert [m.command for m in peer.items[0]] == [px4.TAKE_OFF, *[px4.WAYPOINT] * len(PLAN.waypoints), px4.GO_HOME]
    assert [len(peer.items[1]), peer.items[1][0].param1] == [len(PLAN.volume.polygon)] * 2
    spot = peer.items[0][3]
    x, y = EARTH.to_map(spot.x, spot.y)
    assert (round(x, 1), round(y, 1), spot.z, spot.param1, spot.param4) == (64.7, 20.0, 3.0, 1.5, 90.0)
    assert peer.commands == [(px4.ARM, 1.0, 0.0), (px4.SET_MODE, 1.0, 4.0)]
    told = link.telemetry(now)
    assert told is not None
    assert (told.mode, told.soc, told.position_ok, told.flight_id) == ("MISSION", 0.55, True, "F1")
    assert told.yaw == pytest.approx(0.0)


# MAVSDK -------------------------------------------------------------------------------------------------------------


def params(row: Mapping[str, float]) -> list[float]:
    """Return the first four parameters of an item."""
    return [float(row.get(f"param{i}", 0.0)) for i in range(1, 5)]


@pytest.fixture
def station(vehicle: tuple[Vehicle, int]) -> Iterator[Any]:
    """MAVSDK as a ground station that has found our vehicle."""
    sdk = pytest.importorskip("mavsdk", reason="mavsdk is absent: make setup")
    ground = sdk.Mavsdk(sdk.Configuration.create_with_component_type(sdk.ComponentType.GROUND_STATION))
    ground.add_any_connection(f"udpin://127.0.0.1:{vehicle[1]}")
    found = ground.first_autopilot(timeout_s=20.0)
    assert found is not None
    yield found
    ground.destroy()


@pytest.mark.parametrize("vehicle", [4.0], indirect=True)
def test_mavsdk_as_ground_station_flies_our_vehicle_and_calls_it_home(
    vehicle: tuple[Vehicle, int], station: Any
) -> None:
    from mavsdk.plugins.action import Action
    from mavsdk.plugins.mission_raw import MissionItem, MissionRaw
    from mavsdk.plugins.telemetry import Telemetry

    ours, _port = vehicle
    action, mission, telemetry = Action(station), MissionRaw(station), Telemetry(station)
    rows = mission_items(LONG, EARTH, 1.0)
    mission.upload_mission([
        MissionItem(
            i, int(row["frame"]), int(row["command"]), int(i == 0), 1, *params(row),
            int(row.get("x", 0)), int(row.get("y", 0)), row.get("z", 0.0), 0,
        ) for i, row in enumerate(rows)
    ])  # fmt: skip
    action.arm()
    assert ours.vehicle.armed
    mission.start_mission()
    until(lambda: ours.craft.mode == "MISSION")
    until(lambda: telemetry.in_air())
    at = telemetry.position()
    x, y = EARTH.to_map(1e7 * at.latitude_deg, 1e7 * at.longitude_deg)
    assert LONG.volume.holds(x, y, 0.0, 1.0)
    mission.pause_mission()
    assert ours.craft.mode == "HOLD"
    action.return_to_launch()
    until(lambda: ours.craft.mode == "LANDED")
    assert math.dist(ours.craft.p[:2], FLYING.pad) < 0.5
