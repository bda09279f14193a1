"""Requests for areas of VDA 5050 3.0: who asks gets a lease, waits, or is told no."""

from __future__ import annotations

import pytest

from amr_core.robots import LIFT_AMR
from amr_interop.vda.robot_factsheet import factsheet
from amr_interop.vda.versions import V3_0
from amr_interop.vda.zones import LEASE_S
from tests.unit.test_vda_zones import HOLD, answers, desk, enabled, request, sets, shows, sized
from tests.unit.vda_desk import Desk


@pytest.mark.parametrize(("length", "width", "x", "word"), [
    (0.8, 0.6, 9.75, "GRANTED"), (0.8, 0.6, 9.6, "QUEUED"), (0.0, 0.0, 9.4, "GRANTED"), (4.0, 2.0, 9.2, "QUEUED"),
    (-1.0, 2.0, 9.4, "GRANTED"),
])  # fmt: skip
def test_a_lease_gets_only_who_is_in_the_area_with_some_part(length: float, width: float, x: float, word: str) -> None:
    d = sized(length, width)
    d.master.zones.wanted = (HOLD,)
    name = enabled(d)
    (told,) = answers(shows(d, (name, "ENABLED"), zoneRequests=[request("q", name)], x=x, y=15.0))
    assert told["grantType"] == word


def test_who_asks_for_an_area_on_hold_is_queued_and_who_is_inside_gets_a_lease_that_is_renewed() -> None:
    d = desk()
    d.master.zones.wanted = (HOLD,)
    name = enabled(d)
    row = request("q1", name)
    (told,) = answers(shows(d, (name, "ENABLED"), zoneRequests=[row]))
    assert told == {"requestId": "q1", "grantType": "QUEUED"}
    assert answers(shows(d, (name, "ENABLED"), zoneRequests=[row])) == []
    assert len(answers(d.say(2.0))) >= 1, "the answer may have been lost"
    inside = {"x": 15.0, "y": 15.0}
    (told,) = answers(shows(d, (name, "ENABLED"), zoneRequests=[row], **inside))
    assert told["grantType"] == "GRANTED"
    first = told["leaseExpiry"]
    granted = {**row, "requestStatus": "GRANTED"}
    sent = [a for _ in range(8) for a in answers(shows(d, (name, "ENABLED"), seconds=1.0, zoneRequests=[granted]))]
    assert 2 <= len(sent) <= 3
    assert all(a["leaseExpiry"] > first for a in sent)
    assert LEASE_S > 2 * 3.0
    out = [a for _ in range(5) for a in answers(shows(d, (name, "ENABLED"), seconds=1.0, x=30.0))]
    assert out == []  # its lease ends by itself


def test_what_is_not_ours_to_give_is_rejected_and_after_a_restart_all_are_answered_again() -> None:
    d = desk()
    d.master.zones.wanted = (HOLD,)
    name = enabled(d)
    rows = [
        request("a", "others"), request("b", name, zone="hold", kind="REPLANNING"), request("c", name),
        request("d", name, status="EXPIRED"),
    ]  # fmt: skip
    edge = {
        "requestId": "e", "requestType": "CORRIDOR", "edgeId": "AB", "sequenceId": 1, "requestStatus": "REQUESTED",
    }  # fmt: skip
    found = answers(shows(d, (name, "ENABLED"), zoneRequests=rows, edgeRequests=[edge]))
    expected = {"a": "REJECTED", "b": "REJECTED", "c": "QUEUED", "e": "REJECTED"}
    assert {a["requestId"]: a["grantType"] for a in found} == expected
    new = Desk(V3_0, shelf=d.shelf)
    new.now, new.header, new.state = d.now + 1.0, d.header, d.state
    assert {a["requestId"]: a["grantType"] for a in answers(new.say(0.3))} == expected
    new.receive(
        "factsheet",
        factsheet(LIFT_AMR, V3_0) | {"typeSpecification": {"seriesName": "r", "supportedZones": ["RELEASE"]}},
    )
    new.master.zones.wanted = (HOLD,)
    (told,) = sets(new.say(0.3))
    assert told["zoneSetId"] != name, "an id never means something else"


def test_a_robot_whose_clock_is_far_off_gets_no_lease() -> None:
    d = desk()
    d.state["clock"] = -60.0
    d.master.zones.wanted = (HOLD,)
    for _ in range(6):
        d.say(0.3)
    name = str(sets(d.sent)[0]["zoneSetId"])
    shows(d, (name, "ENABLED"))
    row = request("q", name)
    found = answers(shows(d, (name, "ENABLED"), zoneRequests=[row], x=15.0, y=15.0))
    assert [a["grantType"] for a in found] == ["QUEUED"]
