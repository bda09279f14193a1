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
