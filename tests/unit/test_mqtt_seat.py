"""One fleet leads the robots of a broker: two gateways and what the broker puts into one order, without a network."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import pytest

from amr_core.vda5050 import Leader, RobotState
from amr_interop.mqtt.gateway import Gateway
from amr_interop.mqtt.link import Broker
from amr_interop.mqtt.seat import CLAIM, SEAT, Seat, parse, release
from amr_interop.mqtt.site_files import access

A, B = Leader("journal-a", 3), Leader("journal-b", 1)


def test_a_name_that_cannot_be_written_is_no_word_of_a_fleet() -> None:
    """It would be published to our fleet with each state, which fails."""
    assert parse(rb'{"instance": "journal-\ud83d", "epoch": 1, "term": 1}') is None
    assert parse(b'{"instance": "\xed\xa0\xbd", "epoch": 1, "term": 1}') is None, "Python's JSON takes it in bytes"


@dataclass
class Hall:
    """A broker and the gateways at it; all hear everything in one order. keeps: whether it serves the topics at all."""

    keeps: bool = True
    now: float = 100.0
    kept: bytes = b""
    seats: dict[str, Seat] = field(default_factory=dict)
    fleets: dict[str, Leader] = field(default_factory=dict)
    down: set[str] = field(default_factory=set)

    def add(self, name: str, own: Leader) -> Seat:
        seat = Seat(name, lambda: self.now)
        self.seats[name], self.fleets[name] = seat, own
        seat.beats(own)
        self._greet(seat)
        return seat

    def _greet(self, seat: Seat) -> None:
        if self.kept:
            seat.heard(SEAT, self.kept)

    def link(self, name: str, up: bool) -> None:
        if up and name in self.down:
            self.down.discard(name)
            self._greet(self.seats[name])
        elif not up:
            self.down.add(name)

    def say(self, topic: str, payload: bytes) -> None:
        if topic == SEAT:
            self.kept = payload
        for name, seat in self.seats.items():
            if name not in self.down:
                seat.heard(topic, payload)

    def run(self, seconds: float) -> None:
        for _ in range(round(10 * seconds)):
            self.now += 0.1
            said: deque[tuple[str, bytes]] = deque()
            for name, seat in self.seats.items():
                if name in self.fleets:
                    seat.beats(self.fleets[name])
                said += [(x.topic, x.payload) for x in seat.step(name not in self.down)]
            for topic, payload in said if self.keeps else ():
                self.say(topic, payload)

    @property
    def leading(self) -> list[str]:
        return [name for name, seat in self.seats.items() if seat.leads]


def state() -> RobotState:
    return RobotState(robot="amr_01", leader=None)


def test_the_first_leads_and_the_second_is_refused_and_both_know() -> None:
    hall = Hall()
    a = hall.add("a", A)
    assert hall.leading == []  # nobody knows yet what the broker keeps
    hall.run(5.0)
    b = hall.add("b", B)
    hall.run(10.0)
    assert hall.leading == ["a"]
    assert b.told(state()).leader == A
    errors = a.told(state()).errors
    assert [(e.code, e.level) for e in errors] == [("agent.foreign_fleet", "WARNING")]
    assert errors[0].facts == {"fleet": "journal-b", "epoch": 1, "obeys": "journal-a", "obeys_epoch": 3}
    del hall.seats["b"]
    hall.run(11.0)
    assert a.told(state()) == state()  # nobody else is there any more


def test_two_that_start_at_once_agree() -> None:
    hall = Hall()
    hall.add("a", A)
    hall.add("b", B)
    for _ in range(50):
        hall.run(0.1)
        assert len(hall.leading) <= 1
    assert len(hall.leading) == 1


def test_a_restart_goes_on_and_the_process_before_it_may_say_nothing_more() -> None:
    hall = Hall()
    hall.add("old", A)
    hall.run(5.0)
    new = hall.add("new", Leader(A.instance, A.epoch + 1))
    hall.run(5.0)
    assert hall.leading == ["new"]
    assert new.refused == A  # it still runs
    assert hall.seats["old"].told(state()).leader == new.own


def test_the_same_gateway_goes_on_when_its_fleet_was_started_again() -> None:
    hall = Hall()
    a = hall.add("a", A)
    hall.run(5.0)
    hall.fleets["a"] = Leader(A.instance, A.epoch + 1)
    hall.run(3.0)
    assert hall.leading == ["a"]
    assert a.refused is None
    assert json.loads(hall.kept)["held"] > 3.0  # the fleet has led for as long as before


def test_who_led_is_kept_while_it_is_away_and_another_gets_the_robots_only_when_they_are_released() -> None:
    hall = Hall()
    hall.add("a", A)
    hall.run(5.0)
    del hall.seats["a"]
    hall.add("b", B)
    hall.run(600.0)
    assert hall.leading == []
    hall.say(SEAT, b"")
    hall.run(5.0)
    assert hall.leading == ["b"]


def test_a_broker_that_forgot_who_led_is_told_and_the_elder_keeps_the_seat() -> None:
    hall = Hall()
    hall.add("a", A)
    hall.run(60.0)
    hall.link("a", up=False)
    hall.kept = b""
    hall.add("b", B)
    hall.run(5.0)
    assert "b" in hall.leading  # nobody told it otherwise
    hall.link("a", up=True)
    hall.run(8.0)
    assert hall.leading == ["a"]
    assert json.loads(hall.kept)["instance"] == A.instance


def test_a_broker_that_was_started_anew_is_told_before_anybody_else_asks() -> None:
    hall = Hall()
    hall.add("a", A)
    hall.run(5.0)
    hall.link("a", up=False)
    hall.kept = b""
    hall.run(1.0)
    hall.link("a", up=True)
    hall.run(3.0)
    hall.add("b", B)
    hall.run(5.0)
    assert hall.leading == ["a"]


def test_where_the_access_list_is_an_old_one_the_fleet_leads_as_before_and_says_so() -> None:
    hall = Hall(keeps=False)
    a = hall.add("a", A)
    hall.run(5.0)
    assert not a.leads
    hall.run(5.0)
    assert (a.leads, a.deaf) == (True, True)


def test_a_gateway_without_a_fleet_says_nothing_and_robots_of_another_are_left_alone() -> None:
    hall = Hall()
    lone = hall.add("lone", Leader())
    hall.run(10.0)
    assert (hall.kept, lone.leads) == (b"", False)
    hall.add("a", A)
    hall.run(5.0)
    assert hall.leading == ["a"]


def test_a_standby_takes_over_and_the_dead_fleets_gateway_is_no_second_fleet() -> None:
    hall = Hall()
    hall.add("a", A)
    standby = hall.add("standby", Leader())  # it says nothing while it waits for the journal
    hall.run(30.0)
    assert hall.leading == ["a"]
    del hall.fleets["a"]  # killed; its gateway lives on
    hall.fleets["standby"] = Leader(A.instance, A.epoch + 1)
    hall.run(3.0)
    assert hall.leading == ["standby"]
    hall.run(30.0)
    assert standby.told(state()) == state()  # nobody is called a second fleet
    hall.link("standby", up=False)
    hall.kept = b""
    hall.run(1.0)
    hall.link("standby", up=True)
    hall.run(3.0)
    assert (hall.leading, json.loads(hall.kept)["epoch"]) == (["standby"], A.epoch + 1)


def test_a_gateway_whose_fleet_has_ended_does_not_take_released_robots_back() -> None:
    hall = Hall()
    hall.add("a", A)
    hall.run(5.0)
    del hall.fleets["a"]
    hall.add("b", B)
    hall.run(20.0)
    assert hall.leading == ["a"]
    hall.say(SEAT, release(parse(hall.kept)).payload)
    hall.run(5.0)
    assert hall.leading == ["b"]


def test_a_fleet_that_was_away_when_a_person_released_its_robots_does_not_take_them_back() -> None:
    hall = Hall()
    a = hall.add("a", A)
    hall.run(600.0)
    hall.link("a", up=False)
    hall.add("b", B)
    hall.run(5.0)
    hall.say(SEAT, release(parse(hall.kept)).payload)
    hall.run(5.0)
    assert (a.holder, hall.leading) == (A, ["b"])
    hall.link("a", up=True)
    hall.run(10.0)
    assert hall.leading == ["b"]
    assert a.told(state()).leader == B
    late = {"instance": A.instance, "epoch": A.epoch, "gateway": "a", "held": 900.0}
    hall.say(SEAT, json.dumps(late).encode())  # said before it heard of the release
    hall.run(0.1)
    assert (hall.leading, json.loads(hall.kept)["instance"]) == (["b"], B.instance)


def test_a_fleet_that_ended_does_not_hold_what_its_broker_forgot() -> None:
    hall = Hall()
    hall.add("a", A)
    hall.run(60.0)
    del hall.fleets["a"]
    hall.run(11.0)
    hall.kept = b""
    hall.add("b", B)
    hall.run(5.0)
    assert hall.leading == ["b"]


def test_a_gateway_that_was_away_waits_for_what_the_broker_keeps() -> None:
    hall = Hall()
    a = hall.add("a", A)
    hall.run(5.0)
    assert a.leads
    a_kept = hall.kept
    list(a.step(False))
    list(a.step(True))
    assert not a.leads  # somebody may have got the seat meanwhile
    a.heard(SEAT, a_kept)
    assert a.leads


def test_of_two_gateways_of_one_process_the_newer_leads_alone_and_both_know() -> None:
    hall = Hall()
    first = hall.add("first", A)
    hall.run(5.0)
    second = hall.add("second", A)  # started again, or a copy of the server
    hall.run(10.0)
    assert hall.leading == ["second"]
    assert [e.code for e in first.told(state()).errors] == ["agent.foreign_fleet"]
    assert [e.code for e in second.told(state()).errors] == ["agent.foreign_fleet"]
    for name in ("first", "second"):
        hall.fleets[name] = Leader(A.instance, A.epoch + 1)
    hall.run(10.0)
    assert len(hall.leading) == 1


def test_a_word_over_the_holders_is_put_right_at_once() -> None:
    hall = Hall()
    hall.add("a", A)
    hall.run(20.0)
    hall.say(SEAT, json.dumps({"instance": B.instance, "epoch": B.epoch, "gateway": "b"}).encode())
    hall.run(0.1)
    assert (hall.leading, json.loads(hall.kept)["instance"]) == (["a"], A.instance)


def test_of_two_that_led_equally_long_one_goes() -> None:
    hall = Hall()
    hall.add("a", A)
    hall.add("b", B)
    for name, other in (("a", "b"), ("b", "a")):  # neither knows of the other: the broker forgot in between
        hall.link(other, up=False)
        hall.kept = b""
        hall.link(name, up=True)
        hall.run(4.0)
        assert hall.leading == [name]
    hall.seats["a"]._since = hall.seats["b"]._since
    hall.kept = b""
    hall.link("a", up=True)
    hall.run(10.0)
    assert hall.leading == ["a"]


def test_a_second_fleet_on_the_servers_own_side_is_refused_and_its_orders_are_not_sent_on() -> None:
    hall = Hall()
    a = hall.add("a", A)
    hall.run(5.0)
    assert a.obeys(A)
    assert a.obeys(Leader())
    for _ in range(3):
        a.beats(B)
    assert (a.own, a.refused, a.leads) == (A, B, True)
    assert not a.obeys(B)
    assert not a.obeys(Leader(A.instance, A.epoch - 1))
    del hall.fleets["a"]
    hall.run(11.0)
    a.beats(B)  # ours has ended: whoever speaks now is our fleet, and asks the broker
    assert (a.own, a.leads) == (B, False)


@pytest.mark.parametrize(
    "rubbish",
    [
        b"{", b"[]", b"7", b"\xff\xfe", b"[" * 990, b"x" * 5000, b'{"instance":"","epoch":1}', b'{"instance":"x"}',
        b'{"instance":"x","epoch":true}', b'{"instance":"x","epoch":-1}', b'{"instance":7,"epoch":1}',
        b'{"instance":"","epoch":0}', b'{"instance":"","epoch":1,"term":1}', b'{"instance":"x","epoch":9,"term":-1}',
        b'{"instance":"x","epoch":9,"term":1.5}', b'{"instance":"x","epoch":9,"gateway":7}',
        b'{"instance":"x","epoch":9,"held":1' + b"0" * 400 + b"}", b'{"instance":"x","epoch":9,"held":1e999}',
        b'{"instance":"x","epoch":1,"held":NaN}', b'{"instance":"x","epoch":1,"held":"long"}',
        json.dumps({"instance": "x" * 65, "epoch": 1}).encode(),
    ],
)  # fmt: skip
@pytest.mark.parametrize("topic", [SEAT, CLAIM])
def test_rubbish_is_nobodys_word(topic: str, rubbish: bytes) -> None:
    hall = Hall()
    a = hall.add("a", A)
    hall.run(5.0)
    for _ in range(3):
        a.heard(topic, rubbish)
    assert (a.holder, a.refused, a.leads) == (A, None, True)


def test_only_the_fleet_may_say_who_leads() -> None:
    lines = access({"amr_01": ("AMR", "amr_01")}).splitlines()
    fleets = lines[
        lines.index("user amr-fleet") : next(k for k, line in enumerate(lines) if line.startswith("pattern"))
    ]
    for topic in (SEAT, CLAIM):
        assert f"topic readwrite {topic}" in fleets
        assert not [line for line in lines if topic in line and line not in fleets]


def test_a_gateway_that_does_not_lead_sends_nothing() -> None:
    sent: list[Any] = []
    asked: list[bool] = []

    class Master:
        name, address = "amr_01", ("AMR", "amr_01")

        def lead(self, *, leads: bool) -> None:
            assert leads in (True, False)

        def step(self, now: float, *, connected: bool) -> Any:
            asked.append(connected)
            return type("Step", (), {"messages": []})()

    seat = Seat("x", lambda: 100.0)
    made: Any = Gateway(Broker(port=1), "x", [Master()], seat)  # type: ignore[list-item]
    link: Any = type("Link", (), {"ready": True, "take": lambda _self: [], "send": lambda _self, m: sent.append(m)})()
    made.link, seat.own = link, A
    list(made.tick(1.0))
    for who in (A, B):
        seat.heard(
            SEAT, json.dumps({"instance": who.instance, "epoch": who.epoch, "gateway": "x", "held": 9.0}).encode()
        )
        list(made.tick(1.0))
    assert asked == [False, True, False]


def test_a_standby_that_heard_the_process_before_it_sees_no_second_fleet() -> None:
    hall = Hall()
    hall.add("first", A)
    standby = hall.seats["standby"] = Seat("standby", lambda: hall.now)  # its fleet waits for the journal
    hall.run(20.0)
    assert hall.leading == ["first"]
    assert standby.refused == A
    del hall.seats["first"], hall.fleets["first"]
    hall.fleets["standby"] = Leader(A.instance, A.epoch + 1)
    for _ in range(100):
        hall.run(0.1)
        assert standby.refused is None
    assert hall.leading == ["standby"]
    hall.add("another", B)
    hall.run(10.0)
    assert standby.refused == B, "and it still sees a stranger"
