"""What `scripts/month_evidence.py` measures: a month of a journal under a trial, and commands that know its days."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from amr_core.site import load_site
from amr_fleet.domain.events import JournalEntry
from amr_fleet.sandbox.book import book_of
from amr_fleet.store.journal import read_entries

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


@pytest.fixture
def month(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(SCRIPTS))
    yield importlib.import_module("month_evidence")
    for name in ("month_evidence", "dataset_month"):
        sys.modules.pop(name, None)


def test_repeated_hours_are_later_and_of_other_orders(month: ModuleType) -> None:
    day = [
        JournalEntry(t=10.0, kind="order_created", order_id="T1", facts={"load_id": "L1", "deadline": 900.0}),
        JournalEntry(t=20.0, kind="robot_holds", robot="amr_01", facts={"held": "P01"}),
    ]
    found = list(month.repeated(day, 2, 0.5))
    assert [e.t for e in found] == [10.0, 20.0, 1810.0, 1820.0]
    assert [e.order_id for e in found] == ["0-T1", "", "1-T1", ""]
    assert found[2].facts == {"load_id": "1-L1", "deadline": 2700.0}
    assert found[3].facts == {"held": "P01"}


def test_the_permit_is_that_of_a_running_trial_of_the_month(month: ModuleType) -> None:
    site = load_site("cai_cui")
    (trial,) = book_of(month.permit(site, 3)).trials.values()
    assert trial.state == "running"
    assert trial.record.envelope.serials == ("amr_01", "amr_02", "amr_03")
    assert trial.record.begin <= month.began() < month.began() + 30 * 86400.0 < trial.record.end


def test_a_filled_state_is_whole_and_as_long_as_asked(month: ModuleType, tmp_path: Path) -> None:
    count = month.fill(tmp_path / "state", days=1, hours=0.25, robots=2)
    entries = read_entries(str(tmp_path / "state" / "journal.sqlite3"))
    assert len(entries) == count
    assert 86400.0 - 900.0 <= entries[-1].t <= 86400.0
    assert [e.t for e in entries] == sorted(e.t for e in entries)
    assert book_of(entries).in_force() is not None
    assert (tmp_path / "state" / "evidence.key").is_file()


def test_the_three_commands_are_of_the_days_that_are_there(month: ModuleType, tmp_path: Path) -> None:
    words = month.commands(tmp_path / "state", tmp_path / "out", 31)
    assert list(words) == ["report", "dataset", "dossier"]
    assert words["report"][words["report"].index("--period") + 1] == "2027-01"
    assert words["dataset"][words["dataset"].index("--period") + 1] == "2027-01-01/2027-02-01"


def test_a_command_that_fails_is_told_by_its_exit_code(
    month: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = month.timed([sys.executable, "-c", "import sys; print('no'); sys.exit(3)"], tmp_path / "log")
    assert (found["exit"], (tmp_path / "log").read_text()) == (3, "no\n")
    assert found["wall_s"] >= 0.0
    assert found["peak_rss_mb"] > 1
    monkeypatch.setattr(month, "fill", lambda state, days: state.mkdir() or (state / "journal.sqlite3").touch() or 0)
    monkeypatch.setattr(month, "AMR", sys.executable)
    monkeypatch.setattr(month, "commands", lambda *_: {"report": ["-c", "pass"], "dataset": ["-c", "exit(4)"]})
    assert month.main(["1"]) == 1
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line.get("exit") for line in lines] == [None, 0, 4, None]
    assert lines[-1]["all_cpu_s"] >= 0.0
    monkeypatch.setattr(month, "fill", lambda *_: pytest.fail("what is filled is not filled again"))
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "journal.sqlite3").touch()
    assert month.main(["1", str(tmp_path / "kept")]) == 1
    assert (tmp_path / "kept" / "journal.sqlite3").exists()
