"""What a strict master looks for in a robot beside `test_vda_robot_text`: calling off, refusals, types, small print."""

from __future__ import annotations

import math
from typing import Any

import pytest

from amr_core import vda5050
from amr_core.roadmap import build_roadmap
from amr_core.robots import LIFT_AMR
from amr_core.site import load_site
from amr_interop.vda.floors import floors_of
from amr_interop.vda.held import Translator
from amr_interop.vda.ids import safe
from amr_interop.vda.messages import WireEdge, WireNode
from amr_interop.vda.versions import V2_0, V2_1, V3_0, Spelling
from tests.unit.test_vda_acceptance import Bench, driving, order
from tests.unit.test_vda_robot_text import ALL, REFUSED, broken, instant, status, told


def actions(*names: str) -> list[dict[str, Any]]:
    return [{"actionType": name, "actionId": f"a-{name}", "blockingType": "HARD"} for name in names]


@ALL
def test_called_off_it_drops_the_horizon_and_what_waits_at_once_and_drives_to_where_it_can_stop(
    spelling: Spelling,
) -> None:
    bench = Bench(spelling)
    bench.take("order", order("ABCDE", released=4, pick="D"))
    bench.tell(order_id="O", last_node_id="A", base=("B", "C", "D"), driving=True)
    instant(bench, "cancelOrder", "c")
    assert (status(bench, "c"), status(bench, "O-D")) == ("RUNNING", "FAILED")
    assert [n["nodeId"] for n in bench.state["nodeStates"]] == ["B", "C", "D"]
    bench.tell(base=("B",))  # the agent has heard of it: it stops at the next node
    assert [n["nodeId"] for n in bench.state["nodeStates"]] == ["B"]
    assert [e["edgeId"] for e in bench.state["edgeStates"]] == ["AB"]
    bench.tell(base=(), last_node_id="B", last_sequence_id=2, driving=False)
    assert (status(bench, "c"), bench.state["nodeStates"]) == ("RUNNING", [])
    bench.take("order", order("BC", "P"))
    assert bench.errors() == {"orderError" if spelling.major == 2 else "OTHER_ORDER_ACTIVE"}
    bench.tell(actions=(vda5050.ActionState("c", "cancelOrder", "FINISHED"),))
    assert (status(bench, "c"), bench.state["lastNodeId"]) == ("FINISHED", "B")


@ALL
def test_called_off_it_has_ended_when_it_stands_and_not_while_it_still_rolls(spelling: Spelling) -> None:
    """2.1, 6.6.3: "After all movement of the vehicle and all of its actions are stopped"."""
    bench = Bench(spelling)
    driving(bench)
    instant(bench, "cancelOrder", "c")
    ended = (vda5050.ActionState("c", "cancelOrder", "FINISHED"),)
    bench.tell(base=(), actions=ended, driving=True)
    assert status(bench, "c") == "RUNNING"
    bench.tell(driving=False)
    assert status(bench, "c") == "FINISHED"


@ALL
def test_a_node_beside_the_only_map_is_not_reachable(spelling: Spelling) -> None:
    """3.0, 6.1.4.8: an order with at least one node that is not reachable is refused, also in its horizon."""
    site = load_site("lab")
    bench = Bench(spelling, floors_of(site.model_copy(update={"id": "site"})))
    bench.take("order", order("AZ", released=1))  # Z is 75 m away, the site is 20 m long
    assert told(bench) == []
    assert bench.errors() == {"noRouteError" if spelling.major == 2 else "NO_ROUTE_TO_TARGET"}
    references = {r["referenceKey"]: r["referenceValue"] for r in bench.state["errors"][0]["errorReferences"]}
    assert (references["orderId"], references["nodeId"]) == ("O", "Z")
    name = "initPosition" if spelling.major == 2 else "initializePosition"
    instant(bench, name, "p", x=75.0, y=2.0, theta=0.0, mapId="site", lastNodeId="Z")
    assert (status(bench, "p"), told(bench, vda5050.InstantAction)) == ("FAILED", [])
    bench.take("order", order("AB"))
    assert bench.state["orderId"] == "O"


