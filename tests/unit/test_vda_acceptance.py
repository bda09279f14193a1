"""Both acceptance flow charts (VDA 5050 2.1 and 3.0, figure 8) as one table, on the robot as a black box."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from amr_core import vda5050
from amr_core.robots import LIFT_AMR
from amr_interop.vda.floors import Floors
from amr_interop.vda.robot import VdaRobot
from amr_interop.vda.versions import V2_1, V3_0, Spelling
from tests.vda_pair import EPOCH, check

BOTH = (V2_1, V3_0)


class Bench:
    """A robot at (0, 0), on node A, whose agent does what the test says."""

    def __init__(self, spelling: Spelling, floors: Floors | None = None) -> None:
        self.spelling = spelling
        self.robot = VdaRobot("r", LIFT_AMR, spelling, manufacturer="ACME", serial="1", map_id="site", floors=floors)
        self.now = EPOCH
        self.sent: list[vda5050.Order | vda5050.InstantAction] = []
        self.agent = vda5050.RobotState(robot="r", last_node_id="A")
        self.state: dict[str, Any] = {}
        self.robot.connected(self.now)
        self.tell()

    def tell(self, **changes: Any) -> None:
        """The agent says something; then the robot's newest state is looked at."""
        self.agent = vda5050.RobotState(**{**vars(self.agent), **changes})
        self.now += 1.1
        self.robot.heard(self.now, self.agent)
        step = self.robot.step(self.now)
        self.sent += step.to_agent
        for message in step.messages:
            check(message)
            if message.topic.endswith("/state"):
                self.state = dict(message.message)

    def take(self, name: str, body: dict[str, Any], **header: Any) -> None:
        head = {
            "headerId": 1, "timestamp": "2026-11-26T12:00:00.00Z", "version": self.spelling.version,
            "manufacturer": "ACME", "serialNumber": "1", **header,
        }  # fmt: skip
        topic = self.robot.outbox.topic(name, self.spelling)
        self.robot.receive(self.now, topic, json.dumps({**head, **body}).encode(), retained=False)
        self.tell()

    def errors(self) -> set[str]:
        return {error["errorType"] for error in self.state["errors"]}


def order(
    names: str, order_id: str = "O", update: int = 0, released: int = 9, seq: int = 0, **more: Any
) -> dict[str, Any]:
    """Return an order over nodes named by letters, 3 m apart along x; `pick`: the node with a pick."""
    nodes, edges = [], []
    for i, name in enumerate(names):
        x = 3.0 * (ord(name) - ord("A"))
        actions = [{"actionType": more.get("type", "pick"), "actionId": f"{order_id}-{name}", "blockingType": "HARD"}]
        nodes.append(
            {
                "nodeId": name, "sequenceId": seq + 2 * i, "released": i < released,
                "nodePosition": {"x": x, "y": 0.0, "mapId": more.get("map", "site")},
                "actions": actions if name == more.get("pick") else [],
            }
        )  # fmt: skip
        if i:
            edges.append(
                {
                    "edgeId": f"{names[i - 1]}{name}", "sequenceId": seq + 2 * i - 1, "released": i < released,
                    "startNodeId": names[i - 1], "endNodeId": name, "actions": [], **more.get("edge", {}),
                }
            )  # fmt: skip
    return {"orderId": order_id, "orderUpdateId": update, "nodes": nodes, "edges": edges}


def idle(_: Bench) -> None:
    """No order."""


def driving(bench: Bench) -> None:
    """Order O, base A B C, horizon D, at B."""
    bench.take("order", order("ABCD", released=3))
    bench.tell(order_id="O", last_node_id="B", last_sequence_id=2, x=3.0)


def waiting(bench: Bench) -> None:
    """Order O at the end of its base C, horizon D left."""
    driving(bench)
    bench.tell(last_node_id="C", last_sequence_id=4, x=6.0)


def finished(bench: Bench) -> None:
    """Order O ended at C."""
    bench.take("order", order("ABC"))
    bench.tell(order_id="O", last_node_id="C", last_sequence_id=4, x=6.0)


def cancelled(bench: Bench) -> None:
    """Order O was cancelled at B."""
    driving(bench)
    bench.take("instantActions", {"actions": [{"actionType": "cancelOrder", "actionId": "c", "blockingType": "NONE"}]})
    bench.tell(actions=(vda5050.ActionState("c", "cancelOrder", "FINISHED"),))


def manual(bench: Bench) -> None:
    """A person drives."""
    bench.tell(mode="MANUAL")


