"""What the text of VDA 5050 asks of a robot beside the flow charts: starts, cancels, instant actions, modes, fields."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from amr_core import vda5050
from amr_interop.vda.acceptance import MAX_NODES
from amr_interop.vda.versions import V2_0, V2_1, V3_0, Spelling
from tests.unit.test_vda_acceptance import Bench, driving, finished, order

ALL = pytest.mark.parametrize("spelling", [V2_0, V2_1, V3_0], ids=lambda s: s.version)
REFUSED = {2: "validationError", 3: "VALIDATION_FAILURE"}


def instant(bench: Bench, kind: str, action_id: str = "i", **parameters: Any) -> None:
    action: dict[str, Any] = {"actionType": kind, "actionId": action_id, "blockingType": "NONE"}
    if parameters:
        action["actionParameters"] = [{"key": key, "value": value} for key, value in parameters.items()]
    bench.take("instantActions", {"actions": [action]})


def status(bench: Bench, action_id: str) -> str:
    rows = bench.state["actionStates"] + bench.state.get("instantActionStates", [])
    return next((row["actionStatus"] for row in rows if row["actionId"] == action_id), "")


def told(bench: Bench, kind: type = vda5050.Order) -> list[Any]:
    return [command for command in bench.sent if isinstance(command, kind)]


def broken(**changes: Any) -> dict[str, Any]:
    """Return an order A B C with fields of its second node changed; None takes one away."""
    message = order("ABC")
    for key, value in changes.items():
        place, _, field = key.partition("__")
        target: dict[str, Any] = {"order": message, "node": message["nodes"][1], "edge": message["edges"][0]}[place]
        if field.startswith("position__"):
            target, field = target["nodePosition"], field.removeprefix("position__")
        if value is None:
            target.pop(field, None)
        else:
            target[field] = value
    return message


BROKEN = [
    {"order__orderId": None}, {"order__orderId": 5}, {"order__orderUpdateId": None}, {"order__orderUpdateId": -1},
    {"order__orderUpdateId": "0"}, {"order__nodes": None}, {"order__edges": {}}, {"node__nodeId": None},
    {"node__sequenceId": 2.5}, {"node__released": "true"}, {"node__actions": None}, {"node__sequenceId": 4},
    {"node__position__x": "3"}, {"node__position__mapId": None}, {"node__position__theta": 4.0},
    {"node__position__allowedDeviationTheta": -0.1}, {"edge__actions": None}, {"edge__edgeId": 7},
    {"edge__released": False}, {"edge__orientationType": "SIDEWAYS"}, {"edge__orientation": 9.0},
    {"node__actions": [{"actionType": "pick", "actionId": "a"}]},
    {"node__actions": [{"actionType": "pick", "actionId": "a", "blockingType": "SOMETIMES"}]},
    {"node__actions": [{"actionType": "pick", "actionId": "a", "blockingType": "HARD"}] * 2},
    {"node__actions": [{"actionType": "pick", "actionId": "a", "blockingType": "HARD", "actionParameters": [{}]}]},
]  # fmt: skip


@ALL
@pytest.mark.parametrize("changes", BROKEN, ids=str)
def test_a_malformed_order_is_refused_with_what_can_be_said_about_it(
    spelling: Spelling, changes: dict[str, Any]
) -> None:
    bench = Bench(spelling)
    bench.take("order", broken(**changes))
    assert told(bench) == []
    assert bench.errors() == {REFUSED[spelling.major]}
    assert bench.state["orderId"] == ""
    references = {r["referenceKey"]: r["referenceValue"] for r in bench.state["errors"][0]["errorReferences"]}
    if "order__orderId" not in changes:
        assert references["orderId"] == "O"
    if "order__orderUpdateId" not in changes:
        assert references["orderUpdateId"] == "0"


@pytest.mark.parametrize("spelling", [V2_0, V2_1], ids=lambda s: s.version)
def test_an_edge_of_2_names_its_ends(spelling: Spelling) -> None:
    bench = Bench(spelling)
    bench.take("order", broken(edge__startNodeId=None))
    assert bench.errors() == {"validationError"}
    bench.take("order", broken(edge__endNodeId="Z"))
    assert told(bench) == []


@ALL
def test_a_new_order_begins_with_sequence_id_0(spelling: Spelling) -> None:
    bench = Bench(spelling)
    bench.take("order", order("AB", seq=4))
    assert bench.errors() == {REFUSED[spelling.major]}
    assert told(bench) == []


@ALL
def test_an_order_of_more_nodes_than_the_factsheet_names_is_too_much(spelling: Spelling) -> None:
    bench = Bench(spelling)
    bench.take("order", order("A" * (MAX_NODES + 1)))
    assert bench.errors() == {"orderError" if spelling.major == 2 else "INSUFFICIENT_MEMORY"}
    assert bench.state["errors"][0]["errorLevel"] == ("WARNING" if spelling.major == 2 else "URGENT")


@ALL
@pytest.mark.parametrize(
    "edge",
    [
        {"orientation": 1.57}, {"orientation": 1.57, "orientationType": "GLOBAL"},
        {"corridor": {"leftWidth": 1.0, "rightWidth": 1.0}}, {"direction": "left"},
    ],
    ids=str,
)  # fmt: skip
def test_fields_that_it_cannot_keep_to_are_refused_by_name(spelling: Spelling, edge: dict[str, Any]) -> None:
    bench = Bench(spelling)
    bench.take("order", order("AB", edge=edge))
    (error,) = bench.state["errors"]
    assert error["errorType"] == ("orderError" if spelling.major == 2 else "UNSUPPORTED_PARAMETER")
    assert error["errorLevel"] == ("WARNING" if spelling.major == 2 else "CRITICAL")
    keys = [r["referenceValue"] for r in error["errorReferences"] if r["referenceKey"] == "parameter"]
    assert keys == [f"order.edges.{next(iter(edge))}"]
    assert told(bench) == []


@ALL
def test_a_rotation_slower_than_it_can_is_refused_and_one_that_binds_nothing_is_not(spelling: Spelling) -> None:
    name = "maxRotationSpeed" if spelling.major == 2 else "maximumRotationSpeed"
    for speed, expected in ((0.05, 0), (50.0, 1)):
        bench = Bench(spelling)
        bench.take("order", order("AB", edge={name: speed}))
        assert len(told(bench)) == expected


@ALL
def test_forwards_and_in_reverse_is_what_it_drives(spelling: Spelling) -> None:
    for edge, manoeuvre in (
        ({"orientation": 0.0}, "drive"),
        ({"orientation": 3.14159}, "unpark"),
        ({"orientation": 0.0, "orientationType": "GLOBAL"}, "drive"),  # along x, as the edge
        ({"orientation": -3.14159, "orientationType": "GLOBAL"}, "unpark"),
    ):
        bench = Bench(spelling)
        bench.take("order", order("AB", edge=edge))
        assert [e.manoeuvre for o in told(bench) for e in o.edges] == [manoeuvre]


def test_a_zone_set_of_2_is_not_known() -> None:
    bench = Bench(V2_1)
    bench.take("order", {**order("AB"), "zoneSetId": "Z1"})
    assert bench.errors() == {"orderError"}


@ALL
def test_a_temporary_first_node_where_it_stands_is_where_it_begins(spelling: Spelling) -> None:
    bench = Bench(spelling)
    finished(bench)
    bench.tell(x=4.4)
    message = order("BD", "P")
    message["nodes"][0] |= {"nodeId": "here", "nodePosition": {"x": 4.4, "y": 0.1, "mapId": "site"}}
    message["edges"][0]["startNodeId"] = "here"
    bench.take("order", message)
    assert bench.errors() == set()
    assert [n.node_id for n in told(bench)[-1].nodes] == ["here", "D"]


@ALL
def test_a_first_node_with_a_wide_deviation_counts_as_reached_where_it_stands(spelling: Spelling) -> None:
    bench = Bench(spelling)
    finished(bench)
    bench.tell(x=4.4)
    wide: Any = 2.0 if spelling.major == 2 else {"a": 2.0, "b": 2.0, "theta": 0.0}
    message = order("BD", "P")
    message["nodes"][0]["nodePosition"]["allowedDeviationXY"] = wide
    bench.take("order", message)
    assert bench.errors() == set()
    (first, _) = told(bench)[-1].nodes
    assert (first.node_id, first.x) == ("B", 4.4)  # so it does not go back to B
    assert [n["nodeId"] for n in bench.state["nodeStates"]] == ["D"]
    bench.tell(order_id="P", last_node_id="D", last_sequence_id=2, x=9.0)
    bench.take("order", order("DE", "P", update=1, seq=2))
    assert bench.errors() == set()


@ALL
def test_an_action_of_the_base_does_not_come_again_at_another_node(spelling: Spelling) -> None:
    bench = Bench(spelling)
    bench.take("order", order("ABC", pick="B"))
    bench.tell(order_id="O", last_node_id="A", last_sequence_id=0)
    update = order("CD", update=1, seq=4)
    update["nodes"][1]["actions"] = [{"actionType": "drop", "actionId": "O-B", "blockingType": "HARD"}]
    bench.take("order", update)
    assert bench.errors() == {REFUSED[spelling.major]}
    assert bench.state["orderUpdateId"] == 0


@ALL
def test_a_changed_decision_point_changes_nothing(spelling: Spelling) -> None:
    bench = Bench(spelling)
    driving(bench)
    update = order("CD", update=1, seq=4)
    update["nodes"][0]["actions"] = [{"actionType": "pick", "actionId": "new", "blockingType": "HARD"}]
    bench.sent = []
    bench.take("order", update)
    assert status(bench, "new") == ""
    assert not [a for o in told(bench) for a in o.nodes[0].actions]
    # 2.x says that the robot goes by the first version; 3.0 forbids the change and names no reaction.
    assert bench.errors() == (set() if spelling.major == 2 else {"VALIDATION_FAILURE"})


@ALL
def test_actions_for_the_node_on_which_it_stands_come_with_a_node_of_their_own(spelling: Spelling) -> None:
    bench = Bench(spelling)
    finished(bench)
    bench.sent = []
    bench.take("order", order("CC", update=1, seq=4) | {})
    assert bench.errors() == set()
    update = order("CC", update=2, seq=6)
    update["nodes"][1]["actions"] = [{"actionType": "pick", "actionId": "late", "blockingType": "HARD"}]
    bench.tell(last_node_id="C", last_sequence_id=6)
    bench.take("order", update)
    assert (bench.errors(), status(bench, "late")) == (set(), "WAITING")
    assert [n.sequence_id for n in told(bench)[-1].nodes] == [6, 8]


@ALL
def test_states_of_an_earlier_order_are_not_those_of_a_new_one_with_the_same_action_ids(spelling: Spelling) -> None:
    bench = Bench(spelling)
    bench.take("order", order("AB", "A1", pick="B"))
    done = (vda5050.ActionState("A1-B", "pick", "FINISHED"),)
    bench.tell(order_id="A1", last_node_id="B", last_sequence_id=2, x=3.0, actions=done)
    again = order("BC", "A2")
    again["nodes"][1]["actions"] = [{"actionType": "pick", "actionId": "A1-B", "blockingType": "HARD"}]
    bench.take("order", again)
    assert (bench.state["orderId"], status(bench, "A1-B")) == ("A2", "WAITING")


@pytest.mark.parametrize("spelling", [V2_1, V3_0], ids=lambda s: s.version)
def test_what_it_says_of_its_one_map(spelling: Spelling) -> None:
    """It comes with the files of the site: here it is enabled, in use, and cannot be downloaded again."""
    bench = Bench(spelling)
    link = {"mapDownloadLink": "https://maps.site/a.zip"}
    instant(bench, "downloadMap", "1", mapId="site", mapVersion="1", **link)
    assert (status(bench, "1"), bench.errors()) == ("FAILED", {"DUPLICATE_MAP"})
    (error,) = bench.state["errors"]
    references = {r["referenceKey"]: r["referenceValue"] for r in error["errorReferences"]}
    assert (error["errorLevel"], references["mapId"], references["mapVersion"]) == ("WARNING", "site", "1")
    instant(bench, "stateRequest", "2")
    assert bench.errors() == {"DUPLICATE_MAP"}  # until an action about maps is accepted (3.0, table 9)
    instant(bench, "enableMap", "3", mapId="site", mapVersion="1")
    assert (status(bench, "3"), bench.errors()) == ("FINISHED", set())
    for number, (kind, version) in enumerate(
        [("enableMap", "2"), ("deleteMap", "1"), ("deleteMap", "2"), ("downloadMap", "2")], start=4
    ):
        instant(bench, kind, str(number), mapId="site", mapVersion=version, **link)
        assert status(bench, str(number)) == "FAILED"
    assert bench.errors() == {"instantActionError" if spelling.major == 2 else "INVALID_INSTANT_ACTION"}
    assert bench.state["maps"] == [{"mapId": "site", "mapVersion": "1", "mapStatus": "ENABLED"}]
    assert told(bench, vda5050.InstantAction) == []


def test_2_0_knows_nothing_of_maps() -> None:
    bench = Bench(V2_0)
    instant(bench, "enableMap", "1", mapId="site", mapVersion="1")
    assert (status(bench, "1"), bench.errors()) == ("FAILED", {"instantActionError"})


@ALL
def test_a_new_pose_is_taken_when_idle_with_its_node(spelling: Spelling) -> None:
    kind = spelling.reset_pose
    bench = Bench(spelling)
    driving(bench)
    instant(bench, kind, "now", x=1.0, y=2.0, theta=0.0, mapId="site", lastNodeId="Q")
    assert status(bench, "now") == "FAILED"
    bench = Bench(spelling)
    instant(bench, kind, "far", x=1.0, y=2.0, theta=0.0, mapId="moon", lastNodeId="Q")
    assert status(bench, "far") == "FAILED"
    instant(bench, kind, "huge", x=10**400, y=2.0, theta=0.0, mapId="site", lastNodeId="Q")
    assert status(bench, "huge") == "FAILED"
    instant(bench, kind, "p", x=1.0, y=2.0, theta=0.0, mapId="site", lastNodeId="Q")
    bench.tell(x=1.0, y=2.0, actions=(vda5050.ActionState("p", "initPosition", "FINISHED"),))
    assert (status(bench, "p"), bench.state["lastNodeId"]) == ("FINISHED", "Q")


@ALL
@pytest.mark.parametrize("mode", ["MANUAL", "SERVICE", "TEACHIN"])
def test_a_person_takes_over(spelling: Spelling, mode: str) -> None:
    bench = Bench(spelling)
    driving(bench)
    bench.take("order", order("CD", update=1, seq=4, pick="D"))
    bench.tell(mode=mode)
    assert (bench.state["orderId"], bench.state["nodeStates"], status(bench, "O-D")) == ("O", [], "FAILED")
    assert bench.state["lastNodeId"] == ("B" if mode == "MANUAL" else "")
    bench.take("order", order("BC", "P"))
    assert bench.errors() == {"orderError" if spelling.major == 2 else "MOBILE_ROBOT_NOT_AVAILABLE"}
    bench.tell(mode="AUTOMATIC", order_id="O")
    if spelling.major == 3:
        assert bench.errors() == set()  # until the mode allows orders again (table 9)
    bench.take("order", order("BC", "P"))
    assert bench.errors() == set()
    assert bench.state["orderId"] == "P"


@ALL
def test_every_change_that_the_text_names_is_said_at_once(spelling: Spelling) -> None:
    bench = Bench(spelling)
    driving(bench)
    for change in (
        {"new_base_request": True}, {"e_stop": "MANUAL"}, {"paused": True}, {"driving": True}, {"charging": True},
        {"loads": ("L",)}, {"localized": False},
    ):  # fmt: skip
        bench.agent = vda5050.RobotState(**{**vars(bench.agent), **change})
        bench.now += 0.1
        bench.robot.heard(bench.now, bench.agent)
        assert [m.topic.rpartition("/")[2] for m in bench.robot.step(bench.now).messages] == ["state"], change


@ALL
@pytest.mark.parametrize(("score", "said"), [(0.73, 0.73), (1.2, 1.0), (vda5050.NO_SCORE, None)])
def test_a_score_goes_out_only_where_there_is_one(spelling: Spelling, score: float, said: float | None) -> None:
    bench = Bench(spelling)
    bench.agent = replace(bench.agent, score=score)
    bench.now += 2.0
    bench.robot.heard(bench.now, bench.agent)
    (state,) = [m.message for m in bench.robot.step(bench.now).messages if m.topic.endswith("/state")]
    assert state[spelling.position].get("localizationScore") == said


@ALL
def test_a_robot_that_does_not_know_its_load_leaves_it_out(spelling: Spelling) -> None:
    """An empty list says that nothing is on board: any master control would send it for another load."""
    bench = Bench(spelling)
    for errors, said in (((vda5050.RobotError("load.unknown", "WARNING"),), None), ((), [])):
        bench.agent = replace(bench.agent, errors=errors)
        bench.now += 2.0
        bench.robot.heard(bench.now, bench.agent)
        (state,) = [m.message for m in bench.robot.step(bench.now).messages if m.topic.endswith("/state")]
        assert state.get("loads") == said


@ALL
def test_headers_count_each_topic_by_itself(spelling: Spelling) -> None:
    bench = Bench(spelling)
    numbers: dict[str, list[int]] = {}
    for step in range(6):
        bench.now += 2.0
        if step == 3:
            bench.robot.connected(bench.now)
        bench.robot.heard(bench.now, bench.agent)
        for message in bench.robot.step(bench.now).messages:
            numbers.setdefault(message.topic.rpartition("/")[2], []).append(message.message["headerId"])
    for found in numbers.values():
        assert found == list(range(found[0], found[0] + len(found)))
