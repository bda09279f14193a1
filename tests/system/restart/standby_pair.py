"""Two real fleet processes on one PostgreSQL, and the robots and customers that they share; what was sent is noted."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from amr_core.vda5050 import RobotState
from amr_fleet.api.users import UserStore
from amr_fleet.store.journal import read_entries
from amr_interfaces.msg import FleetBeat, InstantAction, Order
from amr_interfaces.msg import RobotState as StateMessage
from amr_lab.fleet_bench.clients import Clients
from amr_lab.fleet_bench.host import headers
from amr_lab.fleet_bench.yard import Yard
from amr_lab.mqtt_bench.brokers import free_port
from amr_ros import qos
from amr_ros.host import ProcessHost
from amr_ros.node import AmrNode
from amr_ros.stopping import Stop
from amr_ros.ticker import Ticker
from amr_ros.vda5050 import instant_from_msg, order_from_msg, state_to_msg

SITE, ROBOTS = "lab", 2
_PERIOD_S = 0.1
_HASTE = 4.0
"""Robots drive and handle so many times as fast as real ones: more grants in a short test."""
_MAIN = "from amr_fleet.nodes.main import fleet; fleet()"


@dataclass
class Word:
    """An order as it came to a robot. at: monotonic s; epoch: of the fleet that sent it."""

    at: float
    epoch: int
    robot: str
    order_id: str
    taken: frozenset[str] = frozenset()
    """Nodes of its base that another robot stands on or still has in its own base: space that was given twice."""


class YardNode(AmrNode):
    """The robots on the floor: they take what any fleet says, and note who said it."""

    def __init__(self, name: str, *, ticker: Ticker, **node_kwargs: Any) -> None:
        super().__init__(name, ticker=ticker, **node_kwargs)
        self.yard = Yard(SITE, ROBOTS, 1)
        self.words: list[Word] = []
        self.states: dict[str, RobotState] = {}
        self.beats: list[tuple[float, int]] = []
        self._states = {
            robot: self.create_publisher(StateMessage, f"/{robot}/state", qos.RELIABLE) for robot in self.yard.robots
        }
        self._held: dict[str, frozenset[str]] = {}
        for robot in self.yard.robots:
            self.create_subscription(Order, f"/{robot}/order", self._on_order, qos.RELIABLE)
            self.create_subscription(InstantAction, f"/{robot}/instant_action", self._on_instant, qos.RELIABLE)
        self.create_subscription(FleetBeat, "/fleet/beat", self._on_beat, qos.RELIABLE)
        ticker.add(self._step, _PERIOD_S)

    def _step(self, _now: float) -> None:
        self.yard.report_all()
        for state in self.yard.step(_PERIOD_S * _HASTE):
            assert isinstance(state, RobotState)
            self.states[state.robot] = state
            self._held[state.robot] = frozenset({state.last_node_id, *state.base})
            self._states[state.robot].publish(state_to_msg(state, self.stamp()))

    def _on_order(self, message: Any) -> None:
        order = order_from_msg(message)
        base = {node.node_id for node in order.nodes if node.released}
        others = frozenset[str]().union(*(held for robot, held in self._held.items() if robot != order.robot))
        epoch = int(message.fleet_epoch)
        self.words.append(Word(time.monotonic(), epoch, order.robot, order.order_id, others & frozenset(base)))
        self.yard.take([order])

    def _on_instant(self, message: Any) -> None:
        self.yard.take([instant_from_msg(message)])

    def _on_beat(self, message: Any) -> None:
        self.beats.append((time.monotonic(), int(message.epoch)))


@dataclass
class FleetOfPair:
    """One of the two processes. database: how it reaches the journal."""

    database: str
    folder: Path
    name: str
    domain: int
    standby: bool
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        given: Mapping[str, object] = {
            "site": SITE, "robots": "[amr_01, amr_02]", "database": self.database, "standby": self.standby,
            "evidence": self.folder / "evidence", "port": self.port, "tracks": self.folder / f"{self.name}.tracks",
        }  # fmt: skip
        listed = [part for key, value in given.items() for part in ("-p", f"{key}:={_text(value)}")]
        self.log = self.folder / f"{self.name}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", _MAIN, "--ros-args", *listed, "-p", "use_sim_time:=false"],
                stdout=log, stderr=subprocess.STDOUT, cwd=self.folder, start_new_session=True,
                env={**os.environ, "ROS_DOMAIN_ID": str(self.domain), "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST"},
            )  # fmt: skip

    @property
    def ready(self) -> bool:
        """Its /ready says 200."""
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/api/v1/ready", timeout=2.0).status_code == 200
        except httpx.HTTPError:
            return False

    @property
    def kept_waiting(self) -> dict[str, float]:
        """How long (s) each of its threads has waited for a processor that others had."""
        found = {}
        for task in Path(f"/proc/{self.process.pid}/task").iterdir():
            with contextlib.suppress(OSError):
                found[task.name] = int((task / "schedstat").read_text().split()[1]) / 1e9
        return found

    def kill(self) -> None:
        """kill -9, also of what it has started."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def said(self) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-3000:]


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