@ALL
@pytest.mark.parametrize(("key", "value"), [("height", 1.2), ("depth", 0.4), ("side", "left"), ("lhd", "LHD2")])
def test_a_load_that_is_elsewhere_is_not_taken_from_the_floor_instead(
    spelling: Spelling, key: str, value: object
) -> None:
    """2.1, 6.6.4.2: "lifting height higher than maximum lifting height" is an order that it cannot perform."""
    bench = Bench(spelling)
    asked = order("AB", pick="B")
    action = asked["nodes"][1]["actions"][0]
    action["actionParameters"] = [{"key": key, "value": value}]
    bench.take("order", asked)
    assert told(bench) == []
    assert bench.errors() == {"orderError" if spelling.major == 2 else "INVALID_ORDER_ACTION"}
    references = bench.state["errors"][0]["errorReferences"]
    assert {"referenceKey": "parameter", "referenceValue": key} in references
    assert {"referenceKey": "actionId", "referenceValue": "O-B"} in references
    action["actionParameters"] = [{"key": "height", "value": 0.0}, {"key": "lhd", "value": "lift"}]
    bench.take("order", asked)
    assert bench.state["orderId"] == "O"


@ALL
def test_an_action_that_ran_all_the_same_is_told_as_it_was(spelling: Spelling) -> None:
    bench = Bench(spelling)
    bench.take("order", order("AB", pick="A"))
    waits = vda5050.ActionState("O-A", "pick", "WAITING")
    bench.tell(order_id="O", base=("B",), actions=(waits,))
    instant(bench, "cancelOrder", "c")
    assert status(bench, "O-A") == "FAILED"
    ran = vda5050.ActionState("O-A", "pick", "FINISHED")  # it had begun before the agent heard of the cancel
    bench.tell(actions=(ran, vda5050.ActionState("c", "cancelOrder", "FINISHED")), base=(), loads=("L",))
    assert status(bench, "O-A") == "FINISHED"


@ALL
def test_every_refusal_stays_until_the_next_accepted_order_not_only_the_newest_of_its_kind(spelling: Spelling) -> None:
    bench = Bench(spelling)
    for name in ("X1", "X2", "X1"):
        bench.take("order", {**order("AB", name), "edges": []})
    references = [r["referenceValue"] for e in bench.state["errors"] for r in e["errorReferences"]]
    assert sorted(r for r in references if r.startswith("X")) == ["X1", "X2"]
    for number in range(40):
        bench.take("order", {**order("AB", f"Y{number}"), "edges": []})
    assert len(bench.state["errors"]) == 20
    bench.take("order", order("AB"))
    assert bench.state["errors"] == []


@ALL
def test_a_pause_that_its_opposite_overtakes_fails(spelling: Spelling) -> None:
    bench = Bench(spelling)
    driving(bench)
    bench.tell(driving=True)
    instant(bench, "startPause", "p")
    assert status(bench, "p") == "RUNNING"
    instant(bench, "stopPause", "q")
    assert status(bench, "p") == "FAILED"
    bench.tell(actions=(vda5050.ActionState("q", "stopPause", "FINISHED"),))
    assert status(bench, "q") == "FINISHED"


@ALL
def test_a_bad_instant_action_is_reported_whatever_else_is_in_its_message(spelling: Spelling) -> None:
    bench = Bench(spelling)
    bench.take("instantActions", {"actions": [{**a, "blockingType": "NONE"} for a in actions("dance", "stateRequest")]})
    assert (status(bench, "a-dance"), status(bench, "a-stateRequest")) == ("FAILED", "FINISHED")
    assert bench.errors() == {"instantActionError" if spelling.major == 2 else "INVALID_INSTANT_ACTION"}


