"""What Nav2 could not load from a file is said before anything starts, with the file, what is wrong and the cure."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from amr_bringup.nav2 import nav2, params_file
from amr_core.errors import AmrError
from amr_core.gridmap import GridMap
from amr_core.site import site_dir
from amr_navigation.config.check import flatten
from amr_navigation.config.files import CHECKED, FOUND, MAP, NEEDED


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "maps" / "lab"
    shutil.copytree(site_dir("lab"), folder)
    return folder


def said(site: Path, params: str = "") -> str:
    """Return the one error of a start over this site."""
    with pytest.raises(AmrError) as caught:
        nav2("amr_01", "lift_amr", str(site), sim_time=True, params=params)
    text = str(caught.value)
    assert caught.value.code == "launch.nav2", text
    assert "\n" not in text
    assert f"amr site build {site}" in text
    return text


def test_files_as_they_are_start(site: Path) -> None:
    for robot in ("lift_amr", "fork_robot"):
        assert nav2("amr_01", robot, str(site), sim_time=True)


@pytest.mark.parametrize("name", ["map", "keepout", "speed"])
@pytest.mark.parametrize("key", NEEDED)
def test_each_key_that_the_map_server_asks_for(site: Path, name: str, key: str) -> None:
    file = site / f"{name}.yaml"
    file.write_text(file.read_text().replace(f"{key}:", f"{key}x:", 1))
    assert f"{file}: " in (text := said(site))
    assert f"it does not say {key}; did you mean it by {key}x?" in text


def test_a_map_that_is_no_mapping_or_not_there(site: Path) -> None:
    for text in ("[", "- 1", "", None):
        file = site / "keepout.yaml"
        if text is None:
            file.unlink()
        else:
            file.write_text(text)
        assert f"{file}: " in said(site)


@pytest.mark.parametrize("name", ["map", "keepout", "speed"])
def test_a_picture_that_cannot_be_read_or_is_not_there(site: Path, name: str) -> None:
    picture = site / f"{name}.png"
    picture.write_bytes(picture.read_bytes()[:40])
    assert f"{site / name}.yaml: " in (text := said(site))
    assert f"{name}.png" in text
    picture.unlink()
    assert "there is no such image" in said(site)


def test_numbers_that_are_none(site: Path) -> None:
    file = site / "map.yaml"
    right = file.read_text()
    for old, new in (
        ("resolution: 0.05", "resolution: five"),
        ("free_thresh: 0.196", "free_thresh: 0.9"),
        ("mode: trinary", "mode: colour"),
        ("origin: [-1.0, -1.0, 0.0]", "origin: [-1.0]"),
    ):
        file.write_text(right.replace(old, new, 1))
        assert f"{file}: " in said(site)
    file.write_text(right)
    assert nav2("amr_01", "lift_amr", str(site), sim_time=True)


def test_a_mask_of_a_smaller_hall_forbids_nothing_in_the_rest(site: Path) -> None:
    mask = GridMap.load(site / "keepout.yaml")
    GridMap(mask.data[:, :-2].copy(), mask.resolution, mask.origin).save(site / "keepout")
    assert "nothing is forbidden beside it" in said(site)
    GridMap(mask.data, mask.resolution, mask.origin).save(site / "keepout")
    assert nav2("amr_01", "lift_amr", str(site), sim_time=True)


def test_a_mask_of_raw_numbers_is_nav2s_affair(site: Path) -> None:
    file = site / "speed.yaml"
    file.write_text(file.read_text().replace("mode: scale", "mode: raw"))
    assert "mode: raw" in file.read_text()
    assert nav2("amr_01", "lift_amr", str(site), sim_time=True)
    (site / "speed.png").unlink()
    assert "there is no such image" in said(site)


def test_a_route_graph_that_cannot_be_loaded(site: Path) -> None:
    file = site / "graph.geojson"
    right = file.read_text()
    for text in (right[:-200], right.replace('"abs_speed_limit":1.0', '"abs_speed_limit":1')):
        assert text != right
        file.write_text(text)
        assert f"{file}: " in said(site)
    file.write_text(right)
    assert nav2("amr_01", "lift_amr", str(site), sim_time=True)


@pytest.mark.parametrize(
    ("parameter", "content"),
    [
        ("default_nav_to_pose_bt_xml", "<root"),
        ("default_nav_through_poses_bt_xml", "<root main_tree_to_execute='No' BTCPP_format='4'/>"),
        ("dock_database", "docks: {A1_1: {type: station_240}}"),
        ("graph_filepath", "{}"),
        ("lattice_filepath", None),
    ],
)
def test_another_file_that_a_parameter_names(site: Path, tmp_path: Path, parameter: str, content: str | None) -> None:
    other = tmp_path / f"other{'.geojson' if 'graph' in parameter else '.xml' if 'xml' in parameter else '.yaml'}"
    if content is not None:
        other.write_text(content)
    file = tmp_path / "mine.yaml"
    lines = params_file("lab", "lift_amr").read_text().splitlines()
    indent = [line.partition(parameter)[0] for line in lines if line.strip().startswith(f"{parameter}:")]
    assert indent
    changed = [f"{indent[0]}{parameter}: {other}" if f"{parameter}:" in line else line for line in lines]
    file.write_text("\n".join(changed))
    assert f"{other}: " in said(site, str(file))


OWN = """<root BTCPP_format='4'>{}<BehaviorTree ID='MainTree'><{}/></BehaviorTree></root>"""


@pytest.mark.parametrize(
    ("parameter", "content", "more"),
    [
        ("default_nav_to_pose_bt_xml", OWN.format("<include path='other.xml'/>", "SubTree ID='Other'"), ""),
        ("default_nav_to_pose_bt_xml", OWN.format("", "MyNode"), "plugin_lib_names: [my_node]"),
        ("default_nav_to_pose_bt_xml", OWN.format("", "ClearEntireCostmap service_name='c'"), ""),
        ("dock_database", "version: 1\ndocks: {A1_1: {type: station_240, frame: map, pose: [1.0, 2.0, 0.0]}}", ""),
    ],
)
def test_what_only_nav2_knows_is_left_to_nav2(
    site: Path, tmp_path: Path, parameter: str, content: str, more: str
) -> None:
    """Trees with nodes of one's own plugins or with trees of other files, one tree without a choice, one more key."""
    other = tmp_path / f"other{'.xml' if 'xml' in parameter else '.yaml'}"
    other.write_text(content)
    file = tmp_path / "mine.yaml"
    lines = params_file("lab", "lift_amr").read_text().splitlines()
    changed = []
    for line in lines:
        indent = line[: len(line) - len(line.lstrip())]
        changed.append(f"{indent}{parameter}: {other}" if line.strip().startswith(f"{parameter}:") else line)
        if more and line.strip().startswith(f"{parameter}:"):
            changed.append(indent + more)
    file.write_text("\n".join(changed))
    assert nav2("amr_01", "lift_amr", str(site), sim_time=True, params=str(file))


def test_two_faults_are_one_line(site: Path) -> None:
    for name in ("keepout", "speed"):
        (site / f"{name}.png").unlink()
    assert ", and 1 more; " in said(site)


def test_each_parameter_that_names_a_file_is_known() -> None:
    """A new one in the files must be looked at, too."""
    for robot in ("lift_amr", "fork_robot"):
        content = yaml.safe_load(params_file("lab", robot).read_text())
        values = {key.rpartition(".")[2]: value for key, value in flatten(content).items()}
        files = {
            key
            for key, value in values.items()
            if isinstance(value, str) and ("site_dir" in value or "find-pkg-share" in value)
        }
        assert files == {MAP, *CHECKED, FOUND}
