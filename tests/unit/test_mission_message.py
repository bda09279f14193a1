"""A mission message is a plan when its lists belong together, and none otherwise."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from amr_uav.mission_message import plan_of
from amr_uav.model import Waypoint


def message(**change: Any) -> Any:
    facts: dict[str, Any] = {
        "x": [1.0, 2.0], "y": [3.0, 4.0], "z": [5.0, 6.0], "yaw": [0.0, 1.5], "scan": ["", "R1-1-1"],
        "fence_x": [0.0, 9.0, 9.0], "fence_y": [0.0, 0.0, 9.0], "fence_z": 7.0, "transit": 6.8,
    }  # fmt: skip
    return SimpleNamespace(**{**facts, **change})


def test_a_mission_that_is_whole_is_a_plan() -> None:
    plan = plan_of(message())
    assert plan is not None
    assert plan.waypoints == (Waypoint(1.0, 3.0, 5.0), Waypoint(2.0, 4.0, 6.0, 1.5, "R1-1-1"))
    assert (plan.volume.polygon, plan.volume.z1) == (((0.0, 0.0), (9.0, 0.0), (9.0, 9.0)), 7.0)
    assert (plan.transit, plan.cells) == (6.8, ("R1-1-1",))
    open_air = plan_of(message(fence_x=[], fence_y=[]))
    assert open_air is not None
    assert open_air.volume.polygon == ()


@pytest.mark.parametrize(
    "change",
    [{"x": [1.0]}, {"yaw": []}, {"scan": [""]}, {"x": [], "y": [], "z": [], "yaw": [], "scan": []},
     {"y": [3.0, float("nan")]}, {"fence_x": [0.0, 9.0]}, {"fence_y": [0.0, float("inf"), 9.0]},
     {"fence_z": float("nan")}, {"transit": float("inf")},
     dict.fromkeys(("x", "y", "z", "yaw"), [0.0] * 5001) | {"scan": [""] * 5001}],
)  # fmt: skip
def test_a_mission_that_is_not_whole_is_none(change: dict[str, Any]) -> None:
    assert plan_of(message(**change)) is None
