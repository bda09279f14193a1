"""Values that real Nav2 takes and that then do not work: the checker finds them in the files as they once were."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from amr_navigation.agent import model as m
from amr_navigation.config import build
from amr_navigation.config.check import check_params
from amr_navigation.nodes.agent_calls import goal_to_msg

OLD = Path(__file__).with_name("data") / "nav2_before_real.yaml"
NOW = yaml.safe_load((build.FOLDER / "lab" / "nav2_lift_amr.yaml").read_text())


def unfit(content: Any) -> list[str]:
    return [finding.where for finding in check_params(content) if finding.code == "nav2.unfit"]


def params(content: Any, node: str) -> Any:
    return content[node]["ros__parameters"]


def test_every_fault_of_the_old_file_is_found() -> None:
    assert unfit(yaml.safe_load(OLD.read_text())) == [
        "keepout_filter_info_server.mask_topic",
        "speed_filter_info_server.mask_topic",
        "controller_server.FreeSpace.ax_max",
        "controller_server.FreeSpace.ax_min",
        "controller_server.FollowPath.use_rotate_to_heading",
    ]
    assert unfit({"amr_01": yaml.safe_load(OLD.read_text())}), "below a namespace, too"


@pytest.mark.parametrize(
    ("node", "key", "value"),
    [
        ("speed_filter_info_server", "mask_topic", "speed_filter_mask"),
        ("controller_server", "FreeSpace.ax_min", -0.9),
        ("controller_server", "FreeSpace.ax_max", 0.6),
        ("controller_server", "FreeSpace.vx_std", 2.0),
        ("controller_server", "FollowPath.allow_reversing", True),
        ("controller_server", "FollowPath.use_rotate_to_heading", False),
        ("controller_server", "general_goal_checker.xy_goal_tolerance", 0.4),
        ("docking_server", "dock_prestaging_tolerance", 0.1),
    ],
)
def test_one_misfit_is_found(node: str, key: str, value: Any) -> None:
    content = copy.deepcopy(NOW)
    parent, *path = params(content, node), *key.split(".")
    for part in path[:-1]:
        parent = parent[part]
    assert path[-1] in parent
    parent[path[-1]] = value
    assert unfit(NOW) == []
    assert unfit(content)


@pytest.mark.parametrize("rubbish", [None, "x", [1], {}, float("nan"), True])
def test_rubbish_is_left_to_the_types(rubbish: Any) -> None:
    content = copy.deepcopy(NOW)
    for key in ("ax_max", "ax_min", "model_dt", "vx_std", "plugin"):
        params(content, "controller_server")["FreeSpace"][key] = rubbish
    params(content, "controller_server")["controller_plugins"] = rubbish
    params(content, "keepout_filter_info_server")["mask_topic"] = rubbish
    params(content, "docking_server")["dock_prestaging_tolerance"] = rubbish
    check_params(content)


@pytest.mark.parametrize(("reverse", "controller"), [(False, "FollowPath"), (True, "Reverse")])
def test_the_agent_names_a_controller_that_is_configured(reverse: bool, controller: str) -> None:
    goal = goal_to_msg(m.FollowLeg(1, np.zeros((2, 3)), reverse), 0.0)
    assert goal.controller_id == controller
    assert controller in params(NOW, "controller_server")["controller_plugins"]
    assert params(NOW, "controller_server")[controller]["allow_reversing"] is reverse
    # Who drives backwards cannot turn on the spot in the end, so no checker may ask for an exact heading.
    exact = params(NOW, "controller_server")[goal.goal_checker_id]["yaw_goal_tolerance"] <= 0.1
    assert exact is not reverse
    assert goal.goal_checker_id in params(NOW, "controller_server")["goal_checker_plugins"]