class Floor:
    """Robots and customers; both outlive any fleet."""

    def __init__(self, database: str, folder: Path, domain: int) -> None:
        """database: how who sits beside the server reaches it."""
        self._database = database
        users = UserStore(database, evidence=folder / "evidence")
        users.add("bench", os.urandom(12).hex(), "operator")
        token = users.open_session("bench", "token", "bench")
        users.close()
        self._stop = Stop()
        self._host = ProcessHost(participant="floor", sim_time=False, domain_id=domain, stop=self._stop)
        self.node: YardNode = self._host.build(YardNode, "floor")
        self.headers = headers(token)
        self.customers = Clients(self.node.yard.places, self.headers, threads=2, seed=1, pause=0.5)
        self._thread = threading.Thread(target=self._host.spin, daemon=True)
        self._thread.start()
        self.customers.start()

    def order(self, many: int, fleet: FleetOfPair) -> None:
        """Let customers give so many orders more, to this fleet and again until they are answered."""
        self.customers.url = f"http://127.0.0.1:{fleet.port}"
        self.customers.limit += many

    def of(self, epoch: int) -> list[Word]:
        """The orders that a fleet has sent."""
        return [word for word in self.node.words if word.epoch == epoch]

    @property
    def epochs(self) -> list[int]:
        """The fleets that were heard, in order."""
        return sorted({word.epoch for word in self.node.words})

    def account(self) -> dict[str, Any]:
        """What is wrong, by journal, answers, robots and what was sent: all empty when nothing is."""
        journal = read_entries(self._database)
        made = {str(e.facts["reference"]): e.order_id for e in journal if e.kind == "order_created"}
        created = Counter(str(e.facts["reference"]) for e in journal if e.kind == "order_created")
        done = Counter(e.order_id for e in journal if e.kind == "order_done")
        yard, ledger = self.node.yard, self.customers.ledger
        first, *rest = ([word.at for word in self.of(epoch)] for epoch in self.epochs)
        return {
            "answered, not in the journal": [r for r, i in ledger.made.items() if made.get(r) != i],
            "made twice": [r for r, n in created.items() if n > 1],
            "done twice": [i for i, n in done.items() if n > 1],
            "handled twice": [i for i, n in (yard.picked | yard.dropped).items() if n > 1],
            "space given twice": [(w.robot, sorted(w.taken)) for w in self.node.words if w.taken],
            "sent by the first after the second": sum(at > second[0] for at in first for second in rest[:1]),
            "refused": ledger.wrong,
        }

    def close(self) -> None:
        """Give up."""
        self.customers.stop()
        self._stop.set()
        self._thread.join(10.0)
        self._host.close()
