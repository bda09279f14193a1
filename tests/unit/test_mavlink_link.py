"""The fleet's end of MAVLink and the simulated vehicle: a whole flight, losses, strangers, lies, and orders too old."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence

import pytest

from amr_sim.aircraft import SimulatedAircraft
from amr_sim.mavlink_aircraft import MavlinkAircraft
from amr_uav.mavlink import px4
from amr_uav.mavlink.earth import EarthFrame
from amr_uav.mavlink.link import MavlinkLink
from amr_uav.mavlink.wire import LAYOUTS, Decoder, Encoder, MavlinkFrame, crc
from amr_uav.model import FlightPlan
from amr_uav.plan import inventory_plan
from tests.unit.flight_rig import FLYING

EARTH = EarthFrame(9.9975, 105.843, 0.2)
PLAN = inventory_plan(FLYING, ["B1"], [1])
DT = 0.05
Filter = Callable[[bytes], bool]


class Pair:
    """Both ends, and a line between them that may lose frames. heard: when the fleet was."""

    def __init__(self, loss: float = 0.0, seed: int = 1) -> None:
        self.craft = SimulatedAircraft("uav_01", FLYING.aircraft.limits(), FLYING.pad)
        self.vehicle = MavlinkAircraft(self.craft, EARTH)
        self.vehicle._boot = -7000.0
        self.link = MavlinkLink("uav_01", EARTH)
        self.now, self.heard, self.fleet = 100.0, 100.0, True
        self.scanned: dict[str, None] = {}
        self.outside = 0
        self.lost_up: Filter = lambda _data: rng.random() < loss
        self.lost_down: Filter = self.lost_up
        rng = random.Random(seed)

    def step(self) -> None:
        self.now += DT
        self.heard = self.now if self.fleet else self.heard
        for data in self.vehicle.step(self.now, DT):
            if not self.lost_down(data):
                self.link.take(self.now, data)
        for data in self.link.step(self.now, self.heard):
            if not self.lost_up(data):
                self.vehicle.take(self.now, data)
        if self.link.scan:
            self.scanned[self.link.scan] = None
        if self.craft.mode != "LANDED":
            x, y, z = self.craft.p.tolist()
            self.outside += not PLAN.volume.holds(x, y, z, 0.1)

    def run(self, seconds: float, done: Callable[[], bool] = lambda: False) -> bool:
        for _ in range(int(seconds / DT)):
            self.step()
            if done():
                return True
        return done()

    def fly(self, plan: FlightPlan = PLAN, limit: float = 30.0) -> bool:
        """Tell it to fly every 2 s as the fleet does, until it is on its way."""
        for _ in range(int(limit / 2.0)):
            self.link.order(self.now, "fly", "F1", plan)
            if self.run(2.0, lambda: self.craft.mode == "MISSION"):
                return True
        return False


def sent_by(name: str) -> Filter:
    """A filter that loses frames of one kind."""
    return lambda data: any(frame.name == name for frame in Decoder().feed(data))


def test_a_whole_flight_over_mavlink() -> None:
    pair = Pair()
    pair.run(2.0)
    told = pair.link.telemetry(pair.now)
    assert told is not None
    assert (told.mode, told.position_ok, told.soc) == ("LANDED", True, 1.0)
    assert math.hypot(told.x - FLYING.pad[0], told.y - FLYING.pad[1]) < 0.02
    assert pair.fly()
    assert pair.run(400.0, lambda: pair.craft.mode == "LANDED")
    pair.run(1.0)
    told = pair.link.telemetry(pair.now)
    assert told is not None
    assert (told.mode, told.item, told.flight_id) == ("LANDED", len(PLAN.waypoints), "F1")
    assert tuple(pair.scanned) == PLAN.cells
    assert (pair.outside, pair.link.counts.refused, pair.vehicle.armed) == (0, [], False)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_fifth_of_all_frames_may_be_lost(seed: int) -> None:
    pair = Pair(0.2, seed)
    pair.run(2.0)
    assert pair.fly(limit=120.0), pair.link.counts
    assert pair.run(500.0, lambda: pair.craft.mode == "LANDED")
    assert (pair.craft.item, pair.craft.failsafe) == (len(PLAN.waypoints), "")


@pytest.mark.parametrize("name", ["MISSION_ACK", "COMMAND_ACK"])
def test_lost_acknowledgements_never_make_it_fly_unasked(name: str) -> None:
    pair = Pair()
    pair.run(1.0)
    pair.lost_down = sent_by(name)
    pair.link.order(pair.now, "fly", "F1", PLAN)
    pair.run(6.0)
    assert pair.craft.mode == "LANDED"
    assert not pair.vehicle.armed, "disarmed again, heard or not"
    assert pair.link.counts.refused
    pair.lost_down = lambda _data: False
    pair.run(10.0)
    assert pair.craft.mode == "LANDED", "not by itself"
    assert pair.fly()


def test_an_order_that_waited_is_not_flown() -> None:
    pair = Pair()
    pair.run(1.0)
    pair.lost_up = lambda _data: True
    pair.link.order(pair.now, "fly", "F1", PLAN)
    pair.run(3.5)
    pair.lost_up = lambda _data: False
    pair.run(20.0)
    assert (pair.craft.mode, pair.vehicle.armed) == ("LANDED", False)


@pytest.mark.parametrize("command", ["land", "return"])
def test_called_off_while_the_mission_goes_up(command: str) -> None:
    pair = Pair()
    pair.run(1.0)
    pair.link.order(pair.now, "fly", "F1", PLAN)
    pair.run(0.3)
    pair.link.order(pair.now, command, "F1")
    pair.run(20.0)
    assert (pair.craft.mode, pair.vehicle.armed) == ("LANDED", False)


def test_orders_in_the_air() -> None:
    pair = Pair()
    pair.run(1.0)
    assert pair.fly()
    for command, mode in (("hold", "HOLD"), ("resume", "MISSION"), ("return", "RETURN"), ("land", "LAND")):
        pair.link.order(pair.now, "hold", "F9")  # of another flight: nothing
        pair.link.order(pair.now, command, "F1")
        pair.run(1.5)  # modes come with heartbeats
        told = pair.link.telemetry(pair.now)
        assert told is not None
        assert (pair.craft.mode, told.mode) == (mode, mode)


@pytest.mark.parametrize(("command", "mode"), [("hold", "HOLD"), ("return", "RETURN"), ("land", "LAND")])
def test_an_old_word_that_it_stands_turns_no_order_in_the_air_into_a_disarming(command: str, mode: str) -> None:
    """Its last word of where it is was that it stands; it took off since, and says all else."""
    pair = Pair()
    pair.run(2.0)
    pair.link.order(pair.now, "fly", "F1", PLAN)
    assert pair.run(30.0, lambda: pair.vehicle.armed)
    pair.lost_down = sent_by("EXTENDED_SYS_STATE")
    assert pair.run(60.0, lambda: pair.craft.mode == "MISSION" and pair.craft.item > 0)
    assert pair.vehicle.armed
    sent: list[float] = []
    pair.lost_up = lambda data: _asks(data, px4.ARM, sent)
    pair.link.order(pair.now, command, "F1")
    assert pair.run(2.0, lambda: pair.craft.mode == mode)
    assert sent == []


def _asks(data: bytes, command: int, seen: list[float]) -> bool:
    """Take note of commands of one kind; nothing is lost by that."""
    seen += [f.values["param1"] for f in Decoder().feed(data) if f.values.get("command") == command]
    return False


def test_one_that_does_not_say_that_it_stands_is_not_flown() -> None:
    pair = Pair()
    pair.run(2.0)
    pair.lost_down = sent_by("EXTENDED_SYS_STATE")
    pair.run(5.0)
    assert not pair.fly(limit=6.0)
    assert not pair.vehicle.armed


def test_without_the_fleet_it_comes_home_by_itself() -> None:
    pair = Pair()
    pair.run(1.0)
    assert pair.fly()
    pair.run(10.0)
    pair.fleet = False  # the link is up, nobody supervises
    assert pair.run(8.0, lambda: pair.craft.mode == "RETURN")
    assert pair.craft.failsafe == "link"
    assert pair.run(200.0, lambda: pair.craft.mode == "LANDED")


def test_no_link_no_telemetry() -> None:
    pair = Pair()
    pair.run(2.0)
    pair.lost_down = lambda _data: True
    pair.run(3.5)
    assert pair.link.telemetry(pair.now) is None
    pair.lost_down = sent_by("HEARTBEAT")
    pair.run(1.0)
    assert pair.link.telemetry(pair.now) is None, "positions without a heartbeat"


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [("ESTIMATOR_STATUS", "position_ok", False), ("EXTENDED_SYS_STATE", "mode", "HOLD"), ("SYS_STATUS", "soc", 0.0)],
)
def test_what_is_no_longer_said_is_not_known(name: str, field: str, value: object) -> None:
    pair = Pair()
    pair.run(2.0)
    pair.lost_down = sent_by(name)
    pair.run(11.0)
    assert getattr(pair.link.telemetry(pair.now), field) == value


# Lies ---------------------------------------------------------------------------------------------------------------


def boot_ms(pair: Pair) -> float:
    """The time of the vehicle's positions now."""
    return 1000 * (pair.now + 7000.0)


