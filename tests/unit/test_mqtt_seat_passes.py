"""The seat at a broker passes to another gateway: a standby takes over, or a person has released the robots."""

from __future__ import annotations

import json

from amr_core.vda5050 import Leader
from amr_interop.mqtt.seat import SEAT, Seat, parse, release
from tests.unit.seat_hall import A, B, Hall, state


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
