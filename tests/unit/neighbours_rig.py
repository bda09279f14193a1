"""Robots as a neighbour would hear of them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from amr_fleet.ports import FleetSnapshot, Kpi, RobotView

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
ROBOT = RobotView(
    name="amr_01", type="pallet", status="IDLE", order_id="", x=1.0, y=2.0, theta=0.5, v=0.0, soc=0.8, charging=False,
    loaded=False, paused=False, online=True, localized=True, node="n1", path=(), base=(), waiting=None, errors=(),
)  # fmt: skip


def robot(**change: Any) -> RobotView:
    return replace(ROBOT, **change)


def snapshot(*robots: RobotView) -> FleetSnapshot:
    return FleetSnapshot(t=10.0, rtf=1.0, robots=robots, orders=(), tracks=(), kpi=Kpi(), all_paused=False, ready=True)
