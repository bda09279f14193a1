"""Fold a journal into the figures of one period (definitions: docs/kpis.md)."""

from __future__ import annotations

import hashlib
import json
import math
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from amr_core.numbers import number
from amr_core.robots import ROBOT_TYPES
from amr_core.site import Site
from amr_fleet.domain.events import JournalEntry
from amr_fleet.fleet_time import HOUR_S
from amr_fleet.report.figures import USES, FlowFigures, HourFigures, Report, RobotFigures, Spread
from amr_fleet.report.people import notes
from amr_fleet.report.period import Period
from amr_fleet.report.technical import TECHNICAL, TechnicalFold

_LATE_S = 1.0  # within which after its end an entry may tell of a period
_MOST_HOURS = 24 * 366  # a year: the longest period that anybody reports about
_ENDS = {"order_done": "done", "order_cancelled": "cancelled", "order_failed": "failed"}


@dataclass
class _Order:
    created: float
    pick: str
    drop: str
    deadline: float
    cutoff: str
    released: float
    assigned: float | None = None
    ended: bool = False


@dataclass
class _Robot:
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    metres: float = 0.0
    metres_loaded: float = 0.0
    soc_min: float | None = None
    soc_used: float = 0.0
    done: int = 0
    interventions: int = 0
    faults: int = 0


