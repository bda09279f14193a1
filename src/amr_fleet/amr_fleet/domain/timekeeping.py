"""What each robot's time goes into and how far it drives: one journal entry a robot and period, for reports."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import ClassVar

from amr_core.errors import Fact
from amr_core.vda5050 import NO_SCORE, RobotState
from amr_fleet.domain.robots import Robot
from amr_fleet.domain.world import World

PERIOD = 300.0  # s; a crash loses at most this much of the account
_LONGEST_STEP = 5.0  # s: the fleet stood still for longer; nobody knows what the robots did
AGES = (0.2, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0)  # s, edges of the classes in which ages of states are counted
_EDGES = tuple(f"{edge:g}" for edge in AGES)
_IN_THE_WAY = ("person", "vehicle", "obstacle")
_JUMP = 5.0  # m in one step: the robot was moved or relocalised, it did not drive


@dataclass
class _Account:
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    metres: float = 0.0
    metres_loaded: float = 0.0
    soc_min: float = 1.0
    soc_used: float = 0.0
    count: Counter[str] = field(default_factory=Counter)
    scored: float = 0.0  # s in which it said how sure it is of its place
    score: float = 0.0  # that, times s
    score_min: float = 1.0
    unsure: float = 0.0  # s in which it did not know where it is
    ages: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    report: RobotState | None = None
    xy: tuple[float, float] | None = None
    soc: float | None = None
    e_stop: str = "NONE"
    in_the_way: bool = False

    def next(self) -> _Account:
        """Return an empty account that knows how the robot is now."""
        return replace(_Account(), soc_min=self.soc or 1.0, **{n: getattr(self, n) for n in _LASTING})


_LASTING = ("report", "xy", "soc", "e_stop", "in_the_way")


class TimeKeeper:
    """Counts between two multiples of PERIOD (fleet seconds), then emits `robot_time` entries and starts anew."""

    counts_on: ClassVar = True
    """A step that is undone stays in the account (`undo`): a tenth of a second more, for fewer copies in every step."""

    def __init__(self) -> None:
        self._accounts = defaultdict[str, _Account](_Account)
        self._begin: float | None = None
        self._last = 0.0

    def step(self, world: World) -> None:
        """Count the time since the last step; emit when a period is over."""
        if self._begin is None:
            self._begin = self._last = world.now
        dt, self._last = min(world.now - self._last, _LONGEST_STEP), world.now
        for robot in world.robots.values():
            account = self._accounts[robot.name]
            use = use_of(world, robot)
            account.seconds[use] += dt
            _measure(robot, account)
            if use != "offline":
                _measure_pose(robot, account, dt)
                account.ages[age_class(world.now - robot.seen)] += dt
        if world.now // PERIOD > self._begin // PERIOD:
            self._emit(world, self._begin)
            self._begin = world.now

    def _emit(self, world: World, begin: float) -> None:
        for name, account in self._accounts.items():
            facts: dict[str, Fact] = {use: round(s, 1) for use, s in sorted(account.seconds.items()) if s >= 0.05}
            facts |= {"from": round(begin, 1), "metres": round(account.metres, 1)}
            facts |= {"metres_loaded": round(account.metres_loaded, 1), "soc_min": round(account.soc_min, 3)}
            facts["soc_used"] = round(account.soc_used, 4)
            if account.scored > 0.0:
                facts |= {"score": round(account.score / account.scored, 3), "score_min": round(account.score_min, 3)}
            if account.scored > 0.0 or account.unsure > 0.0:
                facts["unsure"] = round(account.unsure, 1)
            facts |= dict(sorted(account.count.items()))
            facts |= {f"age.{edge}": round(s, 1) for edge, s in sorted(account.ages.items()) if s >= 0.05}
            world.emit("robot_time", robot=name, facts=facts)
            self._accounts[name] = account.next()


def age_class(seconds: float) -> str:
    """Return the edge (s) of the class that an age belongs to; above the last one a robot is offline anyway."""
    return _EDGES[min(bisect_left(AGES, seconds), len(AGES) - 1)]


def _measure(robot: Robot, account: _Account) -> None:
    report = robot.report
    if report is None or report is account.report:
        return
    account.report = report
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
    stop = report.e_stop or "NONE"
    if stop not in ("NONE", account.e_stop):
        account.count["protective_stops" if stop == "AUTOACK" else "emergency_stops"] += 1
    in_the_way = report.waiting_for in _IN_THE_WAY
    if in_the_way and not account.in_the_way:
        account.count["halts"] += 1
    account.e_stop, account.in_the_way = stop, in_the_way


def _measure_pose(robot: Robot, account: _Account, dt: float) -> None:
    report = robot.report
    if report is None or dt <= 0.0:
        return
    if report.score != NO_SCORE:
        score = min(1.0, max(0.0, report.score))
        account.scored += dt
        account.score += score * dt
        account.score_min = min(account.score_min, score)
    account.unsure += 0.0 if report.localized else dt


def use_of(world: World, robot: Robot) -> str:
    """Return what its time goes into now: offline, fault, paused, wait.<root>, loaded, empty, charge or idle."""
    report = robot.report
    if report is None or not world.online(robot):
        return "offline"
    if robot.fatal or robot.lost or report.e_stop not in ("NONE", ""):
        return "fault"
    if report.paused or robot.name in world.state.paused:
        return "paused"
    mission, order = world.state.missions.get(robot.name), world.state.order_of(robot.name)
    if mission is None and order is None:
        return "charge" if report.charging else "idle"
    for reason in (robot.root, robot.waiting):
        if reason is not None and reason.code.startswith("wait."):
            return reason.code
    if order is not None:
        return "loaded" if order.loaded or order.state == "PICKING" else "empty"
    return "charge" if report.charging else "empty"
