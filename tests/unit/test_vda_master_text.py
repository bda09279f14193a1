"""What the text of VDA 5050 asks of a master control beside the basic course of an order."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from amr_core import vda5050
from amr_core.robots import LIFT_AMR
from amr_interop.vda.robot_factsheet import factsheet
from amr_interop.vda.sent import MemoryShelf
from amr_interop.vda.versions import V2_0, V2_1, V3_0, Spelling
from tests.unit.vda_desk import Desk, leading, mission

EACH = pytest.mark.parametrize("spelling", [V2_0, V2_1, V3_0], ids=lambda s: s.version)


def actions(desk: Desk, sent: list[Any]) -> list[dict[str, Any]]:
    bodies = [m.message for m in sent if m.topic.endswith("/instantActions")]
    rows = [a for body in bodies for a in body["actions"]]
    return [a for a in rows if a["actionType"] not in ("stateRequest", "factsheetRequest")]


def show(desk: Desk, *rows: tuple[str, str, str], seconds: float = 0.2, **changes: Any) -> list[Any]:
    """The robot shows instant actions as (id, type, status)."""
    states = [{"actionId": i, "actionType": t, "actionStatus": s} for i, t, s in rows]
    if desk.spelling.major == 2:
        return desk.say(seconds, actionStates=states, **changes)
    return desk.say(seconds, instantActionStates=states, **changes)


def call_off(desk: Desk) -> list[dict[str, Any]]:
    desk.master.instant(vda5050.InstantAction("r", "cancelOrder", "C1"))
    return actions(desk, desk.wait(0.3))


def positions(order: dict[str, Any]) -> list[tuple[float, float]]:
    return [(n["nodePosition"]["x"], n["nodePosition"]["y"]) for n in order["nodes"]]


@EACH
def test_a_new_order_begins_within_the_deviation_of_its_first_node(spelling: Spelling) -> None:
    for x, y in ((0.1, 0.0), (0.5, 0.2), (1.5, 0.0), (-4.0, 3.0)):
        desk = Desk(spelling)
        desk.say(x=x, y=y)
        desk.master.order(mission(3))
        (order,) = desk.orders(desk.wait(0.2))
        first = order["nodes"][0]["nodePosition"]
        deviation = first["allowedDeviationXY"]
        radius = deviation if spelling.major == 2 else min(deviation["a"], deviation["b"])
        assert ((first["x"] - x) ** 2 + (first["y"] - y) ** 2) ** 0.5 <= radius
        numbers = [n["sequenceId"] for n in order["nodes"]] + [e["sequenceId"] for e in order["edges"]]
        assert sorted(numbers) == list(range(len(numbers)))
        if spelling.major == 2:
            ends = [(e["startNodeId"], e["endNodeId"]) for e in order["edges"]]
            names = [n["nodeId"] for n in order["nodes"]]
            assert ends == list(itertools.pairwise(names))


def test_between_two_nodes_it_drives_straight_on_and_from_elsewhere_by_way_of_the_first() -> None:
    desk = Desk()
    desk.say(x=1.5, y=0.1)
    desk.master.order(mission(3))
    (order,) = desk.orders(desk.wait(0.2))
    assert positions(order)[:2] == [(1.5, 0.1), (3.0, 0.0)]
    desk = Desk()
    desk.say(x=-4.0, y=3.0)
    desk.master.order(mission(3))
    (order,) = desk.orders(desk.wait(0.2))
    assert positions(order)[:3] == [(-4.0, 3.0), (0.0, 0.0), (3.0, 0.0)]
    assert order["edges"][0]["maxSpeed"] <= 0.3  # on a way that no lane has
    # What the fleet hears goes by its own nodes and numbers, before and after the first of them.
    desk.take_over(order)
    assert desk.told is not None
    assert (desk.told.last_node_id, desk.told.last_sequence_id, desk.told.base) == ("A", 0, ("B", "C"))
    left = desk.state["nodeStates"][2:]
    desk.say(lastNodeId=order["nodes"][2]["nodeId"], lastNodeSequenceId=4, nodeStates=left, x=3.0, y=0.0)
    assert (desk.told.last_node_id, desk.told.last_sequence_id, desk.told.base) == ("B", 2, ("C",))
    desk.master.order(mission(4, update=1))
    (update,) = desk.orders(desk.wait(0.2))
    assert update["nodes"][0] == order["nodes"][3]


@EACH
def test_no_id_comes_twice_over_orders_and_restarts_with_an_empty_memory(spelling: Spelling) -> None:
    seen: list[str] = []
    for _ in range(3):
        desk = Desk(spelling, MemoryShelf())
        desk.say()
        desk.master.order(mission(6))
        (order,) = desk.orders(desk.wait(0.2))
        seen += [order["orderId"], *(a["actionId"] for n in order["nodes"] for a in n["actions"])]
        seen += [a["actionId"] for a in call_off(desk)]
    assert len(seen) == 9
    assert len(set(seen)) == 9


def test_the_same_action_in_another_order_has_another_id_and_the_fleet_reads_its_own() -> None:
    desk = Desk()
    desk.say()
    desk.master.order(mission(6))
    (first,) = desk.orders(desk.wait(0.2))
    desk.say(2.5, orderId="", orderUpdateId=0)
    desk.take_over(first)
    # The robot was restarted: it has no order; the fleet asks for the same mission again.
    desk.say(2.5, orderId="", nodeStates=[])
    desk.say(0.5)
    desk.master.order(mission(6))
    again = desk.orders(desk.say(0.3))[-1]
    assert again["orderId"] != first["orderId"]
    old, new = (o["nodes"][-1]["actions"][0]["actionId"] for o in (first, again))
    assert old != new
    desk.take_over(again)
    desk.say(actionStates=[{"actionId": new, "actionType": "pick", "actionStatus": "RUNNING"}])
    assert desk.told is not None
    assert [(a.action_id, a.status) for a in desk.told.actions] == [("T1:pick", "RUNNING")]


PERSON = [
    (V2_0, "MANUAL"),
    (V2_0, "SERVICE"),
    (V2_1, "TEACHIN"),
    (V3_0, "MANUAL"),
    (V3_0, "TEACH_IN"),
    (V3_0, "STARTUP"),
]


@pytest.mark.parametrize(("spelling", "mode"), PERSON, ids=str)
def test_while_a_person_leads_nothing_is_sent(spelling: Spelling, mode: str) -> None:
    desk = Desk(spelling)
    desk.say(operatingMode=mode)
    desk.sent.clear()
    desk.master.order(mission(3))
    left = [{"nodeId": "Z", "sequenceId": 2, "released": True}]
    for kind in ("cancelOrder", "startPause", "initPosition"):
        where = {"x": "1", "y": "2", "theta": "0"}
        desk.master.instant(vda5050.InstantAction("r", kind, kind, where))
    assert desk.say(4.0, nodeStates=left, orderId="X") == []


def test_a_robot_that_gives_no_score_is_not_told_as_sure() -> None:
    desk = Desk()
    desk.say()
    assert desk.told is not None
    assert (desk.told.localized, desk.told.score) == (True, vda5050.NO_SCORE)
    lost = desk.body()
    lost[desk.spelling.position][desk.spelling.localized] = False
    desk.receive("state", lost)
    desk.wait(1.0)
    assert (desk.told.localized, desk.told.score) == (False, vda5050.NO_SCORE), "a lost one has no mean of 0 % either"


def test_intervened_takes_orders_and_of_actions_only_cancel() -> None:
    desk = Desk(V3_0)
    desk.say(operatingMode="INTERVENED")
    desk.sent.clear()
    desk.master.instant(vda5050.InstantAction("r", "startPause", "p"))
    desk.master.order(mission(3))
    sent = desk.say(1.5)
    assert (len(desk.orders(sent)) > 0, desk.instants(sent)) == (True, [])


def test_a_robot_that_hibernates_gets_nothing() -> None:
    desk = Desk(V3_0)
    desk.say()
    desk.receive("connection", {"connectionState": "HIBERNATING"})
    desk.sent.clear()
    desk.master.order(mission(3))
    desk.master.instant(vda5050.InstantAction("r", "startPause", "p"))
    assert desk.wait(40.0) == []


@EACH
def test_no_field_goes_out_that_the_factsheet_does_not_name(spelling: Spelling) -> None:
    desk = Desk(spelling)
    sheet = factsheet(LIFT_AMR, spelling)
    sheet["protocolFeatures"]["optionalParameters"] = []
    desk.receive("factsheet", sheet)
    desk.say(x=0.5)  # and it stands beside its node, without a word for a wider deviation
    order = mission(3)
    reverse = tuple(vda5050.OrderEdge(**{**vars(e), "manoeuvre": "unpark"}) for e in order.edges)
    desk.master.order(vda5050.Order("r", "M1", 0, order.nodes, reverse))
    (sent,) = desk.orders(desk.wait(0.2))
    for node in sent["nodes"]:
        assert set(node["nodePosition"]) == {"x", "y", "mapId"}
    for edge in sent["edges"]:
        assert not {"maxSpeed", "maximumSpeed", "orientation", "orientationType"} & set(edge)
    assert positions(sent)[0] == (0.5, 0.0)


@EACH
def test_with_its_names_in_the_factsheet_they_go_out(spelling: Spelling) -> None:
    desk = Desk(spelling)
    desk.receive("factsheet", factsheet(LIFT_AMR, spelling))
    desk.say()
    desk.master.order(mission(3))
    (sent,) = desk.orders(desk.wait(0.2))
    assert set(sent["nodes"][1]["nodePosition"]) == {"x", "y", "mapId", "theta", "allowedDeviationXY"}
    assert sent["edges"][0][spelling.max_speed] == 1.0


def picking(order: vda5050.Order, more: dict[str, str]) -> vda5050.Order:
    """Return an order whose pick says more of its load."""
    *nodes, last = order.nodes
    pick = replace(last.actions[0], parameters={**last.actions[0].parameters, **more})
    return replace(order, nodes=(*nodes, replace(last, actions=(pick,))))


@EACH
def test_a_pick_says_what_its_version_and_the_factsheet_ask_for(spelling: Spelling) -> None:
    def parameters(desk: Desk, **more: str) -> set[str]:
        desk.say()
        desk.master.order(picking(mission(3), more))
        (sent,) = desk.orders(desk.wait(0.2))
        return {p["key"] for p in sent["nodes"][-1]["actions"][0]["actionParameters"]}

    must = {"stationType", "loadType"} if spelling.major == 2 else set()
    assert parameters(Desk(spelling)) == {"loadId", "stationName"} | must
    assert parameters(Desk(spelling), load_type="JUMBO") == {"loadId", "stationName", "loadType"} | must
    desk = Desk(spelling)
    sheet = factsheet(LIFT_AMR, spelling)
    for row in sheet["protocolFeatures"]["agvActions" if spelling.major == 2 else "mobileRobotActions"]:
        row["actionParameters"] = [{"key": "loadId", "valueDataType": "STRING"}]
    desk.receive("factsheet", sheet)
    assert parameters(desk) == {"loadId"}


def test_an_action_that_the_robot_does_not_know_is_not_sent_and_the_fleet_hears_of_it() -> None:
    desk = Desk()
    sheet = factsheet(LIFT_AMR, V2_1)
    rows = sheet["protocolFeatures"]["agvActions"]
    sheet["protocolFeatures"]["agvActions"] = [row for row in rows if row["actionType"] not in ("pick", "stateRequest")]
    desk.receive("factsheet", sheet)
    desk.say()
    desk.master.order(mission(3))
    assert desk.orders(desk.wait(1.0)) == []
    desk.say()
    assert desk.told is not None
    assert "agent.order_rejected" in {e.code for e in desk.told.errors}
    assert desk.master.counts["vda.ability"] == 1
    assert "stateRequest" not in desk.instants(desk.wait(30.0))


@pytest.mark.parametrize("interval", [0.0, 3.0])
def test_the_least_time_between_orders_is_kept_by_resends_too(interval: float) -> None:
    desk = Desk()
    sheet = factsheet(LIFT_AMR, V2_1)
    sheet["protocolLimits"]["timing"]["minOrderInterval"] = interval
    desk.receive("factsheet", sheet)
    desk.say()
    desk.master.order(mission(3))
    times = []
    for _ in range(80):
        times += [desk.now] * len(desk.orders(desk.say(0.1)))
    gaps = [b - a for a, b in itertools.pairwise(times)]
    assert gaps
    assert min(gaps) >= max(1.0, interval) - 0.11


def test_it_waits_a_while_for_the_factsheet_before_the_first_order() -> None:
    desk = Desk()
    desk.master._sheet_wait = 3.0
    desk.say()
    desk.master.order(mission(3))
    assert desk.orders(desk.say(2.0)) == []
    assert len(desk.orders(desk.say(1.5))) == 1
    desk = Desk()
    desk.master._sheet_wait = 3.0
    desk.say()
    desk.receive("factsheet", factsheet(LIFT_AMR, V2_1))
    desk.master.order(mission(3))
    assert len(desk.orders(desk.say(0.3))) == 1


@EACH
def test_numeric_ids_are_numbers_in_instant_actions_too_and_their_table_does_not_grow(spelling: Spelling) -> None:
    two = spelling.major == 2
    desk = Desk(spelling)
    sheet = factsheet(LIFT_AMR, spelling)
    limits = {"idLen" if two else "maximumIdLength": 6, "idNumericalOnly": True}
    sheet["protocolLimits"]["maxStringLens" if two else "maximumStringLengths"] = limits
    desk.receive("factsheet", sheet)
    sizes, ids = [], []
    for number in range(6):
        desk.say(0.2, orderId="", nodeStates=[], actionStates=[])
        order = mission(3)
        desk.master.order(vda5050.Order("r", f"M{number}", 0, order.nodes, order.edges))
        (sent,) = desk.orders(desk.wait(0.2))
        desk.take_over(sent)
        (cancel,) = call_off(desk)
        ids += [sent["orderId"], cancel["actionId"], *(a["actionId"] for n in sent["nodes"] for a in n["actions"])]
        show(desk, (cancel["actionId"], "cancelOrder", "FINISHED"), nodeStates=[])
        desk.wait(5.0)
        sizes.append(len(desk.master._book.names.table))
    assert all(name.isdigit() and len(name) <= 6 for name in ids)
    assert len(set(ids)) == len(ids)
    assert sizes[1] == sizes[-1]


def test_one_counter_for_all_topics_is_not_two_robots() -> None:
    desk = Desk()
    for _ in range(12):
        desk.header += 40
        desk.say(0.3)
    assert desk.told is not None
    assert desk.told.errors == ()


def test_a_book_of_an_older_version_is_read() -> None:
    desk = Desk()
    leading(desk)
    text = json.loads(desk.shelf._texts["r"])
    for key in ("mark", "instants"):
        del text[key]
    del text["names"]["last"]
    for key in ("names", "cancel", "acked_end"):
        del text["sent"][key]
    desk.shelf._texts["r"] = json.dumps(text)
    new = Desk(shelf=desk.shelf)
    assert new.master.sent is not None
    assert new.master.sent.base == [("A", 0), ("B", 2), ("C", 4)]


def test_pause_and_its_opposite_do_not_both_wait() -> None:
    desk = Desk()
    desk.say()
    desk.master.instant(vda5050.InstantAction("r", "startPause", "p1"))
    desk.master.instant(vda5050.InstantAction("r", "stopPause", "p2"))
    assert set(desk.instants(desk.wait(3.0))) - {"factsheetRequest"} == {"stopPause"}


def test_a_long_list_of_instant_actions_is_cleared() -> None:
    desk = Desk(V3_0)
    desk.receive("factsheet", factsheet(LIFT_AMR, V3_0))
    sent = show(desk, *((f"s{n}", "stateRequest", "FINISHED") for n in range(25)))
    assert "clearInstantActions" in desk.instants(sent)


def test_a_robot_that_takes_few_nodes_is_not_sent_the_same_update_again_and_again() -> None:
    desk = Desk()
    sheet = factsheet(LIFT_AMR, V2_1)
    sheet["protocolLimits"]["maxArrayLens"] = {"order.nodes": 4, "order.edges": 3}
    desk.receive("factsheet", sheet)
    desk.say()
    desk.master.order(mission(2))
    (order,) = desk.orders(desk.wait(0.2))
    desk.sent.clear()
    desk.take_over(order)
    desk.say(5.0)
    assert desk.orders(desk.sent) == []


def test_the_horizon_is_not_longer_than_it_is_good_for() -> None:
    names = [f"N{i:02d}" for i in range(40)]
    desk = Desk()
    desk.say()

    def along(released: int, update: int) -> vda5050.Order:
        nodes = tuple(vda5050.OrderNode(n, 2 * i, i < released, 2.0 * i, 0.0) for i, n in enumerate(names))
        edges = tuple(
            vda5050.OrderEdge(f"{a}{b}", 2 * i + 1, i + 1 < released, a, b, 1.0, "drive")
            for i, (a, b) in enumerate(pairwise(names))
        )
        return vda5050.Order("r", "M1", update, nodes, edges)

    desk.master.order(along(3, 0))
    (order,) = desk.orders(desk.wait(0.2))
    assert [n["released"] for n in order["nodes"]] == [True] * 3 + [False] * 10
    desk.take_over(order)
    desk.master.order(along(3, 1))
    assert desk.orders(desk.wait(2.0)) == []
    desk.master.order(along(39, 2))
    (update,) = desk.orders(desk.say(0.2))
    assert [n["released"] for n in update["nodes"]] == [True] * 37 + [False]


def test_a_pick_names_words_of_the_text_that_robots_of_others_know() -> None:
    desk = Desk(V2_0)
    desk.say()
    desk.master.order(mission(3))
    (sent,) = desk.orders(desk.wait(0.2))
    said = {p["key"]: p["value"] for p in sent["nodes"][-1]["actions"][0]["actionParameters"]}
    # vda-5050-lib's virtual robot takes "floor..." and "EPAL" and refuses others.
    assert (said["stationType"], said["loadType"]) == ("floor", "EPAL")
