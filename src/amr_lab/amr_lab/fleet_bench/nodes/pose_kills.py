"""`amr bench pose-kills`: kill -9 of robot hosts in mid-mission over ROS; ground truth judges what they say.

The embedded simulator keeps the true place of every robot; the runner starts a killed process again. A robot counts as
working again when it says that it is localized and is within WRONG m of the truth. No lock-step: time goes on while a
host is dead, as on a real floor.
"""

from __future__ import annotations

import json
import math
import os
import random
import signal
import sqlite3
import threading
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from amr_bringup.runner.session import RunSession
from amr_bringup.stack import RunOptions, stack
from amr_core.site import load_site
from amr_interfaces.msg import GroundTruth, RobotState
from amr_ros import qos
from amr_ros.host import ProcessHost
from amr_ros.node import AmrNode
from amr_ros.stopping import Stop

WRONG = 0.5
MOVING = 0.05
SOON_S = 60.0
START_S = 120.0
_PATIENCE_S = 90.0
_STATES_AGE_S = 3.0


@dataclass
class SeenRobot:
    """What is known of one robot; killed: monotonic s of the kill, silent until its next state after that."""

    truth: tuple[float, float, float] | None = None
    localized: bool = False
    off: float = math.inf
    heard: float = -math.inf
    killed: float | None = None
    worst_driving: float = 0.0
    worst_said: float = 0.0


class TruthJudge(AmrNode):
    """Compares what robots say with what is."""

    def __init__(self, name: str = "pose_judge", *, robots: list[str], **node_kwargs: Any) -> None:
        super().__init__(name, **node_kwargs)
        self.robots = {robot: SeenRobot() for robot in robots}
        self.picked = self.dropped = self.collisions = 0
        self.share(GroundTruth, "/sim/ground_truth", self._on_truth, qos.RELIABLE)
        for robot in robots:
            self.share(RobotState, f"/{robot}/state", partial(self._on_state, robot), qos.RELIABLE)

    def _on_truth(self, message: Any) -> None:
        self.picked, self.dropped = message.loads_picked, message.loads_dropped
        self.collisions = message.collisions
        for body in message.bodies:
            if body.name in self.robots:
                self.robots[body.name].truth = (body.x, body.y, body.v)

    def _on_state(self, robot: str, message: Any) -> None:
        seen = self.robots[robot]
        if seen.truth is None:
            return
        x, y, v = seen.truth
        seen.localized, seen.heard = bool(message.localized), time.monotonic()
        # What comes late is behind by as much as the robot drove since.
        seen.off = max(0.0, math.hypot(message.x - x, message.y - y) - 0.3 * abs(v))
        if message.localized:
            seen.worst_said = max(seen.worst_said, seen.off)
            if abs(v) > MOVING:
                seen.worst_driving = max(seen.worst_driving, seen.off)

    def well(self, robot: str) -> bool:
        """Whether the robot has said since its kill where it truly is."""
        seen = self.robots[robot]
        fresh = seen.heard > (seen.killed or -math.inf) and time.monotonic() - seen.heard < _STATES_AGE_S
        return fresh and seen.localized and seen.off <= WRONG


@dataclass
class KillAccount:
    """What came of all kills, robot by robot."""

    again: list[float] = field(default_factory=list)
    late: int = 0
    lost_told: int = 0
    lost_untold: int = 0


