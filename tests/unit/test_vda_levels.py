"""Several levels over VDA 5050: a mapId and a frame for each, a ride between them, and a robot on the wrong map."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from amr_core import vda5050 as vda
from amr_fleet.domain.events import Ask
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal.rehearsal import units_of
from amr_fleet.requests import CreateOrder
from amr_interop.vda.messages import Reached
from amr_interop.vda.outbox import Outgoing
from amr_interop.vda.riding import RESET_POSE
from amr_interop.vda.versions import V2_1, V3_0, Spelling
from tests.unit.levels_rig import EVERY, FLOORS, GROUND, ROADMAP, SITE, UPPER, Stranger, place, ride_order
from tests.vda_pair import Link, VdaRehearsal


class Seen(Link):
    """Keeps every message that went over it."""

    def send(self, now: float, message: Outgoing) -> None:
        """Take a message."""
        if not hasattr(self, "messages"):
            self.messages: list[Outgoing] = []
        self.messages.append(message)
        super().send(now, message)

    def of(self, topic: str) -> list[dict[str, Any]]:
        """Return the messages of a topic."""
        return [dict(m.message) for m in self.messages if m.topic.endswith(f"/{topic}")]


def pair(spellings: list[Spelling], asks: list[tuple[str, str]]) -> tuple[VdaRehearsal, Seen]:
    link = Seen()
    made = VdaRehearsal(ROADMAP, units_of(SITE, 2), seed=1)
    made.wire(link, spellings, floors=FLOORS)
    for _ in range(30):
        made.step()
    made.step(
        [Ask(n, CreateOrder(order=OrderRequest(pick_place=a, drop_place=b, user="t"))) for n, (a, b) in enumerate(asks)]
    )
    return made, link


def test_orders_lead_through_the_lift_and_back_and_each_node_is_on_the_map_of_its_level() -> None:
    made, link = pair([V2_1, V3_0], [("D1", "B1"), ("A1", "X1")])
    made.run(lambda r: r.done, 3600.0)
    assert made.done
    assert made.held_violations == 0
    assert made.violations() == []
    for what in ("picked", "dropped"):
        assert set(Counter(load for robot in made.robots.values() for load in getattr(robot, what)).values()) == {1}
    rides = 0
    for order in link.of("order"):
        for node in order["nodes"]:
            known = ROADMAP.nodes.get(node["nodeId"].replace(":-", "@"))
            if known is None:
                continue
            floor = FLOORS.at(known.x, known.y)
            place = node["nodePosition"]
            assert place["mapId"] == floor.map_id
            assert (place["x"], place["y"]) == pytest.approx(floor.wire(known.x, known.y), abs=0.3)
            for action in node["actions"]:
                if action["actionType"] not in RESET_POSE:
                    continue
                rides += 1
                told = {p["key"]: p["value"] for p in action["actionParameters"]}
                assert (told["mapId"], told["lastNodeId"]) == (floor.map_id, node["nodeId"])
                assert (told["x"], told["y"]) == pytest.approx((place["x"], place["y"]))
                assert action["blockingType"] == "HARD"
    assert rides
    places = [s.get("agvPosition") or s["mobileRobotPosition"] for s in link.of("state")]
    assert {place["mapId"] for place in places} == {GROUND, UPPER}
    assert all(0.0 <= place["y"] <= 12.0 for place in places)
    assert not any(face.counts for face in made.faces.values())
    assert not any(master.counts for master in made.masters.values())


def begun(spelling: Spelling) -> tuple[Stranger, str]:
    """Return a robot in the cabin on the ground, and the id of its order."""
    robot = Stranger(spelling)
    first = ride_order(2).nodes[0].node_id
    robot.say(**place(first))
    robot.master.order(ride_order(2))
    robot.say(**place(first))
    (sent,) = robot.orders
    robot.say(
        order_id=sent["orderId"], last_node_id=sent["nodes"][1]["nodeId"], last_sequence_id=2, **place("lift_1@ground")
    )
    assert robot.codes == set()
    return robot, sent["orderId"]


@EVERY
def test_the_ride_is_an_update_with_the_cabin_on_the_other_map_and_the_robot_may_change_when_it_likes(
    spelling: Spelling,
) -> None:
    robot, order_id = begun(spelling)
    robot.master.order(ride_order(3))
    robot.step()
    update = robot.orders[-1]
    assert [n["nodePosition"]["mapId"] for n in update["nodes"]] == [GROUND, UPPER, UPPER]
    assert [n["released"] for n in update["nodes"]] == [True, True, False]
    here, there = (n["nodePosition"] for n in update["nodes"][:2])
    assert (here["x"], here["y"]) == (there["x"], there["y"])
    (action,) = update["nodes"][1]["actions"]
    assert action["actionType"] == spelling.reset_pose
    cabin = update["nodes"][0]["nodeId"]
    for map_id in (GROUND, UPPER):  # it is still on the one, or on the other already
        robot.say(
            order_id=order_id,
            update_id=1,
            last_node_id=cabin,
            last_sequence_id=2,
            nodes=(Reached(update["nodes"][1]["nodeId"], 4, True),),
            **place("lift_1@ground", map_id),
        )
        assert robot.codes == set(), map_id
        assert robot.told is not None
        assert robot.told.localized
        assert robot.told.y == pytest.approx(6.0 if map_id == GROUND else 22.0)


@EVERY
def test_a_robot_that_takes_the_next_map_by_its_action_there_may_name_the_old_one_until_that_has_ended(
    spelling: Spelling,
) -> None:
    robot, order_id = begun(spelling)
    robot.master.order(ride_order(3))
    robot.step()
    node = robot.orders[-1]["nodes"][1]
    (action,) = node["actions"]

    def says(status: vda.ActionStatus, map_id: str) -> None:
        took = vda.ActionState(action["actionId"], action["actionType"], status)
        at: dict[str, Any] = {"last_node_id": node["nodeId"], "last_sequence_id": 4, **place("lift_1@upper", map_id)}
        robot.say(order_id=order_id, update_id=1, actions=(took,), **at)

    for status, map_id in (("WAITING", GROUND), ("RUNNING", GROUND), ("RUNNING", UPPER), ("FINISHED", UPPER)):
        says(status, map_id)  # type: ignore[arg-type]
        assert robot.codes == set(), (status, map_id)
        assert robot.told is not None
        assert robot.told.localized
        assert robot.told.y == pytest.approx(22.0), "it is in the cabin, which is there"
    assert robot.asked("startPause") == 0
    says("RUNNING", "cellar")
    assert robot.codes == {("vda.map_wrong", "FATAL")}, "neither the one nor the other"
    says("FINISHED", GROUND)
    assert robot.codes == {("vda.map_wrong", "FATAL")}, "it has ended, and the map is the old one"


@EVERY
def test_a_robot_on_the_wrong_map_gets_a_code_and_no_update_and_stands_until_its_map_is_right(
    spelling: Spelling,
) -> None:
    robot, order_id = begun(spelling)
    wrong = place("lift_1@ground", UPPER)
    state: dict[str, Any] = {"order_id": order_id, "last_node_id": "lift_1:-ground", "last_sequence_id": 2}
    horizon = (Reached("lift_1:-upper", 4, False),)
    robot.say(**state, nodes=horizon, **wrong)
    robot.master.order(ride_order(3))
    robot.say(**state, nodes=horizon, **wrong)
    assert ("vda.map_wrong", "FATAL") in robot.codes
    assert robot.told is not None
    assert not robot.told.localized
    assert len(robot.orders) == 1
    assert robot.asked("startPause") == 1
    (error,) = [e for e in robot.told.errors if e.code == "vda.map_wrong"]
    assert dict(error.facts) == {"map_id": UPPER, "expected": GROUND}
    robot.say(**state, nodes=horizon, **place("lift_1@ground"))
    robot.step()
    assert robot.codes == set()
    assert len(robot.orders) == 2
    assert robot.asked("stopPause") == 1


@pytest.mark.parametrize("told", ["", "ground", "two_floor", "other.upper"])
def test_a_map_that_the_site_does_not_have_is_no_place_and_no_order_goes_out(told: str) -> None:
    robot = Stranger(V2_1)
    first = ride_order(2).nodes[0].node_id
    where = place(first) | {"map_id": told}
    robot.say(**where)
    robot.master.order(ride_order(2))
    robot.say(**where)
    assert robot.codes == {("vda.map_wrong", "FATAL")}
    assert robot.orders == []
    assert robot.asked("startPause") == 0  # it does nothing anyway


def test_a_place_beside_its_own_map_is_not_taken_for_one_on_the_level_that_lies_there_on_the_sheet() -> None:
    robot = Stranger(V2_1)
    robot.say(x=4.0, y=20.0, map_id=GROUND)
    assert robot.codes == {("vda.map_wrong", "FATAL")}


def test_an_order_that_begins_on_another_level_than_the_robot_waits_with_a_code() -> None:
    robot = Stranger(V3_0)
    robot.say(x=4.0, y=4.0, map_id=UPPER)
    robot.master.order(ride_order(2))
    robot.say(x=4.0, y=4.0, map_id=UPPER)
    robot.step()
    assert robot.orders == []
    assert robot.codes == {("vda.map_wrong", "FATAL")}


def test_a_pause_of_a_person_outlives_the_right_map() -> None:
    robot, order_id = begun(V2_1)
    state: dict[str, Any] = {"order_id": order_id, "last_node_id": "lift_1:-ground", "last_sequence_id": 2}
    horizon = (Reached("lift_1:-upper", 4, False),)
    robot.master.instant(vda.InstantAction("r", "startPause", "p"))
    robot.say(**state, nodes=horizon, **place("lift_1@ground", UPPER))
    robot.say(**state, nodes=horizon, **place("lift_1@ground"))
    assert robot.asked("startPause") == 1
    assert robot.asked("stopPause") == 0


def test_a_new_pose_is_told_in_the_frame_of_its_level() -> None:
    robot = Stranger(V2_1)
    robot.say(**place("P3"))
    robot.master.instant(vda.InstantAction("r", "initPosition", "i", {"x": "9", "y": "26.4", "theta": "1.5"}))
    robot.step()
    (action,) = [a for a in robot.instants if a["actionType"] == "initPosition"]
    told = {p["key"]: p["value"] for p in action["actionParameters"]}
    assert (told["x"], told["mapId"]) == (9.0, UPPER)
    assert told["y"] == pytest.approx(10.4)
