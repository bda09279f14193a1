"""`amr bench traffic` on a tiny problem: figures, exit codes, bad options."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from amr_core.errors import AmrError
from amr_lab.bench import traffic as bench_traffic
from amr_lab.bench.traffic import TrafficBench, run_traffic
from amr_lab.mapf.planner import Settings
from amr_lab.mapf.validate import GridViolation
from tests.mapf_problems import write_problem


def bench(folder: Path) -> TrafficBench:
    settings = Settings(iterations=10, guidance="lanes", seed=2)
    return TrafficBench(write_problem(folder), "rotation", 80, settings, 0.01, 2)


def test_it_writes_the_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_traffic(bench(tmp_path), tmp_path / "out.json") == 0
    figures = json.loads((tmp_path / "out.json").read_text())
    assert figures == json.loads(capsys.readouterr().out)
    assert figures["tasks_finished"] > 6
    assert figures["violations"] == 0
    assert figures["stops"] > 0
    assert 0 < figures["ms_per_step_mean"] <= figures["ms_per_step_p99"] <= figures["ms_per_step_max"]
    assert figures["guidance"].startswith("lanes")


def test_the_same_seed_and_rounds_finish_the_same(tmp_path: Path) -> None:
    counts = []
    for name in ("a.json", "b.json"):
        run_traffic(bench(tmp_path), tmp_path / name)
        counts.append(json.loads((tmp_path / name).read_text())["tasks_finished"])
    assert counts[0] == counts[1]


def test_a_violation_is_an_exit_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_traffic, "validate", lambda history: [GridViolation("vertex", 3, (0, 1), 7)])
    assert run_traffic(bench(tmp_path), None) == 1


@pytest.mark.parametrize(
    ("change", "option"),
    [
        ({"model": "flying"}, "--model"),
        ({"steps": 0}, "--steps"),
        ({"stop_rate": 1.5}, "--stop-rate"),
        ({"stop_rate": float("nan")}, "--stop-rate"),
        ({"seed": -1}, "--seed"),
        ({"clock": "sun"}, "--clock"),
        ({"settings": Settings(budget_ms=-1.0)}, "--budget-ms"),
        ({"settings": Settings(budget_ms=float("nan"))}, "--budget-ms"),
    ],
)
def test_a_bad_option_is_named(tmp_path: Path, change: dict[str, object], option: str) -> None:
    with pytest.raises(AmrError) as caught:
        run_traffic(replace(bench(tmp_path), **change), None)  # type: ignore[arg-type]
    assert caught.value.code == "run.bad_option"
    assert caught.value.facts["option"] == option


def test_bad_guidance_rounds_and_output_are_named(tmp_path: Path) -> None:
    with pytest.raises(AmrError, match="guidance"):
        Settings(guidance="magic")
    with pytest.raises(AmrError, match="iterations"):
        Settings(iterations=-1)
    with pytest.raises(AmrError, match="folder does not exist"):
        run_traffic(bench(tmp_path), tmp_path / "no" / "out.json")
