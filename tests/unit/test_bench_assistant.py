"""What the assistant's embedded front may cost: a figure above its limit fails the bench; its own library is found."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from amr_lab.bench import assistant
from amr_lab.bench.assistant import Cost, own_libraries, show
from amr_lab.bench.cli import bench_app

KEPT = Cost("grammar loaded, CPU", "ms", 299.0, 400.0, 300.0)
MISSED = Cost("grammar loaded, CPU", "ms", 301.0, 301.0, 300.0)


@pytest.mark.parametrize(("cost", "code"), [(KEPT, 0), (MISSED, 1)])
def test_a_figure_above_its_limit_ends_the_bench_with_1(monkeypatch: pytest.MonkeyPatch, cost: Cost, code: int) -> None:
    monkeypatch.setattr(assistant, "costs", lambda *_: [cost])
    assert CliRunner().invoke(bench_app, ["assistant"]).exit_code == code
    assert show([cost]) == (code == 0)


def test_a_figure_without_a_limit_misses_none() -> None:
    assert Cost("memory without it", "MB", 1e9, 1e9).met


def test_what_only_the_assistant_imports_is_found_in_the_sources() -> None:
    assert [name.lower() for name in own_libraries()] == ["rapidfuzz"]
