"""`amr bench kills --ros`: kill -9 of every process of the stack in mid-mission over ROS; ground truth judges.

The runner starts a killed process again, the fleet its API. The stack is working again when every robot that was well
before says where it truly is, within WRONG m, and every process shows that it works: see Signs. No lock-step: time goes
on while a process is dead, as on a real floor; what stands on the floor stays there while the simulator is dead.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from amr_bringup.run_options import RunOptions
from amr_bringup.runner.session import RunSession
from amr_bringup.stack import robot_group, stack
from amr_core.site import Site, load_site
from amr_fleet.demand import arrivals
from amr_fleet.domain.orders import FleetState as FoldedState
from amr_fleet.neighbours.settings import load_neighbours
from amr_fleet.store.journal import read_entries
from amr_lab.fleet_bench.host import api_of, headers, make_users
from amr_lab.fleet_bench.nodes.stack_account import SOON_S, KillOfOne, figures, passed, tables
from amr_lab.fleet_bench.nodes.stack_signs import Signs, SignsNode
from amr_lab.fleet_bench.nodes.truth_judge import TruthJudge
from amr_lab.fleet_bench.victims import API, EVERYTHING, Rounds, checked, killable
from amr_lab.mqtt_bench.brokers import free_port
from amr_ros.host import ProcessHost
from amr_ros.stopping import Stop
from amr_uav.site import load_flight_site

# chosen: a whole stack imports for a minute or more on a full machine; longer hides one that never starts
START_S: Final = 180.0
LOAD_S: Final = 240.0
"""So long a kill at a load waits for one; then it comes all the same."""
# chosen: a tick and a half of agent and fleet (0.1 s), so kills fall before, in and behind their word
_MOMENT_S: Final = 0.15
_PATIENCE_S: Final = 120.0  # twice SOON_S: how late it came is known, too
_TELLING: Final = ("alarm.not_localized", "alarm.robot_offline", "alarm.robot_error")
_BY_HAND_S: Final = 30.0  # chosen: a person's pose is taken with the next scans; one that is not by then was refused
_LOOK_S: Final = 0.3
"""So often (s) is looked whether all works again: a look must not take the CPU that the start of a process needs."""
_DRAIN_S: Final = 300.0
"""So long nothing need be delivered behind the last kill before what is open counts as not done."""


class StackKills:
    """One run with `kills` kills, each a few seconds after everything worked again.

    victims: kinds of processes that are killed; empty: all of them, and all at once. every: s from kill to kill, come
    what may, and nobody helps; 0 = as above. orders: how many the customer gives, 0 = for ever.
    at_loads: kill as a base begins to take or give a load.
    Raises run.bad_option for a kind that does not run at this site.
    """

    def __init__(
        self, site: str, robots: int, kills: int, seed: int, victims: Sequence[str] = (), *, every: float = 0.0,
        orders: int = 0, at_loads: bool = False, say: bool = False,
    ) -> None:  # fmt: skip
        self._model = load_site(site)
        self._options = RunOptions(site=site, robots=robots, seed=seed, lockstep=False, port=free_port())
        self._names = [r.name for r in self._model.fleet[:robots]]
        self._kills, self._every, self._orders, self._say = kills, every, orders, say
        self._at_loads = at_loads
        self._rng = random.Random(seed)
        with tempfile.TemporaryDirectory(prefix="amr_kills_") as folder:
            planned = killable(stack(self._model, whole(self._model, self._options, Path(folder))))
        self._groups = {API, *(spec.group for spec in planned)}
        self._by_mqtt = {spec.namespace.strip("/") for spec in planned if spec.executable == "vda_robot"}
        self._rounds = Rounds(self._rng, self._groups, checked(victims, self._groups))
        self._delivered = 0
        self.done: list[KillOfOne] = []

    def run(self) -> dict[str, Any]:
        """Do it all; return the figures."""
        with RunSession() as session:
            journal = session.folder / "journal.sqlite3"
            options = in_folder(whole(self._model, self._options, session.folder), session.folder)
            os.environ.setdefault("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
            token = make_users(session.folder / "users.sqlite3")
            with self._watching(session, options, headers(token)) as (judge, node, signs):
                session.start(killable(stack(self._model, options)), lambda _group, _code: None)
                self._torment(session, judge, signs, journal)
                session.figures(Path("none"))
            found = figures(self.done, judge, read_entries(str(journal)), node, self._delivered, self._every)
            session.keep_logs = not passed(found) or bool(os.environ.get("AMR_KEEP_LOGS"))
            if session.keep_logs and self._say:
                sys.stderr.write(f"journal and logs: {session.folder}\n")
            return found

    @contextlib.contextmanager
    def _watching(
        self, session: RunSession, options: RunOptions, who: Mapping[str, str]
    ) -> Iterator[tuple[TruthJudge, SignsNode, Signs]]:
        """Listen in a thread of this process."""
        stop = Stop()
        host = ProcessHost(participant="judge", sim_time=False, domain_id=session.domain, stop=stop)
        # The customer of this run outlives all processes: nobody else orders.
        wishes = arrivals(self._model, seed=options.seed, orders_per_hour=400, count=self._orders)
        judge = host.build(TruthJudge, "pose_judge", robots=self._names, wishes=wishes, by_mqtt=self._by_mqtt)
        flight = load_flight_site(options.site) if options.uav else None
        node = host.build(
            SignsNode, "kill_signs", site=self._model, judge=judge,
            cameras=[camera.id for camera in self._model.cameras] if options.cameras else [],
            vehicle=flight.aircraft.name if flight else "",
        )  # fmt: skip
        progress = Path(options.report_file + ".progress")
        signs = Signs(judge, node, port=options.port, headers=who, foxglove=_foxglove_port(options), progress=progress)
        spinner = threading.Thread(target=host.spin, daemon=True)
        spinner.start()
        try:
            yield judge, node, signs
        finally:
            stop.set()
            spinner.join(5.0)
            host.close()

    def _torment(self, session: RunSession, judge: TruthJudge, signs: Signs, journal: Path) -> None:
        if not self._until(session, lambda: self._works(judge, signs, self._names, (), 0.0), START_S):
            session.keep_logs = True
            missing = ", ".join(signs.missing(self._groups, (), 0.0)) or "a robot that knows where it is"
            raise RuntimeError(f"the stack did not start: {missing} is missing, see {session.folder}")
        self._until(session, lambda: bool(judge.picked), START_S)
        began = time.monotonic()
        for index in range(self._kills):
            if self._every:
                self._until(session, lambda: False, began + index * self._every - time.monotonic())
            elif self._at_loads:
                now = time.monotonic()
                self._until(session, partial(self._loads_since, judge, now), LOAD_S)
                self._until(session, lambda: False, self._rng.uniform(0.0, _MOMENT_S))
            else:
                self._until(session, lambda: False, self._rng.uniform(1.0, 6.0))
                self._until(session, lambda: not all(judge.stands(r) for r in judge.robots), 15.0)
            if session.interrupted:
                break
            self._kill(session, judge, signs, journal)
        self._delivered = judge.dropped.total()
        judge.ordering = bool(self._orders)  # a number of orders ends by itself

        def drained() -> bool:
            if not judge.all_answered or len(judge.ledger.sent) < self._orders:
                return False
            return not FoldedState.fold(read_entries(str(journal))).open_orders

        def goes_on(so_far: int) -> bool:
            return drained() or judge.dropped.total() > so_far

        so_far = -1
        while so_far < judge.dropped.total() and not session.interrupted:
            so_far = judge.dropped.total()
            self._until(session, partial(goes_on, so_far), _DRAIN_S, every=1.0)  # the whole journal is read each time
        if self.done:
            self.done[-1].wrong |= judge.take_wrong()

    @staticmethod
    def _loads_since(judge: TruthJudge, since: float) -> bool:
        return judge.load_began > since

    def _kill(self, session: RunSession, judge: TruthJudge, signs: Signs, journal: Path) -> None:
        one = KillOfOne(self._rounds.next())
        victims = self._groups if one.victim == EVERYTHING else {one.victim}
        self._until(session, lambda: all(_pid(session, group) for group in victims), SOON_S)
        pids = {group: _pid(session, group) for group in victims}
        well = [r for r in judge.robots if judge.well(r, 0.0)]
        before = judge.take_wrong()
        if self.done:
            self.done[-1].wrong |= before
        one.moving = not all(judge.stands(r) for r in judge.robots)
        began = time.monotonic()
        for pid in filter(None, pids.values()):
            with contextlib.suppress(ProcessLookupError):  # it went at this very moment
                os.kill(pid, signal.SIGKILL)
        judge.mark_kill()
        if "sim" in victims:
            judge.forget_truth()
        concerned = [r for r in self._concerned(victims) if r in well]

        def works() -> bool:
            others = bool(well) and all(judge.well(r, 0.0) for r in well if r not in concerned)
            anew = all(_pid(session, group) not in (0, pid) for group, pid in pids.items())
            return anew and others and self._works(judge, signs, concerned, victims, began)

        if self._until(session, works, min(_PATIENCE_S, self._every or _PATIENCE_S), every=_LOOK_S):
            one.again = time.monotonic() - began
        elif session.interrupted:
            return
        else:
            one.left(judge, [r for r in well if not judge.well(r, began)], _alarmed(journal))
            if not self._every:
                self._put_right(session, judge, one)
        self.done.append(one)
        if self._say:
            missing = signs.missing(self._groups, victims, began) if one.again is None else []
            sys.stderr.write(f"{len(self.done)}: {one}{', still without ' if missing else ''}{', '.join(missing)}\n")

    def _put_right(self, session: RunSession, judge: TruthJudge, one: KillOfOne) -> None:
        for robot in one.told:
            judge.put_right(robot)
            if self._until(session, partial(judge.well, robot, time.monotonic()), _BY_HAND_S):
                one.by_hand.append(robot)

    def _concerned(self, victims: Collection[str]) -> list[str]:
        """Return the robots that must speak anew: of a killed host or gateway, all after the simulator."""
        if "sim" in victims:
            return self._names
        between = not {"gateway", "broker"}.isdisjoint(victims)
        return [n for i, n in enumerate(self._names) if robot_group(i) in victims or (between and n in self._by_mqtt)]

    def _works(
        self, judge: TruthJudge, signs: Signs, robots: Sequence[str], killed: Collection[str], since: float
    ) -> bool:
        return all(judge.well(r, since) for r in robots) and signs.all_work(self._groups, killed, since)

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


def whole(site: Site, options: RunOptions, folder: Path) -> RunOptions:
    """Return the options with every process that a site of this kind can have; folder: for the files of those."""
    neighbours = folder / "neighbours.yaml" if find_spec("foxglove") is not None else None
    if neighbours is not None:
        neighbours.write_text(f"foxglove: {{port: {free_port()}}}\n")
    return replace(
        options, api_process="own", cameras=bool(site.cameras), vda5050=1, mqtt=f":{free_port()}",
        neighbours=str(neighbours or ""), uav=load_flight_site(options.site) is not None,
        record=str(folder / "record") if site.cameras else "",
    )  # fmt: skip


def in_folder(options: RunOptions, folder: Path) -> RunOptions:
    """Return the options of a run that keeps its files in a folder."""
    return replace(
        options, database=str(folder / "journal.sqlite3"), ready_file=str(folder / "ready.json"),
        report_file=str(folder / "report.json"), mqtt_folder=str(folder / "vda5050"), mqtt_epoch=time.time(),
    )  # fmt: skip


def run_stack_kills(
    site: str, robots: int, kills: int, seed: int, output: Path | None, victims: Sequence[str] = (), *,
    every: float = 0.0, orders: int = 0, at_loads: bool = False,
) -> bool:  # fmt: skip
    """Run, print two tables and, if wanted, write JSON; return whether it passed. See StackKills."""
    bench = StackKills(site, robots, kills, seed, victims, every=every, orders=orders, at_loads=at_loads, say=True)
    found = bench.run()
    Console().print(*tables(found))
    if output is not None:
        output.write_text(json.dumps(found, indent=2) + "\n")
    return passed(found)


def _foxglove_port(options: RunOptions) -> int:
    settings = load_neighbours(options.neighbours).foxglove if options.neighbours else None
    return settings.port if settings else 0


def _pid(session: RunSession, group: str) -> int:
    """Return the process id of a group, 0 where it does not run."""
    pids: dict[str, int] = json.loads((session.folder / "pids.json").read_text())
    return api_of(pids["fleet"]) if group == API else pids.get(group, 0)


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
