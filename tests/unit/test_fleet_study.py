"""The fleet study: same seed, same figures; nothing is violated; what it cannot study is refused; baselines differ."""

from __future__ import annotations

from dataclasses import asdict, replace
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import typer
from typer.testing import CliRunner

from amr_core.errors import AmrError
from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_core.site.lint.network import check_connected, main_group
from amr_core.site.lint.progress import check_progress
from amr_fleet.domain.graph import TrafficGraph
from amr_fleet.domain.settings import FleetSettings
from amr_lab.study.cell import CellResult, Disturbances, stop_weights
from amr_lab.study.chart import chart_svg
from amr_lab.study.cli import study
from amr_lab.study.run import StudyOptions, _cell, check, ratios, rows_of
from amr_lab.study.site import study_site

ROUGH = Disturbances(breakdowns=12.0, closures=12.0)
OPTIONS = StudyOptions(
    site="cai_cui", robots=(6,), orders_per_hour=(60.0,), hours=0.4, seeds=1, what=ROUGH, policies=("batch",)
)


def cell(policy: str = "batch", seed: int = 1) -> CellResult:
    return _cell((OPTIONS, (6, 60.0, policy, seed)))


def figures(result: CellResult) -> dict[str, Any]:
    return {k: v for k, v in asdict(result).items() if k not in ("cpu_s", "step_p99_ms")}


def test_the_same_seed_gives_the_same_history_and_another_seed_another() -> None:
    first = cell()
    assert figures(first) == figures(cell())
    assert figures(first) != figures(cell(seed=2))
    assert first.created > 5
    assert first.done > 0
    assert first.violations == {}


def test_the_settings_file_of_the_fleet_steers_the_study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[StudyOptions] = []

    def heard(options: StudyOptions, *_: object) -> bool:
        asked.append(options)
        return True

    monkeypatch.setattr("amr_lab.study.run.run_study", lambda _: [])
    monkeypatch.setattr("amr_lab.study.run.report", heard)
    file = tmp_path / "settings.yaml"
    file.write_text("policy: nearest\nassign_period: 60\n")
    for arguments in (["--settings", str(file)], ["--settings", str(file), "--policy", "batch,auction"], []):
        assert CliRunner().invoke(study_app(), arguments).exit_code == 0
    assert [o.policies for o in asked] == [("nearest",), ("batch", "auction"), ("batch",)]
    assert [o.settings.assign_period for o in asked] == [60.0, 60.0, 1.0]
    rare, often = (replace(OPTIONS, hours=0.05, settings=FleetSettings(assign_period=period)) for period in (60.0, 1.0))
    job = (6, 60.0, "nearest", 1)
    assert _cell((rare, job)).policy == "nearest"
    assert figures(_cell((rare, job))) != figures(_cell((often, job)))


def study_app() -> typer.Typer:
    app = typer.Typer()
    app.command()(study)
    return app


@pytest.mark.parametrize("policy", ["nearest", "auction"])
def test_baselines_deliver_and_violate_nothing(policy: str) -> None:
    result = cell(policy)
    assert result.policy == policy
    assert result.done > 0
    assert result.violations == {}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"robots": ()}, "run.bad_option"),
        ({"robots": (0,)}, "run.bad_option"),
        ({"robots": (60,)}, "run.robot_count"),
        ({"what": Disturbances(stops_each="metre")}, "run.bad_option"),
        ({"orders_per_hour": (-1.0,)}, "run.bad_option"),
        ({"orders_per_hour": (float("nan"),)}, "run.bad_option"),
        ({"hours": 0.0}, "run.bad_option"),
        ({"seeds": 0}, "run.bad_option"),
        ({"policies": ("magic",)}, "run.bad_option"),
        ({"what": Disturbances(stops=2.0)}, "run.bad_option"),
        ({"site": "nowhere"}, "site.unknown"),
    ],
)
def test_what_cannot_be_studied_is_refused(change: dict[str, Any], code: str) -> None:
    with pytest.raises(AmrError) as caught:
        check(replace(OPTIONS, **change))
    assert caught.value.code == code


def test_a_fleet_that_one_building_cannot_park_gets_two_that_keep_the_conditions_of_progress() -> None:
    assert len(study_site("cai_cui", 16).places) == len(load_site("cai_cui").places)
    site = study_site("cai_cui", 48)
    assert len(site.places) == 2 * len(load_site("cai_cui").places)
    assert len({r.parking for r in site.fleet}) == 48
    roadmap = build_roadmap(site)
    assert main_group(roadmap) == set(roadmap.nodes)
    assert [str(f) for f in (*check_progress(site, roadmap), *check_connected(site, roadmap))] == []


def test_the_edges_between_two_crossings_are_one_move() -> None:
    graph = TrafficGraph(build_roadmap(study_site("cai_cui", 6)))
    weights = stop_weights(graph, "move")
    sections = graph.sections()
    assert sum(weights.values()) == pytest.approx(len(sections))
    assert max(len(s) for s in sections) > 5
    assert all(graph.end[a] == graph.start[b] for s in sections for a, b in pairwise(s))
    assert stop_weights(graph, "edge") == {}


def test_rows_ratios_and_chart() -> None:
    mine = cell()
    other = replace(mine, policy="nearest", throughput=mine.throughput / 2, service_p95=2 * mine.service_p95)
    rows = rows_of([mine, replace(mine, seed=2), other])
    assert {r.site for r in rows} == {"cai_cui"}
    assert [(r.policy, r.seeds) for r in rows] == [("batch", 2), ("nearest", 1)]
    assert ratios(rows) == ["batch against nearest, 6 robots, 60/h: throughput x 2.00, p95 service x 2.00 shorter"]
    root = ElementTree.fromstring(chart_svg("cai_cui <1>", [asdict(r) for r in rows]))
    assert len(root.findall(".//{http://www.w3.org/2000/svg}polyline")) == 6
