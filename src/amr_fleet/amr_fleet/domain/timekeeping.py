"""What each robot's time goes into and how far it drives: one journal entry a robot and period, for reports."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field

from amr_core.errors import Fact
from amr_fleet.domain.orders import WITH_LOAD
from amr_fleet.domain.world import Robot, World

PERIOD = 300.0  # s; a crash loses at most this much of the account
_LONGEST_STEP = 5.0  # s: the fleet stood still for longer; nobody knows what the robots did
_JUMP = 5.0  # m in one step: the robot was moved or relocalised, it did not drive


@dataclass
class _Account:
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    metres: float = 0.0
    metres_loaded: float = 0.0
    soc_min: float = 1.0
    soc_used: float = 0.0
    xy: tuple[float, float] | None = None
    soc: float | None = None


class TimeKeeper:
    """Counts between two multiples of PERIOD (fleet seconds), then emits `robot_time` entries and starts anew."""

    def __init__(self) -> None:
        self._accounts: dict[str, _Account] = {}
        self._begin: float | None = None
        self._last = 0.0

    def step(self, world: World) -> None:
        """Count the time since the last step; emit when a period is over."""
        if self._begin is None:
            self._begin = self._last = world.now
        dt, self._last = min(world.now - self._last, _LONGEST_STEP), world.now
        for robot in world.robots.values():
            account = self._accounts.setdefault(robot.name, _Account())
            use = use_of(world, robot)
            account.seconds[use] += dt
            _measure(robot, account)
        if world.now // PERIOD > self._begin // PERIOD:
            self._emit(world, self._begin)
            self._begin = world.now

    def _emit(self, world: World, begin: float) -> None:
        for name, account in self._accounts.items():
            facts: dict[str, Fact] = {use: round(s, 1) for use, s in sorted(account.seconds.items()) if s >= 0.05}
            facts |= {"from": round(begin, 1), "metres": round(account.metres, 1)}
            facts |= {"metres_loaded": round(account.metres_loaded, 1), "soc_min": round(account.soc_min, 3)}
            facts["soc_used"] = round(account.soc_used, 4)
            world.emit("robot_time", robot=name, facts=facts)
            self._accounts[name] = _Account(xy=account.xy, soc=account.soc, soc_min=account.soc or 1.0)


def _measure(robot: Robot, account: _Account) -> None:
    report = robot.report
    if report is None:
        return
    if account.xy is not None:
        metres = math.hypot(report.x - account.xy[0], report.y - account.xy[1])
        if metres < _JUMP:
            account.metres += metres
            account.metres_loaded += metres if report.loads else 0.0
    account.xy = (report.x, report.y)
    if account.soc is not None:
        account.soc_used += max(0.0, account.soc - report.soc)
    account.soc = report.soc
    account.soc_min = min(account.soc_min, report.soc)


def use_of(world: World, robot: Robot) -> str:
    """Return what the robot's time goes into now: offline, fault, paused, wait.<why>, loaded, empty, charge or idle."""
    report = robot.report
    if report is None or not world.online(robot):
        return "offline"
    if robot.fatal or not report.localized or report.e_stop not in ("NONE", ""):
        return "fault"
    if report.paused or robot.name in world.state.paused:
        return "paused"
    mission, order = world.state.missions.get(robot.name), world.state.order_of(robot.name)
    if mission is None and order is None:
        return "charge" if report.charging else "idle"
    if robot.waiting is not None and robot.waiting.code.startswith("wait."):
        return robot.waiting.code
    if order is not None:
        return "loaded" if order.state in WITH_LOAD or order.state == "PICKING" else "empty"
    return "charge" if report.charging else "empty"
