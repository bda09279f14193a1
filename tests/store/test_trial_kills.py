"""kill -9 at every transition of a trial, of a process: who starts next is where the journal is, and can go on."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from amr_fleet.sandbox.book import TrialBook, book_of
from amr_fleet.store import copies
from amr_fleet.store.journal import JournalStore, read_entries
from tests.store.trial_lives import STEPS, started
from tests.unit.trial_rig import roadmap

STATES = ("draft", "submitted", "submitted", "approved", "running", "suspended", "suspended", "running", "running",
          "ended")  # fmt: skip
"""Of the trial after each of STEPS."""


@pytest.fixture
def lives(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    call = [sys.executable, "-m", "tests.store.trial_lives", str(tmp_path / "journal.sqlite3")]
    with subprocess.Popen(call, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.communicate(timeout=60)


def test_whoever_starts_after_a_kill_at_any_transition_is_where_the_journal_is(
    tmp_path: Path, lives: subprocess.Popen[str]
) -> None:
    journal, site = str(tmp_path / "journal.sqlite3"), roadmap("lab")
    book = TrialBook()
    for step, state in enumerate(STATES):
        for where in ("within", "after"):
            assert lives.stdin is not None
            assert lives.stdout is not None
            lives.stdin.write(f"{step} {where}\n")
            lives.stdin.flush()
            assert int(lives.stdout.readline()) == -signal.SIGKILL, (step, where)
            found = book_of(read_entries(journal))
            assert (found.trials == book.trials) == (where != "after"), (step, where)
            book = found
        assert book.trials["TN-1"].state == state
        with closing(JournalStore(journal)) as store:
            world = started(store, site).world
        assert world.state.trials.trials == book.trials
        assert any(b.zone_id == "trial:TN-1" for b in world.graph.barriers) == (state in ("running", "suspended"))
    assert len(STATES) == len(STEPS)
    assert not copies.look(journal).faults, "the tree over what was written is whole"
