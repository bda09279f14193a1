"""amr doctor: what is found where, what is missing and how to get it, and subsets that hide the real thing."""

from __future__ import annotations

import json
import os
from contextlib import ExitStack
from pathlib import Path

import pytest
from typer.testing import CliRunner

from amr_bringup.cli import app
from amr_bringup.doctor import USES, WANTED, require, survey
from amr_bringup.runner.session import RunSession
from amr_core.errors import AmrError


def install(prefix: Path, package: str, version: str = "1.2.3") -> None:
    marker = prefix / "share" / "ament_index" / "resource_index" / "packages" / package
    marker.parent.mkdir(parents=True, exist_ok=True)
    marker.touch()
    (prefix / "share" / package).mkdir()
    text = f"<package><version>{version}</version></package>"
    (prefix / "share" / package / "package.xml").write_text(text)


def test_what_is_there_is_found_with_its_version(tmp_path: Path) -> None:
    for wanted in WANTED:
        if not wanted.command:
            install(tmp_path, wanted.name)
    result = survey({"AMENT_PREFIX_PATH": str(tmp_path), "PATH": "", "ROS_DISTRO": "jazzy"})
    assert result.missing("nav2") == []
    assert [item.name for item in result.missing("gazebo")] == ["gz"]
    versions = {item.name: item.version for item in result.found}
    assert versions["nav2_controller"] == "1.2.3"


def test_a_bare_machine_gets_the_apt_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMENT_PREFIX_PATH", "")
    monkeypatch.setenv("PATH", "/nowhere")
    done = CliRunner().invoke(app, ["doctor", "--need", "gazebo,nav2"])
    assert done.exit_code == 1
    assert "sudo apt install ros-jazzy-ros-gz" in done.output
    assert "ros-jazzy-navigation2" in done.output


def test_json_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMENT_PREFIX_PATH", "")
    monkeypatch.setenv("PATH", "/nowhere")
    told = json.loads(CliRunner().invoke(app, ["doctor", "--json"]).output)
    assert set(told["works"]) == set(USES)
    assert told["works"]["gazebo"] is False
    assert {item["name"] for item in told["found"]} == {wanted.name for wanted in WANTED}


def test_an_unknown_need_is_refused() -> None:
    done = CliRunner().invoke(app, ["doctor", "--need", "moveit"])
    assert done.exit_code == 2


def test_launch_files_fail_early_with_the_apt_line(tmp_path: Path) -> None:
    install(tmp_path, "amr_sim")
    with pytest.raises(AmrError) as caught:
        require(["amr_sim", "ros_gz_sim", "nav2_amcl", "my_lidar"], {"AMENT_PREFIX_PATH": str(tmp_path)})
    assert caught.value.code == "ros.missing"
    text = str(caught.value)
    assert "my_lidar, nav2_amcl, ros_gz_sim" in text
    assert "apt install ros-jazzy-my-lidar ros-jazzy-navigation2 ros-jazzy-ros-gz" in text


