"""`amr bench kills --ros`: kill -9 of every process of the stack in mid-mission over ROS; ground truth judges.

The runner starts a killed process again. The stack is working again when every robot that was well before says where
it truly is, within WRONG m, the fleet speaks and the dashboard is ready. No lock-step: time goes on while a process is
dead, as on a real floor; what stands on the floor stays there while the simulator is dead.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import httpx
from rich.console import Console
from rich.table import Table

from amr_bringup.run_options import RunOptions
from amr_bringup.runner.session import RunSession
from amr_bringup.stack import robot_group, stack
from amr_core.site import load_site
from amr_fleet.demand import arrivals
from amr_fleet.domain.orders import FleetState as FoldedState
from amr_fleet.store.journal import read_entries
from amr_lab.fleet_bench.kills import GOALS, account
from amr_lab.fleet_bench.nodes.truth_judge import WRONG, TruthJudge
from amr_lab.mqtt_bench.brokers import free_port
from amr_ros.host import ProcessHost
from amr_ros.stopping import Stop

EVERYTHING: Final = "all at once"
SOON_S = 60.0
UNSURE_S = 3.0
"""So long a robot may drive that does not say that it knows where it is: it brakes, and its last word is as old."""
START_S = 180.0
_PATIENCE_S = 120.0
_TELLING: Final = ("alarm.not_localized", "alarm.robot_offline", "alarm.robot_error")
_BY_HAND_S = 30.0
_DRAIN_S = 600.0


@dataclass
class KillOfOne:
    """What came of one kill: s until all worked again, None: not within the patience; who was left standing, how.

    told, untold: with or without an alarm. unseen: the simulator was not back, whose clock alarms go by.
    by_hand: who of the told worked again when a person had said where it stands.
    """

    victim: str
    again: float | None = None
    told: list[str] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    by_hand: list[str] = field(default_factory=list)

    def left(self, judge: TruthJudge, robots: Iterable[str], alarmed: set[str]) -> None:
        """Take in the robots that did not work again in time."""
        for robot in robots:
            if judge.robots[robot].truth is None:
                self.unseen.append(robot)
            elif robot in alarmed and judge.stands(robot):
                self.told.append(robot)
            else:
                self.untold.append(robot)

    @property
    def good(self) -> bool:
        """Whether all worked again soon."""
        return self.again is not None and self.again <= SOON_S


class StackKills:
    """One run with `kills` kills, a few seconds after everything worked again.

    victims: beginnings of the names of process groups that are killed; empty: all of them, and all at once.
    """

    def __init__(
        self, site: str, robots: int, kills: int, seed: int, victims: Sequence[str] = (), *, say: bool = False
    ) -> None:
        self._model = load_site(site)
        self._options = RunOptions(site=site, robots=robots, seed=seed, lockstep=False, port=free_port())
        self._names = [r.name for r in self._model.fleet[:robots]]
        self._kills, self._victims, self._say = kills, tuple(victims), say
        self._rng = random.Random(seed)
        self._round: list[str] = []
        self.done: list[KillOfOne] = []

    def run(self) -> dict[str, Any]:
        """Do it all; return the figures."""
        with RunSession() as session:
            journal = session.folder / "journal.sqlite3"
            options = replace(self._options, database=str(journal), ready_file=str(session.folder / "ready.json"))
            os.environ.setdefault("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
            stop = Stop()
            host = ProcessHost(participant="judge", sim_time=False, domain_id=session.domain, stop=stop)
            wishes = arrivals(self._model, seed=options.seed, orders_per_hour=400, count=0)
            judge = host.build(TruthJudge, "pose_judge", robots=self._names, wishes=wishes)
            spinner = threading.Thread(target=host.spin, daemon=True)
            spinner.start()
            try:
                # The customer of this run outlives all processes: nobody else orders.
                specs = [spec for spec in stack(self._model, options) if spec.executable != "demand"]
                session.start(specs, lambda _group, _code: None)
                self._torment(session, judge, journal)
                session.figures(Path("none"))
                session.keep_logs = bool(os.environ.get("AMR_KEEP_LOGS"))
            finally:
                stop.set()
                spinner.join(5.0)
                host.close()
            return figures(self.done, judge, read_entries(str(journal)))

    def _torment(self, session: RunSession, judge: TruthJudge, journal: Path) -> None:
        if not self._until(session, lambda: self._works(judge, self._names, 0.0), START_S):
            raise RuntimeError(f"the stack did not start, see {session.folder}")
        self._until(session, lambda: bool(judge.picked), START_S)
        for _ in range(self._kills):
            self._until(session, lambda: False, self._rng.uniform(1.0, 6.0))
            self._until(session, lambda: not all(judge.stands(r) for r in judge.robots), 15.0)
            if session.interrupted:
                break
            self._kill(session, judge, journal)
        judge.ordering = False

        def drained() -> bool:
            return judge.all_answered and not FoldedState.fold(read_entries(str(journal))).open_orders

        self._until(session, drained, _DRAIN_S, every=1.0)  # the whole journal is read each time

    def _kill(self, session: RunSession, judge: TruthJudge, journal: Path) -> None:
        pids = {n: p for n, p in _pids(session).items() if n.startswith(self._victims or n)}
        if not self._round:  # each once a round, in another order each time
            self._round = sorted(pids) if self._victims else [*sorted(pids), EVERYTHING]
            self._rng.shuffle(self._round)
        one = KillOfOne(self._round.pop())
        well = [r for r in judge.robots if judge.well(r, 0.0)]
        victims = set(pids) if one.victim == EVERYTHING else {one.victim}
        began = time.monotonic()
        for group in victims:
            os.kill(pids[group], signal.SIGKILL)
        if "sim" in victims:
            judge.forget_truth()
        concerned = [r for r in self._concerned(victims) if r in well]

        def works() -> bool:
            lives = _pids(session)
            others = bool(well) and all(judge.well(r, 0.0) for r in well if r not in concerned)
            return all(lives[g] != pids[g] for g in victims) and others and self._works(judge, concerned, began)

        if self._until(session, works, _PATIENCE_S):
            one.again = time.monotonic() - began
        elif session.interrupted:
            return
        else:
            one.left(judge, [r for r in well if not judge.well(r, began)], _alarmed(journal))
            self._put_right(session, judge, one)
        self.done.append(one)
        if self._say:
            Console(stderr=True).print(f"{len(self.done)}: {one}")

    def _put_right(self, session: RunSession, judge: TruthJudge, one: KillOfOne) -> None:
        for robot in one.told:
            judge.put_right(robot)
            if self._until(session, partial(judge.well, robot, time.monotonic()), _BY_HAND_S):
                one.by_hand.append(robot)

    def _concerned(self, victims: set[str]) -> list[str]:
        """Return the robots that must speak anew: those of a killed host, all when what they see was killed."""
        if victims & {"sim"} or len(victims) > 1:
            return self._names
        return [n for i, n in enumerate(self._names) if robot_group(i) in victims]

    def _works(self, judge: TruthJudge, robots: Sequence[str], since: float) -> bool:
        fresh = judge.fleet_heard > since and time.monotonic() - judge.fleet_heard < 3.0
        return fresh and all(judge.well(r, since) for r in robots) and self._page_is_ready()

    def _page_is_ready(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self._options.port}/api/v1/ready", timeout=2.0).status_code == 200
        except httpx.HTTPError:
            return False

    @staticmethod
    def _until(session: RunSession, holds: Callable[[], bool], seconds: float, every: float = 0.0) -> bool:
        """Poll the session until something holds, which is asked `every` so many s; return whether it does."""
        now = time.monotonic()
        end, asked = now + seconds, now - every
        while not session.interrupted and (now := time.monotonic()) < end:
            session.poll()
            if now - asked >= every:
                asked = now
                if holds():
                    return True
            time.sleep(0.1)
        return holds()


def figures(kills: Sequence[KillOfOne], judge: Any, journal: list[Any]) -> dict[str, Any]:
    """Return the account: times by process, poses by ground truth, orders by customer, journal and floor."""
    ids = {e.order_id for e in journal if e.kind == "order_created"}
    by_process = {}
    for victim in sorted({one.victim for one in kills}):
        ours = [one for one in kills if one.victim == victim]
        times = sorted(one.again for one in ours if one.again is not None)
        by_process[victim] = {
            "kills": len(ours), "within_60_s": sum(one.good for one in ours),
            "p50_s": round(times[len(times) // 2], 1) if times else None,
            "max_s": round(times[-1], 1) if times else None,
        }  # fmt: skip
    return {
        "kills": len(kills), "again_within_60_s": sum(one.good for one in kills), "by_process": by_process,
        "stand_with_alarm": sum(len(one.told) for one in kills),
        "of_these_put_right_by_hand": sum(len(one.by_hand) for one in kills),
        "stand_without_alarm": sum(len(one.untold) for one in kills),
        "unseen_without_simulator": sum(len(one.unseen) for one in kills),
        "worst_m_off_while_driving": round(max(s.worst_driving for s in judge.robots.values()), 3),
        "worst_m_off_while_localized": round(max(s.worst_said for s in judge.robots.values()), 3),
        "worst_s_driving_unsure": round(max(s.worst_unsure for s in judge.robots.values()), 1),
        "collisions": judge.collisions,
        **account(judge.ledger, journal, judge, set(judge.ledger.made.values()) - ids),
    }  # fmt: skip


def passed(found: dict[str, Any]) -> bool:
    """Whether 99 of 100 kills were over within 60 s, nobody was sure of a wrong pose or hid, no order was lost."""
    enough = bool(found["again_within_60_s"] >= 0.99 * found["kills"] > 0)
    wrong = max(found["worst_m_off_while_driving"], found["worst_m_off_while_localized"])  # who stands, too
    safe = bool(wrong <= WRONG) and found["worst_s_driving_unsure"] <= UNSURE_S and found["collisions"] == 0
    clean = all(found[name] == 0 for name in GOALS) and not found["refused"] and found["orders_done"] > 0
    helped = found["of_these_put_right_by_hand"] == found["stand_with_alarm"]
    return enough and safe and clean and helped and found["stand_without_alarm"] == 0


def run_stack_kills(
    site: str, robots: int, kills: int, seed: int, output: Path | None, victims: Sequence[str] = ()
) -> bool:
    """Run, print two tables and, if wanted, write JSON; return whether it passed."""
    found = StackKills(site, robots, kills, seed, victims, say=True).run()
    table = Table("killed", "times", "again within 60 s", "median s", "longest s", title="kill -9 over ROS")
    for victim, row in found["by_process"].items():
        table.add_row(victim, *(str(row[name]) for name in ("kills", "within_60_s", "p50_s", "max_s")))
    whole = Table("figure", "value")
    for name, value in found.items():
        if name != "by_process":
            whole.add_row(name, str(value))
    Console().print(table, whole)
    if output is not None:
        output.write_text(json.dumps(found, indent=2) + "\n")
    return passed(found)


def _pids(session: RunSession) -> dict[str, int]:
    pids: dict[str, int] = json.loads((session.folder / "pids.json").read_text())
    return pids


def _alarmed(journal: Path) -> set[str]:
    """Return the robots for which an alarm is open that says that they stand and what to do."""
    with sqlite3.connect(f"file:{journal}?mode=ro", uri=True) as database:
        rows = database.execute(
            "select robot, kind, payload from journal where kind in ('alarm_raised', 'alarm_cleared')"
        )
        counts: dict[str, int] = {}
        for robot, kind, payload in rows:
            if json.loads(payload).get("code") not in _TELLING:
                continue
            counts[robot] = counts.get(robot, 0) + (1 if kind == "alarm_raised" else -1)
    return {robot for robot, open_alarms in counts.items() if open_alarms > 0}
