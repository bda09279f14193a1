"""What launch files are given: what is told of rubbish, and what becomes of uplinks, doors and hardware."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from amr_bringup import launch_choice
from amr_bringup.gazebo import server
from amr_bringup.launch_arguments import COMMON, ROBOTS, RTF, Values
from amr_bringup.nav2 import nav2, params_file
from amr_bringup.run_options import RunOptions
from amr_bringup.security.policy import DOOR_ADAPTER, enclave_of
from amr_bringup.spec import NodeSpec
from amr_bringup.stack import stack
from amr_core.dds_interfaces import RANGE
from amr_core.errors import AmrError
from amr_core.site import load_site, site_dir
from tests.unit import fake_launch
from tests.unit.launch_descriptions import description
from tests.unit.launch_descriptions import without_launch as without_launch


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
        (('<model name="person_01">', '<model name="nobody">'), "it has no body for person_01: `amr site build`"),
        (
            ('<model name="person_01">', '<actor name="person_01"/><model name="nobody">'),
            "it has no body for person_01",
        ),
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
        server(str(tmp_path / "maps" / "lab"), [])
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


def test_records_on_postgresql_have_their_key_and_marks_apart_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that a site starts could name the folder: a fleet on PostgreSQL had no key and noticed no loss."""
    server = "postgresql://amr@db/fleet"
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/amr")
    assert server_specs(database=server)["fleet"].params["evidence"] == "/var/lib/amr/evidence"
    assert server_specs(database=server, evidence="/srv/key")["fleet"].params["evidence"] == "/srv/key"
    assert server_specs(database="/srv/journal.sqlite3")["fleet"].params["evidence"] == "", "beside the file"
    assert server_specs(database=":memory:")["fleet"].params["evidence"] == ""


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
