"""The launch files without launch: every node description becomes the node that ros2 launch would start."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from amr_bringup import launch_choice
from amr_bringup.launch_arguments import Argument, Values
from amr_bringup.nav2 import MANAGED
from amr_bringup.runner import child
from amr_bringup.shadow import refusal, shadows
from amr_bringup.spec import NodeSpec
from amr_core.errors import AmrError
from amr_core.site import load_site
from tests.unit import fake_launch
from tests.unit.launch_descriptions import FILES, MANAGERS, SERVERS, description, names, plain
from tests.unit.launch_descriptions import without_launch as without_launch


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


def test_gazebo_gets_world_robots_and_bridges() -> None:
    given = {"site": "lab", "robots": "2", "composition": "false"}
    actions = fake_launch.started(description("gazebo.launch.py"), **given)
    found = names(actions)
    assert len(found) - found.count("/") == len(set(found) - {"/"})
    for robot in ("amr_01", "amr_02"):
        for node in ("spawn", "bridge", "base_port", "robot_state_publisher", "perception", "agent", *SERVERS):
            assert f"/{robot}/{node}" in found
        assert f"/{robot}/navigation" not in found
    by_name = dict(zip(found, actions, strict=True))
    world = plain(by_name["/gz_server"].keywords["parameters"])["world_sdf_file"]
    assert Path(world).name == "lab.sdf"
    handlers = [action for action in actions if type(action).__name__ == "RegisterEventHandler"]
    listening = [one for one in handlers if "target_action" in one.args[0].keywords]
    ending = {one.args[0].keywords["on_shutdown"].__self__ for one in handlers if one not in listening}
    for node in ("/gz_server", "/world_bridge", "/amr_01/bridge", "/amr_02/bridge"):
        (heard,) = (one for one in listening if one.args[0].keywords["target_action"] is by_name[node])
        assert heard.args[0].keywords["on_stderr"] is heard.args[0].keywords["on_stdout"]
        assert heard.args[0].keywords["on_stdout"] in ending, "what ended processes say is no error"
        assert actions.index(heard) < actions.index(by_name[node]), "nothing that it says is missed"
    params = Path(by_name["/amr_02/planner_server"].keywords["parameters"][0].args[0]).read_text()
    assert "use_sim_time: true" in params
    assert "use_sim_time: false" not in params
    spawn = by_name["/amr_02/spawn"].keywords
    assert spawn["respawn"] is False
    given = dict(zip(spawn["arguments"][::2], spawn["arguments"][1::2], strict=True))
    assert given["-name"] == "amr_02"
    assert '<model name="amr_02">' in Path(given["-file"]).read_text()
    bridge = plain(by_name["/amr_02/bridge"].keywords["parameters"])
    # They pass stamps on and need no time; a clock to follow would wake each of them 200 times a second.
    world = plain(by_name["/world_bridge"].keywords["parameters"])
    assert not bridge.get("use_sim_time", False)
    assert not world.get("use_sim_time", False)
    topics = {entry["ros_topic_name"] for entry in yaml.safe_load(Path(bridge["config_file"]).read_text())}
    assert {"/amr_02/tf", "/amr_02/base/odom"} <= topics
    assert all(topic.startswith("/amr_02/") for topic in topics)


def test_gazebo_has_controllers_for_doors_that_robots_drive_through_and_for_people() -> None:
    given = {"robots": "2", "composition": "false", "navigation": "embedded"}
    lab = fake_launch.started(description("gazebo.launch.py"), site="lab", **given)
    assert "/gazebo_doors" not in names(lab)
    heard = plain(dict(zip(names(lab), lab, strict=True))["/start_check"].keywords["parameters"])["joints"]
    assert heard == ["/movers/mover_person_01/joint_states"]
    alone = fake_launch.started(description("gazebo.launch.py"), site="cold_room", **{**given, "robots": "1"})
    assert "/gazebo_movers" not in names(alone)
    hall = fake_launch.started(description("gazebo.launch.py"), site="cai_cui", **given)
    by_name = dict(zip(names(hall), hall, strict=True))
    for node in ("/gazebo_doors", "/gazebo_movers"):
        assert plain(by_name[node].keywords["parameters"])["robots"] == ["amr_01", "amr_02"]
    joints = plain(by_name["/start_check"].keywords["parameters"])["joints"]
    bridge = plain(by_name["/world_bridge"].keywords["parameters"])
    entries = {entry["ros_topic_name"]: entry for entry in yaml.safe_load(Path(bridge["config_file"]).read_text())}
    for topic in joints:
        assert entries[topic]["direction"] == "GZ_TO_ROS"
        assert entries[topic]["lazy"] is False
    led = [f"/doors/door_{door}/height" for door in ("fire_door_south", "fire_door_north", "crossdock_gate")]
    led += [f"/movers/mover_forklift_1/{joint}" for joint in ("x", "y", "yaw")]
    for topic in led:
        assert entries[topic]["direction"] == "ROS_TO_GZ"
        assert f"{topic.rpartition('/')[0]}/joint_states" in joints


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
    with pytest.raises(AmrError) as caught:
        fake_launch.started(description("sim.launch.py"), site="lab", robots="1")
    assert str(caught.value) == str(refusal(shadows([Path(prefix) for prefix in prefixes])))
    assert "\n" not in str(caught.value)
    assert capsys.readouterr() == ("", ""), "no words of its own beside the error"


def test_what_a_launch_file_adds_comes_after_the_checks() -> None:
    """Gazebo's window failed with a traceback of its own before the line that says what is missing."""
    for name, added in (("gazebo.launch.py", "ExecuteProcess"), ("robot.launch.py", "IncludeLaunchDescription")):
        (entities,) = description(name).args
        assert [type(entity).__name__ for entity in entities][-2:] == ["OpaqueFunction", added]


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
