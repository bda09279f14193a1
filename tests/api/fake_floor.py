"""What a fleet that only looks alive shows: robots drive around the ring of the small site, orders come and go."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from amr_core.own_camera import OwnCamera
from amr_fleet.camera_frames import CameraFrame
from amr_fleet.peripherals import FireAlarm
from amr_fleet.ports import (
    AlarmView,
    FleetSnapshot,
    HeldBy,
    Kpi,
    OrderRequest,
    OrderView,
    Reason,
    RobotView,
    TrackView,
    WaitsView,
    ZoneView,
)
from amr_fleet.sandbox.permit import FREE
from amr_fleet.upkeep_views import WorkOrder
from amr_fleet.visit_views import VisitView
from amr_fleet.vocabulary import EmergencyStop, ErrorLevel, Integration, OrderState, RobotStatus
from amr_fleet.wear_views import WearView
from tests.api.small_site import on_ring

CLOSED = ("DONE", "CANCELLED", "FAILED")


class FakeFloor:
    """The robots and orders of a fleet for tests, and their snapshot; tests set what they want to be shown."""

    def __init__(self, robots: int = 12, start: float = 5 * 3600.0) -> None:
        self._began = time.monotonic()
        self._start = start
        self.outdated = ""  # the robot with other site files
        self._names = [f"amr_{i + 1:02d}" for i in range(robots)]
        self.paused: set[str] = set()
        self.held_by: dict[str, tuple[HeldBy, ...]] = {}
        self.visits: tuple[VisitView, ...] = ()
        self.wear: tuple[WearView, ...] = ()
        self.upkeep: tuple[WorkOrder, ...] = ()
        self.stops: dict[str, EmergencyStop] = {}
        self.on_board: dict[str, tuple[str, ...]] = {}
        self.levels: dict[str, Integration] = {}
        self.own_cameras: dict[str, tuple[OwnCamera, ...]] = {}
        self.broken = False
        self.ready = True
        self._orders: dict[str, OrderView] = {}
        self.zones: dict[str, ZoneView] = {}
        self.alarms: dict[str, AlarmView] = {}
        self.fire: FireAlarm | None = None
        self.cameras: list[CameraFrame] = []
        self.permit = FREE

    @property
    def now(self) -> float:
        """Fleet seconds."""
        return self._start + time.monotonic() - self._began

    def seed(self, requests: Sequence[tuple[str, str, OrderState, str, float]]) -> None:
        """Add orders (pick, drop, state, robot, deadline in s or 0)."""
        for i, (pick, drop, state, robot, deadline) in enumerate(requests):
            order = self._make(OrderRequest(pick_place=pick, drop_place=drop, priority=5 if i == 1 else 0))
            at = self.now
            reason = self._waits(at - 90) if state == "QUEUED" else None
            created = at - 700 + 60 * i
            limit = at + deadline if deadline else 0.0
            picked = at - 60 if state in ("TO_DROP", "DROPPING") else 0.0
            self._orders[order.order_id] = replace(
                order, state=state, robot=robot, created=created, deadline=limit, reason=reason, picked=picked
            )

    def alter(self, order_id: str, **change: Any) -> None:
        """Have an order be another."""
        self._orders[order_id] = replace(self._orders[order_id], **change)

    def _waits(self, since: float) -> Reason:
        permit = self.permit
        busy = sum(bool(o.robot) and o.state not in ("DONE", "CANCELLED", "FAILED") for o in self._orders.values())
        return (
            Reason("wait.trial", {"trial": permit.trial, "why": permit.bar}, since)
            if permit.bar
            else Reason("wait.robot", {"busy": busy}, since)
        )

    def _make(self, request: OrderRequest) -> OrderView:
        order_id = f"T{len(self._orders) + 1:05d}"
        order = OrderView(
            order_id=order_id,
            reference=request.reference,
            load_id=request.load_id or f"PAL-{len(self._orders) + 1:04d}",
            cargo=request.cargo,
            pick_place=request.pick_place,
            drop_place=request.drop_place,
            priority=request.priority,
            deadline=request.deadline,
            state="QUEUED",
            robot="",
            created=self.now,
            assigned=0.0,
            picked=0.0,
            finished=0.0,
            reason=None,
        )
        self._orders[order_id] = order
        return order

    def _robot(self, i: int, name: str, t: float) -> RobotView:
        moving = name not in self.paused and i % 6 not in (3, 4)
        s = 17.0 * i + (t - self._start if moving else 0.0)
        x, y, theta = on_ring(s)
        ahead = [on_ring(s + d)[:2] for d in range(0, 9)]
        order = next((o.order_id for o in self._orders.values() if o.robot == name and o.state not in CLOSED), "")
        status: RobotStatus = "PAUSED" if name in self.paused else "BUSY" if order else "IDLE"
        waiting, errors = self._trouble(i, name, t)
        if any(level == "FATAL" for _, level in errors):
            status = "ERROR"
        return RobotView(
            name=name,
            type="lift_amr",
            status=status,
            order_id=order,
            x=x,
            y=y,
            theta=theta,
            v=1.0 if moving else 0.0,
            soc=max(0.08, 0.95 - 0.08 * i),
            charging=False,
            loaded=i % 2 == 0,
            paused=name in self.paused,
            pauses=self.held_by.get(name, ()),
            online=True,
            localized=i % 6 != 4,
            node=f"N{i}",
            path=ahead[:5],
            base=ahead if moving else [],
            waiting=waiting,
            errors=errors,
            integration=self.levels.get(name, "utilised"),
            e_stop=self.stops.get(name, ""),
            loads=self.on_board.get(name, ()),
            site_version="b" * 64 if name == self.outdated else "",
            cameras=self.own_cameras.get(name, ()),
            seen=t,
        )

    def _trouble(self, i: int, name: str, t: float) -> tuple[Reason | None, list[tuple[Reason, ErrorLevel]]]:
        if name in self.paused:
            return Reason("wait.paused", {}, t), []
        if name == self.outdated:
            return Reason("wait.site_version", {"robot": name, "version": "b" * 12, "wanted": "a" * 12}, t), []
        if i % 6 == 3:
            return Reason("wait.traffic", {"robot": self._names[i - 1], "node": "N7"}, self._start - 42), []
        if i % 6 == 4:
            return None, [(Reason("robot.lost", {"robot": name}, self._start - 130), "FATAL")]
        return (Reason("wait.person", {"robot": name}, t - 3), []) if i == 7 else (None, [])

    def snapshot(self) -> FleetSnapshot:
        """Return the moment's truth."""
        if self.broken:
            raise RuntimeError("secret detail of the engine")
        t = self.now
        tracks = [
            TrackView(x=36 + 6 * math.sin(t / 5), y=9.0, vx=1.2 * math.cos(t / 5), vy=0.0, kind="person", radius=0.3),
            TrackView(x=52.0, y=12 + 4 * math.cos(t / 4), vx=0.0, vy=-math.sin(t / 4), kind="vehicle", radius=1.2),
        ]
        opened = [o for o in self._orders.values() if o.state not in CLOSED]
        robots = [self._robot(i, name, t) for i, name in enumerate(self._names)]
        waits = {robot.name: t - robot.waiting.since for robot in robots if robot.waiting is not None}
        longest = max(waits, key=lambda name: waits[name], default="")
        return FleetSnapshot(
            t=t,
            rtf=1.0,
            robots=robots,
            waits=WaitsView(longest_s=waits.get(longest, 0.0), longest=longest),
            orders=opened,
            tracks=tracks,
            kpi=Kpi(
                orders_total=len(self._orders) + 182,
                orders_done=182,
                orders_open=len(opened),
                orders_per_hour=61.4,
                service_p95_s=312.0,
            ),
            all_paused=bool(self._names) and len(self.paused) == len(self._names),
            ready=self.ready,
            zones=tuple(self.zones.values()),
            alarms=tuple(self.alarms.values()),
            cameras=tuple(self.cameras),
            permit=self.permit,
            fire=self.fire,
            visits=self.visits,
            wear=self.wear,
            upkeep=self.upkeep,
        )