NEW, UPDATE, IGNORED = "new", "update", "ignored"
Situation = Callable[[Bench], None]
TABLE: list[tuple[str, Situation, dict[str, Any], str | tuple[str, str]]] = [
    # what, situation, message, result or (error of 2.1, error of 3.0)
    ("new", idle, order("AB"), NEW),
    ("new with a temporary first node", idle, order("AB", seq=0), NEW),
    ("no nodes", idle, {"orderId": "O", "orderUpdateId": 0, "nodes": [], "edges": []},
     ("validationError", "VALIDATION_FAILURE")),
    ("an edge too few", idle, {**order("ABC"), "edges": []}, ("validationError", "VALIDATION_FAILURE")),
    ("odd sequence", idle, order("AB", seq=1), ("validationError", "VALIDATION_FAILURE")),
    ("nothing released", idle, order("AB", released=0), ("validationError", "VALIDATION_FAILURE")),
    ("starts elsewhere", idle, order("CD"), ("noRouteError", "START_NODE_OUT_OF_RANGE")),
    ("unknown map", idle, order("AB", map="moon"), ("noRouteError", "UNKNOWN_MAP_ID")),
    ("unknown action", idle, order("AB", pick="B", type="dance"), ("orderError", "INVALID_ORDER_ACTION")),
    ("trajectory", idle, order("AB", edge={"trajectory": {"knotVector": [0, 1], "degree": 1, "controlPoints": []}}),
     ("orderError", "UNSUPPORTED_PARAMETER")),
    ("a person drives", manual, order("AB"), ("orderError", "MOBILE_ROBOT_NOT_AVAILABLE")),
    ("new while driving", driving, order("BC", "P"), ("orderError", "OTHER_ORDER_ACTIVE")),
    ("new at the end of the base with a horizon", waiting, order("CD", "P"), ("orderError", "OTHER_ORDER_ACTIVE")),
    ("new after the end", finished, order("CD", "P"), NEW),
    ("update", driving, order("CD", update=1, seq=4), UPDATE),
    ("update with another horizon", driving, order("CE", update=1, seq=4, released=1), UPDATE),
    ("update that leaves numbers out", driving, order("CD", update=7, seq=4), UPDATE),
    ("update at the end of the base", waiting, order("CD", update=1, seq=4), UPDATE),
    ("update after the end", finished, order("CD", update=1, seq=4), UPDATE),
    ("update that sends the base again", driving, order("BCD", update=1, seq=2),
     ("orderUpdateError", "VALIDATION_FAILURE")),
    ("update with another sequence", driving, order("CD", update=1, seq=6), ("orderUpdateError", "VALIDATION_FAILURE")),
    ("update from the horizon", driving, order("DE", update=1, seq=6), ("orderUpdateError", "VALIDATION_FAILURE")),
    ("the same again", driving, order("ABCD", released=3), IGNORED),
    ("the same number, another content", driving, order("ABCE", released=3), (IGNORED, "SAME_ORDER_UPDATE_ID")),
    ("update after cancel", cancelled, order("CD", update=1, seq=4),
     ("orderUpdateError", "ORDER_UPDATE_FOLLOWING_CANCEL")),
    ("new after cancel", cancelled, order("BC", "P"), NEW),
]  # fmt: skip


@pytest.mark.parametrize("spelling", BOTH, ids=lambda s: s.version)
@pytest.mark.parametrize("row", TABLE, ids=[row[0] for row in TABLE])
def test_acceptance(row: tuple[str, Situation, dict[str, Any], Any], spelling: Spelling) -> None:
    _, situation, message, result = row
    bench = Bench(spelling)
    situation(bench)
    before, bench.sent = bench.state, []
    bench.take("order", message)
    expected = result if isinstance(result, str) else result[spelling.major - 2]
    told = [command for command in bench.sent if isinstance(command, vda5050.Order)]
    if expected in (NEW, UPDATE):
        assert [o.order_id for o in told] == [message["orderId"]]
        assert (bench.state["orderId"], bench.state["orderUpdateId"]) == (message["orderId"], message["orderUpdateId"])
        assert bench.errors() == set()
        return
    assert told == []
    assert bench.errors() == ({expected} - {IGNORED})
    for key in ("orderId", "orderUpdateId", "nodeStates", "actionStates"):
        assert bench.state[key] == before[key]


@pytest.mark.parametrize("spelling", BOTH, ids=lambda s: s.version)
def test_a_refusal_is_reported_until_the_next_accepted_order(spelling: Spelling) -> None:
    bench = Bench(spelling)
    bench.take("order", order("CD"))
    bench.now += 3600.0
    bench.tell()
    assert len(bench.errors()) == 1
    references = {r["referenceKey"]: r["referenceValue"] for r in bench.state["errors"][0]["errorReferences"]}
    assert references == {"orderId": "O", "orderUpdateId": "0"}
    bench.take("order", order("AB", "P"))
    assert bench.errors() == set()


def test_a_new_order_of_version_3_has_update_id_0() -> None:
    for spelling, error in ((V2_1, set()), (V3_0, {"VALIDATION_FAILURE"})):
        bench = Bench(spelling)
        bench.take("order", order("AB", update=3))
        assert bench.errors() == error