def position(encoder: Encoder, boot_ms: float, x: float = 5.0, y: float = 5.0, z: float = 3.0) -> bytes:
    lat, lon = EARTH.to_earth(x, y)
    return encoder.frame("GLOBAL_POSITION_INT", time_boot_ms=boot_ms, lat=lat, lon=lon, relative_alt=round(1000 * z))


def place(pair: Pair) -> Sequence[float]:
    told = pair.link.telemetry(pair.now)
    assert told is not None
    return told.x, told.y, told.z


def test_another_system_is_not_our_aircraft() -> None:
    pair = Pair()
    pair.run(2.0)
    before = place(pair)
    for system, component in ((2, 1), (1, 2), (0, 0), (255, 190)):
        pair.link.take(pair.now, position(Encoder(system, component), boot_ms(pair)))
    assert (place(pair), pair.link.counts.strangers) == (before, 4)
    pair.lost_down = lambda data: sent_by("MISSION_ACK")(data) or sent_by("MISSION_REQUEST_INT")(data)
    pair.link.order(pair.now, "fly", "F1", PLAN)
    for _ in range(40):
        pair.step()
        pair.link.take(pair.now, Encoder(2, 1).frame("MISSION_ACK", target_system=255, mission_type=px4.FENCE))
    assert not pair.vehicle.armed


