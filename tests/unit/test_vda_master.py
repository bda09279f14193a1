"""Master control of one robot as a black box: what it sends, what it tells the fleet, when it holds still."""

from __future__ import annotations

import json

import pytest

from amr_core import vda5050
from amr_core.robots import LIFT_AMR
from amr_interop.vda.master import TRIES
from amr_interop.vda.robot_factsheet import factsheet
from amr_interop.vda.versions import V2_1, V3_0, Spelling
from tests.unit.vda_desk import ALL, Desk, leading, mission


@pytest.mark.parametrize("spelling", ALL, ids=lambda s: s.version)
def test_an_update_begins_with_the_decision_point_as_it_was_and_repeats_no_base(spelling: Spelling) -> None:
    desk = Desk(spelling)
    first = leading(desk)
    assert [(n["nodeId"], n["sequenceId"], n["released"]) for n in first["nodes"]] == [
        ("A", 0, True), ("B", 2, True), ("C", 4, True), ("D", 6, False), ("E", 8, False), ("F", 10, False),
    ]  # fmt: skip
    # Without a factsheet a heading goes only where something is done.
    assert [n["nodeId"] for n in first["nodes"] if "theta" in n["nodePosition"]] == ["F"]
    desk.master.order(mission(5, update=1))
    (update,) = desk.orders(desk.wait(0.2))
    assert (update["orderId"], update["orderUpdateId"]) == (first["orderId"], 1)
    assert [(n["nodeId"], n["sequenceId"]) for n in update["nodes"]] == [("C", 4), ("D", 6), ("E", 8), ("F", 10)]
    assert update["nodes"][0] == first["nodes"][2]
    assert [e["edgeId"] for e in update["edges"]] == ["C::D", "D::E", "E::F"]


def test_one_message_at_a_time_and_wishes_meanwhile_become_one() -> None:
    desk = Desk()
    first = leading(desk)
    desk.master.order(mission(4, update=1))
    assert len(desk.orders(desk.wait(0.3))) == 1
    desk.master.order(mission(5, update=2))
    desk.master.order(mission(6, update=3))
    assert desk.orders(desk.wait(0.5)) == []
    (update,) = desk.orders(desk.say(orderUpdateId=1))
    assert (update["orderUpdateId"], sum(n["released"] for n in update["nodes"])) == (2, 3)
    assert update["orderId"] == first["orderId"]


def test_what_is_not_shown_goes_out_again_as_it_was_and_then_the_robot_counts_as_deaf() -> None:
    desk = Desk()
    desk.say()
    desk.master.order(mission(3))
    sent = []
    for _ in range(12):
        sent += desk.orders(desk.say(1.0))
    assert len(sent) >= TRIES
    assert len({json.dumps({k: v for k, v in o.items() if k not in ("headerId", "timestamp")}) for o in sent}) == 1
    assert desk.told is not None
    assert "vda.deaf" in {e.code for e in desk.told.errors}


def test_a_refused_order_is_tried_twice_and_then_given_back() -> None:
    desk = Desk()
    desk.say()
    desk.master.order(mission(3))
    first = desk.orders(desk.wait(0.2))[0]
    references = [{"referenceKey": "orderId", "referenceValue": first["orderId"]}]
    error = {"errorType": "noRouteError", "errorLevel": "WARNING", "errorReferences": references}
    error["errorDescription"] = "lift is broken"
    sent = []
    for _ in range(6):
        sent += desk.orders(desk.say(1.0, errors=[error]))
    assert len(sent) == 1
    assert desk.told is not None
    (told,) = desk.told.errors
    assert (told.code, told.facts) == (
        "agent.order_rejected",
        {"order_id": "M1", "reason": "noRouteError: lift is broken"},
    )
    assert (desk.told.order_id, desk.told.base) == ("", ())


