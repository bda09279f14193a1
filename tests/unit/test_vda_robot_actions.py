"""What the text of VDA 5050 asks of a robot whose order is cancelled or that gets instant actions."""

from __future__ import annotations

from amr_core import vda5050
from amr_interop.vda.versions import V3_0, Spelling
from tests.unit.test_vda_acceptance import Bench, driving, order
from tests.unit.test_vda_robot_text import ALL, instant, status, told


@ALL
def test_a_cancel_waits_until_the_agent_has_the_order(spelling: Spelling) -> None:
    bench = Bench(spelling)
    bench.take("order", order("ABC"))
    instant(bench, "cancelOrder", "c")
    assert told(bench, vda5050.InstantAction) == []  # it would be done at once, and the order driven after it
    assert status(bench, "c") == "RUNNING"
    bench.tell(order_id="O", base=("B", "C"), driving=True)
    assert [a.action_id for a in told(bench, vda5050.InstantAction)] == ["c"]
    bench.tell(base=(), driving=False, actions=(vda5050.ActionState("c", "cancelOrder", "FINISHED"),))
    assert (status(bench, "c"), bench.state["nodeStates"]) == ("FINISHED", [])


@ALL
def test_an_order_that_the_agent_never_showed_ends_with_its_cancel_and_is_stopped_should_it_come_yet(
    spelling: Spelling,
) -> None:
    bench = Bench(spelling)
    bench.take("order", order("ABC"))
    instant(bench, "cancelOrder", "c")
    for _ in range(5):
        bench.tell()
    assert status(bench, "c") == "FINISHED"
    bench.sent = []
    for _ in range(3):
        bench.tell(order_id="O", base=("B", "C"), driving=True)
    assert [a.action_type for a in told(bench, vda5050.InstantAction)] == ["cancelOrder"]
    bench.take("order", order("AB", "P"))
    assert bench.errors() == {"orderError" if spelling.major == 2 else "OTHER_ORDER_ACTIVE"}


@ALL
def test_a_second_cancel_ends_with_the_first_and_a_running_action_is_ended_before(spelling: Spelling) -> None:
    bench = Bench(spelling)
    bench.take("order", order("AB", pick="A"))
    running = vda5050.ActionState("O-A", "pick", "RUNNING")
    bench.tell(order_id="O", last_node_id="A", actions=(running,))
    instant(bench, "cancelOrder", "c1")
    instant(bench, "cancelOrder", "c2")
    assert [status(bench, name) for name in ("O-A", "c1", "c2")] == ["RUNNING"] * 3
    assert len(told(bench, vda5050.InstantAction)) == 1
    ended = (vda5050.ActionState("O-A", "pick", "FINISHED"), vda5050.ActionState("c1", "cancelOrder", "FINISHED"))
    bench.tell(actions=ended)
    assert [status(bench, name) for name in ("O-A", "c1", "c2")] == ["FINISHED"] * 3
    assert (bench.state["orderId"], bench.state["edgeStates"]) == ("O", [])


@ALL
def test_a_cancel_of_another_order_fails_and_of_none_too(spelling: Spelling) -> None:
    bench = Bench(spelling)
    instant(bench, "cancelOrder", "none")
    driving(bench)
    instant(bench, "cancelOrder", "other", orderId="X")
    assert (status(bench, "other"), bench.state["orderId"]) == ("FAILED", "O")
    assert len(bench.state["nodeStates"]) == 2
    name = "noOrderToCancel" if spelling.major == 2 else "NO_ORDER_TO_CANCEL"
    found = [e for e in bench.state["errors"] if e["errorType"] == name]
    assert found[0]["errorReferences"] == [{"referenceKey": "actionId", "referenceValue": "other"}]


@ALL
def test_states_of_instant_actions_stay_as_long_as_the_version_says(spelling: Spelling) -> None:
    bench = Bench(spelling)
    instant(bench, "stateRequest", "s")
    assert status(bench, "s") == "FINISHED"
    bench.take("order", order("AB"))
    assert status(bench, "s") == ("" if spelling.major == 2 else "FINISHED")
    if spelling.major == 3:
        instant(bench, "clearInstantActions", "clear")
        assert [a["actionId"] for a in bench.state["instantActionStates"]] == ["clear"]
    bench.sent = []
    instant(bench, "startPause", "s")  # an id that it has had is not done again
    assert told(bench, vda5050.InstantAction) == []


def test_a_long_list_of_instant_actions_is_reported_and_does_not_grow_for_ever() -> None:
    bench = Bench(V3_0)
    for number in range(120):
        instant(bench, "stateRequest", f"s{number}")
    assert "INSTANT_ACTION_STATES_FULL" in bench.errors()
    assert len(bench.state["instantActionStates"]) == 100
    instant(bench, "clearInstantActions", "clear")
    assert bench.errors() == set()


@ALL
def test_an_instant_action_that_it_does_not_know_fails_and_is_reported_until_the_next_one(spelling: Spelling) -> None:
    bench = Bench(spelling)
    instant(bench, "dance", "d")
    assert status(bench, "d") == "FAILED"
    assert bench.errors() == {"instantActionError" if spelling.major == 2 else "INVALID_INSTANT_ACTION"}
    instant(bench, "stateRequest", "s")
    assert bench.errors() == set()
