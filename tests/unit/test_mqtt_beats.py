"""A robot of ours behind a broker hears that its fleet lives, and stops at the next node when it does not."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from amr_core.vda5050 import Leader
from amr_interop.mqtt import demo_broker
from amr_interop.mqtt import link as link_module
from amr_interop.mqtt.beats import HEARD_S, FleetEar
from amr_interop.mqtt.link import Received
from amr_interop.mqtt.seat import BEAT, Seat, release
from amr_navigation.agent import model as m
from tests.unit.agent_rig import Rig, make_order
from tests.unit.seat_hall import A, B, Hall

Monkey = pytest.MonkeyPatch
WHOLE_S = 5.0
"""The docs' bound from the last beat that the robot hears to the moment from which it stops at the next node."""


class Floor(Hall):
    """A hall with one robot that hears what the broker brings it. deaf: its line brings nothing."""

    def __init__(self, keeps: bool = True) -> None:
        super().__init__(keeps)
        self.ear = FleetEar(lambda: self.now)
        self.deaf = False
        self.beats: list[dict[str, Any]] = []

    def say(self, topic: str, payload: bytes) -> None:
        super().say(topic, payload)
        if topic == BEAT:
            self.beats.append(json.loads(payload))
            if not self.deaf:
                self.ear.heard(self.now, Received(topic, payload, retained=False))

    def gap(self, seconds: float) -> float:
        """Go on for some seconds; return how long (s) its agent heard no beat in them."""
        missed = 0.0
        for _ in range(round(10 * seconds)):
            self.run(0.1)
            missed += 0.0 if self.ear.lives(self.now) else 0.1
        return missed


def word(leader: Leader, **more: Any) -> bytes:
    return json.dumps({"instance": leader.instance, "epoch": leader.epoch, "gateway": "g"} | more).encode()


def test_who_leads_says_each_beat_of_its_fleet_and_nobody_else_says_one() -> None:
    floor = Floor()
    seat = floor.add("a", A)
    floor.run(3.0)
    floor.add("b", B)
    del floor.fleets["a"]
    floor.beats.clear()
    floor.run(5.0)
    assert not floor.beats, "no beat of its fleet: neither the holder of the seat says one, nor who has no seat"
    seat.beats(A)
    floor.run(1.0)
    assert [(b["instance"], b["gateway"]) for b in floor.beats] == [("journal-a", "a")], "once"


def test_a_beat_that_could_not_go_out_is_not_said_later() -> None:
    floor = Floor()
    seat = floor.add("a", A)
    floor.run(3.0)
    del floor.fleets["a"]
    floor.link("a", up=False)
    seat.beats(A)
    floor.run(1.0)
    floor.link("a", up=True)
    floor.beats.clear()
    floor.run(3.0)
    assert not floor.beats


class Strict(demo_broker.DemoBroker):
    """Ends the connection of who asks for beats, as some brokers do with what their access list does not have."""

    asked = 0

    def _subscribe(self, client: Any, body: bytes) -> None:
        if BEAT.encode() in body:
            Strict.asked += 1
            raise demo_broker._BadPacketError
        super()._subscribe(client, body)


def test_a_broker_that_ends_the_connection_of_who_asks_for_beats_is_asked_twice(monkeypatch: Monkey) -> None:
    monkeypatch.setattr(demo_broker, "DemoBroker", Strict)
    monkeypatch.setattr(link_module, "_RECONNECT_S", (0.05, 0.05))
    monkeypatch.setattr(Strict, "asked", 0)
    with demo_broker.serving() as port:
        link = link_module.MqttLink(link_module.Broker(port=port), "robot", ["order"], wished=[BEAT])
        link.start()
        end = time.monotonic() + 20.0
        while link.connects < 3 or not link.ready:
            assert time.monotonic() < end
            time.sleep(0.01)
        time.sleep(0.3)
        assert (link.connects, link.ready, Strict.asked) == (3, True, 2)
        link.close()


def test_where_no_beat_was_ever_heard_its_agent_always_hears_one() -> None:
    """A foreign master has none, and a broker with an access list of before brings none."""
    floor = Floor(keeps=False)
    floor.add("a", A)
    floor.run(60.0)
    assert floor.ear.lives(floor.now)
    assert not floor.beats, "the gateway that leads unguarded says none"


def _fleet(floor: Floor) -> None:
    del floor.fleets["a"]


def _gateway(floor: Floor) -> None:
    del floor.seats["a"]


def _one_way(floor: Floor) -> None:
    floor.deaf = True


class Driver:
    """A robot on that floor with 18 m released, from whose agent the node keeps no beat back but those that lack."""

    def __init__(self, floor: Floor) -> None:
        self.floor, self.rig = floor, Rig(speed=0.2)
        self._steps = 0
        self.rig.send(m.OrderReceived(make_order(4)))

    @property
    def silent(self) -> bool:
        return self.rig.error("agent.fleet_silent") is not None

    def run(self, seconds: float) -> None:
        for _ in range(round(10 * seconds)):
            self.floor.run(0.1)
            self._steps += 1
            self.rig.beat = self._steps % 10 == 0 and self.floor.ear.lives(self.floor.now)
            self.rig.step()


