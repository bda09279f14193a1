"""How long a month's evidence takes: report, dataset and dossier of simulated operation, by the three commands.

Usage: month_evidence.py [DAYS [STATE]]   (31 when left out; STATE: a folder that is kept, and not filled twice)

A day of the reference operation (12 robots, the site's demand, people, breakdowns) is simulated, and repeated under a
trial permit with new ids and later times until the days are full; then each command runs as a user calls it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Final

from dataset_month import repeated

from amr_core.site import Site, load_site
from amr_fleet.demo_trial import demo_record
from amr_fleet.domain.events import JournalEntry
from amr_fleet.store.journal import JournalStore
from amr_lab.operation.run import SimulatedDays, simulate

AMR: Final = Path(__file__).resolve().parent.parent / ".venv" / "bin" / "amr"
BEGIN: Final = "2027-01-01"
_DAY_H: Final = 24.0
_BATCH: Final = 5000
_LIMIT_S: Final = 600.0


def began() -> float:
    """Return when the month begins, in Unix seconds."""
    return datetime.fromisoformat(f"{BEGIN}T00:00:00+07:00").timestamp()


def permit(site: Site, robots: int) -> list[JournalEntry]:
    """Return the entries of a trial that begins with the month and runs."""
    utc = began()
    record = demo_record(site, [f"amr_{i + 1:02d}" for i in range(robots)], utc + 86400.0)  # from a day before
    found = [
        JournalEntry(t=0.0, kind="clock_anchor", facts={"utc": utc, "fleet_t": 0.0, "ntp_offset": None}),
        JournalEntry(
            t=0.0, kind="trial_version",
            facts={
                "trial": record.trial_id, "version": 1, "sha256": record.sha256(), "record": record.canonical(),
                "user": "ky_su",
            },
        ),
    ]  # fmt: skip
    for state, user, role, second in (
        ("submitted", "ky_su", "engineer", ""), ("approved", "quan_tri", "admin", "so_khcn"),
        ("running", "ca_truong", "operator", ""),
    ):  # fmt: skip
        facts = {"trial": record.trial_id, "state": state, "reason": "", "role": role, "user": user}
        found.append(JournalEntry(t=0.0, kind="trial_state", facts=facts | ({"second": second} if second else {})))
    return found


def fill(state: Path, days: int, hours: float = _DAY_H, robots: int = 12) -> int:
    """Write a month into a new state folder; return how many entries."""
    site = load_site("cai_cui")
    with tempfile.TemporaryDirectory() as temporary:
        one = Path(temporary) / "day"
        what = SimulatedDays(site=site, robots=robots, hours=hours, orders_per_hour=site.demand.base_per_hour)
        simulate(what, one)
        with closing(JournalStore(str(one / "journal.sqlite3"))) as store:
            day = store.read()
    state.mkdir(parents=True)
    first = permit(site, robots)
    count = len(first)
    with closing(JournalStore(str(state / "journal.sqlite3"))) as store:
        store.own(site=site.id)
        store.append(first)
        stream: Iterator[JournalEntry] = repeated(day, round(days * _DAY_H / hours), hours)
        while batch := list(islice(stream, _BATCH)):
            store.append(batch)
            count += len(batch)
    return count


def commands(state: Path, out: Path, days: int) -> dict[str, list[str]]:
    """Return the three commands; the dataset ends where the days do."""
    last = datetime.fromisoformat(BEGIN) + timedelta(days=days)
    return {
        "report": ["report", "periodic", "--journal", str(state), "--period", BEGIN[:7], "--calendar",
                   "--simulated-from", BEGIN, "--out", str(out / "report")],
        "dataset": ["dataset", "export", str(state), "--period", f"{BEGIN}/{last:%Y-%m-%d}", "--simulated-from", BEGIN,
                    "--seed", "1", "--out", str(out / "dataset")],
        "dossier": ["sandbox", "dossier", str(state), str(out / "dossier")],
    }  # fmt: skip


def timed(words: Sequence[str], log: Path) -> dict[str, float]:
    """Run a command; return its exit code, seconds, CPU seconds and peak memory (MiB)."""
    began = time.monotonic()
    with log.open("wb") as said:
        process = subprocess.Popen(words, stdout=said, stderr=said)
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return {
        "exit": process.returncode, "wall_s": round(time.monotonic() - began, 1),
        "cpu_s": round(used.ru_utime + used.ru_stime, 1), "peak_rss_mb": round(used.ru_maxrss / 1024.0),
    }  # fmt: skip


def main(arguments: Sequence[str]) -> int:
    """Measure; exit code 1 when a command fails or all of them take longer than ten minutes."""
    days = int(arguments[0]) if arguments else 31
    with tempfile.TemporaryDirectory(prefix="amr-month-") as temporary:
        folder = Path(temporary)
        state = Path(arguments[1]) if len(arguments) > 1 else folder / "state"
        about: dict[str, float] = {"days": days}
        if not (state / "journal.sqlite3").exists():
            about["entries"] = fill(state, days)
        size = (state / "journal.sqlite3").stat().st_size
        load = os.getloadavg()[0]
        print(json.dumps({**about, "journal_mb": round(size / 1e6), "load": round(load, 1)}), flush=True)
        total, cpu, good = 0.0, 0.0, True
        for name, words in commands(state, folder / "out", days).items():
            found = timed([str(AMR), *words], folder / f"{name}.log")
            total, cpu, good = total + found["wall_s"], cpu + found["cpu_s"], good and found["exit"] == 0
            print(json.dumps({"command": name, **found}), flush=True)
            if found["exit"] != 0:
                print((folder / f"{name}.log").read_text(encoding="utf-8")[-2000:], file=sys.stderr)
        print(json.dumps({"all_wall_s": round(total, 1), "all_cpu_s": round(cpu, 1), "limit_s": _LIMIT_S}))
    return 0 if good and total <= _LIMIT_S else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