class PoseKills:
    """One run with `kills` kills of robot hosts, `apart` s after all robots were well again."""

    def __init__(self, site: str, robots: int, kills: int, seed: int, apart: float = 8.0) -> None:
        self._model = load_site(site)
        self._options = RunOptions(
            site=site, robots=robots, seed=seed, orders=100000, orders_per_hour=400, lockstep=False
        )
        self._kills, self._apart, self._rng = kills, apart, random.Random(seed)
        self._account = KillAccount()

    def run(self) -> dict[str, Any]:
        """Do it all; return the figures."""
        with RunSession() as session:
            names = [r.name for r in self._model.fleet[: self._options.robots]]
            options = RunOptions(**{**self._options.__dict__, "database": str(session.folder / "journal.sqlite3")})
            stop, restarts = Stop(), list[tuple[str, int]]()
            os.environ.setdefault("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
            host = ProcessHost(participant="judge", sim_time=False, domain_id=session.domain, stop=stop)
            judge = host.build(TruthJudge, "pose_judge", robots=names)
            spinner = threading.Thread(target=host.spin, daemon=True)
            spinner.start()
            try:
                session.start(stack(self._model, options), lambda group, code: restarts.append((group, code)))
                self._torment(session, judge, session.folder / "journal.sqlite3")
                session.keep_logs = bool(os.environ.get("AMR_KEEP_LOGS"))
            finally:
                stop.set()
                spinner.join(5.0)
                host.close()
            return self._figures(judge, len(restarts))

    def _torment(self, session: RunSession, judge: TruthJudge, journal: Path) -> None:
        if not self._until(session, lambda: all(judge.well(r) for r in judge.robots), START_S):
            raise RuntimeError("the robots did not start")
        self._until(session, lambda: judge.picked > 0, START_S)
        for _ in range(self._kills):
            self._until(session, lambda: False, self._apart + self._rng.uniform(0.0, 10.0))
            self._until(session, lambda: any(abs((s.truth or (0, 0, 0))[2]) > 0.3 for s in judge.robots.values()), 30.0)
            self._kill(session, judge, journal)
        self._until(session, lambda: False, self._apart)

    def _kill(self, session: RunSession, judge: TruthJudge, journal: Path) -> None:
        pids = json.loads((session.folder / "pids.json").read_text())
        group = self._rng.choice(sorted(name for name in pids if name.startswith("robots_")))
        os.kill(pids[group], signal.SIGKILL)
        began = time.monotonic()
        first = 6 * int(group.removeprefix("robots_"))
        waiting = set(list(judge.robots)[first : first + 6])
        for robot in waiting:
            judge.robots[robot].killed, judge.robots[robot].localized = began, False
        while waiting and time.monotonic() - began < _PATIENCE_S:
            self._until(session, lambda: any(judge.well(r) for r in waiting), 0.5)
            for robot in [r for r in waiting if judge.well(r)]:
                waiting.discard(robot)
                self._account.again.append(time.monotonic() - began)
        told = _alarmed(journal)
        self._account.lost_told += len(waiting & told)
        self._account.lost_untold += len(waiting - told)

    @staticmethod
    def _until(session: RunSession, holds: Any, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while not session.interrupted and time.monotonic() < end:
            session.poll()
            if holds():
                return True
            time.sleep(0.1)
        return bool(holds())

    def _figures(self, judge: TruthJudge, restarts: int) -> dict[str, Any]:
        again = sorted(self._account.again)
        total = len(again) + self._account.lost_told + self._account.lost_untold
        return {
            "kills": self._kills, "robots_killed": total, "restarts": restarts,
            "again_p50_s": round(again[len(again) // 2], 1) if again else None,
            "again_max_s": round(again[-1], 1) if again else None,
            "again_within_60_s": sum(t <= SOON_S for t in again),
            "stand_with_alarm": self._account.lost_told, "stand_without_alarm": self._account.lost_untold,
            "worst_m_off_while_driving": round(max(s.worst_driving for s in judge.robots.values()), 3),
            "worst_m_off_while_localized": round(max(s.worst_said for s in judge.robots.values()), 3),
            "loads_dropped": judge.dropped, "collisions": judge.collisions,
        }  # fmt: skip


def _alarmed(journal: Path) -> set[str]:
    """Return the robots for which an alarm is open."""
    with sqlite3.connect(f"file:{journal}?mode=ro", uri=True) as database:
        rows = database.execute("select robot, kind from journal where kind in ('alarm_raised', 'alarm_cleared')")
        counts: dict[str, int] = {}
        for robot, kind in rows:
            counts[robot] = counts.get(robot, 0) + (1 if kind == "alarm_raised" else -1)
    return {robot for robot, open_alarms in counts.items() if open_alarms > 0}


def passed(figures: dict[str, Any]) -> bool:
    """Whether at least 99 of 100 killed robots were well again within 60 s, none drove with a wrong pose, none hid."""
    enough = bool(figures["again_within_60_s"] >= 0.99 * figures["robots_killed"] > 0)
    safe = bool(figures["worst_m_off_while_driving"] <= WRONG) and figures["collisions"] == 0
    works = figures["loads_dropped"] >= max(1, figures["kills"] // 4)  # it degrades, it does not stall
    return enough and safe and figures["stand_without_alarm"] == 0 and works


def run_pose_kills(site: str, robots: int, kills: int, seed: int, output: Path | None) -> bool:
    """Run, print a table and, if wanted, write JSON; return whether it passed."""
    figures = PoseKills(site, robots, kills, seed).run()
    table = Table("figure", "value", title=f"kill -9 of a robot host in motion, {kills} times")
    for name, value in figures.items():
        table.add_row(name, str(value))
    Console().print(table)
    if output is not None:
        output.write_text(json.dumps(figures, indent=2) + "\n")
    return passed(figures)
