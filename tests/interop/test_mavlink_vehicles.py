"""Vehicles that we did not write at the other end of the fleet's link: pymavlink's frames, well and badly behaved, and
MAVSDK's servers as an autopilot, over UDP on this computer.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Iterator
from typing import Any

import pytest

from amr_uav.mavlink import px4
from amr_uav.mavlink.link import MavlinkLink
from amr_uav.mavlink.udp import UdpPort
from tests.interop.test_mavlink_peers import EARTH, PLAN, PymavlinkVehicle, free_port, mavlink
from tests.unit.flight_rig import FLYING

pytestmark = pytest.mark.timeout(90)
STEP = 0.1


class Odd(PymavlinkVehicle):
    """The vehicle of pymavlink with bad habits. mute: messages that it never sends; shift: ms that its clock is off."""

    def __init__(self, system: int = 1, mute: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.mav = mavlink.MAVLink(None, srcSystem=system, srcComponent=1)
        self.mute, self.shift = mute, 0

    def say(self, message: Any) -> None:
        if message.get_type() not in self.mute:
            super().say(message)

    def state(self, now: float, x: float, y: float, z: float, seq: int) -> None:
        super().state(now + self.shift / 1000.0, x, y, z, seq)


class Meeting:
    """The fleet's link and vehicles, by turns. at: where they say that they are."""

    def __init__(self, *vehicles: Odd) -> None:
        self.link, self.vehicles, self.now = MavlinkLink("uav_01", EARTH, look=1.5), vehicles, 10.0
        self.at: tuple[float, float, float] = (*FLYING.pad, 0.0)
        self.noise: bytes = b""

    def run(self, seconds: float, *, fly: bool = False) -> None:
        for i in range(int(seconds / STEP)):
            self.now += STEP
            for vehicle in self.vehicles:
                vehicle.state(self.now, *self.at, 0)
                for data in vehicle.out:
                    self.link.take(self.now, self.noise + data)
                vehicle.out = []
            if fly and i == 0:
                self.link.order(self.now, "fly", "F1", PLAN)
            for data in self.link.step(self.now, self.now):
                for vehicle in self.vehicles:
                    vehicle.take(data)


def test_a_vehicle_of_another_system_is_neither_shown_nor_flown() -> None:
    meeting = Meeting(Odd(system=2))
    meeting.run(2.0)
    meeting.run(3.0, fly=True)
    assert meeting.link.telemetry(meeting.now) is None
    assert meeting.link.counts.strangers > 20
    assert meeting.vehicles[0].commands == []
    assert meeting.vehicles[0].items == {}


def test_the_answers_of_a_stranger_beside_the_vehicle_are_no_answers() -> None:
    """A second aircraft on the radio says yes to all; ours has said nothing and stays disarmed."""
    silent = ("COMMAND_ACK", "MISSION_ACK", "MISSION_REQUEST")
    ours, stranger = Odd(mute=silent), Odd(system=2)
    meeting = Meeting(ours, stranger)
    meeting.run(2.0)
    meeting.run(20.0, fly=True)
    assert (px4.ARM, 1.0, 0.0) not in ours.commands
    assert meeting.link.counts.refused
    assert meeting.link.telemetry(meeting.now) is not None, "it is heard"


@pytest.mark.parametrize(("mute", "why"), [("MISSION_REQUEST", "no answer to an upload"), ("COMMAND_ACK", "too old")])
def test_a_vehicle_that_answers_nothing_does_not_take_off_later(mute: str, why: str) -> None:
    vehicle = Odd(mute=(mute,))
    meeting = Meeting(vehicle)
    meeting.run(1.0)
    meeting.run(15.0, fly=True)
    assert not [c for c in vehicle.commands if c[0] == px4.SET_MODE], "never sent on its way"
    assert not vehicle.armed, "the last word that it hears is to disarm"
    assert any(why in one or "too old" in one for one in meeting.link.counts.refused), meeting.link.counts
    vehicle.mute = ()
    before = len(vehicle.commands)
    meeting.run(10.0)
    assert [c for c in vehicle.commands[before:] if c[1] == 1.0] == [], "not by itself"
    meeting.run(5.0, fly=True)
    assert (px4.SET_MODE, 1.0, 4.0) in vehicle.commands, "asked anew it flies"


def test_a_clock_that_jumps_is_believed_only_when_it_stays() -> None:
    vehicle = Odd()
    meeting = Meeting(vehicle)
    meeting.run(2.0)
    for jump in (3_600_000, -9_000, 2**32 - 60_000):
        vehicle.shift, meeting.at = jump, (70.0, 20.0, 3.0)  # frames that waited somewhere, or of another time base
        stale = meeting.link.counts.stale
        meeting.run(1.0)
        told = meeting.link.telemetry(meeting.now)
        assert told is not None
        assert math.hypot(told.x - FLYING.pad[0], told.y - FLYING.pad[1]) < 0.1, "where it was last is what is known"
        assert meeting.link.counts.stale >= stale + 9
        vehicle.shift, meeting.at = 0, (*FLYING.pad, 0.0)
        meeting.run(1.0)
    vehicle.shift, meeting.at = 3_600_000, (70.0, 20.0, 3.0)
    meeting.run(5.0)
    told = meeting.link.telemetry(meeting.now)
    assert told is not None
    assert (round(told.x), round(told.y)) == (70, 20), "it has started anew"


