"""The server of a fleet of kinematic robots: the fleet's engine and its master control at a real broker.

Usage: python -m tests.hosts.wifi_server JSON. In its folder: figures.json, once a second.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.domain.events import Ask
from amr_fleet.rehearsal.rehearsal import units_of
from amr_interop.mqtt.link import Broker
from amr_lab.mqtt_bench.fleet import ask_orders
from amr_lab.mqtt_bench.wire import Beat, SitePace, WireFleet
from amr_ros.stopping import stop_on_signals


def write_whole(file: Path, found: Any) -> None:
    """Write a file of JSON so that a reader never sees half of it."""
    part = file.with_suffix(".part")
    part.write_text(json.dumps(found))
    part.replace(file)


def figures(fleet: WireFleet) -> dict[str, Any]:
    """Return what became of the orders, in which alarms, with how much of a real core since the start."""
    done = Counter(entry.order_id for entry in fleet.journal if entry.kind == "order_done")
    return {
        "t": round(fleet.now, 1), "delivered": len(done), "doubled": sum(n > 1 for n in done.values()),
        "open": len(fleet.engine.world.state.open_orders),
        "failed": sum(entry.kind == "order_failed" for entry in fleet.journal),
        "done_at": [round(entry.t, 1) for entry in fleet.journal if entry.kind == "order_done"],
        "online": sum(robot.online for robot in fleet.engine.snapshot().robots),
        "offline": sum(entry.kind == "robot_offline" for entry in fleet.journal),
        "alarms": dict(Counter(str(e.facts["code"]) for e in fleet.journal if e.kind == "alarm_raised")),
        "space_given_twice": fleet.held_violations,
    }  # fmt: skip


def orders_of(fleet: WireFleet, first: int, count: int, seed: int) -> list[Ask]:
    """Return orders by their number: the same for every fleet of a seed, whenever it asks for how many."""
    return [ask for number in range(first, first + count) for ask in ask_orders(fleet, 1, seed, number)]


def main() -> None:
    """Give orders as fast as they are done, until SIGTERM."""
    stop = stop_on_signals()
    given = json.loads(sys.argv[1])
    site, folder, keys = load_site(given["site"]), Path(given["folder"]), Path(given["keys"])
    pace, seed = SitePace(**given["pace"]), int(given["seed"])
    fleet = WireFleet(build_roadmap(site), units_of(site, int(given["robots"])), seed=seed)
    key = str(keys / "amr-fleet")
    broker = Broker.parse(given["broker"], ca=str(keys / "ca.crt"), certificate=f"{key}.crt", key=f"{key}.key")
    fleet.wire(broker, site.id, folder, pace)
    began, cpu, asked, told = time.monotonic(), time.process_time(), 0, 0.0
    beat = Beat(pace, stop.wait)
    while beat.next():
        ready = sum(robot.online for robot in fleet.engine.snapshot().robots) == len(fleet.robots) or asked
        more = min(int(given["orders"]) - asked, 2 * len(fleet.robots) - len(fleet.engine.world.state.open_orders))
        more = more if ready and fleet.engine.ready else 0
        fleet.step(orders_of(fleet, asked, more, seed) if more > 0 else ())
        asked += max(0, more)
        if fleet.now - told >= 1.0:
            told = fleet.now
            core = (time.process_time() - cpu) / (time.monotonic() - began)
            more_found = {"asked": asked, "core": round(core, 3), "latest_s": round(beat.latest, 2)}
            write_whole(folder / "figures.json", {**more_found, "lost_s": round(beat.lost, 2), **figures(fleet)})
    fleet.close()


if __name__ == "__main__":
    main()
