"""amr doctor: what is found where, what is missing and how to get it, and subsets that hide the real thing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from amr_bringup.cli import app
from amr_bringup.doctor import SUBSET, USES, WANTED, require, shadowed, survey
from amr_core.errors import AmrError


def install(prefix: Path, package: str, version: str = "1.2.3", description: str = "The real one.") -> None:
    marker = prefix / "share" / "ament_index" / "resource_index" / "packages" / package
    marker.parent.mkdir(parents=True, exist_ok=True)
    marker.touch()
    (prefix / "share" / package).mkdir()
    text = f"<package><version>{version}</version><description>{description}</description></package>"
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


def test_a_subset_that_hides_the_real_messages_is_named(tmp_path: Path) -> None:
    workspace, ros = tmp_path / "workspace", tmp_path / "ros"
    install(workspace, "nav2_msgs", "0.1.0", f"The wire types, {SUBSET} Nav2.")
    assert shadowed([workspace]) == [], "alone it is what is wanted"
    install(ros, "nav2_msgs", "1.3.13")
    assert shadowed([ros, workspace]) == []
    with pytest.raises(AmrError, match="only a subset and hides it") as caught:
        require(["nav2_msgs"], {"AMENT_PREFIX_PATH": f"{workspace}:{ros}"})
    assert str(workspace) in str(caught.value)


def test_our_own_packages_say_that_they_are_subsets() -> None:
    compat = Path(__file__).parents[2] / "src" / "compat"
    for package in sorted(compat.iterdir()):
        if (package / "package.xml").is_file():
            assert SUBSET in (package / "package.xml").read_text(), package.name
