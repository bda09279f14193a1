"""Several levels over VDA 5050: a mapId and a frame for each, a ride between them, and a robot on the wrong map."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from amr_core import vda5050 as vda
from amr_core.errors import AmrError
from amr_core.roadmap import Roadmap, build_roadmap
from amr_core.robots import LIFT_AMR
from amr_core.site import load_site
from amr_core.vda5050 import ActionState
from amr_fleet.domain.events import Ask
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal.rehearsal import units_of
from amr_fleet.requests import CreateOrder
from amr_interop.vda import encode
from amr_interop.vda.floors import floors_of, one_floor
from amr_interop.vda.maps import MapDesks, MapWish, wishes_by_map
from amr_interop.vda.master import Master
from amr_interop.vda.messages import Header, MapState, Reached, WireState, ZoneSetState
from amr_interop.vda.outbox import HeaderWriter, Outgoing
from amr_interop.vda.riding import RESET_POSE
from amr_interop.vda.robot import VdaRobot
from amr_interop.vda.robot_factsheet import factsheet
from amr_interop.vda.sent import MemoryShelf
from amr_interop.vda.versions import V2_0, V2_1, V3_0, Spelling
from amr_interop.vda.zones import SiteZone
from tests.vda_pair import EPOCH, Link, VdaRehearsal, check

SITE = load_site("two_floor")
ROADMAP: Roadmap = build_roadmap(SITE)
FLOORS = floors_of(SITE)
GROUND, UPPER = "two_floor.ground", "two_floor.upper"
EVERY = pytest.mark.parametrize("spelling", [V2_0, V2_1, V3_0], ids=lambda s: s.version)


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


# A robot of another maker, by hand ------------------------------------------------------------------------------------


class Stranger:
    """A robot of another maker under our master control: it says what the test says."""

    def __init__(self, spelling: Spelling) -> None:
        self.spelling, self.now = spelling, EPOCH
        self.writer = HeaderWriter("ACME", "1")
        self.master = Master("r", "ACME", "1", map_id=SITE.id, shelf=MemoryShelf(), floors=FLOORS)
        self.orders: list[dict[str, Any]] = []
        self.instants: list[dict[str, Any]] = []
        self.zone_sets: list[dict[str, Any]] = []
        self.told: vda.RobotState | None = None

    def say(self, **values: Any) -> None:
        """Send a state and let the master take a step."""
        state = WireState(header=Header(0, None, "", "", ""), localized=True, **values)
        rows = [
            {"zoneSetId": z.id, "mapId": z.map_id, "zoneSetStatus": "ENABLED" if z.enabled else "DISABLED"}
            for z in state.zone_sets
        ]
        body = encode.state(state, self.spelling) | ({"zoneSets": rows} if rows else {})
        message = self.writer.seal("state", body, self.now, self.spelling)
        self.master.receive(self.now, message.topic, json.dumps(message.message).encode(), retained=False)
        self.step()

    def step(self) -> None:
        """Let 0.1 s pass."""
        self.now += 0.1
        outcome = self.master.step(self.now)
        for sent in outcome.messages:
            check(sent)
            if sent.topic.endswith("/order"):
                self.orders.append(dict(sent.message))
            elif sent.topic.endswith("/instantActions"):
                self.instants += sent.message["actions"]
            elif sent.topic.endswith("/zoneSet"):
                self.zone_sets.append(dict(sent.message))
        self.told = outcome.state or self.told

    def sheet(self, zones: tuple[str, ...] = ()) -> None:
        """Say a factsheet: ours with actions about maps and with zones."""
        body = factsheet(LIFT_AMR, self.spelling)
        key = "agvActions" if self.spelling.major == 2 else "mobileRobotActions"
        body["protocolFeatures"][key] += [
            {"actionType": name, "actionScopes": ["INSTANT"]} for name in ("downloadMap", "enableMap", "deleteMap")
        ]
        if zones:
            body["typeSpecification"]["supportedZones"] = list(zones)
        message = self.writer.seal("factsheet", body, self.now, self.spelling)
        self.master.receive(self.now, message.topic, json.dumps(message.message).encode(), retained=True)

    @property
    def codes(self) -> set[tuple[str, str]]:
        """Errors of the robot as the fleet hears them."""
        assert self.told is not None
        return {(e.code, e.level) for e in self.told.errors}

    def asked(self, kind: str) -> int:
        """How many instant actions of a type were sent, each counted once."""
        return len({a["actionId"] for a in self.instants if a["actionType"] == kind})


def ride_order(base: int) -> vda.Order:
    """Return an order from the lane before the lift into it, up, and out; so many nodes are released."""
    cabin, other = "lift_1@ground", "lift_1@upper"
    into = next(e for e in ROADMAP.edges.values() if e.end == cabin and e.manoeuvre != "ride")
    out = next(e for e in ROADMAP.out_edges[other] if e.manoeuvre != "ride")
    edges = [into, ROADMAP.edge_between(cabin, other), out]
    names = [into.start, cabin, other, out.end]
    nodes = [
        vda.OrderNode(n, 2 * i, i < base, ROADMAP.nodes[n].x, ROADMAP.nodes[n].y, ROADMAP.nodes[n].theta)
        for i, n in enumerate(names)
    ]
    ways = [
        vda.OrderEdge(e.id, 2 * i + 1, i + 1 < base, e.start, e.end, e.max_speed, e.manoeuvre)
        for i, e in enumerate(edges)
    ]
    return vda.Order("r", "M1", base - 1, tuple(nodes), tuple(ways))


def place(name: str, map_id: str = "") -> dict[str, Any]:
    """Return where a robot at a node says to be."""
    node = ROADMAP.nodes[name]
    floor = FLOORS.at(node.x, node.y)
    x, y = floor.wire(node.x, node.y)
    return {"x": x, "y": y, "theta": node.theta or 0.0, "map_id": map_id or floor.map_id}


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


# Our robot under a master of another maker ----------------------------------------------------------------------------


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


def wire(name: str, sequence: int, *, released: bool = True, label: str = "", **more: Any) -> dict[str, Any]:
    """Return a node of an order; label: what another maker calls it."""
    at = place(name)
    position = {"x": at["x"], "y": at["y"], "mapId": at["map_id"]}
    return {
        "nodeId": label or name.replace("@", ":-"),
        "sequenceId": sequence,
        "released": released,
        "nodePosition": position,
        **more,
    }


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


def at(x: float, y: float, map_id: str, label: str = "x", **more: Any) -> dict[str, Any]:
    """Return a node at a place of a map."""
    return wire("lift_1@ground", 2, label=label, **more) | {"nodePosition": {"x": x, "y": y, "mapId": map_id}}


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


# Maps of several levels ----------------------------------------------------------------------------------------------


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


# Zones (3.0) ----------------------------------------------------------------------------------------------------------


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
