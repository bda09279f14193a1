"""Bytes on the air of one robot: while it boots, stands and drives, from the counters of the switch, as JSON.

Usage (as root): python -m tests.hosts.on_the_air. Ethernet frames with TCP, TLS and all that the computer sends.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

from tests.hosts.network import Host, Network, lacking
from tests.hosts.site import Site, until

SETTLE_S = 10.0
STAND_S = 30.0


class Meter:
    """Bytes each way of a computer since the last look."""

    def __init__(self, host: Host) -> None:
        self._port, self._since = host.port, time.monotonic()
        self._up, self._down = host.port.up.sent, host.port.down.sent

    def rates(self) -> dict[str, float]:
        """Return seconds, bytes and bytes a second each way."""
        seconds = time.monotonic() - self._since
        up, down = self._port.up.sent - self._up, self._port.down.sent - self._down
        return {
            "seconds": round(seconds, 1), "up": up, "down": down, "up_s": round(up / seconds),
            "down_s": round(down / seconds),
        }  # fmt: skip


def measure(folder: Path) -> dict[str, dict[str, float]]:
    """Return the figures of one robot with one order in the laboratory."""
    with Network(folder) as network:
        site = Site(network, network.host("server"))
        site.start_broker()
        site.start_fleet()
        until(lambda: site.robot("amr_01"), 60, "the fleet answers", site.words)
        robot = network.host("amr_01")
        found, meter = {}, Meter(robot)
        site.start_robot(robot, "amr_01")
        until(lambda: site.online("amr_01"), 90, "amr_01 online", site.words)
        time.sleep(SETTLE_S)
        found["boot"], meter = meter.rates(), Meter(robot)
        time.sleep(STAND_S)
        found["stands"], meter = meter.rates(), Meter(robot)
        order = site.order("A1", "D1")
        until(lambda: site.done(order), 300, "the order is delivered", site.words)
        found["order"] = meter.rates()
        return found


def main() -> None:
    """Print the figures."""
    if why := lacking():
        raise SystemExit(why)
    with tempfile.TemporaryDirectory(prefix="amr-air-") as folder:
        sys.stdout.write(json.dumps(measure(Path(folder)), indent=1) + "\n")


if __name__ == "__main__":
    main()
