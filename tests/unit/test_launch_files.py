"""The launch files without launch: every node description becomes the node that ros2 launch would start."""

from __future__ import annotations

import json
import os
import re
import runpy
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from amr_bringup import launch_choice
from amr_bringup.gazebo import server
from amr_bringup.launch_arguments import COMMON, ROBOTS, RTF, Argument, Values
from amr_bringup.launch_support import RANGE
from amr_bringup.nav2 import MANAGED, nav2, params_file
from amr_bringup.run_options import RunOptions
from amr_bringup.runner import child
from amr_bringup.security.policy import DOOR_ADAPTER, enclave_of
from amr_bringup.spec import NodeSpec
from amr_bringup.stack import stack
from amr_core.errors import AmrError
from amr_core.site import load_site, site_dir
from tests.unit import fake_launch

LAUNCH = Path(__file__).parents[2] / "src" / "amr_bringup" / "launch"
FILES = sorted(path.name for path in LAUNCH.glob("*.launch.py"))
SERVERS = [server.name for servers in MANAGED.values() for server in servers]
MANAGERS = [f"lifecycle_manager_{name}" for name in MANAGED]


@pytest.fixture(autouse=True)
def _launch(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake_launch.install(monkeypatch)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


def description(name: str) -> Any:
    return runpy.run_path(str(LAUNCH / name))["generate_launch_description"]()


def names(actions: list[Any]) -> list[str]:
    return [f"{a.keywords.get('namespace', '')}/{a.keywords.get('name', '')}" for a in actions]


def plain(parameters: list[Any]) -> dict[str, Any]:
    """Return the parameters of the last dict as launch_ros hands them to the node."""
    values = {}
    for key, value in parameters[-1].items():
        typed = type(value).__name__ == "ParameterValue"
        assert typed == isinstance(value.args[0] if typed else value, str), f"{key}: texts are marked as texts"
        values[key] = value.args[0] if typed else value
    return values


def test_there_are_five_launch_files() -> None:
    assert FILES == ["gazebo.launch.py", "robot.launch.py", "rviz.launch.py", "sim.launch.py", "site.launch.py"]


@pytest.mark.parametrize("name", FILES)
def test_every_argument_is_documented_and_has_a_default(name: str) -> None:
    arguments = fake_launch.arguments_of(description(name))
    assert {"site", "composition", "respawn"} <= set(arguments)
    for argument, values in arguments.items():
        assert len(values["description"]) > 10, argument
        assert values["description"].endswith("."), argument
        assert values["choices"] is None or values["default_value"] in values["choices"], argument


def test_processes_of_ours_hold_the_groups_of_the_embedded_runner() -> None:
    actions = fake_launch.started(description("sim.launch.py"), robots="8", seed="3")
    assert {a.keywords["executable"] for a in actions} == {"container"}
    groups = {a.keywords["arguments"][0]: a.keywords["arguments"] for a in actions}
    assert list(groups) == ["sim", "robots_0", "robots_1"]
    specs = child.read_specs(Path(groups["robots_0"][1]))
    assert len(specs) == 3 * 6
    (simulator,) = child.read_specs(Path(groups["sim"][1]))
    assert simulator.params["seed"] == 3
    assert simulator.params["participants"] == ["robots_0", "robots_1"], "nobody waits for another launch"
    assert simulator.params["joining"] == ["fleet", "ops"]
    assert all(a.keywords["respawn"] is True for a in actions)


def test_without_composition_each_node_is_a_process() -> None:
    values = {"robots": "2", "composition": "false", "respawn": "false"}
    actions = fake_launch.started(description("sim.launch.py"), **values)
    wanted = launch_choice.simulator(Values(values, [*launch_choice.SIM, Argument("composition", "true", "")]))
    assert len(actions) == len(wanted) == 1 + 3 * 2
    for action, spec in zip(actions, wanted, strict=True):
        given = action.keywords
        assert (given["package"], given["executable"]) == (spec.package, spec.executable)
        assert (given["name"], given["namespace"]) == (spec.name, spec.namespace)
        assert plain(given["parameters"]) == dict(spec.params)
        assert given["respawn"] is False
    assert "participants" not in wanted[0].params


def test_the_site_server_places_orders_only_for_simulated_robots() -> None:
    lab = {"site": "lab", "robots": "2"}

    def nodes(**given: str) -> set[str]:
        actions = fake_launch.started(description("site.launch.py"), **lab, composition="false", **given)
        return set(names(actions))

    assert nodes() == {"/fleet", "/demand", "/report"}
    assert nodes(mode="gazebo") == {"/fleet", "/demand", "/report"}
    assert nodes(orders_per_hour="0") == {"/fleet", "/report"}
    assert nodes(mode="real") == {"/fleet", "/gateway"}
    assert nodes(mode="real", uplink="ros") == {"/fleet"}
    assert nodes(uplink="mqtt", orders_per_hour="0") == {"/fleet", "/report", "/gateway"}
    lab |= {"mode": "real", "uplink": "ros"}
    (fleet,) = fake_launch.started(description("site.launch.py"), **lab, composition="false")
    assert fleet.keywords["arguments"] == ["--ros-args", "-p", "use_sim_time:=false"]
    (group,) = fake_launch.started(description("site.launch.py"), **lab)
    assert group.keywords["arguments"][-1] == "--wall-time"


@pytest.mark.parametrize("mode", ["sim", "real"])
def test_the_site_server_starts_the_fixed_cameras_when_asked(mode: str) -> None:
    given = {"site": "cai_cui", "composition": "false", "mode": mode, "cameras": "true", "camera_frames": "true"}
    actions = fake_launch.started(description("site.launch.py"), **given)
    found = dict(zip(names(actions), actions, strict=True))
    wanted = {f"/camera_{camera.id.lower()}" for camera in load_site("cai_cui").cameras}
    assert wanted
    assert wanted <= set(found)
    params = plain(found["/camera_c01"].keywords["parameters"])
    assert params.pop("learnt").endswith("cameras")
    assert params == {"site": "cai_cui", "camera": "C01", "retention": "blurred"}
    # They do not hold the simulator's clock: it waits for those who decide.
    (simulator, *_) = fake_launch.started(description("sim.launch.py"), site="cai_cui", robots="1")
    holds = child.read_specs(Path(simulator.keywords["arguments"][1]))[0].params
    assert (holds["participants"], holds["joining"]) == (["robots_0"], ["fleet", "ops"])


def test_robots_have_depth_cameras_when_asked() -> None:
    given = {"site": "lab", "robots": "1", "composition": "false"}
    actions = fake_launch.started(description("sim.launch.py"), **given, depth="true")
    nodes = dict(zip(names(actions), actions, strict=True))
    assert plain(nodes["/amr_01/perception"].keywords["parameters"])["depth"] is True
    assert plain(nodes["/amr_01/navigation"].keywords["parameters"])["depth"] is True
    plainly = fake_launch.started(description("sim.launch.py"), **given)
    assert not any("depth" in plain(a.keywords["parameters"]) for a in plainly)


def test_gazebo_gets_world_robots_and_bridges() -> None:
    given = {"site": "lab", "robots": "2", "composition": "false"}
    actions = fake_launch.started(description("gazebo.launch.py"), **given)
    found = names(actions)
    assert len(found) == len(set(found))
    for robot in ("amr_01", "amr_02"):
        for node in ("spawn", "bridge", "base_port", "robot_state_publisher", "perception", "agent", *SERVERS):
            assert f"/{robot}/{node}" in found
        assert f"/{robot}/navigation" not in found
    by_name = dict(zip(found, actions, strict=True))
    world = plain(by_name["/gz_server"].keywords["parameters"])["world_sdf_file"]
    assert Path(world).name == "lab.sdf"
    params = Path(by_name["/amr_02/planner_server"].keywords["parameters"][0].args[0]).read_text()
    assert "use_sim_time: true" in params
    assert "use_sim_time: false" not in params
    spawn = by_name["/amr_02/spawn"].keywords
    assert spawn["respawn"] is False
    given = dict(zip(spawn["arguments"][::2], spawn["arguments"][1::2], strict=True))
    assert given["-name"] == "amr_02"
    assert '<model name="amr_02">' in Path(given["-file"]).read_text()
    bridge = plain(by_name["/amr_02/bridge"].keywords["parameters"])
    topics = {entry["ros_topic_name"] for entry in yaml.safe_load(Path(bridge["config_file"]).read_text())}
    assert {"/amr_02/tf", "/amr_02/base/odom"} <= topics
    assert all(topic.startswith("/amr_02/") for topic in topics)


def test_gazebo_has_a_controller_for_doors_that_robots_drive_through() -> None:
    given = {"robots": "2", "composition": "false", "navigation": "embedded"}
    lab = fake_launch.started(description("gazebo.launch.py"), site="lab", **given)
    assert "/gazebo_doors" not in names(lab)
    assert "doors" not in plain(dict(zip(names(lab), lab, strict=True))["/start_check"].keywords["parameters"])
    hall = fake_launch.started(description("gazebo.launch.py"), site="cai_cui", **given)
    by_name = dict(zip(names(hall), hall, strict=True))
    doors = ["fire_door_south", "fire_door_north", "crossdock_gate"]
    assert plain(by_name["/gazebo_doors"].keywords["parameters"])["robots"] == ["amr_01", "amr_02"]
    assert plain(by_name["/start_check"].keywords["parameters"])["doors"] == doors
    bridge = plain(by_name["/world_bridge"].keywords["parameters"])
    entries = {entry["ros_topic_name"]: entry for entry in yaml.safe_load(Path(bridge["config_file"]).read_text())}
    for door in doors:
        assert entries[f"/doors/door_{door}/height"]["direction"] == "ROS_TO_GZ"
        assert entries[f"/doors/door_{door}/joint_states"]["direction"] == "GZ_TO_ROS"
        assert entries[f"/doors/door_{door}/joint_states"]["lazy"] is False


def test_gazebo_with_the_embedded_navigation_has_one_source_of_odometry_frames() -> None:
    given = {"site": "lab", "robots": "1", "composition": "false", "navigation": "embedded"}
    actions = fake_launch.started(description("gazebo.launch.py"), **given)
    found = dict(zip(names(actions), actions, strict=True))
    assert "/amr_01/navigation" in found
    assert not any(name in " ".join(found) for name in ("controller_server", "robot_state_publisher"))
    bridge = plain(found["/amr_01/bridge"].keywords["parameters"])
    assert "/amr_01/tf" not in Path(bridge["config_file"]).read_text()


@pytest.mark.parametrize("composition", ["true", "false"])
def test_a_real_robot_runs_nav2_and_our_nodes_on_wall_time(composition: str) -> None:
    given = {"site": "lab", "robot": "amr_02", "composition": composition}
    actions = fake_launch.started(description("robot.launch.py"), **given)
    if composition == "false":
        nodes = {a.keywords["name"]: a.keywords for a in actions}
        assert set(names(actions)) == {
            *(f"/amr_02/{name}" for name in SERVERS),
            *(f"/amr_02/{name}" for name in MANAGERS),
            *("/amr_02/robot_state_publisher", "/amr_02/perception", "/amr_02/agent", "/amr_02/nav2_check"),
            "/amr_02/vda_robot",
        }
        assert dict(nodes["agent"]["remappings"])["order"] == "agent/order"
        assert nodes["amcl"]["respawn"] is False, "it would be told the pose of the first start once more"
        controller = nodes["controller_server"]
        assert dict(controller["remappings"])["cmd_vel"] == "cmd_vel_nav"
        assert dict(nodes["docking_server"]["remappings"])["cmd_vel"] == "cmd_vel_nav"
        assert "cmd_vel" not in dict(nodes["collision_monitor"]["remappings"])
        file = controller["parameters"][0]
        assert file.keywords == {"allow_substs": True}, "$(find-pkg-share ...) is left to launch_ros"
        text = Path(file.args[0]).read_text()
        assert "$(var" not in text
        assert "<robot_namespace>" not in text
        content = yaml.safe_load(text)["amr_02"]
        assert Path(content["map_server"]["ros__parameters"]["yaml_filename"]).is_file()
        assert Path(content["route_server"]["ros__parameters"]["graph_filepath"]).is_file()
        for manager, servers in MANAGED.items():
            managed = content[f"lifecycle_manager_{manager}"]["ros__parameters"]["node_names"]
            assert managed == [server.name for server in servers]
        assert plain(controller["parameters"])["use_sim_time"] is False
        assert dict(controller["remappings"])["footprint"] == "/amr_02/footprint"
        assert nodes["agent"]["arguments"] == ["--ros-args", "-p", "use_sim_time:=false"]
    else:
        kinds = [type(a).__name__ for a in actions]
        assert sorted(kinds) == ["ComposableNodeContainer", "Node", "Node", "Node", "RegisterEventHandler"]
        container = next(a for a in actions if type(a).__name__ == "ComposableNodeContainer").keywords
        plugins = [c.keywords["plugin"] for c in loaded(actions)[0].keywords["composable_node_descriptions"]]
        assert len(plugins) == len(SERVERS) + len(MANAGERS)
        assert len(container["parameters"]) == 1, "the costmaps inside the servers read the process's parameters"
        assert dict(container["remappings"]) == {
            "/tf": "tf",
            "/tf_static": "tf_static",
            "footprint": "/amr_02/footprint",
        }
        ours = next(a for a in actions if a.keywords.get("executable") == "container").keywords
        specs = json.loads(Path(ours["arguments"][1]).read_text())
        assert [spec["name"] for spec in specs] == ["perception", "agent", "vda_robot"]


def loaded(actions: list[Any]) -> list[Any]:
    """Return what the next start of the one container of components sets off."""
    handler = next(a for a in actions if type(a).__name__ == "RegisterEventHandler").args[0]
    container = next(a for a in actions if type(a).__name__ == "ComposableNodeContainer")
    assert handler.keywords["target_action"] is container
    return list(handler.keywords["on_start"](None, None))


def test_a_container_that_was_started_again_is_loaded_again_and_watched() -> None:
    """launch_ros loads once: a container that died came back empty."""
    actions = fake_launch.started(description("robot.launch.py"), site="lab", robot="amr_02")
    (first,) = loaded(actions)
    for _ in range(2):
        (later,) = loaded(actions)
        load, check = later.keywords["actions"]
        assert later.keywords["period"] > 5.0, "the killed one is still believed in"
        again, before = (x.keywords["composable_node_descriptions"] for x in (load, first))
        assert [c.keywords["name"] for c in again] == [c.keywords["name"] for c in before]
        assert check.keywords["executable"] == "nav2_check"
        assert check.keywords["namespace"] == "/amr_02"
        assert plain(check.keywords["parameters"])["tell_pose"] is True
        poses = [told(x.keywords["composable_node_descriptions"]) for x in (first, load)]
        assert poses[0]["set_initial_pose"] is True
        assert not any("initial_pose" in name for name in poses[1]), "by now the robot is elsewhere"


def told(components: list[Any]) -> dict[str, Any]:
    """Return the parameters that AMCL gets beside its file."""
    return plain(next(c for c in components if c.keywords["name"] == "amcl").keywords["parameters"])


def amcl(**given: str) -> dict[str, Any]:
    actions = fake_launch.started(description("robot.launch.py"), site="lab", composition="false", **given)
    nodes = dict(zip(names(actions), actions, strict=True))
    return plain(nodes[f"/{given['robot']}/amcl"].keywords["parameters"])


def test_nav2_is_told_where_a_robot_starts() -> None:
    bays = {bay.id: bay for bay in load_site("lab").parking}
    member = load_site("lab").fleet[1]
    bay = bays[member.parking]
    for given in ({}, {"initial_pose": "bay"}):
        params = amcl(robot=member.name, **given)
        assert params.pop("use_sim_time") is False
        assert params == {
            "set_initial_pose": True,
            "initial_pose.x": bay.x,
            "initial_pose.y": bay.y,
            "initial_pose.yaw": bay.theta,
        }
    params = amcl(robot=member.name, initial_pose="1.5,2,-0.5")
    assert (params["initial_pose.x"], params["initial_pose.y"], params["initial_pose.yaw"]) == (1.5, 2.0, -0.5)
    assert amcl(robot=member.name, initial_pose="none") == {"use_sim_time": False}


def test_the_embedded_navigation_can_be_told_nothing_either() -> None:
    given = {"site": "lab", "robot": "amr_01", "composition": "false", "navigation": "embedded", "initial_pose": "none"}
    actions = fake_launch.started(description("robot.launch.py"), **given)
    nodes = dict(zip(names(actions), actions, strict=True))
    assert "initial_pose" not in plain(nodes["/amr_01/navigation"].keywords["parameters"])


@pytest.mark.parametrize("navigation", ["nav2", "embedded"])
def test_only_with_nav2_the_detector_follows_the_goals(navigation: str) -> None:
    given = {"site": "lab", "robot": "amr_01", "composition": "false", "navigation": navigation}
    actions = fake_launch.started(description("robot.launch.py"), **given)
    nodes = dict(zip(names(actions), actions, strict=True))
    perception = plain(nodes["/amr_01/perception"].keywords["parameters"])
    assert perception.get("dock_goals", False) is (navigation == "nav2")


def simulated(**given: str) -> list[NodeSpec]:
    declared = [*launch_choice.SIM, Argument("composition", "true", "")]
    return list(launch_choice.simulator(Values({"site": "lab", "robots": "1", **given}, declared)))


def test_the_simulator_is_a_base_for_nav2() -> None:
    nodes = {spec.name: spec for spec in simulated(navigation="nav2")}
    assert "navigation" not in nodes
    assert {"amcl", "bt_navigator", "docking_server", "robot_state_publisher", "agent", "perception"} <= set(nodes)
    assert nodes["bt_navigator"].params["use_sim_time"] is True
    assert nodes["amcl"].params["set_initial_pose"] is True
    assert nodes["perception"].params["dock_goals"] is True
    assert nodes["simulator"].params["odom_tf"] is True, "Nav2 takes odom->base_link from the base"
    assert "participants" not in nodes["simulator"].params, "Nav2 does not answer in lock-step"


def test_without_a_word_the_simulator_has_the_embedded_navigation() -> None:
    nodes = {spec.name: spec for spec in simulated()}
    assert set(nodes) == {"simulator", "navigation", "perception", "agent"}
    assert "odom_tf" not in nodes["simulator"].params
    with pytest.raises(AmrError, match="navigation"):
        simulated(navigation="other")


def test_a_subset_that_hides_the_real_package_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for prefix, actions in (("ours", ["Spin"]), ("real", ["Spin", "FollowObject"])):
        folder = tmp_path / prefix / "share" / "nav2_msgs" / "action"
        folder.mkdir(parents=True)
        for action in actions:
            (folder / f"{action}.action").touch()
    prefixes = [str(tmp_path / "ours"), str(tmp_path / "real"), os.environ.get("AMENT_PREFIX_PATH", ""), sys.prefix]
    monkeypatch.setenv("AMENT_PREFIX_PATH", os.pathsep.join(prefixes))
    fake_launch.started(description("sim.launch.py"), site="lab", robots="1")
    (line,) = [line for line in capsys.readouterr().err.splitlines() if "hides the real package" in line]
    assert "nav2_msgs" in line


def test_rviz_shows_one_robot() -> None:
    (rviz,) = fake_launch.started(description("rviz.launch.py"), site="lab", robot="amr_02", mode="real")
    config = yaml.safe_load(Path(rviz.keywords["arguments"][1]).read_text())
    text = json.dumps(config)
    assert "<robot>" not in text
    topics = [d["Topic"]["Value"] for d in config["Visualization Manager"]["Displays"] if "Topic" in d]
    assert len(topics) > 8
    assert all(topic.startswith("/amr_02/") for topic in topics)
    assert plain(rviz.keywords["parameters"]) == {"use_sim_time": False}
    assert rviz.keywords["respawn"] is False


def test_every_node_of_ours_is_one_that_can_be_hosted() -> None:
    declared = [*launch_choice.GAZEBO, Argument("composition", "true", "")]
    specs: list[NodeSpec] = launch_choice.gazebo(Values({"site": "lab", "robots": "1"}, declared))
    for spec in specs:
        assert bool(spec.target) == (spec.package.startswith("amr_") and not spec.once), spec
        assert not (spec.target and spec.plugin), spec


@pytest.mark.parametrize(
    ("name", "given", "code"),
    [
        ("sim.launch.py", {"robots": "many"}, "run.bad_option"),
        ("sim.launch.py", {"robots": "0"}, "run.robot_count"),
        ("sim.launch.py", {"robots": "13"}, "run.robot_count"),
        ("sim.launch.py", {"site": "nowhere"}, "site.unknown"),
        ("sim.launch.py", {"rtf": "fast"}, "run.bad_option"),
        ("sim.launch.py", {"rtf": "-1"}, "run.bad_option"),
        ("sim.launch.py", {"rtf": "nan"}, "run.bad_option"),
        ("sim.launch.py", {"composition": "perhaps"}, "run.bad_option"),
        ("site.launch.py", {"mode": "dream"}, "run.bad_option"),
        ("site.launch.py", {"cameras": "some"}, "run.bad_option"),
        ("robot.launch.py", {"robot": "amr_99"}, "robot.not_found"),
        ("robot.launch.py", {"nav2_params": "/no/such.yaml"}, "run.bad_option"),
        ("gazebo.launch.py", {"navigation": "magic"}, "run.bad_option"),
        ("rviz.launch.py", {"robot": ""}, "robot.not_found"),
        ("robot.launch.py", {"initial_pose": "there"}, "run.bad_option"),
        ("robot.launch.py", {"initial_pose": "1,2"}, "run.bad_option"),
        ("robot.launch.py", {"initial_pose": "1,2,nan"}, "run.bad_option"),
    ],
)
def test_rubbish_arguments_get_a_code(name: str, given: dict[str, str], code: str) -> None:
    with pytest.raises(AmrError) as caught:
        fake_launch.started(description(name), **given)
    assert caught.value.code == code


def test_numbers_are_read_with_their_types() -> None:
    values = Values({"robots": "3", "rtf": "2.5"}, [ROBOTS, RTF])
    assert (values.integer(ROBOTS), values.number(RTF)) == (3, 2.5)


def test_nav2_needs_its_parameters(tmp_path: Path) -> None:
    with pytest.raises(AmrError) as caught:
        nav2("amr_01", "lift_amr", "cai_cui", sim_time=True, params=str(tmp_path / "none.yaml"))
    assert caught.value.facts["option"] == "nav2_params"
    for kind in ("lift_amr", "fork_robot"):
        assert params_file("lab", kind).is_file()


def test_a_misspelt_parameter_is_said_before_anything_starts(tmp_path: Path) -> None:
    """Nav2 would ignore it, or end in the middle of its start over a wrong type."""
    text = params_file("lab", "lift_amr").read_text()
    file = tmp_path / "mine.yaml"
    for right, wrong, said in (
        ("controller_frequency", "controler_frequency", "did you mean controller_frequency"),
        ("controller_frequency: 20.0", "controller_frequency: 20", "controller_server.controller_frequency"),
    ):
        file.write_text(text.replace(right, wrong, 1))
        with pytest.raises(AmrError, match=re.escape(said)) as caught:
            nav2("amr_01", "lift_amr", "lab", sim_time=True, params=str(file))
        assert caught.value.facts["option"] == "nav2_params"
    file.write_text(text)
    assert nav2("amr_01", "lift_amr", "lab", sim_time=True, params=str(file))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('<world name="lab">', '<world name="other">'), "it must hold the world lab, not other"),
        (("<sdf ", "<sdf <"), "cannot be used"),
        (None, "cannot be used"),
    ],
)
def test_a_world_that_robots_cannot_be_put_into_is_said_before_anything_starts(
    change: tuple[str, str] | None, said: str, tmp_path: Path
) -> None:
    root = Path(__file__).resolve().parents[2]
    shutil.copytree(root / "maps" / "lab", tmp_path / "maps" / "lab")
    shutil.copytree(root / "worlds", tmp_path / "worlds")
    world = tmp_path / "worlds" / "lab.sdf"
    if change is None:
        world.unlink()
    else:
        world.write_text(world.read_text().replace(*change, 1))
    with pytest.raises(AmrError, match=said) as caught:
        server(str(tmp_path / "maps" / "lab"))
    assert caught.value.code == "launch.world"
    assert str(world) in str(caught.value)


