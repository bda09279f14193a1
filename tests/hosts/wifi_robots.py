"""Kinematic robots on one computer, each with our VDA 5050 side and a connection of its own to the broker.

Usage: python -m tests.hosts.wifi_robots JSON. In its folder: truth.jsonl (where each really was, ten times a second, by
the clock that all namespaces share) and loads.json (what was really picked and dropped).
"""

from __future__ import annotations

import json
import random
import sys
import time
from pathlib import Path
from typing import Any

from amr_core.roadmap import Roadmap, build_roadmap
from amr_core.robots import robot_type
from amr_core.site import load_site
from amr_fleet.rehearsal.kinematic import KinematicRobot
from amr_interop.mqtt.client import RobotClient
from amr_interop.mqtt.link import Broker
from amr_interop.vda.robot import VdaRobot
from amr_interop.vda.versions import V2_1
from amr_lab.mqtt_bench.fleet import Hand
from amr_ros.stopping import stop_on_signals

PERIOD_S = 0.1


class OneRobot:
    """A kinematic robot at the end of a real line. key: beginning of its certificate's and its key's name."""

    def __init__(self, name: str, roadmap: Roadmap, site: Any, broker: Broker, seed: int) -> None:
        unit = next(unit for unit in site.fleet if unit.name == name)
        self.robot = KinematicRobot(name, unit.parking, roadmap, random.Random(f"{seed}-{name}"))
        self.robot.theta = roadmap.nodes[unit.parking].theta
        self._hand = Hand(self.robot)
        face = VdaRobot(
            name, robot_type(unit.type), V2_1, manufacturer="AMR", serial=name, map_id=site.id, roadmap=roadmap
        )
        self._client = RobotClient(broker, face, time.time())
        self._client.link.start()

    def step(self, seconds: float) -> None:
        """Live for some seconds, hear and speak."""
        self.robot.step(seconds)
        self._client.robot.heard(time.time(), self.robot.report())
        for command in self._client.tick(time.time()):
            self._hand.obey(command)

    def truth(self) -> list[float | bool]:
        """Return x, y (m), theta (rad) and whether it carries a load."""
        at = self.robot.report()
        return [round(at.x, 3), round(at.y, 3), round(at.theta, 4), bool(at.loads)]

    def close(self) -> None:
        """End its connection."""
        self._client.close(time.time())


def main() -> None:
    """Run until SIGTERM."""
    stop = stop_on_signals()
    given = json.loads(sys.argv[1])
    site, folder = load_site(given["site"]), Path(given["folder"])
    roadmap, keys = build_roadmap(site), Path(given["keys"])
    robots: dict[str, OneRobot] = {}
    for name in given["robots"]:
        key = str(keys / f"robot-{name}")
        broker = Broker.parse(
            given["broker"], ca=str(keys / "ca.crt"), certificate=f"{key}.crt", key=f"{key}.key"
        )  # fmt: skip
        robots[name] = OneRobot(name, roadmap, site, broker, int(given["seed"]))
    told: dict[str, Any] = {}
    due = time.monotonic()
    with (folder / "truth.jsonl").open("a", buffering=1) as truth:
        while not stop.wait(max(0.0, due - time.monotonic())):
            late = time.monotonic() - due
            due = due + PERIOD_S if late < 1.0 else time.monotonic() + PERIOD_S
            for robot in robots.values():
                robot.step(PERIOD_S)
            now = {name: one.truth() for name, one in robots.items()}
            truth.write(json.dumps([round(time.monotonic(), 2), now]) + "\n")
            loads = {n: {"picked": one.robot.picked, "dropped": one.robot.dropped} for n, one in robots.items()}
            if loads != told:
                told = json.loads(json.dumps(loads))
                (folder / "loads.part").write_text(json.dumps(loads))
                (folder / "loads.part").replace(folder / "loads.json")
    for robot in robots.values():
        robot.close()


if __name__ == "__main__":
    main()