def test_an_rmw_that_is_chosen_and_not_installed_is_said_with_its_apt_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every program ends with "failed to load any RMW implementations", and the doctor said yes to all of them."""
    for wanted in WANTED:
        if not wanted.command:
            install(tmp_path, wanted.name)
    monkeypatch.setenv("AMENT_PREFIX_PATH", str(tmp_path))
    monkeypatch.setenv("RMW_IMPLEMENTATION", "rmw_other_cpp")
    assert [item.name for item in survey(os.environ).missing("nav2")] == ["rmw_other_cpp"], "nothing works without"
    for use in ("embedded", "nav2"):
        done = CliRunner().invoke(app, ["doctor", "--need", use])
        assert done.exit_code == 1, use
    words = done.output.splitlines()
    assert words[0].endswith("RMW rmw_other_cpp (chosen by RMW_IMPLEMENTATION, not installed)")
    assert any(line.startswith("no   embedded") for line in words)
    assert not any(line.startswith("yes") for line in words)
    assert "       rmw_other_cpp is missing" in words
    assert any("sudo apt install ros-jazzy-rmw-other-cpp " in line for line in words)
    with pytest.raises(AmrError) as caught:
        require(["nav2_amcl"], os.environ)
    assert caught.value.code == "ros.missing"
    assert "rmw_other_cpp (chosen by RMW_IMPLEMENTATION) is not here" in str(caught.value)
    assert "sudo apt install ros-jazzy-rmw-other-cpp," in str(caught.value)
    with ExitStack() as stack:
        session = RunSession(keep=tmp_path / "run")
        stack.push(session)  # not entered: that would take the signals of all tests
        with pytest.raises(AmrError, match=r"rmw_other_cpp .* is not here"):
            session.start([], lambda *_: None)
    install(tmp_path, "rmw_other_cpp")
    require(["nav2_amcl"], os.environ)
    assert CliRunner().invoke(app, ["doctor", "--need", "nav2"]).exit_code == 0


def test_another_rmw_that_is_there_stands_in_for_the_default(tmp_path: Path) -> None:
    for name in ("rclpy", "amr_interfaces", "rmw_other_cpp"):
        install(tmp_path, name)
    result = survey({"AMENT_PREFIX_PATH": str(tmp_path), "PATH": "", "RMW_IMPLEMENTATION": "rmw_other_cpp"})
    assert result.missing("embedded") == []
    assert "rmw_fastrtps_cpp" not in {item.name for item in result.found}


def test_gazebo_is_not_started_without_its_command(tmp_path: Path) -> None:
    install(tmp_path, "ros_gz_sim")
    install(tmp_path, "ros_gz_bridge")
    env = {"AMENT_PREFIX_PATH": str(tmp_path), "PATH": str(tmp_path / "bin")}
    with pytest.raises(AmrError, match=r"gz is not here: sudo apt install ros-jazzy-ros-gz,") as caught:
        require(["ros_gz_bridge", "ros_gz_sim"], env)
    assert caught.value.code == "ros.missing"
    require(["ros_gz_bridge"], env)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "gz").write_text("#!/bin/sh\n")
    (tmp_path / "bin" / "gz").chmod(0o755)
    require(["ros_gz_bridge", "ros_gz_sim"], env)


def subset_before_the_whole(tmp_path: Path) -> str:
    """Return prefixes of which the first has a nav2_msgs without FollowObject."""
    for prefix, actions in (("workspace", ("Spin",)), ("ros", ("Spin", "FollowObject"))):
        install(tmp_path / prefix, "nav2_msgs")
        (tmp_path / prefix / "share" / "nav2_msgs" / "action").mkdir()
        for action in actions:
            (tmp_path / prefix / "share" / "nav2_msgs" / "action" / f"{action}.action").touch()
    return f"{tmp_path / 'workspace'}:{tmp_path / 'ros'}"


def test_a_subset_that_hides_the_real_messages_is_said_in_the_words_of_launch_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefixes = subset_before_the_whole(tmp_path)
    with pytest.raises(AmrError) as caught:
        require(["nav2_msgs"], {"AMENT_PREFIX_PATH": prefixes})
    text = str(caught.value)
    assert caught.value.code == "ros.missing"
    assert str(tmp_path / "workspace") in text
    assert "nav2_msgs/action/FollowObject" in text

    monkeypatch.setenv("AMENT_PREFIX_PATH", prefixes)
    done = CliRunner().invoke(app, ["doctor"])
    assert done.exit_code == 1
    assert f"BAD  {text}" in done.output.splitlines()
    (shadow,) = survey({"AMENT_PREFIX_PATH": prefixes}).as_json()["shadowed"]
    assert shadow == {
        **{"package": "nav2_msgs", "subset": str(tmp_path / "workspace"), "real": str(tmp_path / "ros")},
        "lost": "nav2_msgs/action/FollowObject",
    }
