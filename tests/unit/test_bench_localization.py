"""The benchmark of the localisation on recorded logs: it reads what CARMEN writes, and no rubbish."""

from __future__ import annotations

import gzip
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from amr_core.errors import AmrError
from amr_core.geometry import Pose2D
from amr_core.site import files
from amr_lab.bench import localization
from amr_lab.bench.cli import bench_app
from amr_lab.bench.localization import figures, read_log, run_localization, site_figures, within
from tests.unit.nav_world import cast

ROOM = [
    (0.0, 0.0, 20.0, 0.2),
    (0.0, 9.8, 20.0, 10.0),
    (0.0, 0.0, 0.2, 10.0),
    (19.8, 0.0, 20.0, 10.0),
    (6.0, 4.0, 7.0, 5.0),
]


def flaser(pose: Pose2D, count: int, stamp: float) -> str:
    angles = pose.theta - 0.5 * math.pi + np.arange(count) * math.pi / (count - count % 2)
    ranges = cast((pose.x, pose.y), angles, ROOM, 81.91)
    numbers = [*ranges, *pose, *pose, stamp]
    return f"FLASER {count} " + " ".join(f"{v:.3f}" for v in numbers) + f" host {stamp}\n"


def log(path: Path, rubbish: str = "") -> Path:
    lines = [flaser(Pose2D(3.0 + 0.1 * k, 2.0, 0.0), 180, float(k)) for k in range(120)]
    with gzip.open(path, "wt") as file:
        file.write("# comment\nODOM 1 2 3\n" + rubbish + "".join(lines))
    return path


def test_a_log_is_read_driven_and_judged(tmp_path: Path) -> None:
    path = log(tmp_path / "room-corrected.log.gz")
    found = figures(path)
    assert (found.log, found.scans) == ("room", 60)
    assert found.tracking == 1.0
    assert found.median < 0.07
    assert found.within >= 0.95
    assert run_localization(tmp_path, (), tmp_path / "out.json")


def test_a_log_of_scans_far_apart_is_driven_as_fast_as_a_robot_goes(tmp_path: Path) -> None:
    ways = [Pose2D(3.0 + 0.75 * k, 2.0 + 0.3 * (k % 2), (0.0, 1.2)[k // 2 % 2]) for k in range(20)]
    path = tmp_path / "far-corrected.log.gz"
    with gzip.open(path, "wt") as file:
        file.write("".join(flaser(pose, 180, float(k)) for k, pose in enumerate(ways)))
    found = figures(path)
    assert (found.scans, found.tracking) == (10, 1.0)
    assert found.median < 0.1


def test_a_log_in_which_the_robot_is_lost_misses_the_bar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log(tmp_path / "room-corrected.log.gz")
    found = figures(tmp_path / "room-corrected.log.gz")
    for bad in (replace(found, tracking=0.5), replace(found, sure_wrong=0.01)):
        monkeypatch.setattr(localization, "figures", lambda _path, bad=bad: bad)
        assert not run_localization(tmp_path, (), None)


@pytest.mark.parametrize(
    "rubbish",
    ["FLASER\n", "FLASER x 1 2\n", "FLASER 180 1 2 3\n", "FLASER 180 " + "nan " * 190 + "\n", "FLASER -5 1\n"],
)
def test_lines_that_are_no_scans_are_left_out(tmp_path: Path, rubbish: str) -> None:
    assert len(read_log(log(tmp_path / "a.log.gz", rubbish))) == 120


def test_every_site_that_comes_with_the_project_is_driven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    driven: list[tuple[str, ...]] = []

    def drive(_logs: Path | None, sites: tuple[str, ...], _output: Path | None) -> bool:
        driven.append(sites)
        return True

    monkeypatch.setattr(localization, "run_localization", drive)
    monkeypatch.setattr(files, "maps_dir", lambda: tmp_path)
    for name in ("yard", "hall"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "site.yaml").touch()
    for arguments in ([], ["--sites", "lab"], ["--sites", ""]):
        assert CliRunner().invoke(bench_app, ["localization", *arguments]).exit_code == 0
    assert driven == [("hall", "yard"), ("lab",), ()]


def test_a_site_of_two_floors_is_driven_on_the_robots_own() -> None:
    found = site_figures("two_floor", seconds=20.0)
    assert (found.log, found.tracking) == ("site two_floor", 1.0)
    assert found.within >= 0.95
    assert found.sure_wrong == 0.0


def test_a_log_is_driven_by_a_map_of_its_beginning(tmp_path: Path) -> None:
    """So a robot drives: where nobody has been since the map was made."""
    found = figures(log(tmp_path / "room-corrected.log.gz"), first=0.6)
    assert (found.log, found.scans, found.tracking) == ("room, map of the first 60%", 48, 1.0)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AmrError) as caught:
        run_localization(tmp_path, (), None)
    assert caught.value.code == "run.bad_option"


def test_within_counts_the_correlation() -> None:
    thin = np.array(((1.0, 0.99, 0.0), (0.99, 1.0, 0.0), (0.0, 0.0, 0.01)))
    assert within(Pose2D(2.0, 2.0, 0.0), thin)
    assert not within(Pose2D(1.0, -1.0, 0.0), thin)
    assert not within(Pose2D(0.0, 0.0, 0.4), thin)