@pytest.mark.parametrize("spelling", BOTH, ids=lambda s: s.version)
def test_the_horizon_and_its_actions_are_in_the_state_and_go_with_it(spelling: Spelling) -> None:
    bench = Bench(spelling)
    bench.take("order", order("ABCD", released=3, pick="D"))
    assert [n["nodeId"] for n in bench.state["nodeStates"]] == ["B", "C", "D"]
    assert [n["released"] for n in bench.state["nodeStates"]] == [True, True, False]
    assert [a["actionStatus"] for a in bench.state["actionStates"]] == ["WAITING"]
    bench.take("order", order("CE", update=1, seq=4, released=1))
    assert [n["nodeId"] for n in bench.state["nodeStates"]] == ["B", "C", "E"]
    assert bench.state["actionStates"] == []


@pytest.mark.parametrize("spelling", BOTH, ids=lambda s: s.version)
def test_cancel(spelling: Spelling) -> None:
    bench = Bench(spelling)
    bench.take("order", order("ABC", pick="C"))
    bench.tell(order_id="O", last_node_id="B", last_sequence_id=2, x=3.0)
    cancel = {"actionType": "cancelOrder", "actionId": "c", "blockingType": "NONE"}
    bench.take("instantActions", {"actions": [cancel]})
    instant = "actionStates" if spelling.major == 2 else "instantActionStates"
    assert {a["actionId"]: a["actionStatus"] for a in bench.state[instant]}["c"] == "RUNNING"
    assert [type(command) for command in bench.sent[-1:]] == [vda5050.InstantAction]
    bench.tell(actions=(vda5050.ActionState("c", "cancelOrder", "FINISHED"),))
    states = {a["actionId"]: a["actionStatus"] for a in bench.state["actionStates"]}
    assert states["O-C"] == "FAILED"
    assert (bench.state["nodeStates"], bench.state["edgeStates"]) == ([], [])
    assert (bench.state["orderId"], bench.state["lastNodeId"]) == ("O", "B")
    bench.take("instantActions", {"actions": [{**cancel, "actionId": "again"}]})
    assert bench.errors() == {"noOrderToCancel" if spelling.major == 2 else "NO_ORDER_TO_CANCEL"}


@pytest.mark.parametrize(
    "payload",
    [
        b"", b"{", b"[]", b"null", b'{"headerId": 1}', b"\xef\xbb\xbf{}", b"\xff\xfe", b"[" * 100_000,
        b"x" * 1_000_000, json.dumps({**order("AB"), "headerId": float("nan")}).encode(),
    ],
    ids=lambda p: repr(p[:12]),
)  # fmt: skip
@pytest.mark.parametrize("spelling", BOTH, ids=lambda s: s.version)
def test_rubbish_moves_nothing_and_is_counted(spelling: Spelling, payload: bytes) -> None:
    bench = Bench(spelling)
    for name in ("order", "instantActions"):
        bench.robot.receive(bench.now, bench.robot.outbox.topic(name, spelling), payload, retained=False)
    bench.tell()
    assert bench.sent == []
    assert bench.robot.counts["message.invalid"] == 2
    assert bench.errors() == {"validationError" if spelling.major == 2 else "VALIDATION_FAILURE"}


@pytest.mark.parametrize("spelling", BOTH, ids=lambda s: s.version)
def test_kept_messages_and_those_of_others_move_nothing(spelling: Spelling) -> None:
    bench = Bench(spelling)
    bench.take("order", order("AB"), serialNumber="2")
    bench.take("order", order("AB"), manufacturer="Other")
    payload = json.dumps({"version": spelling.version, **order("AB")}).encode()
    bench.robot.receive(bench.now, bench.robot.outbox.topic("order", spelling), payload, retained=True)
    bench.tell()
    assert bench.sent == []
    assert bench.errors() == set()
    assert bench.robot.counts == {"vda.address": 2, "vda.retained": 1}


@pytest.mark.parametrize("spelling", BOTH, ids=lambda s: s.version)
def test_an_agent_that_was_restarted_gets_what_is_left(spelling: Spelling) -> None:
    bench = Bench(spelling)
    bench.take("order", order("ABCD", released=3, pick="B"))
    done = (vda5050.ActionState("O-B", "pick", "FINISHED"),)
    bench.tell(order_id="O", last_node_id="B", last_sequence_id=2, x=3.0, actions=done)
    bench.sent = []
    for _ in range(6):
        bench.tell(order_id="", last_node_id="B", last_sequence_id=0, actions=())
    again = [o for o in bench.sent if isinstance(o, vda5050.Order)]
    assert [[n.node_id for n in o.nodes] for o in again[:1]] == [["B", "C", "D"]]
    assert again[0].nodes[0].actions == ()
    assert [a["actionStatus"] for a in bench.state["actionStates"]] == ["FINISHED"]
