"""One pass over the journal: tables, process log and supply chain events at once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Protocol

from amr_fleet.dataset import alarm_rows, condition_rows, ocel_fold, order_rows, people, robot_rows, tracks_rows
from amr_fleet.dataset.anonymise import Anonymised, K, L, anonymise
from amr_fleet.dataset.ocel_file import OcelFile
from amr_fleet.dataset.release import SYSTEMS, DatasetRelease, Made
from amr_fleet.dataset.schema import (
    ALARMS,
    CONDITIONS,
    DOCKING,
    ENERGY,
    INTERVENTIONS,
    MISSIONS,
    ORDERS,
    ROBOT_TIME,
    ZONES,
)
from amr_fleet.dataset.writers import TableWriters
from amr_fleet.domain.events import JournalEntry
from amr_fleet.epcis import mapper
from amr_fleet.epcis.names import Gs1Names

READ: Final = frozenset().union(
    order_rows.KINDS,
    robot_rows.KINDS,
    alarm_rows.KINDS,
    condition_rows.KINDS,
    ocel_fold.KINDS,
    people.KINDS,
    tracks_rows.KINDS,
    mapper.KINDS,
)
"""The kinds that are read at all: a kind that somebody adds later is left out until it is listed in one of these."""

TABLES: Final = (ORDERS, MISSIONS, ROBOT_TIME, DOCKING, ALARMS, ZONES, ENERGY, INTERVENTIONS, CONDITIONS)
_TELL: Final = 50_000  # entries between two words of progress


class JournalReader(Protocol):
    """What is read of a journal: see store.journal."""

    def stream(self, kinds: Collection[str], until: float) -> Iterator[JournalEntry]:
        """Yield entries of some kinds before a fleet second, oldest first."""


@dataclass
class _Row:
    """Folds that make rows, each with the kinds that it takes."""

    kinds: frozenset[str]
    take: Callable[[JournalEntry], Iterator[Made]]
    finish: Callable[[], Iterator[Made]]


def common_values(journal: JournalReader, release: DatasetRelease) -> tuple[frozenset[str], int]:
    """Return the customers and kinds of cargo with at least K orders in the period, and how many are rarer."""
    count: Counter[str] = Counter()
    for entry in journal.stream({"order_created"}, release.stretch.end):
        if release.stretch.holds(entry.t):
            for name in ("customer", "kind"):
                if value := str(entry.facts.get(f"cargo_{name}") or ""):
                    count[f"{name}:{value}"] += 1
    kept = frozenset(value for value, n in count.items() if n >= K)
    return kept, len(count) - len(kept)


def journal_stage(
    journal: JournalReader,
    release: DatasetRelease,
    folder: Path,
    *,
    prefix: str,
    chargers: frozenset[str],
    roles: Mapping[str, str],
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Write data/ and events/ of the journal; return rows of each table, spans that people handled robots, privacy."""
    events = folder / "events"
    events.mkdir(parents=True, exist_ok=True)
    orders, robots, alarms = order_rows.OrderRows(release), robot_rows.RobotRows(release), alarm_rows.AlarmRows(release)
    conditions = condition_rows.ConditionRows(release)
    folds = [
        _Row(order_rows.KINDS, orders.take, orders.finish), _Row(robot_rows.KINDS, robots.take, robots.finish),
        _Row(alarm_rows.KINDS, alarms.take, alarms.finish),
        _Row(condition_rows.KINDS, conditions.take, conditions.finish),
    ]  # fmt: skip
    actions, handled = people.Actions(release, roles), tracks_rows.Handled()
    ocel = OcelFile(events / "ocel2.sqlite")
    log = ocel_fold.OcelFold(release, ocel, chargers)
    log.start()
    with (
        TableWriters(TABLES, folder / "data") as tables,
        (events / "epcis.jsonld").open("w", encoding="utf-8") as file,
    ):
        epcis = _Epcis(release, prefix, file.write)
        for number, entry in enumerate(journal.stream(READ, release.stretch.end + 1.0), start=1):
            inside = entry.t < release.stretch.end
            for fold in folds:
                if entry.kind in fold.kinds and (inside or entry.kind == "robot_time"):
                    for table, row in fold.take(entry):
                        tables.add(table, row)
            if inside:
                log.take(entry) if entry.kind in ocel_fold.KINDS else None
                actions.take(entry) if entry.kind in people.KINDS else None
                handled.take(entry) if entry.kind in tracks_rows.KINDS else None
                epcis.take(entry) if entry.kind in mapper.KINDS else None
            if number % _TELL == 0:
                say(f"journal: {number} entries, {release.published.local(entry.t)[:16]}")
        for fold in folds:
            for table, row in fold.finish():
                tables.add(table, row)
        safe = anonymise(actions.found)
        for action in safe.rows:
            tables.add("interventions", {**action, "origin": release.origin})
        epcis.finish()
        rows = dict(tables.rows)
    say("journal: OCEL as JSON")
    ocel.finish(events / "ocel2.json")
    return {
        "rows": rows, "handled": handled.finish(release.stretch.end), "people": _figures(safe),
        "events": {"ocel": ocel.events, "epcis": epcis.count},
    }  # fmt: skip


def _figures(safe: Anonymised) -> dict[str, Any]:
    return {
        "table": "interventions", "quasi_identifiers": ["shift", "zone", "window", "role"], "sensitive": "action",
        "rows_before": safe.before, "rows_left_out": safe.left_out, "generalised_to": safe.step,
        "k_required": K, "l_required": L, "k_before": safe.k_before, "l_before": safe.l_before,
        "k_after": safe.k_after, "l_after": safe.l_after,
    }  # fmt: skip


class _Epcis:
    def __init__(self, release: DatasetRelease, prefix: str, write: Callable[[str], object]) -> None:
        names = Gs1Names(release.site, prefix)
        self._mapper = mapper.EpcisMapper(names, release.published.local, release.places, load=release.names.sscc)
        self._release, self._write, self.count = release, write, 0
        write(mapper.document_head(release.published.local(release.stretch.end)))

    def take(self, entry: JournalEntry) -> None:
        inside = self._release.stretch.holds(entry.t)
        if entry.kind == "cargo_held" and str(entry.facts.get("user") or "") not in SYSTEMS:
            entry = replace(entry, t=self._release.coarse(entry.t))  # a person did it
        for event in self._mapper.take(entry):
            if inside:
                self._write(",\n" if self.count else "\n")
                self._write(json.dumps(event, ensure_ascii=False, separators=(",", ":")))
                self.count += 1

    def finish(self) -> None:
        self._write(mapper.DOCUMENT_TAIL)
