"""One fleet leads the robots of a broker: two gateways and what the broker puts into one order, without a network."""

from __future__ import annotations

import json
from typing import Any

import pytest

from amr_core.vda5050 import Leader
from amr_interop.mqtt.gateway import Gateway
from amr_interop.mqtt.link import Broker
from amr_interop.mqtt.seat import CLAIM, SEAT, Seat, parse
from amr_interop.mqtt.site_files import access
from tests.unit.seat_hall import A, B, Hall, state


def test_a_name_that_cannot_be_written_is_no_word_of_a_fleet() -> None:
    """It would be published to our fleet with each state, which fails."""
    assert parse(rb'{"instance": "journal-\ud83d", "epoch": 1, "term": 1}') is None
    assert parse(b'{"instance": "\xed\xa0\xbd", "epoch": 1, "term": 1}') is None, "Python's JSON takes it in bytes"


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