def test_killed_with_an_update_on_its_way_it_goes_on_from_what_it_had_released() -> None:
    desk = Desk()
    leading(desk)
    desk.master.order(mission(5, update=1))
    desk.wait(0.2)
    new = Desk(shelf=desk.shelf)
    new.now, new.header, new.state = desk.now + 1.0, desk.header, desk.state
    new.say()
    assert new.told is not None
    assert new.told.base == ("B", "C", "D", "E")  # the robot has shown three nodes, we have released five
    new.master.order(mission(6, update=2))
    again = new.orders(new.say(1.5))
    assert {o["orderUpdateId"] for o in again} == {1}
    (update,) = new.orders(new.say(orderUpdateId=1))
    assert (update["orderUpdateId"], update["nodes"][0]["nodeId"]) == (2, "E")


def test_an_order_that_is_not_ours_is_cancelled_and_never_overwritten() -> None:
    desk = Desk()
    desk.master.order(mission(3))
    left = [{"nodeId": "Z", "sequenceId": 2, "released": True}]
    sent = desk.say(1.0, orderId="somebody's", nodeStates=left)
    assert desk.orders(sent) == []
    assert "cancelOrder" in desk.instants(sent)
    sent = desk.say(1.0, nodeStates=[])
    assert len(desk.orders(sent)) <= 1  # idle now; the cancelOrder may still be unheard


def errand(desk: Desk) -> None:
    desk.master.instant(vda5050.InstantAction("r", "amrReport", "a1", {"what": "log"}))


def test_what_was_asked_for_just_before_a_cut_goes_out_again_after_it() -> None:
    desk = Desk()
    desk.say()
    errand(desk)
    first = desk.instants(desk.wait(0.2))
    cut = desk.instants(desk.wait(20.0))
    assert first.count("amrReport") == 1
    assert 3 <= cut.count("amrReport") <= 6, "more and more rarely: it only waits in the broker's line"
    assert "amrReport" in desk.instants(desk.say(1.0))
    assert desk.master.counts["unheard"] == 0


def test_what_a_robot_that_speaks_never_shows_and_what_a_silent_one_missed_for_a_minute_is_given_up() -> None:
    desk = Desk()
    desk.say()
    errand(desk)
    sent = [word for _ in range(2 * TRIES) for word in desk.instants(desk.say(1.0))]
    assert sent.count("amrReport") == TRIES
    errand(desk)
    assert "amrReport" in desk.instants(desk.wait(61.0))
    desk.say(1.0)
    assert "amrReport" not in desk.instants(desk.say(1.0))


@pytest.mark.parametrize("mode", ["MANUAL", "SERVICE", "TEACHIN"])
def test_nothing_is_sent_to_a_robot_that_a_person_leads(mode: str) -> None:
    desk = Desk()
    desk.say(operatingMode=mode)
    desk.master.order(mission(3))
    assert desk.orders(desk.say(1.0)) == []
    assert desk.told is not None
    assert desk.told.mode == mode


def test_two_robots_under_one_name_are_noticed_within_5_s_and_neither_gets_an_order() -> None:
    desk = Desk()
    desk.say()
    for step in range(8):
        desk.say(0.3, x=0.0 if step % 2 else 30.0)
    assert desk.told is not None
    assert ("vda.duplicate_identity", "FATAL") in {(e.code, e.level) for e in desk.told.errors}
    desk.master.order(mission(3))
    assert desk.orders(desk.say(0.5, x=30.0)) == []


def test_two_header_counters_under_one_name_are_noticed() -> None:
    desk = Desk()
    for step in range(10):
        desk.header = 5000 + step if step % 2 else step
        desk.say(0.3)
    assert desk.told is not None
    assert "vda.duplicate_identity" in {e.code for e in desk.told.errors}


def test_two_robots_side_by_side_that_were_switched_on_together_are_noticed() -> None:
    """Their places are less than two metres apart, and their numbers nearly the same."""
    desk = Desk()
    for step in range(12):
        desk.header = 5 + step // 2 - 3 * (step % 2)
        desk.say(0.5, y=0.8 * (step % 2))
    assert desk.told is not None
    assert "vda.duplicate_identity" in {e.code for e in desk.told.errors}


