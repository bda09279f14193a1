"""kill -9 of the fleet process in mid-run: the runner restarts it and every order is delivered exactly once."""

from __future__ import annotations

import os
import signal
import sqlite3
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.timeout(400)
"""s: longer than the waits below, which are for a machine that is full of other work."""


def journal(run: Any, kind: str) -> list[str]:
    """Return the order ids of all journal entries of one kind."""
    file: Path = run.folder / "state" / "journal.sqlite3"
    if not file.is_file():
        return []
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
        try:
            rows = database.execute("select order_id from journal where kind = ?", (kind,)).fetchall()
        except sqlite3.OperationalError:
            return []
    return [row[0] for row in rows]


def test_no_order_is_lost_or_done_twice(start_amr: Any) -> None:
    run = start_amr(
        "run", "--site", "lab", "--orders", "3", "--seed", "2", "--rtf", "max", "--headless", "--report", "REPORT"
    )
    for moment in ("order_picked", "order_done"):
        run.wait_for(lambda moment=moment: bool(journal(run, moment)), 120, moment)
        victim = run.pids["fleet"]
        os.kill(victim, signal.SIGKILL)
        run.wait_for(lambda victim=victim: run.pids.get("fleet") not in (None, victim), 20, "a new fleet process")
    assert run.wait(300) == 0, run.words()
    done = journal(run, "order_done")
    assert len(done) == len(set(done)) == 3
    assert run.report["loads_dropped"] == 3
    assert run.report["collisions"] == 0, run.report["collision_log"]
