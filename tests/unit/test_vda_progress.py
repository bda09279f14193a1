"""How far a robot is told to have come on its order: never further than all of its state says."""

from __future__ import annotations

from typing import Any

import pytest

from amr_core import vda5050
from tests.unit.vda_desk import ALL, Desk, leading, mission


def nodes(names: str) -> list[dict[str, Any]]:
    return [{"nodeId": n, "sequenceId": 2 * "ABCDEF".index(n), "released": True} for n in names]


def told(desk: Desk) -> vda5050.RobotState:
    assert desk.told is not None
    return desk.told


@pytest.mark.parametrize("spelling", ALL, ids=lambda s: s.version)
@pytest.mark.parametrize("left", ["BCD", ""], ids=["with its nodes", "before it shows them"])
def test_a_number_of_the_order_before_gives_away_nothing_of_the_next_one(spelling: Any, left: str) -> None:
    """It ended the order before at number 6; the next one is released to its number 6, all of it still to drive."""
    desk = Desk(spelling)
    desk.say(orderId="before", lastNodeId="A", lastNodeSequenceId=6)
    desk.master.order(mission(4))
    (order,) = desk.orders(desk.wait(0.2))
    desk.say(orderId=order["orderId"], nodeStates=nodes(left))
    assert (told(desk).last_node_id, told(desk).last_sequence_id) == ("A", 0)
    assert told(desk).base == ("B", "C", "D"), "others would be sent into its way"
    assert desk.master.counts["progress"] == 1
    desk.say(lastNodeId="B", lastNodeSequenceId=2, nodeStates=nodes("CD"))
    assert (told(desk).last_node_id, told(desk).base) == ("B", ("C", "D"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"lastNodeId": "B", "lastNodeSequenceId": 4},
        {"lastNodeId": "C", "lastNodeSequenceId": 2, "nodeStates": []},
        {"lastNodeId": "", "lastNodeSequenceId": 4, "nodeStates": []},
        {"lastNodeId": "C", "lastNodeSequenceId": 3},
        {"lastNodeId": "Z", "lastNodeSequenceId": 40, "nodeStates": []},
    ],
    ids=lambda w: f"{w['lastNodeId']}{w['lastNodeSequenceId']}",
)
def test_node_and_number_that_do_not_belong_together_change_nothing(wrong: dict[str, Any]) -> None:
    desk = Desk()
    leading(desk, released=4)
    desk.say(lastNodeId="B", lastNodeSequenceId=2, nodeStates=nodes("CD"))
    desk.say(**wrong)
    assert (told(desk).last_node_id, told(desk).last_sequence_id, told(desk).base) == ("B", 2, ("C", "D"))
    assert desk.master.counts["progress"] <= 1
    desk.say(lastNodeId="C", lastNodeSequenceId=4, nodeStates=nodes("D"))
    assert (told(desk).last_node_id, told(desk).base) == ("C", ("D",))


def test_an_order_whose_end_nobody_proves_is_ended_as_one_that_broke_off() -> None:
    desk = Desk()
    leading(desk, released=6)
    for _ in range(5):
        desk.say(1.0, lastNodeId="A", lastNodeSequenceId=10, nodeStates=[])
    assert desk.master.sent is not None
    assert desk.master.sent.ended == "cleared"
    assert (told(desk).last_node_id, told(desk).last_sequence_id) == ("A", 0)


def test_a_state_that_was_overtaken_does_not_lead_back() -> None:
    desk = Desk()
    leading(desk, released=4)
    late = desk.body() | {"lastNodeId": "A", "lastNodeSequenceId": 0}
    number = desk.header
    desk.header += 1
    desk.say(lastNodeId="C", lastNodeSequenceId=4, nodeStates=nodes("D"))
    newest = desk.header
    desk.now -= 0.5
    desk.header = number
    desk.receive("state", late)
    desk.header = newest
    desk.now += 0.5
    assert desk.master.counts["late"] == 1
    desk.say(lastNodeId="A", lastNodeSequenceId=6, nodeStates=[])
    assert (told(desk).last_node_id, told(desk).base) == ("C", ("D",))


@pytest.mark.parametrize("gateway_too", [False, True])
def test_the_place_of_one_that_has_lost_its_order_is_not_told_as_if_it_still_had_it(gateway_too: bool) -> None:
    """Started again on its way, it says with conviction that it stands elsewhere on its base, as where it is at home.

    With an order it was believed anywhere on what it holds, and where it truly stood was given to others.
    """
    desk = Desk()
    leading(desk, released=4)
    desk.say(lastNodeId="B", lastNodeSequenceId=2, x=3.0, nodeStates=nodes("CD"))
    assert told(desk).localized
    if gateway_too:
        desk = Desk(shelf=desk.shelf)
    desk.say(orderId="", lastNodeId="", lastNodeSequenceId=0, x=9.0, nodeStates=[])
    assert (told(desk).localized, told(desk).base[-1:]) == (False, ("D",)), "nobody gets its base meanwhile"
    for _ in range(5):
        desk.say(1.0)
    assert (told(desk).order_id, told(desk).base, told(desk).localized, told(desk).x) == ("", (), True, 9.0)


def test_one_that_has_not_taken_its_order_yet_is_believed_where_it_stands() -> None:
    desk = Desk()
    desk.say(orderId="before", lastNodeId="A")
    desk.master.order(mission(4))
    desk.wait(0.2)
    desk.say()
    assert told(desk).localized


@pytest.mark.parametrize("status", ["FINISHED", "FAILED"])
def test_one_that_clears_its_order_when_it_ends_has_finished_it_if_its_actions_say_so(status: str) -> None:
    """Its order counted as lost and its pick as never done: it was told to take again what it had."""
    desk = Desk()
    order = leading(desk, released=6)
    (action,) = [a["actionId"] for node in order["nodes"] for a in node["actions"]]
    ended = [{"actionId": action, "actionType": "pick", "actionStatus": status}]
    desk.say(orderId="", lastNodeId="F", lastNodeSequenceId=10, x=15.0, nodeStates=[], actionStates=ended)
    done = status == "FINISHED"
    said = [a.status for a in told(desk).actions if a.action_id == "T1:pick"]
    assert (told(desk).order_id, told(desk).localized, said) == ("M1", done, [status])
    for _ in range(5):
        desk.say(1.0)
    assert (told(desk).order_id, told(desk).base) == ("M1" if done else "", ())
    assert told(desk).last_node_id == "F"
