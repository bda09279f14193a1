"""Whoever else commands a robot of ours over MQTT is noticed; what we sent ourselves, and who only asks, is not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from amr_interop.mqtt.gateway import Gateway
from amr_interop.mqtt.link import Broker, Received
from amr_interop.mqtt.strangers import ForeignCommands
from tests.unit.vda_desk import Desk, mission

ORDER = "uagv/v2/ACME/1/order"
ACTIONS = "uagv/v2/ACME/1/instantActions"


class Ether:
    """A gateway whose broker gives it back whatever it sends, as brokers do."""

    def __init__(self) -> None:
        self.desk = Desk()
        self.gateway = Gateway(Broker(port=1), "amr-fleet", [self.desk.master])
        self.inbox: list[Received] = []
        self.ready = True
        self.gateway.link = self  # type: ignore[assignment]

    def take(self) -> list[Received]:
        taken, self.inbox = self.inbox, []
        return taken

    def send(self, letter: Any) -> bool:
        self.inbox.append(Received(letter.topic, letter.payload, retained=False))
        return True

    def run(self, seconds: float) -> set[tuple[str, str]]:
        """Return the errors that the fleet is told at the end."""
        for _ in range(round(seconds / 0.5)):
            self.desk.receive("state", self.desk.body())
            for _ in range(5):
                self.desk.now += 0.1
                steps = list(self.gateway.tick(self.desk.now))
        state = steps[-1][1].state
        assert state is not None
        return {(error.code, error.level) for error in state.errors}

    def bring(self, topic: str, body: Mapping[str, Any], *, retained: bool = False) -> None:
        self.inbox.append(Received(topic, json.dumps(body).encode(), retained))


FOREIGN = ("vda.foreign_orders", "FATAL")


def test_an_order_that_nobody_here_sent_is_told_for_half_a_minute_and_our_own_are_not() -> None:
    ether = Ether()
    ether.desk.master.order(mission(3))
    assert FOREIGN not in ether.run(8.0)
    assert ether.desk.master.sent is not None, "an order went out and came back to us"
    ether.bring(ORDER, {"headerId": 1, "orderId": "theirs"})
    assert FOREIGN in ether.run(1.0)
    assert FOREIGN in ether.run(28.0)
    assert FOREIGN not in ether.run(3.0)


@pytest.mark.parametrize(
    ("actions", "told"),
    [(["cancelOrder"], True), (["stateRequest"], False), (["stateRequest", "startPause"], True), ([], True)],
)
@pytest.mark.parametrize("key", ["actions", "instantActions"])
def test_who_only_asks_commands_nobody(key: str, actions: list[str], told: bool) -> None:
    ether = Ether()
    ether.run(5.0)
    ether.bring(ACTIONS, {"headerId": 1, key: [{"actionType": name} for name in actions]})
    assert (FOREIGN in ether.run(1.0)) == told


def test_an_order_that_the_broker_has_kept_is_told_at_once_since_its_robot_gets_it_each_time() -> None:
    """A broker brings it when we connect, before we lead, and not again."""
    ether = Ether()
    ether.bring(ORDER, {"headerId": 1, "orderId": "theirs"}, retained=True)
    assert FOREIGN in ether.run(1.0)
    assert FOREIGN in ether.run(60.0), "it is there still"
    ether.inbox.append(Received(ORDER, b"", retained=False))
    ether.run(31.0)
    assert FOREIGN not in ether.run(1.0), "somebody took it away"


def test_what_the_broker_has_kept_tells_nobody_who_does_not_lead_and_questions_never() -> None:
    strangers = ForeignCommands()
    for topic, payload in ((ORDER, b"{}"), (ACTIONS, b'{"actions":[{"actionType":"stateRequest"}]}')):
        assert not strangers.foreign(1.0, topic, payload, retained=True)
    assert strangers.kept() == []
    strangers.step(2.0, leads=True)
    assert strangers.kept() == [ORDER]


def test_what_the_one_before_us_sent_is_no_strangers() -> None:
    strangers = ForeignCommands()
    assert not strangers.foreign(1.0, ORDER, b"{}", retained=False), "we do not lead"
    strangers.step(10.0, leads=True)
    assert not strangers.foreign(12.0, ORDER, b"{}", retained=False)
    assert strangers.foreign(14.0, ORDER, b"{}", retained=False)
    strangers.step(20.0, leads=False)
    assert not strangers.foreign(30.0, ORDER, b"{}", retained=False)


@pytest.mark.parametrize("payload", [b"\xff", b"[" * 100_000, b"[]", b"7", b'{"actions":7}'])
def test_rubbish_on_a_topic_of_commands_is_anothers(payload: bytes) -> None:
    strangers = ForeignCommands()
    strangers.step(0.0, leads=True)
    assert strangers.foreign(10.0, ACTIONS, payload, retained=False)
    assert not strangers.foreign(10.0, ACTIONS, b"", retained=True), "that only deletes what was kept"