def test_optional_fields_have_types_too() -> None:
    both: list[dict[str, Any]] = [{"edge__length": "3 m"}, {"node__actions": [{**actions("pick")[0], "retriable": 1}]}]
    two: list[dict[str, Any]] = [
        {"node__nodeDescription": 5},
        {"edge__edgeDescription": []},
        {"edge__rotationAllowed": "yes"},
    ]
    three: list[dict[str, Any]] = [
        {"node__nodeDescriptor": 5},
        {"order__orderDescription": {}},
        {"edge__reachOrientationBeforeEntering": 0},
    ]
    for spelling, cases in ((V2_0, [*both, *two]), (V2_1, [*both, *two]), (V3_0, [*both, *three])):
        for changes in cases:
            bench = Bench(spelling)
            bench.take("order", broken(**changes))
            assert bench.errors() == {REFUSED[spelling.major]}, changes


@ALL
def test_single_is_a_blocking_type_of_3_only(spelling: Spelling) -> None:
    bench = Bench(spelling)
    bench.take("order", broken(node__actions=[{**actions("pick")[0], "blockingType": "SINGLE"}]))
    assert bench.errors() == ({"validationError"} if spelling.major == 2 else set())


@pytest.mark.parametrize(
    ("a", "b", "theta", "taken"),
    [
        (2.0, 0.2, 0.0, True), (2.0, 0.2, math.pi / 2, False), (0.2, 2.0, 0.0, False), (0.2, 2.0, math.pi / 2, True),
        (1.0, 1.0, 0.3, False), (2.0, 2.0, 0.3, True), (2.0, 0.2, math.pi, True), (0.0, 0.0, 0.0, False),
    ],
)  # fmt: skip
def test_the_deviation_of_3_is_an_ellipse(a: float, b: float, theta: float, *, taken: bool) -> None:
    bench = Bench(V3_0)
    bench.tell(x=1.5)  # east of A
    message = order("AB")
    message["nodes"][0]["nodePosition"]["allowedDeviationXY"] = {"a": a, "b": b, "theta": theta}
    bench.take("order", message)
    assert bench.errors() == (set() if taken else {"START_NODE_OUT_OF_RANGE"})


@ALL
def test_it_says_which_map_it_uses_where_the_version_has_a_word_for_it(spelling: Spelling) -> None:
    row = {"mapId": "site", "mapVersion": "1", "mapStatus": "ENABLED"}
    assert Bench(spelling).state.get("maps") == (None if spelling is V2_0 else [row])


@ALL
def test_fine_positioning_is_done_in_its_turn(spelling: Spelling) -> None:
    bench = Bench(spelling)
    message = order("AB")
    message["nodes"][0]["actions"] = actions("pick", "finePositioning")
    bench.take("order", message)
    running = vda5050.ActionState("a-pick", "pick", "RUNNING")
    bench.tell(order_id="O", base=("B",), actions=(running,))
    assert status(bench, "a-finePositioning") == "WAITING"
    bench.tell(actions=(vda5050.ActionState("a-pick", "pick", "FINISHED"),))
    assert status(bench, "a-finePositioning") == "FINISHED"


@ALL
def test_the_agent_gets_the_names_of_its_site_and_the_wire_keeps_its_own(spelling: Spelling) -> None:
    bench = Bench(spelling)
    roadmap = build_roadmap(load_site("lab"))
    edge = next(e for e in roadmap.edges.values() if e.manoeuvre != "drive")
    ends = [roadmap.nodes[edge.start], roadmap.nodes[edge.end]]
    nodes = [WireNode(safe(n.id), 2 * i, True, n.x, n.y) for i, n in enumerate(ends)]
    wire = WireEdge(safe(edge.id), 1, True, safe(edge.start), safe(edge.end))
    found = Translator("r", LIFT_AMR, roadmap).order(0, "O", nodes, [wire])
    assert [n.node_id for n in found.nodes] == [edge.start, edge.end]
    assert (found.edges[0].edge_id, found.edges[0].manoeuvre) == (edge.id, edge.manoeuvre)
    message = order("AB")
    message["nodes"][1]["nodeId"] = message["edges"][0]["endNodeId"] = "S:-1"
    bench.take("order", message)
    assert [n["nodeId"] for n in bench.state["nodeStates"]] == ["S:-1"]
    assert told(bench)[-1].nodes[1].node_id == "S:-1"  # no node of its site