@pytest.mark.parametrize("fault", [_fleet, _gateway, _one_way])
@pytest.mark.parametrize("phase", [0.0, 0.9])
def test_when_beats_end_it_stops_at_the_next_node_within_5_s_and_goes_on_by_itself(
    fault: Callable[[Floor], None], phase: float
) -> None:
    floor = Floor()
    seat = floor.add("a", A)
    floor.run(3.0)
    driver = Driver(floor)
    driver.run(1.0 + phase)
    fault(floor)
    began = floor.now
    while not driver.silent:
        driver.run(0.1)
        assert floor.now - began <= WHOLE_S + 0.25, "0.1 s a tick of robot and agent"
    assert floor.now - began >= WHOLE_S - 1.0
    driver.run(30.0)
    assert driver.rig.state.last_node_id == "n1", "4 m along: released are 18 m"
    floor.fleets["a"], floor.seats["a"], floor.deaf = A, seat, False
    driver.run(3.0)
    assert not driver.silent
    driver.run(90.0)
    assert driver.rig.state.last_node_id == "n4"


@pytest.mark.parametrize("every", [1.0, 2.0, 3.0, 3.9])
def test_beats_that_come_late_stop_nobody(every: float) -> None:
    floor = Floor()
    seat = floor.add("a", A)
    floor.run(3.0)
    del floor.fleets["a"]
    driver = Driver(floor)
    for _ in range(8):
        seat.beats(A)
        for _ in range(round(10 * every)):
            driver.run(0.1)
            assert not driver.silent


def test_a_beat_of_another_fleet_keeps_nobody_driving() -> None:
    floor = Floor()
    floor.add("a", A)
    floor.run(10.0)
    del floor.seats["a"]
    for _ in range(30):
        floor.say(BEAT, word(B))
        floor.run(0.1)
    assert not floor.ear.lives(floor.now)


def test_a_beat_of_an_older_process_counts_no_more() -> None:
    floor = Floor()
    floor.add("a", Leader(A.instance, A.epoch + 1))
    floor.run(10.0)
    del floor.seats["a"]
    for _ in range(30):
        floor.say(BEAT, word(A, held=1e6))
        floor.run(0.1)
    assert not floor.ear.lives(floor.now)


def test_a_standby_that_takes_over_and_a_gateway_that_is_started_again_stop_nobody() -> None:
    floor = Floor()
    floor.add("a", A)
    floor.run(10.0)
    for name, leader in (("again", A), ("standby", Leader(A.instance, A.epoch + 1))):
        floor.seats.clear()
        floor.fleets.clear()
        missed = floor.gap(2.0)  # nobody there
        floor.add(name, leader)
        assert missed + floor.gap(5.0) < 3.0, "the agent's own patience"
        assert floor.gap(20.0) == 0.0


def test_after_a_person_released_the_robots_the_next_fleet_is_heard() -> None:
    floor = Floor()
    seat = floor.add("a", A)
    floor.run(60.0)
    letter = release(None)
    del floor.seats["a"]
    floor.say(letter.topic, letter.payload)
    assert seat.own == A
    floor.add("b", B)
    floor.run(5.0)
    assert floor.leading == ["b"]
    assert floor.ear.lives(floor.now), "a release counts more than how long the other had led"


def test_at_a_broker_that_began_anew_another_fleet_may_lead() -> None:
    floor = Floor()
    floor.add("a", A)
    floor.run(60.0)
    floor.seats.clear()
    floor.kept = b""
    floor.add("b", B)
    floor.run(5.0)
    assert not floor.ear.lives(floor.now)
    floor.ear.connected()
    floor.run(1.0)
    assert floor.ear.lives(floor.now)


RUBBISH = (
    b"", b"{", b"\xff\xfe", b"[" * 5000, b"null", b"[]", b'{"instance": 7}', b'{"instance": "journal-a", "epoch": -1}',
    b'{"instance": "", "epoch": 0, "term": 9}', b'{"instance": "journal-a", "epoch": 1e999}', b"x" * 900_000,
)  # fmt: skip


@pytest.mark.parametrize("payload", RUBBISH)
def test_rubbish_is_no_beat(payload: bytes) -> None:
    now = 100.0
    ear = FleetEar(lambda: now)
    ear.heard(now, Received(BEAT, payload, retained=False))
    now += 60.0
    assert ear.lives(now), "as if nothing was said"
    ear.heard(now, Received(BEAT, word(A), retained=False))
    now += HEARD_S + 0.1
    ear.heard(now, Received(BEAT, payload, retained=False))
    assert not ear.lives(now)
    ear.heard(now, Received(BEAT, word(A), retained=False))
    assert ear.lives(now), "and it changes nothing about who leads"


def test_a_kept_beat_is_none() -> None:
    now = 100.0
    ear = FleetEar(lambda: now)
    ear.heard(now, Received(BEAT, word(A), retained=True))
    now += 60.0
    assert ear.lives(now), "as if nothing was said"


def test_in_a_simulation_the_clock_that_has_gone_less_counts() -> None:
    steady = 0.0
    ear = FleetEar(lambda: steady)
    ear.heard(1000.0, Received(BEAT, word(A), retained=False))
    assert ear.lives(1000.0 + 10.0 * HEARD_S), "it runs faster than the network"
    steady = 10.0 * HEARD_S
    assert ear.lives(1000.5), "it runs slower"
    assert not ear.lives(1000.0 + HEARD_S + 0.1)
    assert not ear.lives(0.0), "it began anew"


def test_a_seat_that_is_not_ours_says_no_beat_whatever_its_fleet_says() -> None:
    seat = Seat("g", lambda: 100.0)
    seat.beats(A)
    assert not [x for x in seat.step(ready=True) if x.topic == BEAT]
