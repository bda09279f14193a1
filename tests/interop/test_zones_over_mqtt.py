"""V20, RELEASE zones of 3.0 over a real mosquitto: grant, queue, restart, expiry by the lease."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from amr_interop.mqtt.gateway import Gateway
from amr_interop.mqtt.link import Broker, Letter, MqttLink
from amr_interop.vda.outbox import MasterStep, Outgoing
from amr_interop.vda.sent import Shelf
from amr_interop.vda.versions import V3_0
from amr_interop.vda.zones import LEASE_S
from tests.unit.test_vda_zones import HOLD, answers, enabled, furnished, request, sets, shows
from tests.unit.vda_desk import Desk

HEARS = ("order", "instantActions", "zoneSet", "responses")


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 20.0
    while not true():
        assert time.monotonic() < end
        time.sleep(0.001)


class Wired(Desk):
    """A gateway and a robot that hear each other at a broker only; time is the test's."""

    def __init__(self, port: int, shelf: Shelf | None = None) -> None:
        super().__init__(V3_0, shelf)
        self.gateway = Gateway(Broker(port=port), "masters", [self.master])
        self.robot = MqttLink(Broker(port=port), "robot", [self.topic(name) for name in HEARS])
        for link in (self.gateway.link, self.robot):
            link.start()
            assert link.wait_ready(10.0)

    def deliver(self, topic: str, message: Mapping[str, Any], *, retained: bool) -> None:
        counts = self.gateway.link.counts
        before = counts["received"]
        assert self.robot.send(Letter(topic, message, retained))
        until(lambda: counts["received"] > before)

    def step(self) -> MasterStep:
        ((_, step),) = self.gateway.tick(self.now)
        mine = [out for out in step.messages if out.topic.rpartition("/")[2] in HEARS]
        heard: list[Outgoing] = []
        until(lambda: len(self._hear(heard)) >= len(mine))
        assert [out.message for out in heard] == [json.loads(json.dumps(out.message)) for out in mine]
        return MasterStep(heard, step.state)

    def _hear(self, heard: list[Outgoing]) -> list[Outgoing]:
        heard += [Outgoing(m.topic, json.loads(m.payload)) for m in self.robot.take()]
        return heard

    def close(self) -> None:
        self.gateway.link.close()
        self.robot.close()


@pytest.fixture
def wired(port: int, plain: object) -> Iterator[Callable[..., Wired]]:
    assert plain is not None
    made: list[Wired] = []

    def make(shelf: Shelf | None = None) -> Wired:
        made.append(Wired(port, shelf))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_v20_a_zone_is_queued_for_granted_renewed_over_a_restart_and_ends_by_its_lease(
    wired: Callable[..., Wired],
) -> None:
    d = wired()
    furnished(d)
    d.master.zones.wanted = (HOLD,)
    name = enabled(d)
    row, granted = request("q1", name), request("q1", name, status="GRANTED")
    (told,) = answers(shows(d, (name, "ENABLED"), zoneRequests=[row]))
    assert told == {"requestId": "q1", "grantType": "QUEUED"}
    (told,) = answers(shows(d, (name, "ENABLED"), zoneRequests=[row], x=15.0, y=15.0))
    assert told["grantType"] == "GRANTED"
    renewed = [a for _ in range(5) for a in answers(shows(d, (name, "ENABLED"), seconds=1.0, zoneRequests=[granted]))]
    assert renewed
    assert all(a["leaseExpiry"] > told["leaseExpiry"] for a in renewed)

    d.gateway.link.close()  # the fleet dies: nobody renews, and the robot has its lease to its end
    again = wired(d.shelf)
    again.now, again.header, again.state = d.now + 1.0, d.header, d.state
    furnished(again)
    again.master.zones.wanted = (HOLD,)
    sent = shows(again, (name, "ENABLED"), zoneRequests=[granted])
    assert answers(sent) == [], "of a set that the new one does not know"
    (other,) = [str(one["zoneSetId"]) for one in sets(sent)]
    assert other != name
    for word in ("DISABLED", "ENABLED"):
        shows(again, (other, word))
    ended = request("q1", name, status="EXPIRED")
    for _ in range(round(2 * LEASE_S)):
        sent = shows(again, (other, "ENABLED"), seconds=1.0, zoneRequests=[ended])
        assert answers(sent) == [], "a lease that ended is not given anew; the robot asks again"
    (told,) = answers(shows(again, (other, "ENABLED"), zoneRequests=[request("q2", other)]))
    assert told["grantType"] == "GRANTED"