@pytest.mark.parametrize("spelling", [V2_0, V2_1, V3_0], ids=lambda s: s.version)
def test_an_instant_action_with_the_id_of_one_of_the_order_is_not_done_and_named(spelling: Spelling) -> None:
    """Both would stand in the state under one id, and nobody could tell which is how far."""
    bench = Bench(spelling)
    bench.take("order", order("AB", pick="B"))
    bench.tell(order_id="O")
    before = len(bench.sent)
    for kind in ("startPause", "stateRequest"):
        instant(bench, kind, "O-B")
        assert len(bench.sent) == before
        states = [*bench.state["actionStates"], *bench.state.get("instantActionStates", [])]
        assert [(a["actionId"], a["actionStatus"]) for a in states] == [("O-B", "WAITING")]
        (error,) = bench.state["errors"]
        assert {"referenceKey": "actionId", "referenceValue": "O-B"} in error["errorReferences"]
    instant(bench, "cancelOrder", "O-B")
    assert [a["actionStatus"] for a in bench.state["actionStates"]] == ["WAITING"]
    assert len(bench.sent) == before


@pytest.mark.parametrize(
    ("stamp", "taken"),
    [
        ("2026-11-26T12:00:00Z", True), ("2026-11-26T19:00:00.000+07:00", True), ("2026-11-26T12:00:00.1", True),
        ("2026-11-26T12:00:00.123456789Z", True), ("2026-11-26", False), ("", False), ("noon", False),
        ("2026-13-41T12:00:00Z", False),
    ],
)  # fmt: skip
def test_a_timestamp_may_have_any_fraction_and_offset_but_must_be_a_time(stamp: str, taken: bool) -> None:
    bench = Bench(V2_1)
    bench.take("order", order("AB"), timestamp=stamp)
    assert bool(bench.sent) is taken
    assert bool(bench.state["errors"]) is not taken


@pytest.mark.parametrize("spelling", [V2_0, V2_1, V3_0], ids=lambda s: s.version)
def test_an_update_with_its_decision_point_alone_takes_the_horizon_back(spelling: Spelling) -> None:
    bench = Bench(spelling)
    bench.take("order", order("ABCD", released=3, pick="D"))
    bench.tell(order_id="O")
    bench.take("order", order("C", update=7, seq=4))
    assert bench.state["errors"] == []
    assert (bench.state["orderUpdateId"], [n["nodeId"] for n in bench.state["nodeStates"]]) == (7, ["B", "C"])
    assert [e["edgeId"] for e in bench.state["edgeStates"]] == ["AB", "BC"]
    assert bench.state["actionStates"] == []


@pytest.mark.parametrize("spelling", [V2_0, V2_1, V3_0], ids=lambda s: s.version)
def test_optional_fields_that_are_null_are_as_good_as_missing(spelling: Spelling) -> None:
    bench, body = Bench(spelling), order("AB", pick="B")
    for node in body["nodes"]:
        node["nodePosition"] |= dict.fromkeys(
            ("theta", "allowedDeviationXY", "allowedDeviationTheta", "mapDescription")
        )
        node |= {"nodeDescription": None, "nodeDescriptor": None}
    names = ("maxSpeed", "maximumSpeed", "trajectory", "corridor", "orientation", "orientationType", "length")
    body["edges"][0] |= dict.fromkeys(names)
    body["nodes"][1]["actions"][0] |= {"actionParameters": None, "actionDescription": None}
    bench.take("order", body | {"zoneSetId": None})
    assert bench.state["errors"] == []
    assert len(bench.sent) == 1
