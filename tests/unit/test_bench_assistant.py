"""What the assistant's embedded front may cost: a figure above its limit fails the bench; its own library is found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from amr_core.errors import AmrError
from amr_lab.bench import assistant, hot_parts
from amr_lab.bench.assistant import Cost, own_libraries, show
from amr_lab.bench.cli import bench_app
from amr_lab.bench.engine_share import engine_share

KEPT = Cost("grammar loaded, CPU", "ms", 299.0, 400.0, 300.0)
MISSED = Cost("grammar loaded, CPU", "ms", 301.0, 301.0, 300.0)


@pytest.mark.parametrize(("cost", "code"), [(KEPT, 0), (MISSED, 1)])
def test_a_figure_above_its_limit_ends_the_bench_with_1(monkeypatch: pytest.MonkeyPatch, cost: Cost, code: int) -> None:
    monkeypatch.setattr(assistant, "costs", lambda *_: [cost])
    assert CliRunner().invoke(bench_app, ["assistant"]).exit_code == code
    assert show([cost]) == (code == 0)


def test_a_figure_without_a_limit_misses_none() -> None:
    assert Cost("memory without it", "MB", 1e9, 1e9).met


def test_the_share_of_the_engine_is_that_of_code_with_the_name() -> None:
    assert engine_share(["nothing of that name"], "lab", 4) == 0.0
    assert 0.0 < engine_share(["flight"], "lab", 4) < engine_share(["domain"], "lab", 4) < 100.0


def test_what_only_the_assistant_imports_is_found_in_the_sources() -> None:
    assert [name.lower() for name in own_libraries()] == ["rapidfuzz"]


@pytest.mark.parametrize("here", [True, False])
def test_without_a_checkout_the_other_parts_are_measured_and_it_is_said_first(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, here: bool
) -> None:
    """The fault: after minutes of measuring the whole bench ended with an error and without its figures."""
    site: Any = type("Site", (), {"id": "lab"})
    told: list[str] = []

    def measured(*_: object) -> list[object]:
        told.append(capsys.readouterr().err)
        return []

    for name in ("_simulator", "_planner", "figures", "_fleet", "measure"):
        monkeypatch.setattr(hot_parts, name, measured)
    monkeypatch.setattr(hot_parts, "dispatch_figures", lambda _: ("dispatch", "ms", 1.0, 1.0))
    monkeypatch.setattr(hot_parts, "show", lambda _: None)
    monkeypatch.setattr(assistant, "costs", lambda: [MISSED])
    if not here:
        monkeypatch.setattr(assistant, "ROWS", tmp_path / "eval" / "none.jsonl")
    assert hot_parts.run_bench(site, "lab", tmp_path / "figures.json", 2) is not here
    parts = [row["part"] for row in json.loads((tmp_path / "figures.json").read_text())["rows"]]
    assert parts == ["dispatch", *(["assistant: grammar loaded, CPU"] if here else [])]
    assert ("The assistant is left out" in told[0]) is not here


def test_a_file_that_is_not_there_is_said_before_anything_is_measured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(assistant, "_run", lambda _: pytest.fail("measured"))
    for rows, state in ((tmp_path / "none.jsonl", assistant.STATE), (assistant.ROWS, tmp_path / "none.json")):
        with pytest.raises(AmrError) as raised:
            assistant.costs(rows, state)
        assert raised.value.code == "assistant.bad_file"
