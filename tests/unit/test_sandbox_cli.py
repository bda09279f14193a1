"""`amr sandbox` as an engineer calls it, and the numbers behind test cards."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from amr_bringup.cli import app
from amr_core.errors import AmrError
from amr_fleet.sandbox import standard_cards
from amr_fleet.sandbox.statistics import lower_bound, sample_size, verdict
from amr_fleet.store.journal import JournalStore
from amr_fleet.trial_requests import NoteTrial
from tests.unit.trial_rig import BEGIN, Rig

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "trial.yaml"


def amr(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["sandbox", *map(str, arguments)])


def test_the_example_of_the_docs_is_sound() -> None:
    done = amr("check", EXAMPLE, "--site", "cai_cui")
    assert done.exit_code == 0, done.output
    assert "92 of 92 stations" in done.output
    assert "0 of 870 ways between two places are refused" in done.output
    assert "parked outside" not in done.output


def test_check_names_each_fault_and_what_is_out_of_reach(tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    small = tmp_path / "small.yaml"
    small.write_text(text.replace("[120, 0], [120, 50]", "[60, 0], [60, 50]").replace("+07:00", "+08:00"))
    done = amr("check", small)
    assert done.exit_code == 1
    assert done.output.count("sandbox.time_zone") == 2
    assert "out of reach:" in done.output
    refused = re.search(r"(\d+) of 870 ways between two places are refused", done.output)
    assert refused is not None
    assert 0 < int(refused[1]) < 870
    assert "parked outside, so that the trial cannot start: amr_" in done.output
    crossed = tmp_path / "crossed.yaml"
    crossed.write_text(text.replace("[[0, 0], [120, 0], [120, 50], [0, 50]]", "[[0, 0], [9, 9], [9, 0], [0, 9]]"))
    done = amr("check", crossed)
    assert (done.exit_code, "sandbox.self_crossing" in done.output, "ways" in done.output) == (1, True, False)
    with pytest.raises(AmrError) as told:
        CliRunner().invoke(app, ["sandbox", "check", str(tmp_path / "none.yaml")], catch_exceptions=False)
    assert told.value.code == "sandbox.bad_file"


def test_show_tells_versions_and_steps(tmp_path: Path) -> None:
    rig = Rig()
    rig.start()
    store = JournalStore(str(tmp_path / "journal.sqlite3"))
    store.own(site="lab")
    store.append(rig.run.journal)
    store.close()
    done = amr("show", tmp_path)
    assert done.exit_code == 0, done.output
    assert "TN-1: running" in done.output
    assert "submitted -> approved quan_tri and so_khcn" in done.output
    assert "2027-01-15T15:" in done.output
    assert amr("show", tmp_path / "journal.sqlite3").output == done.output


@pytest.mark.parametrize(
    ("reliability", "confidence", "sizes"),
    [
        (0.90, 0.90, (22, 38, 52)), (0.95, 0.90, (45, 77, 105)), (0.95, 0.95, (59, 93, 124)),
        (0.98, 0.90, (114, 194, 265)), (0.99, 0.90, (230, 388, 531)), (0.99, 0.95, (299, 473, 628)),
    ],
)  # fmt: skip
def test_sample_sizes_are_those_of_the_table(reliability: float, confidence: float, sizes: tuple[int, ...]) -> None:
    assert tuple(sample_size(reliability, confidence, c) for c in range(3)) == sizes


def test_bounds() -> None:
    assert sample_size(0.999, 0.95) == 2995
    assert lower_bound(22, 22, 0.90) == pytest.approx(0.1 ** (1 / 22))
    assert lower_bound(0, 5, 0.90) == 0.0
    for wrong in (lambda: sample_size(1.0, 0.9), lambda: sample_size(0.9, 0.9, -1), lambda: lower_bound(3, 2, 0.9)):
        with pytest.raises(ValueError):  # noqa: PT011
            wrong()


def test_the_cards_that_come_with_us_are_rows_that_a_trial_takes(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["sandbox", "cards", str(tmp_path / "cards")])
    assert done.exit_code == 0, done.output
    rig = Rig()
    rig.start()
    files = sorted((tmp_path / "cards").iterdir())
    assert len(files) == len({path.stem for path in files}) == len(standard_cards.CARDS) >= 14
    for path in files:
        row = json.loads(path.read_bytes())
        plan = row["plan"]
        assert plan["n"] == sample_size(plan["R"], plan["C"], plan["c"]), path.stem
        assert all((row["steps"], row["metric"], row["purpose"], row["title"]["en"])), path.stem
        note = NoteTrial(
            trial_id="TN-1", kind="card", row=json.dumps(row), user="an", role="operator", utc=BEGIN
        )  # fmt: skip
        assert verdict(rig.ask(note).cards[row["id"]]).state == "open"
        said = " ".join([row["title"]["vi"], row["purpose"], row["metric"], *row["steps"]]).lower()
        assert re.findall(r"\b(the|and|of|robots|order|stop|load)\b", said) == [], path.stem
    with pytest.raises(AmrError, match=r"store\.not_empty"):
        CliRunner().invoke(app, ["sandbox", "cards", str(tmp_path / "cards")], catch_exceptions=False)


def test_a_card_with_too_many_failures_has_failed_and_what_was_broken_off_counts_for_nothing() -> None:
    plan = {"R": 0.9, "C": 0.9, "n": 38, "c": 1}

    def state(*results: bool | None) -> str:
        return verdict({"plan": plan, "reps": [{"pass": r} for r in results]}).state

    assert state(*[True] * 37, None) == "open"
    assert state(*[True] * 37, False) == "passed"
    assert state(False, False) == "failed"
