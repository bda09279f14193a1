"""Run the fleet engine against kinematic robots for days and keep its journal, as a site's --state folder."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from amr_core.errors import AmrError
from amr_core.roadmap import build_roadmap
from amr_core.site import Site
from amr_fleet.dataset.calendar import DEFAULT_EPOCH
from amr_fleet.demo_trial import TRIAL_ID, asks
from amr_fleet.domain.events import Ask, Event, JournalEntry
from amr_fleet.rehearsal import Rehearsal, units_of
from amr_fleet.rehearsal.kinematic import CHARGE, DRAIN, Behaviour
from amr_fleet.replay.recorder import recorder_of
from amr_fleet.reporting_periods import midnight
from amr_fleet.requests import CreateOrder
from amr_fleet.store.journal import JournalStore
from amr_fleet.store.tracks import TrackStore
from amr_lab.operation.cameras import record_cameras
from amr_lab.operation.demand import wishes
from amr_lab.operation.staff import Staff

FIRST_MIDNIGHT: Final = midnight(DEFAULT_EPOCH)
"""Unix seconds at which simulated days begin for datasets and reports that are told nothing else."""
STEP: Final = 0.5  # s between two steps of the engine
_BATCH: Final = 2000  # entries a transaction
_BREAKDOWN: Final = (180.0, 600.0)  # s; made up: a person walks there and starts it anew, or has to mend something


@dataclass(frozen=True, kw_only=True)
class SimulatedDays:
    """What to simulate: hours from a Monday's midnight. orders_per_hour: mean of the week.

    tracks: hours (begin, end) of which tracks are kept; breakdowns: of the whole fleet, an hour. trial: Unix seconds of
    the first midnight, when all of it is under the sample permit of `amr demo --trial`; None: without a permit.
    """

    site: Site
    robots: int
    hours: float
    orders_per_hour: float
    seed: int = 1
    tracks: tuple[float, float] = (8.0, 9.0)
    breakdowns: float = 0.2
    trial: float | None = None

    def check(self) -> None:
        """Raise run.bad_option or run.robot_count for what cannot be simulated."""
        if not 0.01 <= self.hours <= 24 * 366:
            raise AmrError("run.bad_option", option="--hours", value=self.hours, reason="0.01 to 8784")
        if not 0.0 < self.orders_per_hour <= 1000.0:
            raise AmrError("run.bad_option", option="--orders-per-hour", value=self.orders_per_hour, reason="0 to 1000")
        if not 1 <= self.robots <= len(self.site.fleet):
            raise AmrError("run.robot_count", count=self.robots, minimum=1, maximum=len(self.site.fleet))


class _Breakdowns:
    def __init__(self, run: Rehearsal, per_hour: float, rng: random.Random) -> None:
        self._run, self._mean, self._rng = run, per_hour / 3600.0, rng
        self._next = self._after(0.0)
        self._repair: dict[str, float] = {}

    def _after(self, now: float) -> float:
        return now + self._rng.expovariate(self._mean) if self._mean > 0 else float("inf")

    def step(self) -> None:
        now, robots = self._run.now, self._run.robots
        if now >= self._next:
            self._next = self._after(now)
            name = self._rng.choice(list(robots))
            robots[name].broken = robots[name].changed = True
            self._repair[name] = now + self._rng.uniform(*_BREAKDOWN)
        for name in [n for n, t in self._repair.items() if now >= t]:
            del self._repair[name]
            robots[name].broken, robots[name].changed = False, True


def simulate(what: SimulatedDays, state: Path, say: Callable[[float], None] = lambda _: None) -> int:
    """Write journal, tracks and camera recordings into an empty folder; return how many entries. say: simulated hours.

    Raises store.not_empty when there is a journal already. The same values give the same entries.
    """
    what.check()
    if (state / "journal.sqlite3").exists():
        raise AmrError("store.not_empty", where=str(state))
    state.mkdir(parents=True, exist_ok=True)
    store = JournalStore(str(state / "journal.sqlite3"))
    tracks = TrackStore(str(state / "tracks.sqlite3"))
    store.own(site=what.site.id)
    try:
        count = _operate(what, store, tracks, say)
    finally:
        store.close()
        tracks.close()
    if what.site.cameras:
        record_cameras(what.site, what.hours * 3600.0, what.seed, state / "recordings")
    return count


def _operate(what: SimulatedDays, store: JournalStore, tracks: TrackStore, say: Callable[[float], None]) -> int:
    how = Behaviour(
        handling=15.0, stop=(5.0, 30.0), stop_share=0.03, stop_rate=0.0, turn_extra=0.5, dock_extra=3.0, drain=DRAIN,
        charge=CHARGE,
    )  # fmt: skip
    run = Rehearsal(
        build_roadmap(what.site), units_of(what.site, what.robots), seed=what.seed, how=how, dt=STEP, watch=False
    )
    rng = random.Random(what.seed + 104729)
    lanes = [edge.id for edge in run.roadmap.edges.values() if edge.manoeuvre == "drive"]
    staff = Staff(lanes, list(run.robots), [c.id for c in what.site.cameras], rng)
    trouble = _Breakdowns(run, what.breakdowns, rng)
    recorder = recorder_of(tracks, what.site)
    due = wishes(what.site, seed=what.seed, orders_per_hour=what.orders_per_hour)
    loads: dict[str, str] = {}
    if what.trial is not None:
        _under_permit(run, what.site, what.trial)
    written, wish, told = 0, next(due), 0
    while run.now < what.hours * 3600.0:
        trouble.step()
        events: list[Event] = list(staff.events(run.now, loads))
        while wish[0] <= run.now:
            events.append(Ask(0, CreateOrder(order=wish[1])))
            wish = next(due)
        before = len(run.journal)
        run.step(events)
        fresh = run.journal[before:]
        _remember(loads, fresh)
        staff.hear(fresh)
        if what.tracks[0] <= run.now / 3600.0 < what.tracks[1] and run.now % 1.0 == 0.0:
            recorder.add(run.engine.snapshot())
        if len(run.journal) >= _BATCH:
            written += _flush(run, store)
        if run.now >= 3600.0 * (told + 1):
            told += 1
            say(float(told))
    recorder.close(run.now)
    return written + _flush(run, store)


def _under_permit(run: Rehearsal, site: Site, midnight: float) -> None:
    """Let people ask for the sample permit until it runs; raise sandbox.wrong_state when it is refused."""
    run.step()  # robots say where they stand
    for ask in asks(site, list(run.robots), midnight + run.now):
        run.step([Ask(0, replace(ask, utc=midnight + run.now + run.dt))])
    if run.engine.world.permit.trial != TRIAL_ID:
        raise AmrError("sandbox.wrong_state", trial=TRIAL_ID, state=_state(run), to="running")


def _state(run: Rehearsal) -> str:
    trial = run.engine.world.state.trials.trials.get(TRIAL_ID)
    return trial.state if trial is not None else "none"


def _remember(loads: dict[str, str], fresh: Sequence[JournalEntry]) -> None:
    for e in fresh:
        if e.kind == "order_created":
            loads[e.order_id] = str(e.facts.get("load_id") or "")
        elif e.kind in ("order_done", "order_cancelled", "order_failed"):
            loads.pop(e.order_id, None)


def _flush(run: Rehearsal, store: JournalStore) -> int:
    """Write the journal down and forget it, with what else a rehearsal of an hour keeps for its checks."""
    store.append(run.journal)
    count = len(run.journal)
    run.journal.clear()
    run.step_seconds.clear()
    run.waits.clear()
    for robot in run.robots.values():
        robot.history.clear()
        robot.picked.clear()
        robot.dropped.clear()
    return count