@pytest.mark.parametrize("often", [1, 20], ids=["both seldom", "one of them often"])
def test_two_robots_of_which_one_speaks_every_half_minute_are_noticed_for_as_long_as_both_do(often: int) -> None:
    """The fault: only what came within a second of the other's word was held against it, and only for 10 s."""
    desk = Desk()
    said, number = [], 7000
    for half_minute in range(8):
        desk.header = 100 + half_minute
        desk.say(0.5, x=30.0)
        for _ in range(often):
            number += 1
            desk.header = number
            desk.say(28.0 / often, x=0.0)
            said.append(desk.master.identity.double(desk.now))
    assert all(said[4 * often :])
    for _ in range(10):
        desk.say(15.0)
    assert not desk.master.identity.double(desk.now)


@pytest.mark.parametrize(("x", "noticed"), [(30.0, True), (0.0, False)])
def test_two_robots_that_count_alike_are_told_by_their_places(x: float, *, noticed: bool) -> None:
    """One that says a number twice where it stands only counts badly."""
    desk = Desk()
    for step in range(16):
        desk.header = 7 + step // 2
        desk.say(5.0, x=x * (step % 2))
    assert desk.master.identity.double(desk.now) == noticed


def test_a_robot_that_is_killed_every_half_minute_is_one() -> None:
    desk = Desk()
    for _ in range(8):
        desk.header = 0
        for second in range(32):
            desk.header += second == 20  # a state that was lost
            desk.say(1.0)
            assert not desk.master.identity.double(desk.now)


@pytest.mark.parametrize("leap", [0, 2**32 - 1])
def test_a_restarted_robot_may_count_anew(leap: int) -> None:
    desk = Desk()
    desk.header = 7000
    desk.say()
    desk.header = leap
    desk.say(1.0)
    desk.header = (leap + 1) % 2**32
    desk.say(1.0, lastNodeId="B")
    assert desk.told is not None
    assert (desk.told.errors, desk.told.last_node_id) == ((), "B")


@pytest.mark.parametrize("seconds", [-600.0, 600.0])
def test_a_wrong_clock_is_reported_and_changes_nothing_else(seconds: float) -> None:
    desk = Desk()
    desk.state["clock"] = seconds
    for _ in range(12):
        desk.say(0.5)
    assert desk.told is not None
    skew = [e for e in desk.told.errors if e.code == "vda.clock_skew"]
    assert skew[0].facts["seconds"] == pytest.approx(-seconds, abs=1.0)
    desk.master.order(mission(3))
    assert len(desk.orders(desk.wait(0.2))) == 1


def test_alive_is_who_sends_states_whatever_a_late_will_says() -> None:
    desk = Desk()
    desk.receive("factsheet", factsheet(LIFT_AMR, V2_1))
    desk.say()
    desk.receive("connection", {"connectionState": "CONNECTIONBROKEN"}, retained=True)
    for _ in range(35):
        desk.say(1.0)
    assert desk.master.step(desk.now).life == "alive"
    desk.wait(3.5)
    assert desk.master.step(desk.now).life == "stale"
    assert desk.told is None
    desk.say()
    desk.receive("connection", {"connectionState": "OFFLINE"})
    assert desk.master.step(desk.now).life == "gone"


def test_a_silent_robot_is_asked_and_gone_after_65_s_but_keeps_its_order() -> None:
    desk = Desk()
    leading(desk)
    assert "stateRequest" in desk.instants(desk.wait(30.0))
    desk.wait(40.0)
    assert desk.master.step(desk.now).life == "gone"
    desk.say()
    assert desk.told is not None
    assert (desk.told.order_id, desk.told.base) == ("M1", ("B", "C"))


def test_limits_of_a_factsheet_are_kept() -> None:
    desk = Desk()
    sheet = factsheet(LIFT_AMR, V2_1)
    sheet["protocolLimits"]["maxStringLens"] = {"idLen": 3, "idNumericalOnly": True, "loadIdLen": 5}
    sheet["protocolLimits"]["maxArrayLens"] = {"order.nodes": 4, "order.edges": 3}
    sheet["protocolFeatures"]["optionalParameters"] = [{"parameter": "order.zoneSetId", "support": "SUPPORTED"}]
    desk.receive("factsheet", sheet)
    desk.say()
    desk.master.order(mission(6))
    (order,) = desk.orders(desk.wait(0.2))
    ids = [order["orderId"]] + [n["nodeId"] for n in order["nodes"]] + [e["edgeId"] for e in order["edges"]]
    assert all(name.isdigit() and len(name) <= 3 for name in ids)
    assert len(set(ids)) == len(ids)
    assert len(order["nodes"]) == 4
    assert not any("theta" in n["nodePosition"] for n in order["nodes"])
    desk.take_over(order)
    update = desk.orders(desk.sent)[-1]  # the rest goes as soon as the first part is confirmed
    assert update["nodes"][0] == order["nodes"][-1]
    parameters = update["nodes"][-1]["actions"][0]["actionParameters"]
    assert len(parameters[0]["value"]) <= 5


