"""Kinematic robots on one computer, each with our VDA 5050 side and a connection of its own to the broker.

Usage: python -m tests.hosts.wifi_robots JSON. In its folder: truth.jsonl (where each really was, ten times a second, by
the clock that all namespaces share), loads.json (what was really picked and dropped) and beat.json (how late it was).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_interop.mqtt.link import Broker
from amr_lab.mqtt_bench.wire import Beat, SitePace, WireRobot
from amr_ros.stopping import stop_on_signals
from tests.hosts.wifi_server import write_whole


def main() -> None:
    """Run until SIGTERM."""
    stop = stop_on_signals()
    given = json.loads(sys.argv[1])
    site, folder, pace = load_site(given["site"]), Path(given["folder"]), SitePace(**given["pace"])
    roadmap, keys = build_roadmap(site), Path(given["keys"])
    robots: dict[str, WireRobot] = {}
    for name in given["robots"]:
        key = str(keys / f"robot-{name}")
        broker = Broker.parse(
            given["broker"], ca=str(keys / "ca.crt"), certificate=f"{key}.crt", key=f"{key}.key"
        )  # fmt: skip
        robots[name] = WireRobot(name, site, roadmap, broker, int(given["seed"]), pace)
    told: dict[str, Any] = {}
    beat = Beat(pace, stop.wait)
    with (folder / "truth.jsonl").open("a", buffering=1) as truth:
        while beat.next():
            for robot in robots.values():
                robot.step()
            now = {name: one.truth() for name, one in robots.items()}
            truth.write(json.dumps([round(pace.now(), 2), now]) + "\n")
            loads = {n: {"picked": one.robot.picked, "dropped": one.robot.dropped} for n, one in robots.items()}
            if loads != told:
                told = json.loads(json.dumps(loads))
                write_whole(folder / "loads.json", loads)
                write_whole(folder / "beat.json", {"latest_s": round(beat.latest, 2), "lost_s": round(beat.lost, 2)})
    for robot in robots.values():
        robot.close()


if __name__ == "__main__":
    main()