class _Fold:
    """What the entries up to now have said; `take` in journal order. before: of the time before, knows its orders."""

    def __init__(self, period: Period, before: _Fold | None = None) -> None:
        self.period = period
        self.orders: dict[str, _Order] = {} if before is None else before.orders
        self.robots: defaultdict[str, _Robot] = defaultdict(_Robot)
        self.cutoffs: dict[str, float] = {} if before is None else before.cutoffs
        self.count: Counter[str] = Counter()
        self.alarms: Counter[str] = Counter()
        self.waits: defaultdict[str, float] = defaultdict(float)
        self.service: list[float] = []
        self.flow_service: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
        self.flow_created: Counter[tuple[str, str]] = Counter()
        self.allocation: list[float] = []
        self.repair: list[float] = []
        self.hours: defaultdict[float, Counter[str]] = defaultdict(Counter)
        self.technical = TechnicalFold()
        self._faults: dict[str, tuple[str, str]] = {} if before is None else before._faults
        self._down: dict[tuple[str, str], float] = {}

    def inside(self, t: float) -> bool:
        return self.period.begin <= t < self.period.end

    def take(self, entry: JournalEntry) -> None:
        topic, inside = entry.kind.partition("_")[0], self.inside(entry.t)
        if entry.kind in TECHNICAL:
            self.technical.take(entry, inside)
        if topic == "order":
            self._order(entry)
        elif entry.kind == "cutoff_set":
            self.cutoffs[str(entry.facts["name"])] = number(entry.facts.get("at"))
        elif entry.kind == "robot_time":
            self._time(entry)
        elif topic == "alarm":
            self._alarm(entry)
        elif inside:
            self.count[entry.kind] += 1
            if entry.kind == "mission_started" and entry.facts.get("kind") == "charge":
                self.count["charges"] += 1

    def _hour(self, t: float) -> Counter[str]:
        return self.hours[t // HOUR_S * HOUR_S]

    def _order(self, entry: JournalEntry) -> None:
        inside, f = self.inside(entry.t), entry.facts
        if entry.kind == "order_created":
            released = max(entry.t, number(f.get("earliest")))
            places = (str(f["pick_place"]), str(f["drop_place"]))
            cutoff = str(f.get("cutoff") or "")
            made = _Order(entry.t, *places, number(f.get("deadline")), cutoff, released)
            self.orders[entry.order_id] = made
            if inside:
                self.count["created"] += 1
                self.flow_created[made.pick, made.drop] += 1
                self._hour(entry.t)["created"] += 1
            return
        order = self.orders.get(entry.order_id)
        if order is None:
            return
        if entry.kind == "order_assigned":
            if inside and order.assigned is None:
                self.allocation.append(max(0.0, entry.t - order.released))
            order.assigned = entry.t
        elif entry.kind == "order_changed":
            order.deadline = number(f.get("deadline", order.deadline))
            order.cutoff = str(f.get("cutoff", order.cutoff) or "")
        elif entry.kind == "order_attempt" and inside:
            self.count["attempts_failed"] += 1
        elif entry.kind in _ENDS:
            order.ended = True
            if inside:
                self._ended(_ENDS[entry.kind], order, entry)

    def _ended(self, how: str, order: _Order, entry: JournalEntry) -> None:
        self.count[how] += 1
        if how == "done":
            took = entry.t - order.released
            self.service.append(took)
            self.flow_service[order.pick, order.drop].append(took)
            self._hour(entry.t)["done"] += 1
            self.robots[entry.robot].done += 1
        limits = [t for t in (order.deadline, self.cutoffs.get(order.cutoff, 0.0)) if t > 0]
        if limits and how != "cancelled":
            self.count["with_deadline"] += 1
            self.count["on_time"] += how == "done" and entry.t <= min(limits)

    def _time(self, entry: JournalEntry) -> None:
        f = entry.facts
        # An entry speaks of the time before it: the one at the very end of the period still belongs to it.
        if not (
            self.period.begin < entry.t <= self.period.end + _LATE_S
            and number(f.get("from")) >= self.period.begin - 1.0
        ):
            return
        self.technical.counted(f)
        robot = self.robots[entry.robot]
        for name, value in f.items():
            if name.startswith("wait."):
                robot.seconds["wait"] += number(value)
                self.waits[name] += number(value)
            elif name in USES:
                robot.seconds[name] += number(value)
        robot.metres += number(f.get("metres"))
        robot.metres_loaded += number(f.get("metres_loaded"))
        robot.soc_used += number(f.get("soc_used"))
        low = number(f.get("soc_min"))
        robot.soc_min = low if robot.soc_min is None else min(robot.soc_min, low)

    def _alarm(self, entry: JournalEntry) -> None:
        code, key = str(entry.facts.get("code", "")), str(entry.facts.get("alarm", ""))
        if entry.kind == "alarm_cleared":
            self._over(key, entry.t)
        if entry.kind != "alarm_raised":
            return
        again = (entry.robot, code) in self._faults.values()  # one breakdown, of which one more thing is told
        if code in FAULTS:
            self._faults[key] = (entry.robot, code)
        if not self.inside(entry.t):
            return
        self.alarms[code] += 1
        if again:
            return
        self.count["interventions"] += 1
        if entry.robot:
            self.robots[entry.robot].interventions += 1
        if code in FAULTS:
            self.count["faults"] += 1
            self.robots[entry.robot].faults += 1
            self._down[entry.robot, code] = entry.t

    def _over(self, alarm: str, t: float) -> None:
        """Note that an alarm has ended; a repair ends with the last alarm of its robot and code."""
        which = self._faults.pop(alarm, None)
        if which is None or which in self._faults.values():
            return
        since = self._down.pop(which, None)
        if since is not None and self.inside(t):
            self.repair.append(t - since)


FAULTS = frozenset({"alarm.robot_error", "alarm.robot_offline", "alarm.not_localized", "alarm.e_stop"})


_LINE: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def digest(entries: Iterable[JournalEntry]) -> str:
    """Return the SHA-256 of journal entries as hexadecimal."""
    total = hashlib.sha256()
    for e in entries:
        row = [e.t, e.kind, e.order_id, e.robot, dict(sorted(e.facts.items()))]
        total.update(_LINE(row).encode() + b"\n")
    return total.hexdigest()


def make_report(journal: Sequence[JournalEntry], site: Site, period: Period) -> Report:
    """Return the figures of the period; entries after its end are not looked at."""
    known = [e for e in journal if e.t < period.end + _LATE_S]
    fold = _Fold(period)
    for entry in known:
        fold.take(entry)
    inside = [e for e in known if fold.inside(e.t)]
    first, last = (known[0].t, journal[-1].t) if known else (period.begin, period.begin)
    return replace(
        _figures(fold, site, period.cut(first, last)),
        digest=digest(inside), notes=notes(inside), technical=fold.technical.figures(),
        open_at_end=sum(not o.ended for o in fold.orders.values() if o.created < period.end),
    )  # fmt: skip


def make_reports(journal: Sequence[JournalEntry], site: Site, periods: Sequence[Period]) -> list[Report]:
    """Return the figures of periods that follow one another, oldest first, in one pass over the journal.

    They lack digest, notes, open_at_end and what is technical.
    """
    if not journal or not periods:
        return []
    begins, folds = [period.begin for period in periods], [_Fold(periods[0])]
    for period in periods[1:]:
        folds.append(_Fold(period, folds[-1]))
    for entry in journal:
        index = max(0, bisect_right(begins, entry.t) - 1)
        folds[index].take(entry)
        # It speaks of the time before it, as in make_report.
        if index and entry.kind == "robot_time" and entry.t < periods[index - 1].end + _LATE_S:
            folds[index - 1].take(entry)
    return [_figures(fold, site, fold.period.cut(journal[0].t, journal[-1].t)) for fold in folds]


def _figures(fold: _Fold, site: Site, covered: Period) -> Report:
    count = fold.count
    return Report(
        site=site.id, name_vi=site.name_vi, name_en=site.name_en,
        period=fold.period, covered=covered, digest="",
        created=count["created"], done=count["done"], cancelled=count["cancelled"], failed=count["failed"],
        open_at_end=0,
        service=Spread.of(fold.service), allocation=Spread.of(fold.allocation),
        with_deadline=count["with_deadline"], on_time=count["on_time"], missions=count["mission_started"],
        deadlocks=count["deadlock"], interventions=count["interventions"],
        attempts_failed=count["attempts_failed"], faults=count["faults"], repair=Spread.of(fold.repair),
        charges=count["charges"], energy_wh=_energy(fold, site),
        alarms=dict(sorted(fold.alarms.items())),
        waits=dict(sorted(fold.waits.items(), key=lambda item: (-item[1], item[0]))),
        flows=_flows(fold, site), robots=_robots(fold), hours=_hours(fold, covered),
    )  # fmt: skip


def _energy(fold: _Fold, site: Site) -> float:
    """Return what was taken from the batteries in Wh, by the nominal capacities of the robots' types."""
    types = {unit.name: ROBOT_TYPES.get(unit.type) for unit in site.fleet}
    found = [(robot.soc_used, types.get(name)) for name, robot in fold.robots.items()]
    return math.fsum(used * of.battery_capacity_wh for used, of in found if of is not None)


def _flows(fold: _Fold, site: Site) -> list[FlowFigures]:
    kind: Mapping[str, str] = {p.id: p.kind for p in site.places}
    created: Counter[tuple[str, str]] = Counter()
    service: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    for (pick, drop), n in fold.flow_created.items():
        created[kind.get(pick, ""), kind.get(drop, "")] += n
    for (pick, drop), took in fold.flow_service.items():
        service[kind.get(pick, ""), kind.get(drop, "")] += took
    rows = []
    for a, b in sorted({*created, *service}):
        took = service[a, b]
        row = FlowFigures(pick_kind=a, drop_kind=b, created=created[a, b], done=len(took), service=Spread.of(took))
        rows.append(row)
    return sorted(rows, key=lambda row: -row.done)


def _robots(fold: _Fold) -> list[RobotFigures]:
    return [
        RobotFigures(
            robot=name, done=r.done, seconds=dict(sorted(r.seconds.items())), metres=r.metres,
            metres_loaded=r.metres_loaded, soc_min=r.soc_min, soc_used=r.soc_used, interventions=r.interventions,
            faults=r.faults,
        )
        for name, r in sorted(fold.robots.items())
    ]  # fmt: skip


def _hours(fold: _Fold, covered: Period) -> list[HourFigures]:
    """Return every hour of the covered time, also those in which nothing happened."""
    begin = covered.begin // HOUR_S * HOUR_S
    count = max(0, math.ceil((covered.end - begin) / HOUR_S))
    starts = [begin + HOUR_S * i for i in range(min(count, _MOST_HOURS))]
    return [HourFigures(t, fold.hours[t]["created"], fold.hours[t]["done"]) for t in starts]


def whole(journal: Sequence[JournalEntry]) -> Period:
    """Return the period that holds all of a journal."""
    if not journal:
        return Period(0.0, 0.0)
    return replace(Period(journal[0].t, journal[-1].t + 1e-3), shift=0)