@pytest.mark.parametrize("jump", [-3_600_000, -5000, 5000, 3_600_000])
def test_a_clock_that_jumps_is_not_believed(jump: int) -> None:
    pair = Pair()
    pair.run(2.0)
    before = place(pair)
    pair.link.take(pair.now, position(Encoder(1, 1), max(0, boot_ms(pair) + jump)))
    assert (place(pair), pair.link.counts.stale) == (before, 1)
    pair.run(1.0)
    assert pair.link.counts.stale == 1, "its own clock goes on"


def test_an_aircraft_that_started_anew_is_believed_after_a_while() -> None:
    pair = Pair()
    pair.run(2.0)
    pair.vehicle._boot = pair.now
    pair.run(2.5)
    assert pair.link.counts.stale > 5
    pair.run(2.0)
    stale = pair.link.counts.stale
    pair.run(2.0)
    assert pair.link.counts.stale == stale
    assert pair.link.telemetry(pair.now) is not None


@pytest.mark.parametrize(("x", "y", "z"), [(5e5, 0.0, 3.0), (0.0, -5e5, 3.0), (0.0, 0.0, 900.0), (0.0, 0.0, -50.0)])
def test_a_position_outside_the_world_is_not_used(x: float, y: float, z: float) -> None:
    pair = Pair()
    pair.run(2.0)
    before = place(pair)
    pair.link.take(pair.now, position(Encoder(1, 1), boot_ms(pair), x, y, z))
    assert (place(pair), pair.link.counts.impossible) == (before, 1)


def test_a_vehicle_that_refuses_or_asks_for_what_there_is_not() -> None:
    for lie in (
        Encoder(1, 1).frame("MISSION_ACK", type=4, mission_type=px4.FENCE),
        Encoder(1, 1).frame("MISSION_REQUEST_INT", seq=9999, mission_type=px4.FENCE),
    ):
        pair = Pair()
        pair.run(1.0)
        pair.lost_up = lambda _data: True
        pair.link.order(pair.now, "fly", "F1", PLAN)
        pair.step()
        pair.link.take(pair.now, lie)
        assert len(pair.link.counts.refused) == 1
        pair.lost_up = lambda _data: False
        pair.run(5.0)
        assert not pair.vehicle.armed
        assert pair.fly(), "told anew it is tried anew"


def test_it_is_not_armed_without_a_position() -> None:
    pair = Pair()
    pair.craft.position_ok = False
    pair.run(1.0)
    assert not pair.fly(limit=6.0)
    assert any("400" in why for why in pair.link.counts.refused)


