"""Which of two things a robot does first, a change of its map or an order, and how actions are known."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from amr_core import vda5050
from amr_core.errors import AmrError
from amr_core.robots import LIFT_AMR
from amr_interop.vda.maps import MapDesk, MapWish, map_wishes
from amr_interop.vda.messages import Factsheet
from amr_interop.vda.robot_factsheet import factsheet
from amr_interop.vda.sent import SentBook, _read, _write
from amr_interop.vda.versions import V2_0, V2_1, Spelling
from tests.unit.maps_rig import ACTIONS, EACH, WISH, answer, asked, desk, has, missing, mixed
from tests.unit.vda_desk import Desk, leading, mission


@EACH
@pytest.mark.parametrize("seconds", [10, 80])
def test_a_long_download_does_not_let_an_order_overtake_enable_map(spelling: Spelling, seconds: int) -> None:
    d = desk(spelling)
    d.say(**has(("site", "6", True)))
    for _ in range(seconds):
        answer(d, "RUNNING")
        d.wait(0.8)
    since = len(d.sent)
    answer(d, "FINISHED", **has(("site", "6", True), ("site", "7", False)))
    d.master.order(mission(3))
    assert mixed(d, since) == ["enableMap"]
    for _ in range(70):
        answer(d, "RUNNING")
        d.wait(0.8)
    assert mixed(d, since) == ["enableMap"], "it is at work on the map"
    assert missing(d) == [("vda.map_missing", "FATAL")]
    answer(d, "FINISHED", **has(("site", "6", False), ("site", "7", True)))
    d.wait(0.3)
    assert "order" in mixed(d, since)


@EACH
def test_a_long_order_does_not_let_the_next_one_overtake_enable_map(spelling: Spelling) -> None:
    d = desk(spelling)
    d.state |= has(("site", "6", True))
    leading(d, 6)
    answer(d, "FINISHED", **has(("site", "6", True), ("site", "7", False)))
    for _ in range(70):
        d.say(1.0)
    since = len(d.sent)
    d.master.order(second())
    d.say(nodeStates=[], lastNodeId="F", lastNodeSequenceId=10)
    d.wait(1.0)
    assert mixed(d, since) == ["enableMap"]
    answer(d, "FINISHED", **has(("site", "6", False), ("site", "7", True)))
    d.wait(0.3)
    assert "order" in mixed(d, since)


@EACH
def test_an_order_waits_for_the_end_of_enable_map_even_when_the_map_is_shown_as_enabled(spelling: Spelling) -> None:
    d = desk(spelling)
    d.say(**has(("site", "6", True), ("site", "7", False)))
    d.master.order(mission(3))
    since = len(d.sent)
    answer(d, "RUNNING", **has(("site", "6", False), ("site", "7", True)))
    d.wait(1.0)
    assert "order" not in mixed(d, since)
    answer(d, "FINISHED")
    d.wait(0.3)
    assert "order" in mixed(d, since)


def second() -> vda5050.Order:
    order = mission(6)
    return type(order)(order.robot, "M2", 0, order.nodes, order.edges)


@EACH
def test_after_a_long_download_enable_map_may_be_tried_again_before_an_order(spelling: Spelling) -> None:
    d = desk(spelling)
    d.say(**has(("site", "6", True)))
    for _ in range(80):
        answer(d, "RUNNING")
        d.wait(0.8)
    since = len(d.sent)
    answer(d, "FINISHED", **has(("site", "6", True), ("site", "7", False)))
    d.master.order(mission(3))
    for _ in range(40):
        answer(d, "FAILED")
        d.wait(0.8)
    assert mixed(d, since) == ["enableMap", "enableMap"]
    answer(d, "FINISHED", **has(("site", "7", True)))
    d.wait(0.3)
    assert "order" in mixed(d, since)


@EACH
def test_between_two_orders_it_is_asked_again_and_the_second_waits_for_the_answer(spelling: Spelling) -> None:
    d = desk(spelling)
    d.state |= has(("site", "6", True), ("site", "7", False))
    d.say()
    d.master.order(mission(6))
    for _ in range(65):
        answer(d, "FAILED")
        d.wait(0.8)
    d.take_over(d.orders(d.sent)[0])  # it drives with the old map
    for _ in range(40):
        d.say(1.0)
    since = len(d.sent)
    d.master.order(second())
    d.say(1.0, nodeStates=[], lastNodeId="F", lastNodeSequenceId=10)
    assert mixed(d, since) == ["enableMap"]
    answer(d, "FAILED")
    d.wait(0.3)
    assert mixed(d, since) == ["enableMap", "order"]


@EACH
def test_an_order_under_way_is_not_broken_off_for_a_map_that_somebody_else_enables(spelling: Spelling) -> None:
    d = desk(spelling, None)
    d.state |= has(("site", "6", True))
    leading(d)
    key = "actionStates" if spelling.major == 2 else "instantActionStates"
    row = {"actionId": "theirs", "actionType": "enableMap", "actionStatus": "RUNNING"}
    for _ in range(70):
        d.say(1.0, **{key: [row]})
    assert missing(d) == [("vda.map_missing", "WARNING")]
    assert "cancelOrder" not in d.instants(d.sent)
    since = len(d.sent)
    d.master.order(mission(6, update=1))
    d.say(1.0, **{key: [{**row, "actionStatus": "FINISHED"}]})
    assert [o["orderUpdateId"] for o in d.orders(d.sent[since:])] == [1]


@EACH
def test_a_map_that_cannot_be_enabled_does_not_stop_it_for_ever(spelling: Spelling) -> None:
    d = desk(spelling)
    d.say(**has(("site", "6", True), ("site", "7", False)))
    d.master.order(mission(3))
    for _ in range(70):
        answer(d, "FAILED")
        d.wait(0.8)
    d.say()
    assert d.orders(d.sent)
    assert missing(d) == [("vda.map_missing", "WARNING")]


@EACH
@pytest.mark.parametrize("mode", ["MANUAL", "SERVICE"])
def test_while_a_person_leads_no_map_is_touched(spelling: Spelling, mode: str) -> None:
    d = desk(spelling)
    d.say(operatingMode=mode, **has(("site", "6", False)))
    d.wait(5.0)
    assert asked(d) == []


@EACH
@pytest.mark.parametrize("maps", ["many", [1], [{"mapId": 3}], [{"mapId": "site", "mapVersion": "1", "mapStatus": 1}]])
def test_rubbish_in_maps_is_counted(spelling: Spelling, maps: Any) -> None:
    d = desk(spelling)
    d.say(maps=maps)
    assert d.master.counts["message.invalid"] == 1


@EACH
def test_what_could_not_be_asked_while_another_was_out_is_asked_as_soon_as_it_can(spelling: Spelling) -> None:
    d = desk(spelling)
    d.say(**has(("site", "5", False), ("site", "6", False), ("site", "7", True)))
    assert asked(d) == [("deleteMap", {"mapId": "site", "mapVersion": "5"})]
    since = len(d.sent)
    d.say(**has(("site", "6", False), ("site", "7", True)))  # it is gone, and its action not shown yet
    assert ("deleteMap", {"mapId": "site", "mapVersion": "6"}) not in asked(d, since)
    answer(d, "FINISHED")
    d.wait(0.5)
    assert ("deleteMap", {"mapId": "site", "mapVersion": "6"}) in asked(d, since)


def test_a_hash_goes_only_to_who_knows_it() -> None:
    d = desk(V2_1, actions=("enableMap",))
    sheet = Factsheet(instants=frozenset(ACTIONS), parameters={"downloadMap": frozenset({"mapId"})})
    sent: list[dict[str, Any]] = []
    d.say(**has(("site", "6", True)))
    assert d.master.heard is not None

    def ask(_: str, parameters: Mapping[str, object]) -> bool:
        sent.append(dict(parameters))
        return True

    MapDesk("site", WISH).step(0.0, d.master.heard, sheet, ask, free=True)
    assert sent == [{"mapId": "site", "mapVersion": "7", "mapDownloadLink": WISH.link}]


@pytest.mark.parametrize("spelling", [V2_0, V2_1], ids=lambda s: s.version)
@pytest.mark.parametrize("kind", ["downloadMap", "initPosition", "startPause"])
@pytest.mark.parametrize("named", [True, False])
def test_in_2_x_an_instant_action_at_work_is_no_order(spelling: Spelling, kind: str, *, named: bool) -> None:
    """It stands among the actionStates: nothing is cancelled for it, and the next order goes out."""
    d = Desk(spelling)
    row = {"actionId": f"{kind}-ab1", "actionStatus": "RUNNING"} | ({"actionType": kind} if named else {})
    d.say(5.0, actionStates=[row])
    assert "cancelOrder" not in d.instants(d.sent)
    d.master.order(mission(3))
    assert d.orders(d.wait(0.3))


def small_ids(d: Desk, *, numeric: bool) -> None:
    sheet = factsheet(LIFT_AMR, d.spelling)
    sheet["protocolLimits"]["maxStringLens"] |= {"idNumericalOnly": True} if numeric else {"idLen": 8}
    d.receive("factsheet", sheet)


@pytest.mark.parametrize("spelling", [V2_0, V2_1], ids=lambda s: s.version)
@pytest.mark.parametrize("numeric", [True, False])
@pytest.mark.parametrize("restarted", [True, False])
def test_in_2_x_an_instant_action_is_known_by_its_id_alone(
    spelling: Spelling, *, numeric: bool, restarted: bool
) -> None:
    """Its actionType is optional in a state of 2.x, and a short or numeric id says nothing."""
    d = Desk(spelling)
    small_ids(d, numeric=numeric)
    d.say()
    d.master.instant(vda5050.InstantAction("r", "x", "stateRequest"))
    ids = [a["actionId"] for m in d.wait(0.2) if m.topic.endswith("/instantActions") for a in m.message["actions"]]
    assert all(i.isdigit() or not numeric for i in ids)
    if restarted:
        again = Desk(spelling, d.shelf)
        again.now, again.header, d = d.now + 1.0, d.header, again
        small_ids(d, numeric=numeric)
    since = len(d.sent)
    for _ in range(5):
        d.say(1.0, actionStates=[{"actionId": i, "actionStatus": "RUNNING"} for i in ids])
    assert "cancelOrder" not in d.instants(d.sent[since:])
    d.master.order(mission(3))
    assert d.orders(d.wait(0.3))


def test_a_short_id_without_a_type_is_no_second_enable_map() -> None:
    d = desk(V2_1)
    sheet = factsheet(LIFT_AMR, V2_1)
    sheet["protocolLimits"]["maxStringLens"]["idLen"] = 8
    row = sheet["protocolFeatures"]["agvActions"][-1]
    both = [{**row, "actionType": name, "actionScopes": ["INSTANT"]} for name in ACTIONS]
    sheet["protocolFeatures"]["agvActions"] += both
    d.receive("factsheet", sheet)
    d.say(**has(("site", "6", True), ("site", "7", False)))
    assert [kind for kind, _ in asked(d)] == ["enableMap"]
    (number,) = [a["actionId"] for m in d.sent if m.topic.endswith("/instantActions") for a in m.message["actions"]
                 if a["actionType"] == "enableMap"]  # fmt: skip
    d.master.order(mission(3))
    for _ in range(40):
        d.say(1.0, actionStates=[{"actionId": number, "actionStatus": "RUNNING"}])
    assert [kind for kind, _ in asked(d)] == ["enableMap"]
    assert d.orders(d.sent) == []


def test_the_table_of_instant_actions_does_not_grow_for_ever() -> None:
    d = Desk(V2_1)
    small_ids(d, numeric=True)
    for _ in range(300):
        d.say()
        d.master.instant(vda5050.InstantAction("r", "x", "stateRequest"))
        sent = [a["actionId"] for m in d.wait(0.1) if m.topic.endswith("/instantActions") for a in m.message["actions"]]
        d.state["actionStates"] = [{"actionId": i, "actionStatus": "FINISHED"} for i in sent]
    book = d.shelf.load("r")
    assert 10 <= len(book.asked) <= 100
    assert list(book.asked)[-1] == sent[-1]


def test_a_book_of_before_has_no_table() -> None:
    book = SentBook(mark="ab")
    text = json.loads(_write(book))
    del text["asked"]
    assert _read(json.dumps(text)).asked == {}
    book.asked["7"] = "enableMap"
    assert _read(_write(book)) == book


@pytest.mark.parametrize("spelling", [V2_0, V2_1], ids=lambda s: s.version)
def test_in_2_x_an_instant_action_that_failed_does_not_end_an_order_that_was_done(spelling: Spelling) -> None:
    d = Desk(spelling)
    order = leading(d, 6)
    pick = order["nodes"][-1]["actions"][0]
    rows = [
        {"actionId": pick["actionId"], "actionType": "pick", "actionStatus": "FINISHED"},
        {"actionId": "startPause-ab1", "actionType": "startPause", "actionStatus": "FAILED"},
    ]
    d.say(6.0, nodeStates=[], lastNodeId="F", lastNodeSequenceId=10, actionStates=rows)
    assert d.master.sent is not None
    assert d.master.sent.ended == ""


def test_wishes_are_read() -> None:
    listed = ["amr_1=7 https://maps.site/a.zip", "amr_2=b http://10.0.0.1/b ff00"]
    assert map_wishes(listed) == {
        "amr_1": MapWish("7", "https://maps.site/a.zip"), "amr_2": MapWish("b", "http://10.0.0.1/b", "ff00"),
    }  # fmt: skip
    assert map_wishes([]) == {}
    assert list(map_wishes(listed, ("amr_1", "amr_2", "amr_3"))) == ["amr_1", "amr_2"]


def test_a_wish_for_a_robot_that_is_not_there_is_named() -> None:
    with pytest.raises(AmrError) as caught:
        map_wishes(["amr_1=7 https://a", "amr_12=7 https://a"], {"amr_1": 1})
    assert (caught.value.code, caught.value.facts["name"]) == ("parameter.invalid", "maps")
    assert "amr_12" in str(caught.value.facts["reason"])


@pytest.mark.parametrize("listed", [
    ["amr_1"], ["amr_1=7"], ["=7 https://a"], ["amr_1=7 ftp://a"], ["amr_1=7 file:///etc/passwd"],
    ["amr_1=7 https://a b c"], ["amr_1=7 https://a", "amr_1=8 https://a"], [""],
])  # fmt: skip
def test_bad_wishes_are_named(listed: list[str]) -> None:
    with pytest.raises(AmrError) as caught:
        map_wishes(listed)
    assert (caught.value.code, caught.value.facts["name"]) == ("parameter.invalid", "maps")