@pytest.mark.parametrize("at", [(9e6, 20.0, 3.0), (70.0, 20.0, 20_000.0), (70.0, 20.0, -400.0)])
def test_a_position_outside_the_world_is_no_position_and_the_link_counts_as_lost(at: tuple[float, ...]) -> None:
    meeting = Meeting(Odd())
    meeting.run(2.0)
    x, y, z = at
    meeting.at = (x, y, z)
    meeting.run(2.0)
    told = meeting.link.telemetry(meeting.now)
    assert told is not None
    assert math.hypot(told.x - FLYING.pad[0], told.y - FLYING.pad[1]) < 0.1
    assert meeting.link.counts.impossible >= 19
    meeting.run(2.0)
    assert meeting.link.telemetry(meeting.now) is None


def test_noise_between_the_frames_of_pymavlink_loses_nothing() -> None:
    meeting, rng = Meeting(Odd()), random.Random(4)
    for _ in range(10):
        meeting.noise = rng.randbytes(7).replace(b"\xfd", b"\x00").replace(b"\xfe", b"\x00")
        meeting.run(0.3)
    meeting.run(5.0, fly=True)
    assert (px4.SET_MODE, 1.0, 4.0) in meeting.vehicles[0].commands


def test_a_vehicle_that_asks_for_what_is_not_in_the_mission_is_given_up() -> None:
    vehicle = Odd(mute=("MISSION_REQUEST",))
    meeting = Meeting(vehicle)
    meeting.run(1.0)
    meeting.run(0.3, fly=True)
    vehicle.mute = ()
    vehicle.say(mavlink.MAVLink_mission_request_int_message(255, 190, 60_000, px4.FENCE))
    meeting.run(5.0)
    assert any("60000" in one for one in meeting.link.counts.refused)
    assert not vehicle.armed


# MAVSDK's servers as an autopilot -------------------------------------------------------------------------------------


class Autopilot:
    """What MAVSDK's servers are told by our link, and what they say: on the pad, then flying. They fly nothing."""

    def __init__(self, port: int) -> None:
        sdk = pytest.importorskip("mavsdk", reason="mavsdk is absent: make setup")
        from mavsdk.plugins import action_server, mission_raw_server, telemetry_server

        self.sdk = sdk.Mavsdk(sdk.Configuration.create_with_component_type(sdk.ComponentType.AUTOPILOT))
        self.t = telemetry_server
        server = self.sdk.server_component_by_type(sdk.ComponentType.AUTOPILOT)
        self.telemetry = telemetry_server.TelemetryServer(server)
        self.action = action_server.ActionServer(server)
        self.mission = mission_raw_server.MissionRawServer(server)
        self.missions: list[list[Any]] = []
        self.armed: list[bool] = []
        self.modes: list[str] = []
        self.mission.subscribe_incoming_mission(lambda _r, plan, _u: self.missions.append(list(plan.mission_items)))
        self.action.subscribe_arm_disarm(lambda _r, told, _u: self.armed.append(bool(told.arm)))
        self.action.subscribe_flight_mode_change(
            lambda _r, mode, _u: self.modes.append(action_server.FlightMode(mode).name)
        )
        self.action.set_armable(True, True)
        self.action.set_disarmable(True, True)
        self.action.set_allowable_flight_modes(
            action_server.AllowableFlightModes(True, True, True, True, True, True, True)
        )
        self.sdk.add_any_connection(f"udpout://127.0.0.1:{port}")

    def state(self, landed: int, x: float, y: float, z: float) -> None:
        """Say where it is."""
        t, (lat, lon) = self.t, EARTH.to_earth(x, y)
        where = t.Position(lat / 1e7, lon / 1e7, z, z)
        self.telemetry.publish_position(where, t.VelocityNed(0.0, 0.0, 0.0), t.Heading(90.0))
        self.telemetry.publish_extended_sys_state(t.VtolState.UNDEFINED, landed)
        self.telemetry.publish_sys_status(t.Battery(15.0, 80.0), True, True, True, True, True)


@pytest.fixture
def autopilot() -> Iterator[tuple[Autopilot, UdpPort]]:
    port = free_port()
    ours = UdpPort(port)
    made = Autopilot(port)
    yield made, ours
    made.sdk.destroy()
    ours.close()


def test_our_link_gives_mavsdks_autopilot_its_mission_arms_and_starts_it(autopilot: tuple[Autopilot, UdpPort]) -> None:
    theirs, port = autopilot
    link, began, said = MavlinkLink("uav_01", EARTH, look=1.5), time.monotonic(), -1e9
    landed = theirs.t.LandedState.ON_GROUND

    def until(done: Any, seconds: float = 30.0, fly: bool = False) -> None:
        nonlocal said
        end = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < end, (link.counts, link._stage, theirs.armed, theirs.modes, len(theirs.missions))
            now = time.monotonic() - began
            link.take(now, port.read())
            if fly:
                link.order(now, "fly", "F1", PLAN)
            for data in link.step(now, now):
                port.send(data)
            if now - said > 0.1:
                said = now
                theirs.state(landed, *FLYING.pad, 0.0)
            time.sleep(0.01)

    until(lambda: link.telemetry(time.monotonic() - began) is not None)
    told = link.telemetry(time.monotonic() - began)
    assert told is not None
    assert math.hypot(told.x - FLYING.pad[0], told.y - FLYING.pad[1]) < 0.1
    assert told.mode == "LANDED"
    until(lambda: link._stage == "flying", fly=True)
    assert [item.command for item in theirs.missions[-1]] == [
        px4.TAKE_OFF, *[px4.WAYPOINT] * len(PLAN.waypoints), px4.GO_HOME,
    ]  # fmt: skip
    assert True in theirs.armed
    assert "MISSION" in theirs.modes
    landed = theirs.t.LandedState.IN_AIR
    until(lambda: (link.telemetry(time.monotonic() - began) or told).flying)
    link.order(time.monotonic() - began, "return", "F1")
    until(lambda: "RETURN_TO_LAUNCH" in theirs.modes)