def robot_specs(**given: str) -> dict[str, NodeSpec]:
    declared = [*launch_choice.ROBOT, *COMMON]
    values = Values({"site": "lab", "robot": "amr_02", "navigation": "embedded", **given}, declared)
    return {spec.name: spec for spec in launch_choice.robot(values)}


def server_specs(**given: str) -> dict[str, NodeSpec]:
    declared = [*launch_choice.SERVER, *COMMON]
    values = Values({"site": "lab", "robots": "2", "mode": "real", **given}, declared)
    return {spec.name: spec for spec in launch_choice.site_server(values)}


def test_a_real_robot_is_led_over_mqtt_and_keeps_its_ros_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(RANGE, raising=False)
    specs = robot_specs(broker="broker.site:8883")
    face, agent = specs["vda_robot"], specs["agent"]
    assert (face.namespace, face.group) == ("/amr_02", agent.group)
    assert face.params["broker"] == "broker.site:8883"
    assert (face.params["robot"], face.params["version"]) == ("amr_02", "3.0.0")
    assert set(agent.remaps) >= {"order", "instant_action", "state", "connection", "/fleet/beat"}
    for name in (RANGE, profile := "FASTRTPS_DEFAULT_PROFILES_FILE"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    fake_launch.started(description("robot.launch.py"), site="lab", robot="amr_02", uplink="ros")
    assert RANGE not in os.environ
    fake_launch.started(description("robot.launch.py"), site="lab", robot="amr_02")
    assert os.environ[RANGE] == "SYSTEM_DEFAULT", "with a profile: LOCALHOST alone binds all addresses"
    assert "<interface>lo</interface>" in Path(os.environ[profile]).read_text()
    monkeypatch.setenv(RANGE, "SUBNET")
    fake_launch.started(description("robot.launch.py"), site="lab", robot="amr_02")
    assert os.environ[RANGE] == "SUBNET", "who says it himself knows why"
    assert "vda_robot" not in robot_specs(uplink="ros")
    assert robot_specs(uplink="ros")["agent"].remaps == {}


def test_the_server_leads_all_its_robots_through_the_gateway_and_keeps_what_it_sent(tmp_path: Path) -> None:
    gateway = server_specs(database=str(tmp_path / "j.sqlite3"))["gateway"]
    assert gateway.params["robots"] == ["amr_01=AMR/amr_01", "amr_02=AMR/amr_02"]
    assert gateway.params["folder"] == str(tmp_path / "vda5050")
    assert server_specs(sent_folder="/var/sent")["gateway"].params["folder"] == "/var/sent"
    assert "gateway" not in server_specs(uplink="ros")
    assert "gateway" not in server_specs(mode="gazebo")


def test_robots_of_other_makers_have_their_own_addresses_and_names_of_maps() -> None:
    given = {"addresses": "amr_02=ACME/SN42", "map_ids": "amr_02=PLANT_3, amr_01=HALL 1"}
    params = server_specs(**given)["gateway"].params
    assert params["robots"] == ["amr_01=AMR/amr_01", "amr_02=ACME/SN42"]
    assert params["map_ids"] == ["amr_02=PLANT_3", "amr_01=HALL 1"]
    assert "map_ids" not in server_specs()["gateway"].params
    named = {"site": "two_floor", "map_ids": "amr_01@upper=OG 1"}
    assert server_specs(**named)["gateway"].params["map_ids"] == ["amr_01@upper=OG 1"]


@pytest.mark.parametrize(
    ("given", "code", "name"),
    [
        ({"map_ids": "amr_09=X"}, "parameter.invalid", "map_ids"),
        ({"map_ids": "amr_01"}, "parameter.invalid", "map_ids"),
        ({"map_ids": "amr_01=A,amr_01=B"}, "parameter.invalid", "map_ids"),
        ({"addresses": "amr_02=ACME"}, "run.bad_option", "robot"),
        ({"addresses": "amr_09=ACME/1"}, "run.bad_option", "addresses"),
        ({"addresses": "amr_02=AMR/amr_01"}, "run.bad_option", "robot"),
        ({"addresses": "amr_02=ACME/1", "uplink": "ros"}, "run.bad_option", "addresses"),
        ({"map_ids": "amr_02=X", "uplink": "ros"}, "run.bad_option", "map_ids"),
    ],
)
def test_addresses_and_names_of_maps_that_cannot_be_are_said_before_anything_starts(
    given: dict[str, str], code: str, name: str
) -> None:
    with pytest.raises(AmrError) as caught:
        server_specs(**given)
    facts = caught.value.facts
    assert (caught.value.code, facts.get("name", facts.get("option"))) == (code, name)


@pytest.mark.parametrize("specs", [robot_specs, server_specs])
def test_an_uplink_that_cannot_be_is_said_before_anything_starts(
    specs: Callable[..., dict[str, NodeSpec]], tmp_path: Path
) -> None:
    file = tmp_path / "x.pem"
    file.write_text("x")
    for given, option in (
        ({"broker": "nowhere"}, "--mqtt"),
        ({"broker": "host:99999"}, "--mqtt"),
        ({"uplink": "wire"}, "uplink"),
        ({"ca": str(file)}, "certificate"),
        ({"ca": str(file), "certificate": str(file), "key": "/no/such"}, "key"),
    ):
        with pytest.raises(AmrError) as caught:
            specs(**given)
        assert (caught.value.code, caught.value.facts["option"]) == ("run.bad_option", option)
    given = {name: str(file) for name in ("ca", "certificate", "key")}
    node = next(s for s in specs(**given).values() if s.package == "amr_interop")
    assert node.params["key"] == str(file)


def test_a_robot_without_hardware_has_the_simulator_as_its_base() -> None:
    assert "base" not in robot_specs()
    base = robot_specs(base="simulated")["base"]
    assert dict(base.params) == {"site": "lab", "robot": "amr_02"}
    assert base.group == "base"
    bay = next(b for b in load_site("lab").parking if b.id == "P2")
    placed = robot_specs(base="simulated")["navigation"].params
    assert placed["initial_pose"] == [bay.x, bay.y, bay.theta]
    assert "initial_trust" not in placed, "the simulator put it there"
    assert robot_specs(base="simulated", base_pose="1,2,3")["navigation"].params["initial_trust"] == "assumed"
    assert robot_specs()["navigation"].params["initial_trust"] == "assumed"
    stood = robot_specs(base="simulated", base_pose="1.5,2,-0.5", navigation="nav2")["base"]
    assert (stood.params["pose"], stood.params["odom_tf"]) == ([1.5, 2.0, -0.5], True)
    for given in ({"base_pose": "here"}, {"base_pose": "1,2"}, {"base_pose": "1,2,nan"}, {"drivers": "/d.launch.py"}):
        with pytest.raises(AmrError, match=r"run\.bad_option"):
            robot_specs(base="simulated", **given)


def test_real_doors_get_their_adapter_and_simulated_ones_none(tmp_path: Path) -> None:
    file = tmp_path / "doors.yaml"
    file.write_text("modbus: [{door: crossdock_gate, host: h, open_coil: 0, is_open: 0, is_closed: 1}]\n")
    assert "door_adapter" not in server_specs()
    adapter = server_specs(site="cai_cui", doors=str(file))["door_adapter"]
    assert dict(adapter.params) == {"site": "cai_cui", "doors": str(file)}
    assert enclave_of(adapter) == DOOR_ADAPTER
    for given, code in (
        ({"doors": str(file), "mode": "sim", "site": "cai_cui"}, "run.bad_option"),
        ({"doors": str(file)}, "parameter.invalid"),  # lab has no such door
        ({"doors": "/no/such"}, "parameter.invalid"),
    ):
        with pytest.raises(AmrError) as caught:
            server_specs(**given)
        assert caught.value.code == code


def test_a_robot_that_knows_its_server_can_take_its_site_files_and_no_other_can(tmp_path: Path) -> None:
    site = tmp_path / "site"
    shutil.copytree(site_dir("lab"), site)

    def agent(**given: str) -> dict[str, Any]:
        words = {"robot": "amr_01", "navigation": "embedded", "broker": "b:8883", **given}
        specs = launch_choice.robot(Values(words, (*launch_choice.ROBOT, *COMMON)))
        return dict(next(one for one in specs if one.executable == "agent").params)

    params = agent(site=str(site), server="https://amr.site")
    assert params["site_update"][3:] == ["robot", "site", "update", "https://amr.site", "--folder", str(tmp_path)]
    assert params["site_back"][3:] == ["robot", "site", "update", "--back", "--folder", str(tmp_path)]
    assert "site_update" not in agent(site=str(site))
    assert params["watchdog"] is True  # of the robot's own unit; elsewhere it would hide a fleet that hangs
    assert not [one for one in stack(load_site("lab"), RunOptions(site="lab", robots=2)) if "watchdog" in one.params]
    for wrong in ({"site": "lab", "server": "https://amr.site"}, {"site": str(site), "server": "amr.site"}):
        with pytest.raises(AmrError, match=r"run\.bad_option"):
            agent(**wrong)
