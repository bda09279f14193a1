"""Our robot at mosquitto, led by a master that is not ours: connection, last will, what is kept, rubbish, cuts."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from amr_core.roadmap import build_roadmap
from amr_core.robots import LIFT_AMR
from amr_core.site import Site, load_site
from amr_fleet.rehearsal.kinematic import KinematicRobot
from amr_interop.mqtt.client import RobotClient
from amr_interop.mqtt.link import Broker
from amr_interop.vda.floors import floors_of
from amr_interop.vda.outbox import Outgoing
from amr_interop.vda.robot import VdaRobot
from amr_interop.vda.versions import V2_1, V3_0, Spelling
from amr_lab.mqtt_bench.fleet import Hand
from tests.interop.conftest import Start
from tests.vda_pair import check

BOTH = pytest.mark.parametrize("spelling", [V2_1, V3_0], ids=lambda s: s.version)
LAB = load_site("lab")
ROADMAP = build_roadmap(LAB)
HOME = LAB.fleet[0].parking


class Robot:
    """Our VDA 5050 side around a kinematic robot, ten times a second in a thread."""

    def __init__(self, port: int, spelling: Spelling, speed: float = 3.0, site: Site = LAB) -> None:
        roadmap, home = build_roadmap(site), site.fleet[0].parking
        self.body = KinematicRobot("r", home, roadmap, Random(1), theta=roadmap.nodes[home].theta)
        self.hand, self.speed = Hand(self.body), speed
        face = VdaRobot(
            "r", LIFT_AMR, spelling, manufacturer="AMR", serial="r", map_id=site.id, roadmap=roadmap,
            floors=floors_of(site),
        )  # fmt: skip
        self.client = RobotClient(Broker(port=port), face, time.time())
        self.client.link.start()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._thread.start()

    def _live(self) -> None:
        while not self._stop.wait(0.05):
            self.body.step(0.05 * self.speed)
            self.client.robot.heard(time.time(), self.body.report())
            for command in self.client.tick(time.time()):
                self.hand.obey(command)

    def stop(self) -> None:
        """End the thread; the connection stays."""
        self._stop.set()
        self._thread.join(2.0)


class Ear:
    """A plain MQTT client as master: every message it hears is held against its schema."""

    def __init__(self, port: int, spelling: Spelling) -> None:
        self.spelling, self.port = spelling, port
        self.root = f"{spelling.root}/AMR/r"
        self.heard: list[tuple[str, dict[str, Any], bool, int]] = []
        self.number = 0
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=f"ear-{id(self)}", clean_session=True)
        self.client.on_message = self._on_message
        self.client.on_connect = lambda client, *_: client.subscribe(f"{self.root}/#", 1)
        self.client.reconnect_delay_set(1, 1)
        self.client.connect("127.0.0.1", port, 15)
        self.client.loop_start()

    def _on_message(self, _client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        kind = message.topic.rpartition("/")[2]
        if kind not in ("order", "instantActions"):
            self.heard.append((kind, json.loads(message.payload), message.retain, message.qos))

    def last(self, kind: str) -> dict[str, Any]:
        return next((body for name, body, _, _ in reversed(self.heard) if name == kind), {})

    def kinds(self, since: int = 0) -> list[str]:
        return [name for name, *_ in self.heard[since:]]

    def until(self, true: Callable[[], bool], seconds: float = 10.0) -> None:
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, (self.last("connection"), self.last("state"))
            time.sleep(0.02)

    def send(self, kind: str, body: dict[str, Any], *, retain: bool = False, **header: Any) -> None:
        head = {
            "headerId": self.number, "timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
            "version": self.spelling.version, "manufacturer": "AMR", "serialNumber": "r", **header,
        }  # fmt: skip
        self.number += 1
        sent = self.client.publish(f"{self.root}/{kind}", json.dumps(head | body), int(retain), retain)
        if retain:
            sent.wait_for_publish(5.0)  # the broker has it: who subscribes now gets it

    def order(self, released: int, update: int = 0, first: int = 0, **more: Any) -> dict[str, Any]:
        """Return an order from home along the roadmap, from node `first`."""
        route = way()
        nodes = [
            {"nodeId": n, "sequenceId": 2 * i, "released": i < released, "actions": [],
             "nodePosition": {"x": ROADMAP.nodes[n].x, "y": ROADMAP.nodes[n].y, "mapId": "lab"}}
            for i, (n, _) in enumerate(route)
        ]  # fmt: skip
        edges = [
            {"edgeId": edge, "sequenceId": 2 * i + 1, "released": i + 1 < released, "actions": [],
             "startNodeId": route[i][0], "endNodeId": route[i + 1][0]}
            for i, (_, edge) in enumerate(route[:-1])
        ]  # fmt: skip
        return {"orderId": "O1", "orderUpdateId": update, "nodes": nodes[first:], "edges": edges[first:]} | more

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def way(length: int = 8) -> list[tuple[str, str]]:
    """Return (node, edge that leaves it) along the roadmap from home."""
    found: list[tuple[str, str]] = []
    node, seen = HOME, {HOME}
    while len(found) < length:
        edge = next(
            e for e in ROADMAP.edges.values() if e.start == node and e.end not in seen and e.manoeuvre != "dock"
        )
        found.append((node, edge.id))
        node = edge.end
        seen.add(node)
    return found


@pytest.fixture
def pair(plain: subprocess.Popen[bytes], port: int, spelling: Spelling) -> Iterator[tuple[Robot, Ear]]:
    ear = Ear(port, spelling)
    robot = Robot(port, spelling)
    yield robot, ear
    robot.stop()
    robot.client.link.close()
    ear.close()
    for kind, body, _, _ in ear.heard:
        check(Outgoing(f"{ear.root}/{kind}", body))


@BOTH
def test_it_says_online_then_its_state_then_its_factsheet_and_only_two_of_them_are_kept(
    pair: tuple[Robot, Ear], spelling: Spelling
) -> None:
    robot, ear = pair
    ear.until(lambda: {"connection", "state", "factsheet"} <= set(ear.kinds()))
    assert ear.last("connection")["connectionState"] == "ONLINE"
    assert ear.kinds()[0] == "connection"
    assert {(kind, qos) for kind, _, _, qos in ear.heard} == {("connection", 1), ("state", 0), ("factsheet", 0)}
    late = Ear(ear.port, spelling)
    late.until(lambda: len(late.heard) >= 2)
    assert {(kind, kept) for kind, _, kept, _ in late.heard[:2]} == {("connection", True), ("factsheet", True)}
    late.close()
    robot.stop()
    robot.client.close(time.time())
    ear.until(lambda: ear.last("connection")["connectionState"] == "OFFLINE")


@BOTH
def test_a_cut_line_leaves_its_will_and_it_comes_back_with_its_order(
    pair: tuple[Robot, Ear], spelling: Spelling
) -> None:
    robot, ear = pair
    ear.until(lambda: "state" in ear.kinds())
    ear.send("order", ear.order(3))
    ear.until(lambda: ear.last("state")["orderId"] == "O1")
    line = robot.client.link._client.socket()
    assert isinstance(line, socket.socket)
    began = len(ear.heard)
    line.shutdown(socket.SHUT_RDWR)
    ear.until(lambda: spelling.broken in [b.get("connectionState") for _, b, _, _ in ear.heard[began:]])
    ear.until(lambda: ear.last("connection")["connectionState"] == "ONLINE")
    ear.until(lambda: {"state", "factsheet"} <= set(ear.kinds(began)))
    assert ear.last("state")["orderId"] == "O1"
    assert ear.last("connection")["headerId"] > 0


@BOTH
def test_kept_orders_rubbish_and_the_names_of_others_move_nothing(pair: tuple[Robot, Ear], spelling: Spelling) -> None:
    robot, ear = pair
    robot.stop()
    robot.client.link.close()
    ear.send("order", ear.order(3), retain=True)
    stop = {"actions": [{"actionType": "startPause", "actionId": "p", "blockingType": "NONE"}]}
    ear.send("instantActions", stop, retain=True)
    again = Robot(ear.port, spelling)
    ear.heard.clear()
    ear.until(lambda: "state" in ear.kinds())
    for payload in (b"", b"{", b"\xef\xbb\xbf{}", b"[" * 1000, b'{"headerId": NaN}', b"x" * 900_000, b"\xff\xfe"):
        ear.client.publish(f"{ear.root}/order", payload)
    ear.send("order", ear.order(3), serialNumber="other")
    ear.send("order", ear.order(3), version="1.1.0")
    ear.until(lambda: again.client.robot.counts["message.invalid"] >= 7)
    ear.until(lambda: again.client.robot.counts["vda.version"] + again.client.robot.counts["vda.address"] >= 2)
    assert again.client.robot.counts["vda.retained"] == 2
    state = ear.last("state")
    assert (state["orderId"], state["driving"], state.get("paused")) == ("", False, False)
    ear.send("order", ear.order(3))
    ear.until(lambda: ear.last("state")["orderId"] == "O1")
    again.stop()
    again.client.link.close()


@BOTH
@pytest.mark.timeout(90)
def test_without_the_broker_it_drives_to_the_end_of_its_base_and_goes_on_when_it_is_back(
    plain: subprocess.Popen[bytes], port: int, tmp_path: Path, start: Start, spelling: Spelling
) -> None:
    ear = Ear(port, spelling)
    robot = Robot(port, spelling, speed=8.0)
    ear.until(lambda: "state" in ear.kinds())
    ear.send("order", ear.order(3))
    ear.until(lambda: ear.last("state")["orderId"] == "O1")
    os.kill(plain.pid, signal.SIGKILL)
    plain.wait(5.0)
    end = way()[2][0]
    ear.until(lambda: robot.body.node == end and robot.body.edge is None, 15.0)
    ear.heard.clear()
    start(tmp_path / "plain.conf")
    ear.until(lambda: ear.last("state").get("lastNodeId") == end, 10.0)
    assert ear.last("connection")["connectionState"] == "ONLINE"
    left = [n["nodeId"] for n in ear.last("state")["nodeStates"]]
    assert left == [name for name, _ in way()[3:]]
    ear.send("order", ear.order(5, update=1, first=2))
    ear.until(lambda: ear.last("state")["lastNodeId"] == way()[4][0], 15.0)
    robot.stop()
    robot.client.link.close()
    ear.close()
