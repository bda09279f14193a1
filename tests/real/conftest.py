"""Tests against the real Nav2 and Gazebo: skipped in one line where they are missing, never in our CI (README.md)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.real.real_support import PROGRAMS, Real, need


@pytest.fixture(autouse=True)
def _programs(request: pytest.FixtureRequest) -> None:
    for kind in PROGRAMS:
        if request.node.get_closest_marker(kind) is not None:
            need(kind)


@pytest.fixture
def real(tmp_path: Path, _programs: None) -> Iterator[Real]:
    """A ROS domain and a Gazebo partition of the test's own; everything started in it ends with the test."""
    running = Real(tmp_path)
    yield running
    running.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how long the real programs took: in CI at most 12 minutes."""
    reports = [report for group in terminalreporter.stats.values() for report in group]
    ours = [report for report in reports if getattr(report, "nodeid", "").startswith("tests/real/")]
    if seconds := sum(getattr(report, "duration", 0.0) for report in ours):
        terminalreporter.write_line(f"tests/real: {seconds:.0f} s with the real Nav2 and Gazebo")
