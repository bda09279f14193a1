"""Notes where a simulated base really is: one JSON line every 0.2 s."""

from __future__ import annotations

import json
import time
from typing import Any

from pydantic import BaseModel

from amr_interfaces.msg import GroundTruth, GroundTruthBody
from amr_ros import qos
from amr_ros.node import AmrNode
from amr_ros.params import load_params
from amr_ros.ticker import Ticker

_PERIOD_S = 0.2


class WitnessParams(BaseModel):
    """file: gets the lines."""

    file: str


class Witness(AmrNode):
    """Writes t (s of CLOCK_BOOTTIME), x, y (m), theta (rad), v (m/s), picked, dropped, collisions."""

    def __init__(self, name: str = "witness", *, ticker: Ticker, **node_kwargs: Any) -> None:
        super().__init__(name, ticker=ticker, **node_kwargs)
        self._file = open(load_params(self, WitnessParams).file, "a", buffering=1)  # noqa: SIM115 - lives with the node
        self._last = 0.0
        self.create_subscription(GroundTruth, "sim/ground_truth", self._on_truth, qos.RELIABLE)

    def _on_truth(self, message: Any) -> None:
        now = time.clock_gettime(time.CLOCK_BOOTTIME)
        body = next((b for b in message.bodies if b.kind == GroundTruthBody.KIND_ROBOT), None)
        if body is None or now - self._last < _PERIOD_S:
            return
        self._last = now
        line = {
            "t": now, "x": body.x, "y": body.y, "theta": body.theta, "v": body.v, "picked": message.loads_picked,
            "dropped": message.loads_dropped, "collisions": message.collisions,
        }  # fmt: skip
        self._file.write(json.dumps(line) + "\n")

    def destroy_node(self) -> None:
        """Close the file."""
        self._file.close()
        super().destroy_node()
