"""The server of a fleet of kinematic robots: the fleet's engine and its master control at a real broker, on wall time.

Usage: python -m tests.hosts.wifi_server JSON. In its folder: figures.json, once a second.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from amr_core import vda5050
from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.domain.events import Event
from amr_fleet.rehearsal.rehearsal import Rehearsal, units_of
from amr_interop.mqtt.gateway import Gateway
from amr_interop.mqtt.link import Broker
from amr_interop.vda.master import Master
from amr_interop.vda.sent import FileShelf
from amr_lab.mqtt_bench.fleet import ask_orders
from amr_ros.stopping import stop_on_signals

PERIOD_S = 0.1


class WireFleet(Rehearsal):
    """A fleet whose robots are elsewhere: what they are, only the broker says."""

    def wire(self, broker: Broker, map_id: str, folder: Path) -> None:
        """Connect with the broker."""
        shelf = FileShelf(folder / "sent")
        self.masters = {
            name: Master(name, "AMR", name, map_id=map_id, shelf=shelf, sheet_wait=3.0) for name in self.robots
        }
        self._gateway = Gateway(broker, "amr-fleet", self.masters.values())
        self._gateway.link.start()

    def step(self, events: Sequence[Event] = ()) -> None:
        """Hear what came, decide, send."""
        reports: list[Event] = []
        for master, outcome in self._gateway.tick(time.time()):
            if (state := self._gateway.to_tell(self.now, master, outcome)) is not None:
                reports.append(state)
        result = self.engine.step(self.now, [*events, *self.door_reports(), *reports])
        self.journal += result.entries
        self.tell_doors(result)
        for sent in result.commands:
            master = self.masters[sent.robot]
            master.order(sent) if isinstance(sent, vda5050.Order) else master.instant(sent)
        self._check()

    def close(self) -> None:
        """End the connection."""
        self._gateway.link.close()

    def figures(self) -> dict[str, Any]:
        """Return what became of the orders, in which alarms, with how much of a core since the start."""
        done = Counter(entry.order_id for entry in self.journal if entry.kind == "order_done")
        return {
            "t": round(self.now, 1), "delivered": len(done), "doubled": sum(n > 1 for n in done.values()),
            "open": len(self.engine.world.state.open_orders),
            "failed": sum(entry.kind == "order_failed" for entry in self.journal),
            "done_at": [round(entry.t, 1) for entry in self.journal if entry.kind == "order_done"],
            "online": sum(robot.online for robot in self.engine.snapshot().robots),
            "offline": sum(entry.kind == "robot_offline" for entry in self.journal),
            "alarms": dict(Counter(str(e.facts["code"]) for e in self.journal if e.kind == "alarm_raised")),
            "space_given_twice": self.held_violations,
            "core": round(time.process_time() / max(1.0, self.now), 3),
        }  # fmt: skip


def main() -> None:
    """Give orders as fast as they are done, until SIGTERM."""
    stop = stop_on_signals()
    given = json.loads(sys.argv[1])
    site, folder, keys = load_site(given["site"]), Path(given["folder"]), Path(given["keys"])
    fleet = WireFleet(build_roadmap(site), units_of(site, int(given["robots"])), seed=int(given["seed"]))
    key = str(keys / "amr-fleet")
    broker = Broker.parse(given["broker"], ca=str(keys / "ca.crt"), certificate=f"{key}.crt", key=f"{key}.key")
    fleet.wire(broker, site.id, folder)
    began, asked, told = time.monotonic(), 0, 0.0
    due = began
    while not stop.wait(max(0.0, due - time.monotonic())):
        due = max(due + PERIOD_S, time.monotonic())
        fleet.now = round(time.monotonic() - began, 3)
        ready = sum(robot.online for robot in fleet.engine.snapshot().robots) == len(fleet.robots) or asked
        more = min(int(given["orders"]) - asked, 2 * len(fleet.robots) - len(fleet.engine.world.state.open_orders))
        more = more if ready and fleet.engine.ready else 0
        fleet.step(ask_orders(fleet, more, int(given["seed"]), asked) if more > 0 else ())
        asked += max(0, more)
        if fleet.now - told >= 1.0:
            told = fleet.now
            (folder / "figures.part").write_text(json.dumps({"asked": asked, **fleet.figures()}))
            (folder / "figures.part").replace(folder / "figures.json")
    fleet.close()


if __name__ == "__main__":
    main()
