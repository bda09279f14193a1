"""The Fast DDS profile that keeps DDS on named interfaces, and where a secured run gets its environment."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from amr_bringup import run
from amr_bringup.cli import app
from amr_bringup.launch_support import node_arguments
from amr_bringup.run_options import RunOptions
from amr_bringup.runner.supervisor import Supervisor
from amr_bringup.security import check
from amr_bringup.stack import stack
from amr_core.dds_interfaces import RANGE, environment, mean_localhost, profile
from amr_core.errors import AmrError
from amr_core.site import load_site

SPECS = stack(load_site("lab"), RunOptions(site="lab", robots=1))


def texts(xml: str, name: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(xml).iter() if element.tag.endswith(f"}}{name}")]


def test_the_profile_names_the_interfaces_and_whom_to_ask() -> None:
    xml = profile(["lo", "wlan0"], ["10.0.0.7"])
    assert texts(xml, "interface") == ["lo", "wlan0"]
    assert texts(xml, "address") == ["127.0.0.1", "10.0.0.7"]
    assert texts(xml, "useBuiltinTransports") == ["false"]
    assert texts(xml, "avoid_builtin_multicast") == ["true"]


@pytest.mark.parametrize("name", ["", "a b", "<lo>", "x" * 16, "eth0\n", "é"])
def test_no_name_of_an_interface_is_refused(name: str) -> None:
    with pytest.raises(AmrError, match=r"run\.bad_option"):
        profile([name])
    with pytest.raises(AmrError, match=r"run\.bad_option"):
        profile(["lo"], [name + "/"])


def test_no_interface_at_all_is_refused() -> None:
    with pytest.raises(AmrError, match=r"run\.bad_option"):
        profile([])


def test_the_command_prints_it() -> None:
    result = CliRunner().invoke(app, ["security", "interfaces", "eth1", "--peer", "192.168.7.2"])
    assert result.output == profile(["eth1"], ["192.168.7.2"])


def test_a_run_uses_it_unless_somebody_chose_another_dds_or_profile() -> None:
    for other in ({"RMW_IMPLEMENTATION": "rmw_cyclonedds_cpp"}, {"FASTRTPS_DEFAULT_PROFILES_FILE": "mine.xml"},
                  {"FASTDDS_DEFAULT_PROFILES_FILE": "mine.xml"}):  # fmt: skip
        assert environment(other) == {"ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST"}
    found = environment({"RMW_IMPLEMENTATION": "rmw_fastrtps_cpp"})
    assert Path(found["FASTRTPS_DEFAULT_PROFILES_FILE"]).read_text() == profile()
    assert environment(found) == found, "a process that such a one starts"


def test_an_installation_that_lost_the_profile_does_not_open_to_the_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("amr_core.dds_interfaces.LOOPBACK_FILE", tmp_path / "loopback.xml")
    assert environment({}) == {RANGE: "LOCALHOST"}


@pytest.mark.parametrize("said", ["LOCALHOST", "OFF", "SUBNET", "SYSTEM_DEFAULT", "localhost"])
def test_who_says_localhost_gets_the_profile_and_who_says_more_keeps_what_they_said(said: str) -> None:
    own = {RANGE: said}
    mean_localhost(own)
    assert own == (environment({}) if said.upper() == "LOCALHOST" else {RANGE: said})


def test_who_says_nothing_of_the_range_keeps_that() -> None:
    own: dict[str, str] = {}
    mean_localhost(own)
    assert own == {}


@pytest.mark.parametrize("plugins", [True, False])
def test_a_secured_run_has_a_keystore_and_enforces_it_where_that_can_be(
    plugins: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(check, "has_plugins", lambda: plugins)
    found = run._secured(SPECS, tmp_path)
    assert (tmp_path / "keystore" / "enclaves" / "processes" / "robots_0" / "permissions.p7s").is_file()
    assert (found.get("ROS_SECURITY_STRATEGY") == "Enforce") is plugins
    assert ("no security plugin" in " ".join(capsys.readouterr().err.split())) is not plugins
    assert run._secured(SPECS, tmp_path) == found, "a second start with a kept state"


def test_processes_are_told_their_enclave(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[list[str]] = []
    monkeypatch.setattr(Supervisor, "_spawn", lambda self, command, log: commands.append(command))
    Supervisor(SPECS, tmp_path, {"ROS_SECURITY_ENABLE": "true"}, lambda *_: None)
    assert ["--ros-args", "--enclave", "/processes/fleet"] in [command[-3:] for command in commands]
    commands.clear()
    Supervisor(SPECS, tmp_path, {}, lambda *_: None)
    assert not any("--enclave" in command for command in commands)


def test_ros2_launch_names_each_nodes_enclave_when_security_is_on(monkeypatch: pytest.MonkeyPatch) -> None:
    agent = next(spec for spec in SPECS if spec.executable == "agent")
    monkeypatch.delenv("ROS_SECURITY_ENABLE", raising=False)
    assert "ros_arguments" not in node_arguments(agent)
    monkeypatch.setenv("ROS_SECURITY_ENABLE", "true")
    assert node_arguments(agent)["ros_arguments"] == ["--enclave", "/amr_01/agent"]
