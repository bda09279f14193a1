"""ReportNode: listens to the fleet and the ground truth, writes progress and, at the end, the figures of the run."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from std_msgs.msg import String

from amr_bringup.report import FleetWord, RunReport, SensorWord, SimWord
from amr_interfaces.msg import FleetState, GroundTruth
from amr_ros import qos
from amr_ros.node import AmrNode
from amr_ros.params import load_params
from amr_ros.ticker import Ticker


class ReportParams(BaseModel):
    """Parameters: orders wanted (0 = endless, no report), file to write, time limit in fleet seconds (0 = none)."""

    model_config = ConfigDict(frozen=True)
    orders: int = Field(default=0, ge=0)
    report_file: str = ""
    time_limit: float = Field(default=0.0, ge=0)


class _Contacts(BaseModel):
    """What contact sensors told. contacts: None where nothing counts them."""

    contacts: int | None
    log: tuple[str, ...]


class ReportNode(AmrNode):
    """Writes report_file once, when every order has ended or the time limit is over."""

    def __init__(self, name: str = "report", *, ticker: Ticker, **node_kwargs: Any) -> None:
        super().__init__(name, ticker=ticker, **node_kwargs)
        self._params = load_params(self, ReportParams)
        self._report = RunReport(wanted=self._params.orders)
        self._wall_start = 0.0
        self._written = False
        self.create_subscription(FleetState, "/fleet/state", self._on_fleet, qos.RELIABLE)
        self.create_subscription(GroundTruth, "/sim/ground_truth", self._on_truth, qos.RELIABLE)
        self.create_subscription(String, "/sim/contacts", self._on_contacts, qos.RELIABLE)
        ticker.add(self.tick, 1.0)

    def _on_fleet(self, message: FleetState) -> None:
        self._report.fleet = FleetWord(
            message.orders_total,
            message.orders_done,
            message.orders_cancelled,
            message.orders_failed,
            message.deadlocks,
            message.order_service_p95_s,
            message.order_service_mean_s,
        )

    def _on_truth(self, message: GroundTruth) -> None:
        self._report.sim = SimWord(
            message.collisions,
            message.min_separation,
            message.distance_driven,
            message.localization_error_p95,
            message.loads_dropped,
            message.lockstep_timeouts,
            tuple(message.collision_log),
            message.docking_offset_max,
            message.docking_angle_max,
        )

    def _on_contacts(self, message: String) -> None:
        told = _Contacts.model_validate_json(message.data)
        self._report.sensors = SensorWord(told.contacts, told.log)

    def tick(self, now: float) -> None:
        """Note the time; write progress; finish when there is nothing left to wait for."""
        if self._report.started < 0:
            self._report.started, self._wall_start = now, time.monotonic()
        self._report.now = now
        if not self._params.report_file or self._written:
            return
        Path(self._params.report_file + ".progress").write_text(self._report.progress())
        late = self._params.time_limit > 0 and now - self._report.started > self._params.time_limit
        if self._report.ended or late:
            self._write()

    def _write(self) -> None:
        figures = self._report.figures(time.monotonic() - self._wall_start)
        figures["complete"] = self._report.all_done
        target = Path(self._params.report_file)
        partial = target.with_suffix(".partial")
        partial.write_text(json.dumps(figures, indent=2))
        partial.rename(target)
        self._written = True
