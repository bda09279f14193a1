"""ShuttleNode: drives a fleet to and fro with FollowPath, without a fleet manager, and measures what it costs."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from nav2_msgs.action import FollowPath
from pydantic import BaseModel, ConfigDict

from amr_interfaces.msg import GroundTruth
from amr_lab.bench.stack import CpuClock, Shuttle
from amr_lab.paths import straight
from amr_ros import qos
from amr_ros.actions import ActionCall, ActionPort, GoalOutcome
from amr_ros.convert import array_to_path
from amr_ros.node import AmrNode
from amr_ros.params import load_params
from amr_ros.ticker import Ticker

STEADY, TURN_ROUND = 1.1, 0.4  # m/s of 1.2: it no longer speeds up; m from an end at which it turns round; chosen


class ShuttleParams(BaseModel):
    """robots: names; ways: x0, y0, x1, y1 (m, map frame) of each; idle: they stand; settle, seconds: of fleet time."""

    model_config = ConfigDict(frozen=True)
    robots: list[str]
    ways: list[float]
    idle: bool = False
    settle: float = 6.0
    seconds: float = 20.0
    pids: str
    report_file: str


class ShuttleNode(AmrNode):
    """Sends each robot to the other end of its way whenever it has come to one; writes the figures at the end."""

    def __init__(self, name: str = "shuttle", *, ticker: Ticker, **node_kwargs: Any) -> None:
        super().__init__(name, ticker=ticker, **node_kwargs)
        self._params = p = load_params(self, ShuttleParams)
        self._ways = {r: Shuttle(*p.ways[4 * k : 4 * k + 4]) for k, r in enumerate(p.robots)}
        self._ports = {r: ActionPort(self, FollowPath, f"/{r}/follow_path") for r in p.robots}
        self._unready = list(self._ports.values())
        self._calls: dict[str, ActionCall | None] = dict.fromkeys(p.robots)
        self._outcomes: list[str] = []
        self._began: tuple[float, float, Mapping[str, float], float] | None = None
        self._ready: float | None = None
        self._truth: Any = None
        self._off: list[float] = []
        self._clock = CpuClock(Path(p.pids))
        self._written = False
        self.create_subscription(GroundTruth, "/sim/ground_truth", self._on_truth, qos.RELIABLE)
        ticker.add(self.tick, 0.5)

    def tick(self, now: float) -> None:
        """Send who stands; note when the measurement begins; finish it."""
        # Each is asked until it is there, not for ever: the middleware looks through every end point of the fleet.
        self._unready = [port for port in self._unready if not port.ready]
        if self._written or self._unready:
            return
        if not self._params.idle:
            for robot, call in self._calls.items():
                if call is None or call.done:
                    self._send(robot, now)
        if self._began is None:
            if now >= self._settled(now):
                self._begin(now)
        elif now - self._began[0] >= self._params.seconds:
            self._write(now)

    def _settled(self, now: float) -> float:
        """Return when the measurement may begin: some time after every robot has taken its first goal."""
        going = self._params.idle or all(call is not None and call.accepted for call in self._calls.values())
        if self._ready is None and going:
            self._ready = now
        return math.inf if self._ready is None else self._ready + self._params.settle

    def _send(self, robot: str, now: float) -> None:
        path = array_to_path(straight(*self._ways[robot].next()), "map", now)
        goal = FollowPath.Goal(path=path, controller_id="FollowPath")
        self._calls[robot] = self._ports[robot].send(goal, on_done=self._ended)

    def _ended(self, call: ActionCall) -> None:
        outcome = call.outcome or GoalOutcome.ABORTED
        self._outcomes.append(f"{outcome.value} {int(getattr(call.result, 'error_code', 0))}".strip())

    def _begin(self, now: float) -> None:
        driven = 0.0 if self._truth is None else float(self._truth.distance_driven)
        self._began = (now, time.monotonic(), self._clock.read(), driven)

    def _on_truth(self, message: Any) -> None:
        self._truth = message
        if self._began is None:
            return
        for body in message.bodies:
            way = self._ways.get(body.name)
            if way is not None and abs(body.v) > STEADY:
                self._off.append(way.lateral(body.x, body.y))

    def _write(self, now: float) -> None:
        assert self._began is not None
        began, wall, before, driven = self._began
        spent = {group: after - before.get(group, 0.0) for group, after in self._clock.read().items()}
        simulated = now - began
        figures = {
            "complete": True,
            "robots": len(self._ways),
            "simulated": simulated,
            "wall": time.monotonic() - wall,
            "cores": {group: seconds / simulated for group, seconds in spent.items()},
            "driven": float(self._truth.distance_driven) - driven,
            "collisions": int(self._truth.collisions),
            "lockstep_timeouts": int(self._truth.lockstep_timeouts),
            "lateral_p95": float(np.percentile(self._off, 95)) if self._off else math.nan,
            "outcomes": {word: self._outcomes.count(word) for word in sorted(set(self._outcomes))},
        }
        target = Path(self._params.report_file)
        partial = target.with_suffix(".partial")
        partial.write_text(json.dumps(figures))
        partial.rename(target)
        self._written = True
