"""Corridors (2.1, 3.0) are never sent, granted or taken: docs/adr/0012-no-corridors.md."""

from __future__ import annotations

import json
from typing import Any

import pytest

from amr_core.robots import LIFT_AMR
from amr_interop.vda.robot_factsheet import factsheet
from amr_interop.vda.versions import V2_0, V2_1, V3_0, Spelling
from tests.unit.test_vda_factsheet import sheet_of, told
from tests.unit.vda_desk import Desk, leading, mission

EVERY = pytest.mark.parametrize("spelling", [V2_0, V2_1, V3_0], ids=lambda s: s.version)
PARTS = ("leftWidth", "rightWidth", "corridorRefPoint", "releaseRequired", "releaseLossBehavior")
FIELDS = ("order.edges.corridor", *(f"order.edges.corridor.{part}" for part in PARTS))


def offering(spelling: Spelling, support: str) -> dict[str, Any]:
    body = sheet_of(spelling)
    body["protocolFeatures"]["optionalParameters"] += [{"parameter": name, "support": support} for name in FIELDS]
    return body


@EVERY
def test_no_order_and_no_update_has_a_corridor_whatever_the_robot_offers(spelling: Spelling) -> None:
    desk = Desk(spelling, kind=LIFT_AMR)
    desk.receive("factsheet", offering(spelling, "SUPPORTED"))
    leading(desk)
    desk.master.order(mission(5, update=1))
    desk.wait(0.3)
    sent = [m for m in desk.sent if m.topic.endswith("/order")]
    assert len(sent) == 2
    assert not [m for m in desk.sent if "corridor" in json.dumps(m.message).lower()]


@EVERY
def test_who_cannot_drive_without_one_gets_no_orders(spelling: Spelling) -> None:
    desk = Desk(spelling, kind=LIFT_AMR)
    desk.receive("factsheet", offering(spelling, "REQUIRED"))
    desk.master.order(mission(3))
    assert desk.orders(desk.wait(5.0)) == []
    assert ("vda.factsheet_requires", "FATAL", {"parameter": "order.edges.corridor"}) in told(desk)


def test_who_asks_for_one_is_rejected() -> None:
    desk = Desk(V3_0)
    leading(desk)
    request = {"requestId": "q", "requestType": "CORRIDOR", "requestStatus": "REQUESTED"}
    edge = request | {"edgeId": "A::B", "edgeSequenceId": 1}
    (answer,) = [m.message for m in desk.say(1.0, edgeRequests=[edge]) if m.topic.endswith("/responses")]
    assert [(r["requestId"], r["grantType"]) for r in answer["responses"]] == [("q", "REJECTED")]


@EVERY
def test_our_robots_offer_none(spelling: Spelling) -> None:
    assert "corridor" not in json.dumps(factsheet(LIFT_AMR, spelling)).lower()
