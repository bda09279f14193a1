"""One robot's trouble at the gateway: a full disk, ids that ran out, a number that is none. The others go on."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from amr_core.robots import LIFT_AMR
from amr_core.vda5050 import InstantAction, OrderEdge
from amr_interop.mqtt.gateway import Gateway
from amr_interop.mqtt.link import Broker, Received
from amr_interop.vda.master import Master
from amr_interop.vda.robot_factsheet import factsheet
from amr_interop.vda.sent import MemoryShelf, SentBook
from amr_interop.vda.versions import V2_1
from tests.unit.vda_desk import Desk, leading, mission


class Disk(MemoryShelf):
    """A shelf that can be full."""

    full = False

    def save(self, robot: str, book: SentBook) -> None:
        if self.full:
            raise OSError(28, "No space left on device")
        super().save(robot, book)


def told(desk: Desk) -> list[tuple[str, str]]:
    assert desk.told is not None
    return [(e.code, e.level) for e in desk.told.errors]


def test_on_a_full_disk_no_order_goes_and_it_goes_when_there_is_space() -> None:
    disk = Disk()
    desk = Desk(shelf=disk)
    desk.say()
    disk.full = True
    desk.master.order(mission(3))
    assert desk.orders(desk.say(2.0)) == [], "what was released would be forgotten"
    assert told(desk) == [("store.failed", "FATAL")]
    assert desk.master.sent is None
    disk.full = False
    assert desk.orders(desk.say(2.0))
    desk.say()
    assert told(desk) == []


def test_a_full_disk_stops_neither_states_nor_pause_nor_cancel() -> None:
    disk = Disk()
    desk = Desk(shelf=disk)
    order = leading(desk)
    disk.full = True
    desk.master.order(mission(5, update=1))
    assert desk.orders(desk.say(1.0)) == []
    assert desk.told is not None
    assert desk.told.base == ("B", "C"), "an update that was not sent released nothing"
    desk.master.instant(InstantAction("r", "startPause", "p"))
    desk.master.instant(InstantAction("r", "cancelOrder", "c"))
    assert {"startPause", "cancelOrder"} <= set(desk.instants(desk.say(1.0)))
    assert desk.master.sent is not None
    assert desk.master.sent.order_id == order["orderId"]


class _Line:
    """A link to a broker: what comes is put in, what goes out is kept."""

    ready = True

    def __init__(self) -> None:
        self.inbox: list[Received] = []
        self.out: list[Any] = []

    def take(self) -> list[Received]:
        found, self.inbox = self.inbox, []
        return found

    def send(self, letter: Any) -> bool:
        self.out.append(letter)
        return True


class _Pair:
    """Two robots at one gateway: the first makes trouble."""

    def __init__(self) -> None:
        self.desk, self.line = Desk(V2_1), _Line()
        self.other = Master("s", "ACME", "2", map_id="site", shelf=MemoryShelf())
        self.gateway = Gateway(Broker(port=1), "amr-fleet", [self.desk.master, self.other])
        self.gateway.link = self.line  # type: ignore[assignment]

    def tick(self, seconds: float = 0.2) -> None:
        """Both say their state, then time goes by."""
        for number in ("1", "2"):
            head = {
                "headerId": self.desk.header, "timestamp": datetime.fromtimestamp(self.desk.now, UTC).isoformat(),
                "version": "2.1.0", "manufacturer": "ACME", "serialNumber": number,
            }  # fmt: skip
            self.desk.header += 1
            body = json.dumps(head | self.desk.body()).encode()
            self.line.inbox.append(Received(f"uagv/v2/ACME/{number}/state", body, retained=False))
        for _ in range(round(seconds / 0.1)):
            self.desk.now += 0.1
            for master, outcome in self.gateway.tick(self.desk.now):
                if master is self.desk.master:
                    self.desk.told = outcome.state

    def orders(self, number: str) -> int:
        return sum(letter.topic.endswith(f"/ACME/{number}/order") for letter in self.line.out)

    def instants(self, number: str) -> list[str]:
        topic = f"/ACME/{number}/instantActions"
        said = [json.loads(letter.payload) for letter in self.line.out if letter.topic.endswith(topic)]
        return [action["actionType"] for message in said for action in message["actions"]]


def test_ids_that_ran_out_are_the_trouble_of_one_robot() -> None:
    pair = _Pair()
    sheet = factsheet(LIFT_AMR, V2_1)
    sheet["protocolLimits"]["maxStringLens"] = {"idLen": 1, "idNumericalOnly": True}
    pair.desk.receive("factsheet", sheet)
    for master in pair.gateway.masters:
        master.order(replace(mission(6), robot=master.name))
    pair.tick(1.0)
    pair.tick(1.0)
    assert pair.orders("1") == 0
    assert pair.orders("2") >= 1
    assert ("vda.names", "FATAL") in told(pair.desk)
    for number in range(12):
        kind = "stopPause" if number % 2 else "startPause"
        pair.line.out.clear()
        pair.desk.master.instant(InstantAction("r", kind, f"p{number}"))
        pair.tick(1.0)
        assert kind in pair.instants("1"), "who can be told no order can be told to stop"


@pytest.mark.parametrize("when", ["receive", "step"])
def test_a_fault_at_one_robot_is_told_there_and_the_other_goes_on(when: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pair = _Pair()
    pair.tick()

    def broken(*_args: Any, **_more: Any) -> Any:
        raise ZeroDivisionError("by chance")

    monkeypatch.setattr(pair.desk.master, "_on_state" if when == "receive" else "_orders", broken)
    for master in pair.gateway.masters:
        master.order(replace(mission(3), robot=master.name))
    pair.tick()
    assert pair.orders("2") >= 1
    assert ("internal", "FATAL") in told(pair.desk)
    pair.desk.master.instant(InstantAction("r", "startPause", "p"))
    pair.tick(1.0)
    assert "startPause" in pair.instants("1"), "a robot that is to stop hears it, whatever else goes wrong"


def test_an_order_with_a_number_that_is_none_is_neither_kept_nor_sent() -> None:
    pair = _Pair()
    pair.tick()
    order = mission(3)
    first, *rest = order.edges
    wrong = OrderEdge(**{**vars(first), "max_speed": math.nan})
    pair.desk.master.order(replace(order, edges=(wrong, *rest)))
    pair.tick(1.0)
    assert pair.orders("1") == 0
    assert ("internal", "FATAL") in told(pair.desk)
    assert pair.desk.master.sent is None
    assert Desk(shelf=pair.desk.shelf).master.sent is None, "a start would read it again"
