"""V2: a base that grows in time is driven through; nobody stops at a decision point that is one no more."""

from __future__ import annotations

import json
import math
import random
from itertools import pairwise
from typing import Any

import pytest

from amr_core.geometry import wrap_angle
from amr_core.roadmap import Edge, Roadmap, build_roadmap
from amr_core.robots import LIFT_AMR
from amr_core.site import load_site
from amr_fleet.rehearsal.kinematic import Behaviour, KinematicRobot
from amr_interop.vda import encode
from amr_interop.vda.messages import WireEdge, WireNode
from amr_interop.vda.outbox import HeaderWriter
from amr_interop.vda.robot import VdaRobot
from amr_interop.vda.versions import V2_0, V2_1, V3_0, Spelling
from tests.vda_pair import EPOCH, Hand, check

ROADMAP = build_roadmap(load_site("lab"))
NODES, BASE, MORE = 7, 3, 2


def straight(roadmap: Roadmap) -> list[Edge]:
    """Return edges one behind the other in one direction, so that nothing but a decision point could stop a robot."""
    heading = {e.id: math.atan2(*(getattr(roadmap.nodes[e.end], c) - getattr(roadmap.nodes[e.start], c) for c in "yx"))
               for e in roadmap.edges.values()}  # fmt: skip
    for first in roadmap.edges.values():
        way = [first]
        while len(way) < NODES - 1:
            after = [
                e for e in roadmap.out_edges[way[-1].end]
                if e.manoeuvre == "drive" and abs(wrap_angle(heading[e.id] - heading[first.id])) < 0.01
            ]  # fmt: skip
            if first.manoeuvre != "drive" or not after:
                break
            way.append(after[0])
        if len(way) == NODES - 1:
            return way
    raise AssertionError("no lane of the site is long enough")


def message(way: list[Edge], first: int, released: int, update: int, spelling: Spelling) -> dict[str, Any]:
    """Return an order (first 0) or an update that begins at a node; so many nodes are released, two more told."""
    names = [way[0].start, *(edge.end for edge in way)]
    last = min(len(names), released + 2)
    nodes = [
        WireNode(n, 2 * i, i < released, ROADMAP.nodes[n].x, ROADMAP.nodes[n].y, None, 0.3, "lab")
        for i, n in enumerate(names[:last])
    ][first:]
    edges = [
        WireEdge(way[i].id, 2 * i + 1, i + 1 < released, a, b, way[i].max_speed)
        for i, (a, b) in enumerate(pairwise(names[:last]))
    ][first:]
    return encode.order("O", update, nodes, edges, spelling)


@pytest.mark.parametrize("spelling", [V2_0, V2_1, V3_0], ids=lambda s: s.version)
def test_v2_the_base_is_extended_twice_and_nobody_stops_at_an_old_decision_point(spelling: Spelling) -> None:
    way = straight(ROADMAP)
    body = KinematicRobot("r", way[0].start, ROADMAP, random.Random(1), how=Behaviour(stop_rate=0.0))
    hand, writer = Hand(body), HeaderWriter("AMR", "1")
    robot = VdaRobot("r", LIFT_AMR, spelling, manufacturer="AMR", serial="1", map_id="lab", roadmap=ROADMAP)
    robot.connected(EPOCH)
    places: list[tuple[float, float]] = []
    now, states, released, update = EPOCH, list[dict[str, Any]](), 0, -1

    def send() -> None:
        first = released - MORE - 1 if update else 0  # the decision point before
        sealed = writer.seal("order", message(way, first, released, update, spelling), now, spelling)
        check(sealed)
        robot.receive(now, sealed.topic, json.dumps(sealed.message).encode(), retained=False)

    for step in range(4000):
        now += 0.1
        body.step(0.1)
        said = body.report()
        places.append((said.x, said.y))
        robot.heard(now, said)
        done = robot.step(now)
        for command in done.to_agent:
            hand.obey(command)
        states += [dict(m.message) for m in done.messages if m.topic.endswith("/state")]
        if states and len([n for n in states[-1]["nodeStates"] if n["released"]]) <= 1 and released < NODES:
            released, update = released + (MORE if released else BASE), update + 1
            send()
        if step and states[-1]["lastNodeSequenceId"] == 2 * (NODES - 1):
            break
    assert update == 2
    moved = [math.dist(a, b) for a, b in pairwise(places)]
    first = next(i for i, d in enumerate(moved) if d > 0.0)
    assert all(d > 0.0 for d in moved[first:-1]), "it stood on its way"
    assert states[-1]["errors"] == []
    assert body.node == way[-1].end
