"""Our robot on several levels under a master of another maker; maps and zone sets of levels."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from amr_core import vda5050 as vda
from amr_core.errors import AmrError
from amr_core.robots import LIFT_AMR
from amr_core.vda5050 import ActionState
from amr_interop.vda.floors import one_floor
from amr_interop.vda.maps import MapDesks, MapWish, wishes_by_map
from amr_interop.vda.messages import MapState, ZoneSetState
from amr_interop.vda.outbox import HeaderWriter
from amr_interop.vda.robot import VdaRobot
from amr_interop.vda.versions import V2_1, V3_0, Spelling
from amr_interop.vda.zones import SiteZone
from tests.unit.levels_rig import EVERY, FLOORS, GROUND, ROADMAP, SITE, UPPER, Stranger, at, place, ride_order, wire
from tests.vda_pair import EPOCH, check


class Ours:
    """Our robot on the ground before the lift, led by hand."""

    def __init__(self, spelling: Spelling) -> None:
        self.spelling, self.now = spelling, EPOCH
        self.robot = VdaRobot(
            "r", LIFT_AMR, spelling, manufacturer="AMR", serial="1", map_id=SITE.id, roadmap=ROADMAP, floors=FLOORS
        )
        self.writer = HeaderWriter("AMR", "1")
        self.agent = vda.RobotState(robot="r")
        self.to_agent: list[Any] = []
        self.state: dict[str, Any] = {}
        self.robot.connected(self.now)
        self.stand(ride_order(2).nodes[0].node_id)

    def stand(self, name: str, **values: Any) -> None:
        """Let the agent say that it stands at a node."""
        node = ROADMAP.nodes[name]
        self.agent = replace(self.agent, x=node.x, y=node.y, theta=node.theta or 0.0, last_node_id=name, **values)
        self.step()

    def step(self) -> None:
        """Let a second pass."""
        self.now += 1.1
        self.robot.heard(self.now, self.agent)
        done = self.robot.step(self.now)
        self.to_agent += done.to_agent
        for message in done.messages:
            check(message)
            if message.topic.endswith("/state"):
                self.state = dict(message.message)

    def order(self, update: int, nodes: list[dict[str, Any]]) -> None:
        """Send an order or an update with these nodes, joined by edges."""
        rows = [n | {"actions": n.get("actions", [])} for n in nodes]
        edges = []
        for a, b in pairwise(rows):
            edge = {"edgeId": f"{a['nodeId']}-{b['nodeId']}", "sequenceId": a["sequenceId"] + 1, "actions": []}
            ends = {"startNodeId": a["nodeId"], "endNodeId": b["nodeId"]} if self.spelling.major == 2 else {}
            edges.append(edge | ends | {"released": b["released"]})
        body = {"orderId": "O", "orderUpdateId": update, "nodes": rows, "edges": edges}
        message = self.writer.seal("order", body, self.now, self.spelling)
        self.robot.receive(self.now, message.topic, json.dumps(message.message).encode(), retained=False)
        self.step()

    @property
    def errors(self) -> list[dict[str, Any]]:
        """What it reports."""
        found: list[dict[str, Any]] = self.state["errors"]
        return found


def switch(spelling: Spelling, name: str = "lift_1@upper", **told: Any) -> list[dict[str, Any]]:
    """Return the action that takes the other map in the cabin."""
    at = place(name)
    values = {"x": at["x"], "y": at["y"], "theta": 0.0, "mapId": at["map_id"], "lastNodeId": "up"} | told
    parameters = [{"key": k, "value": v} for k, v in values.items()]
    return [
        {
            "actionType": spelling.reset_pose,
            "actionId": f"map-{sorted(told)}",
            "blockingType": "HARD",
            "actionParameters": parameters,
        }
    ]


@EVERY
@pytest.mark.parametrize("foreign", [False, True])
def test_our_robot_rides_by_the_order_of_another_master(spelling: Spelling, foreign: bool) -> None:
    ours = Ours(spelling)
    first = ride_order(2).nodes[0].node_id
    names = ("a", "b", "c") if foreign else ("", "", "")
    start, below = wire(first, 0, label=names[0]), wire("lift_1@ground", 2, label=names[1])
    ours.order(0, [start, below])
    ours.stand("lift_1@ground", order_id="O", last_sequence_id=2)
    above = wire("lift_1@upper", 4, label=names[2], actions=switch(spelling))
    ours.order(1, [below, above])
    assert ours.errors == []
    order = ours.to_agent[-1]
    assert [e.manoeuvre for e in order.edges] == ["ride"]
    assert (order.nodes[1].x, order.nodes[1].y, order.nodes[1].theta) == (16.6, 22.0, 0.0)
    assert order.nodes[1].actions == ()
    assert order.nodes[0].theta == 0.0
    (told,) = ours.state["actionStates"]
    assert told["actionStatus"] == "WAITING"
    assert ours.state[spelling.position]["mapId"] == GROUND
    ours.stand("lift_1@upper", order_id="O", update_id=1, last_sequence_id=4)
    (told,) = ours.state["actionStates"]
    assert told["actionStatus"] == "FINISHED"
    position = ours.state[spelling.position]
    assert (position["mapId"], position["x"], position["y"]) == (UPPER, 16.6, 6.0)
    assert (ours.state["lastNodeId"], ours.state["nodeStates"]) == (above["nodeId"], [])


def test_what_our_robot_says_of_its_maps() -> None:
    ours = Ours(V2_1)
    assert [m["mapId"] for m in ours.state["maps"]] == [GROUND, UPPER]
    sheet = next(m for m in _factsheets(ours) if m)
    row = next(a for a in sheet["protocolFeatures"]["agvActions"] if a["actionType"] == "initPosition")
    assert row["actionScopes"] == ["INSTANT", "NODE"]


def _factsheets(ours: Ours) -> list[dict[str, Any]]:
    ours.robot.connected(ours.now)
    messages = ours.robot.step(ours.now).messages
    for message in messages:
        check(message)
    return [dict(m.message) for m in messages if m.topic.endswith("/factsheet")]


CABIN, NO_WAY, NO_ACTION = "lift_1@ground", "NO_ROUTE_TO_TARGET", "INVALID_ORDER_ACTION"
BAD: list[tuple[str, Any, str]] = [
    ("another map", lambda s: at(16.6, 6.0, "two_floor"), "UNKNOWN_MAP_ID"),
    ("a node on the wrong level", lambda s: at(16.6, 6.0, UPPER, "lift_1:-ground"), NO_WAY),
    ("outside of its map", lambda s: at(14.0, 20.0, GROUND), NO_WAY),
    ("through the ceiling", lambda s: wire("P3", 2, label="x"), NO_WAY),
    ("a new pose on a lane", lambda s: at(14.0, 5.0, GROUND, actions=switch(s)), NO_ACTION),
    ("a new pose on the wrong map", lambda s: wire(CABIN, 2, actions=switch(s)), NO_ACTION),
    ("a new pose elsewhere", lambda s: wire(CABIN, 2, actions=switch(s, CABIN, x=3.0)), NO_ACTION),
    ("a new pose that is none", lambda s: wire(CABIN, 2, actions=switch(s, CABIN, x="east")), NO_ACTION),
]


@EVERY
@pytest.mark.parametrize(("what", "made", "error"), BAD, ids=[b[0] for b in BAD])
def test_our_robot_refuses_what_cannot_be_on_its_maps_and_stays(
    spelling: Spelling, what: str, made: Any, error: str
) -> None:
    ours = Ours(spelling)
    ours.order(0, [wire(ride_order(2).nodes[0].node_id, 0), made(spelling)])
    assert ours.to_agent == [], what
    (told,) = ours.errors
    assert told["errorType"] == spelling.errors.get(error, error)
    assert ours.state["orderId"] == ""


@EVERY
def test_a_new_pose_for_our_robot_is_one_on_the_map_that_it_names(spelling: Spelling) -> None:
    ours = Ours(spelling)
    for number, map_id in enumerate([UPPER, "attic", ""]):
        action = switch(spelling, x=9.0, y=10.0, mapId=map_id)[0] | {"actionId": f"i{number}", "blockingType": "NONE"}
        message = ours.writer.seal("instantActions", {"actions": [action]}, ours.now, spelling)
        ours.robot.receive(ours.now, message.topic, json.dumps(message.message).encode(), retained=False)
    ours.step()
    (told,) = ours.to_agent
    assert {k: float(v) for k, v in told.parameters.items()} == {"x": 9.0, "y": 26.0, "theta": 0.0}
    key = "actionStates" if spelling.major == 2 else "instantActionStates"
    assert [a["actionStatus"] for a in ours.state[key]] == ["RUNNING", "FAILED", "FAILED"]


@pytest.mark.parametrize("spelling", [V2_1, V3_0], ids=lambda s: s.version)
def test_the_maps_of_all_levels_are_brought_and_enabled_one_by_one_before_the_first_order(spelling: Spelling) -> None:
    robot = Stranger(spelling)
    robot.master.maps = MapDesks(
        FLOORS.ids,
        wishes_by_map([f"r@{name}=7 https://maps.site/{name}" for name in ("ground", "upper")], {"r": FLOORS})["r"],
    )
    robot.sheet()
    first = ride_order(2).nodes[0].node_id
    maps: dict[tuple[str, str], bool] = {(GROUND, "6"): True}
    done: list[ActionState] = []
    asked: list[tuple[str, str]] = []
    robot.master.order(ride_order(2))
    for _ in range(40):
        robot.instants.clear()
        held = tuple(MapState(i, v, on) for (i, v), on in maps.items())
        robot.say(**place(first), maps=held, instant_actions=tuple(done))
        for action in (a for a in robot.instants if a["actionType"].endswith("Map")):
            told = {p["key"]: p["value"] for p in action["actionParameters"]}
            asked.append((action["actionType"], told["mapId"]))
            assert told["mapVersion"] == ("6" if action["actionType"] == "deleteMap" else "7")
            key = told["mapId"], told["mapVersion"]
            if action["actionType"] == "downloadMap":
                assert told["mapDownloadLink"] == f"https://maps.site/{told['mapId'].rpartition('.')[2]}"
                maps[key] = False
            elif action["actionType"] == "enableMap":
                maps |= {k: k == key for k in maps if k[0] == key[0]}
            else:
                del maps[key]
            done.append(ActionState(action["actionId"], action["actionType"], "FINISHED"))
        if len(asked) < 4:
            assert robot.orders == []
        robot.now += 1.0
    assert maps == {(GROUND, "7"): True, (UPPER, "7"): True}
    assert Counter(asked) == {
        ("downloadMap", GROUND): 1, ("downloadMap", UPPER): 1, ("enableMap", GROUND): 1, ("enableMap", UPPER): 1,
        ("deleteMap", GROUND): 1,
    }  # fmt: skip
    assert len({order["orderId"] for order in robot.orders}) == 1


def test_a_wish_names_the_level() -> None:
    wishes = wishes_by_map(["r@upper=7 https://a"], {"r": FLOORS, "q": FLOORS})
    assert wishes == {"r": {UPPER: MapWish("7", "https://a")}}
    assert wishes_by_map(["r=7 https://a"], {"r": one_floor("lab")}) == {"r": {"lab": MapWish("7", "https://a")}}
    for bad in ("r=7 https://a", "r@attic=7 https://a", "x@upper=7 https://a"):
        with pytest.raises(AmrError) as caught:
            wishes_by_map([bad], {"r": FLOORS})
        assert caught.value.code == "parameter.invalid"


def test_each_level_has_a_zone_set_of_its_own_in_its_own_frame_and_answers_for_its_own_requests() -> None:
    robot = Stranger(V3_0)
    robot.sheet(zones=("BLOCKED", "RELEASE", "SPEED_LIMIT"))
    low_y, high_y = 3.0, 20.0
    low_at, high_at = (((6.0, y), (8.0, y), (8.0, y + 1.0), (6.0, y + 1.0)) for y in (low_y, high_y))
    robot.master.zones.wanted = SiteZone("low", "slow", low_at, 0.4), SiteZone("high", "hold", high_at)
    where = place("P1")
    sets: list[ZoneSetState] = []
    for _ in range(30):
        robot.say(**where, zone_sets=tuple(sets))
        robot.now += 2.0
        for message in robot.zone_sets[len(sets) :]:
            body = message["zoneSet"]
            sets.append(ZoneSetState(body["zoneSetId"], body["mapId"], True))
    assert [(m["zoneSet"]["mapId"], m["zoneSet"]["zones"][0]["zoneId"]) for m in robot.zone_sets] == [
        (GROUND, "low"), (UPPER, "high"),
    ]  # fmt: skip
    (low,), (high,) = (m["zoneSet"]["zones"] for m in robot.zone_sets)
    assert [v["y"] for v in low["vertices"]] == [3.0, 3.0, 4.0, 4.0]
    assert [v["y"] for v in high["vertices"]] == [4.0, 4.0, 5.0, 5.0]
