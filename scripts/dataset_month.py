"""How much time and memory the export of a month takes: 12 robots, the reference demand, no disk of a real site.

Usage: dataset_month.py [DAYS]   (30 when left out)

Two hours of the reference operation are simulated and repeated with new ids and later times until the days are full;
that stream goes through the same pass over the journal as `amr dataset export` makes (tables, OCEL 2.0, EPCIS 2.0).
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.dataset.calendar import Calendar, Stretch
from amr_fleet.dataset.journal_stage import READ, common_values, journal_stage
from amr_fleet.dataset.pseudonyms import Pseudonyms, seeded_key
from amr_fleet.dataset.release import DatasetRelease, places_of, robots_of
from amr_fleet.domain.events import JournalEntry
from amr_fleet.store.journal import JournalStore
from amr_lab.operation.run import SimulatedDays, simulate

_HOURS = 2.0
_IDS = ("load_id", "alarm", "mission", "zone")
_TIMES = ("from", "deadline", "until")


def repeated(entries: Sequence[JournalEntry], times: int, hours: float) -> Iterator[JournalEntry]:
    """Yield the same hours again and again, each time of other orders and later."""
    for number in range(times):
        for entry in entries:
            offset, facts = number * hours * 3600.0, dict(entry.facts)
            facts |= {name: f"{number}-{facts[name]}" for name in _IDS if facts.get(name)}
            facts |= {name: float(str(facts[name])) + offset for name in _TIMES if facts.get(name)}
            order = f"{number}-{entry.order_id}" if entry.order_id else ""
            yield replace(entry, t=entry.t + offset, order_id=order, facts=facts)


class Repeated:
    """A journal of repeated hours."""

    def __init__(self, entries: Sequence[JournalEntry], times: int) -> None:
        self._entries, self._times = entries, times
        self.count = 0

    def stream(self, kinds: Collection[str], until: float) -> Iterator[JournalEntry]:
        """Yield the entries of some kinds before a fleet second."""
        for entry in repeated(self._entries, self._times, _HOURS):
            if entry.kind in kinds and entry.t < until:
                self.count += 1
                yield entry


def main(arguments: Sequence[str]) -> int:
    """Measure."""
    days = float(arguments[0]) if arguments else 30.0
    site = load_site("cai_cui")
    with tempfile.TemporaryDirectory() as temporary:
        state = Path(temporary) / "state"
        # At night little happens: four times the demand is the day's mean.
        rate = 4.0 * site.demand.base_per_hour
        what = SimulatedDays(site=site, robots=12, hours=_HOURS, orders_per_hour=rate, tracks=(0.0, 0.0))
        simulate(what, state)
        with closing(JournalStore(str(state / "journal.sqlite3"))) as store:
            entries = [e for e in store.read() if e.kind in READ]
        journal = Repeated(entries, round(days * 24.0 / _HOURS))
        calendar = Calendar.of(0.0)
        release = DatasetRelease(
            site.id, "public", calendar, calendar.shifted(seeded_key(1)), Stretch(0.0, days * 86400.0, "all"),
            Pseudonyms(seeded_key(1)), places_of(site), frozenset(build_roadmap(site).nodes), robots_of(site),
        )  # fmt: skip
        kept, _ = common_values(journal, release)
        journal.count, began = 0, time.process_time()
        told = journal_stage(
            journal, replace(release, kept=kept), Path(temporary) / "out", prefix="9520000", chargers=frozenset(),
            roles={}, say=lambda text: print(text, file=sys.stderr, flush=True),
        )  # fmt: skip
        size = sum(p.stat().st_size for p in (Path(temporary) / "out").rglob("*") if p.is_file())
    found = {
        "days": days, "entries": journal.count, "orders": told["rows"]["orders"], "events": told["events"]["ocel"],
        "cpu_s": round(time.process_time() - began, 1), "bytes": size,
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0),
    }  # fmt: skip
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