def test_rubbish_between_frames_harms_nothing() -> None:
    rng, decoder, good = random.Random(3), Decoder(), 0
    for i in range(300):
        frame = Encoder(1, 1).frame("MISSION_CURRENT", seq=i)
        rubbish = bytes(rng.randrange(256) for _ in range(rng.randrange(40))).replace(b"\xfd", b"")
        broken = bytearray(frame)
        broken[rng.randrange(1, len(broken))] ^= 1 << rng.randrange(8)
        # A start sign that promises more than comes may swallow what follows; so whole frames follow one another.
        found = decoder.feed(rubbish + bytes(broken)[: rng.choice((3, 99))]) + decoder.feed(frame * 60)
        good += any(f.values.get("seq") == i for f in found)
    assert good == 300
    assert decoder.damaged > 50


@pytest.mark.parametrize("seed", range(5))
def test_no_bytes_end_either_side(seed: int) -> None:
    rng, pair = random.Random(seed), Pair()
    names = ["MISSION_COUNT", "MISSION_ITEM_INT", "COMMAND_LONG", "MISSION_ACK", "COMMAND_ACK", "GLOBAL_POSITION_INT",
             "MISSION_REQUEST_INT", "HEARTBEAT", "SYS_STATUS", "MISSION_CURRENT"]  # fmt: skip
    for _ in range(2000):
        encoder = Encoder(rng.choice((1, 1, 2, 255)), rng.choice((1, 1, 190)))
        payload = bytes(rng.randrange(256) for _ in range(rng.randrange(1, 40)))
        data = _reframed(encoder.frame(rng.choice(names)), payload)
        pair.link.take(pair.now, data)
        pair.vehicle.take(pair.now, data)
        pair.step()
    told = pair.link.telemetry(pair.now)
    assert told is None or told.fault() == ""


def _reframed(data: bytes, payload: bytes) -> bytes:
    """Return a frame with another payload and a right checksum."""
    extra = next(v.extra for v in LAYOUTS.values() if v.id == int.from_bytes(data[7:10], "little"))
    body = bytes((len(payload),)) + data[2:10] + payload
    return data[:1] + body + crc(body, extra).to_bytes(2, "little")


def test_map_and_earth_agree_to_two_centimetres() -> None:
    rng = random.Random(1)
    for _ in range(200):
        earth = EarthFrame(rng.uniform(-60, 60), rng.uniform(-179, 179), rng.uniform(-3, 3))
        x, y, yaw = rng.uniform(-500, 500), rng.uniform(-500, 500), rng.uniform(-3, 3)
        bx, by = earth.to_map(*earth.to_earth(x, y))
        assert math.hypot(bx - x, by - y) < 0.02
        assert earth.yaw(earth.heading(yaw)) == pytest.approx(yaw)
    flat = EarthFrame(10.0, 106.0)
    assert (flat.heading(0.0), flat.heading(math.pi / 2)) == (90.0, 0.0)
    north = flat.to_earth(0.0, 110.6)[0] / 1e7 - 10.0
    assert north == pytest.approx(0.001, rel=1e-3)  # a degree of latitude is 110.6 km there


def test_modes_of_px4() -> None:
    for mode in px4.SUB:
        assert px4.mode_of(px4.custom_mode(mode), px4.IN_AIR) == mode
    assert px4.mode_of(px4.custom_mode("MISSION"), px4.TAKING_OFF) == "TAKEOFF"
    assert px4.mode_of(px4.custom_mode("MISSION"), px4.ON_GROUND) == "LANDED"
    assert px4.mode_of(1 << 16, px4.IN_AIR) == "HOLD", "flown by hand"
    assert px4.mode_of(px4.custom_mode("MISSION"), 0) == "MISSION", "not known to stand is in the air"


def test_a_frame_is_a_frame() -> None:
    data = Encoder(7, 9).frame("MISSION_COUNT", count=300, target_system=1, mission_type=1)
    (frame,) = Decoder().feed(data)
    assert frame == MavlinkFrame(7, 9, "MISSION_COUNT", {**frame.values, "count": 300, "mission_type": 1})
    assert len(data) == 10 + 5 + 2, "zeros at the end are not sent"


def test_rubbish_that_waits_is_bounded() -> None:
    decoder = Decoder()
    for _ in range(100):
        decoder.feed(b"\xfd\xff\x00" * 400)
    assert len(decoder._waiting) <= 4096
