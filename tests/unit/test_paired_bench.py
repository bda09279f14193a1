"""The paired bench: which way a figure is better, what a pair says, when a row is worse."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
import paired_bench  # noqa: E402
from paired_bench import Compared, Figure  # noqa: E402

HOT = {
    "site": "CAICUI-REF-1",
    "rows": [
        {"part": "MPPI cycle", "unit": "ms", "median": 2.5, "p99": 3.0},
        {"part": "robots whose navigation fits on 2 cores", "unit": "robots", "median": 400.0, "p99": 400.0},
    ],
    "perception": [
        {"capability": "tag", "metrics": {"mm_p95": 1.0, "found_share": 1.0, "frames": 48, "note": "x"}, "goal": {}},
        {"capability": "board", "metrics": {"odd": 1.0}, "goal": {"odd": ">= 1"}},
    ],
}
INTAKE = {"intake": {"orders_answered": 5000, "orders_per_s": 270.0}, "restart": {"restart_cpu_s": 1.1}}


def test_the_figures_of_each_bench_with_their_better_way() -> None:
    found = {name: figure.less for name, figure in paired_bench.figures(HOT).items()}
    assert found == {
        "MPPI cycle, median (ms)": True, "MPPI cycle, p99 (ms)": True,
        "robots whose navigation fits on 2 cores, median (robots)": False,
        "robots whose navigation fits on 2 cores, p99 (robots)": False,
        "tag: mm_p95": True, "tag: found_share": False, "board: odd": False,
    }  # fmt: skip
    assert {n: f.less for n, f in paired_bench.figures(INTAKE).items()} == {
        "intake: orders_per_s": False, "restart: restart_cpu_s": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("pairs", "less", "verdict"),
    [
        ([(10.0, 10.4), (10.0, 10.4), (10.0, 10.4)], True, ""),
        ([(10.0, 11.0), (10.0, 10.8), (10.0, 10.7)], True, "worse"),
        ([(10.0, 11.0), (10.0, 9.0), (10.0, 10.7)], True, "unsure"),
        ([(10.0, 9.0), (10.0, 9.2), (10.0, 9.0)], False, "worse"),
        ([(10.0, 9.0), (10.0, 9.2), (10.0, 9.0)], True, ""),
        ([(0.001, 0.002)], True, ""),
        ([(0.0, 1.0)], True, "worse"),
        ([(0.0, 0.0)], True, ""),
    ],
)
def test_a_row_is_worse_when_its_median_is_and_every_pair_agrees(
    pairs: list[tuple[float, float]], less: bool, verdict: str
) -> None:
    runs = [({"x": Figure(there, less), "y": Figure(1.0, less)}, {"x": Figure(here, less)}) for there, here in pairs]
    (row,) = paired_bench.compare(runs)
    assert row.name == "x"
    assert row.verdict(0.05) == verdict


def test_both_run_in_turn_and_the_exit_code_tells(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    order: list[str] = []
    for name, value in (("there", 10.0), ("here", 12.0)):
        program = tmp_path / name / ".venv" / "bin" / "amr"
        program.parent.mkdir(parents=True)
        content = json.dumps({"intake": {"answer_p50_ms": value}})
        program.write_text(
            f"#!/bin/sh\n[ \"$2 $3\" = 'intake --json' ] || exit 9\necho {name} >> ../order\necho '{content}' > $4\n"
        )
        program.chmod(0o755)
    assert main_of(tmp_path, ["--pairs", "2", "--part", "intake", "--json", str(tmp_path / "out.json")]) == 1
    order = (tmp_path / "order").read_text().split()
    assert order == ["here", "there", "there", "here"]
    assert "| intake: answer_p50_ms | 10 | 12 | 1.20 | 1.20 to 1.20 | worse |" in capsys.readouterr().out
    assert json.loads((tmp_path / "out.json").read_text())["intake"]["intake: answer_p50_ms"]["ratios"] == [1.2, 1.2]
    assert main_of(tmp_path, ["--pairs", "1", "--part", "intake", "--limit", "25"]) == 0
    with pytest.raises(SystemExit, match="no figures from"):
        main_of(tmp_path, ["--pairs", "1", "--part", "live"])
    for wrong in (["--pairs", "0"], ["--part", "cold"]):
        with pytest.raises(SystemExit):
            main_of(tmp_path, wrong)
    with pytest.raises(SystemExit):
        paired_bench.main([str(tmp_path / "nowhere")])


def main_of(folder: Path, arguments: list[str]) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paired_bench, "ROOT", folder / "here")
        return paired_bench.main([str(folder / "there"), *arguments])


def test_a_ratio_from_nothing_is_no_number_but_worse() -> None:
    assert Compared("x", 0.0, 1.0, (float("inf"),), less=True).verdict(0.05) == "worse"