def test_an_unknown_minor_version_is_read_and_reported_and_version_1_is_not() -> None:
    desk = Desk()
    desk.receive("state", desk.body(), version="2.7.3")
    desk.wait(0.2)
    assert desk.told is not None
    assert [(e.code, e.facts["version"]) for e in desk.told.errors] == [("vda.version", "2.7.3")]
    desk.receive("state", desk.body(), version="1.1.0")
    assert desk.master.counts["vda.version"] == 1


@pytest.mark.parametrize(
    "payload",
    [b"", b"{", b"[]", b"\xff", b"x" * 1_000_000, b'{"headerId": NaN}', b"[" * 50_000],
    ids=lambda p: repr(p[:9]),
)
def test_rubbish_from_a_robot_is_counted_and_moves_nothing(payload: bytes) -> None:
    desk = Desk()
    for name in ("state", "connection", "factsheet"):
        desk.master.receive(desk.now, desk.topic(name), payload, retained=False)
    assert desk.master.counts["message.invalid"] == 3
    assert desk.wait(0.3) == []


def test_a_list_that_is_as_before_is_not_read_again_and_one_that_changed_is() -> None:
    desk = Desk()
    nodes = [{"nodeId": "B", "sequenceId": 2, "released": True}]
    desk.say(nodeStates=nodes, errors=[{"errorType": "a", "errorLevel": "WARNING"}])
    first = desk.master.heard
    desk.say(x=1.0, nodeStates=[dict(nodes[0])])
    second = desk.master.heard
    assert first is not None
    assert second is not None
    assert second.nodes is first.nodes
    assert second.x == 1.0
    desk.say(nodeStates=[*nodes, {"nodeId": "C", "sequenceId": 4, "released": False}], errors=[])
    third = desk.master.heard
    assert third is not None
    assert [node.id for node in third.nodes] == ["B", "C"]
    assert third.errors == ()
    desk.say(nodeStates=[{"nodeId": "B", "sequenceId": -1, "released": True}])
    assert desk.master.heard is third
    assert desk.master.counts["message.invalid"] == 1
    desk.say(nodeStates=[])
    assert desk.master.heard is not None
    assert desk.master.heard.nodes == ()


def test_what_was_read_in_one_version_is_read_anew_in_another() -> None:
    """`resultDescription` of 2.x is `actionResult` in 3.0."""
    action = {"actionId": "1", "actionType": "pick", "actionStatus": "FAILED", "resultDescription": "jammed"}
    desk = Desk(V2_1)
    desk.say(actionStates=[action])
    assert desk.master.heard is not None
    assert desk.master.heard.actions[0].result_code == "jammed"
    desk.spelling = V3_0
    desk.say(actionStates=[action])
    assert desk.master.heard.actions[0].result_code == ""


def test_a_kept_state_and_one_with_another_name_are_not_believed() -> None:
    desk = Desk()
    desk.receive("state", desk.body(), retained=True)
    desk.receive("state", desk.body(), serialNumber="2")
    desk.wait(0.2)
    assert desk.told is None
    assert dict(desk.master.counts) == {"vda.retained": 1, "vda.address": 1}


def test_a_robot_that_charges_is_unplugged_by_its_next_order_and_charging_lasts_for_the_fleet() -> None:
    desk = Desk()
    desk.say(charging=True)
    desk.master.order(mission(3))
    (order,) = desk.orders(desk.wait(0.2))
    assert [a["actionType"] for a in order["nodes"][0]["actions"]] == ["stopCharging"]
