"""The lab delivers its orders on the real ROS graph."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from amr_core.site import site_dir
from amr_core.site.build import check_fresh

pytestmark = pytest.mark.timeout(400)
"""s: longer than the waits below, which are for a machine that is full of other work."""

FIELDS = {
    "orders_total",
    "orders_done",
    "sim_seconds",
    "wall_seconds",
    "rtf",
    "cpu_core_seconds",
    "collisions",
    "min_separation_m",
    "deadlocks",
    "distance_m",
    "localisation_error_p95_m",
    "docking_offset_max_mm",
    "docking_angle_max_deg",
    "order_service_p95_s",
}


def test_lab_delivers_every_order(start_amr: Any) -> None:
    run = start_amr(
        "run", "--site", "lab", "--orders", "4", "--seed", "1", "--rtf", "max", "--headless", "--report", "REPORT"
    )
    assert run.wait(240) == 0, run.words()
    report = run.report
    assert report.keys() >= FIELDS
    assert report["orders_total"] == report["orders_done"] == 4
    assert report["loads_dropped"] == 4
    assert report["collisions"] == 0, report["collision_log"]
    assert report["deadlocks"] == 0
    assert 0.0 < report["localisation_error_p95_m"] < 0.10
    assert 0.0 <= report["docking_offset_max_mm"] <= 20.0
    assert 0.0 <= report["docking_angle_max_deg"] <= 1.0
    assert report["distance_m"] > 20.0
    assert report["lockstep_timeouts"] == 0


def test_a_site_with_nothing_but_its_file_runs_and_its_robot_rides_the_lift(start_amr: Any, tmp_path: Path) -> None:
    """The house with two floors: its one order comes in on the ground floor and goes to the upper one."""
    shutil.copy(site_dir("two_floor") / "site.yaml", tmp_path)
    run = start_amr(
        "run", "--site", str(tmp_path), "--robots", "1", "--orders", "1", "--headless", "--report", "REPORT"
    )
    assert run.wait(240) == 0, run.words()
    assert (run.report["orders_done"], run.report["collisions"]) == (1, 0)
    assert check_fresh(str(tmp_path)) == []
