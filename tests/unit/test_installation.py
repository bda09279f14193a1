"""Images, compose files and systemd units: as far as they can be checked without Docker and without ROS from apt."""

from __future__ import annotations

import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from amr_bringup import launch_choice
from amr_fleet.api.patience import (
    CONNECTIONS_OF_A_CLIENT,
    CONNECTIONS_OF_THE_PROXY,
    SOCKETS_OF_A_CLIENT,
    SOCKETS_OF_THE_PROXY,
)
from amr_fleet.api_process.setup import ApiSetup
from amr_interop.mqtt.site_files import configuration
from tests.unit import fake_launch

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "docker"
COMPOSE = sorted(DOCKER.glob("compose.*.yaml"))
DOCKERFILE = (DOCKER / "Dockerfile").read_text(encoding="utf-8")
ENTRYPOINT = DOCKER / "entrypoint.sh"


def compose(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content


def services() -> list[tuple[str, str, dict[str, Any]]]:
    return [(path.name, name, s) for path in COMPOSE for name, s in compose(path)["services"].items()]


def hadolint(text: str) -> subprocess.CompletedProcess[str]:
    tool = Path(sys.executable).with_name("hadolint")
    return subprocess.run([tool, "--no-color", "-"], input=text, capture_output=True, text=True, timeout=60)


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    done = hadolint(DOCKERFILE)
    assert (done.returncode, done.stdout) == (0, "")
    broken = hadolint(DOCKERFILE.replace("USER 10001:10001\nWORKDIR", "RUN cd /tmp\nWORKDIR"))
    assert "DL3003" in broken.stdout


def test_every_final_image_drops_root_and_says_whether_it_is_well() -> None:
    stages = re.split(r"^FROM ", DOCKERFILE, flags=re.MULTILINE)[1:]
    named = {re.search(r" AS (\w+)", stage)[1]: stage for stage in stages}  # type: ignore[index]
    for target in ("site", "robot", "gazebo"):
        users = re.findall(r"^USER (\S+)", named["common"] + named[target], re.MULTILINE)
        assert users[-1] == "10001:10001", target
        assert "HEALTHCHECK" in named[target]
    for line in re.findall(r"^ARG \w+_IMAGE=(\S+)", DOCKERFILE, re.MULTILINE):
        assert ":" in line, "a tag at least"
        assert not line.endswith(":latest")


def test_no_image_builds_the_laboratory() -> None:
    built = next(run for run in DOCKERFILE.split("\nRUN ") if "colcon build" in run)
    assert re.search(r"^touch .*\bsrc/amr_lab/COLCON_IGNORE\b", built)


def test_copied_files_exist() -> None:
    for sources in re.findall(r"^COPY (?!--from)(?:--chmod=\S+ )?(.*) \S+$", DOCKERFILE, re.MULTILINE):
        for source in sources.split():
            assert (ROOT / source).exists(), source


def test_commands_and_health_checks_exist() -> None:
    verbs = re.findall(r'^CMD \["([a-z-]+)"\]', DOCKERFILE, re.MULTILINE)
    assert sorted(verbs) == ["amr-gazebo", "amr-robot", "amr-site"]
    script = ENTRYPOINT.read_text(encoding="utf-8")
    assert all(f"\n{verb})" in script for verb in verbs)
    parts = re.findall(r'"amr_bringup", "health", "(\w+)"', DOCKERFILE)
    assert sorted(parts) == ["clock", "robot", "site"]
    for launch in re.findall(r"amr_bringup (\w+\.launch\.py)", script):
        assert (ROOT / "src" / "amr_bringup" / "launch" / launch).is_file()


@pytest.mark.parametrize(("file", "name", "service"), services(), ids=lambda v: v if isinstance(v, str) else "")
def test_services_are_pinned_confined_and_not_root(file: str, name: str, service: dict[str, Any]) -> None:
    image = re.sub(r"\$\{AMR_VERSION[^}]*\}", "local", service["image"])
    assert re.fullmatch(r"[a-z-]+:[\w.-]+", image), f"{file} {name}"
    assert not image.endswith(":latest")
    assert int(str(service["user"]).split(":")[0]) > 0
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    if "build" in service:
        assert f" AS {service['build']['target']}\n" in DOCKERFILE
    else:
        assert service["healthcheck"]["test"][0] == "CMD"
    for port in service.get("ports", []):
        assert str(port).startswith("127.0.0.1:"), "nothing but the proxy is reachable from outside"


@pytest.mark.parametrize("path", COMPOSE, ids=lambda path: path.name)
def test_volumes_secrets_and_dependencies_are_declared(path: Path) -> None:
    content = compose(path)
    for name, service in content["services"].items():
        for volume in service.get("volumes", []):
            source = re.sub(r"\$\{[^}]*\}", "./x", str(volume)).split(":")[0]
            assert source.startswith((".", "/")) or source in content["volumes"], f"{name}: {volume}"
        assert set(service.get("secrets", [])) <= set(content.get("secrets", {}))
        assert set(service.get("depends_on", {})) <= set(content["services"])
        for key in service.get("environment", {}):
            assert re.fullmatch(r"[A-Z][A-Z0-9_]*", key)


def test_what_must_outlive_a_container_is_in_a_volume_that_its_user_may_write() -> None:
    """A container is read only: its notes are lost, or cannot be written, unless they are in a volume."""
    (made,) = re.findall(r"install -d -o amr -g amr ((?:.*\\\n)*.*)", DOCKERFILE)
    for file, verb in (("compose.site.yaml", "site"), ("compose.robot.yaml", "robot")):
        content = compose(DOCKER / file)
        service = content["services"][verb]
        volume, _, folder = next(v for v in service["volumes"] if v.split(":")[0] in content["volumes"]).partition(":")
        assert volume == "state"
        assert folder in made.split(), "a new volume belongs to whom the folder of the image belongs"
        kept = {"site": ("AMR_DATABASE", "AMR_SENT_FOLDER"), "robot": ("AMR_STATE",)}[verb]
        for key in kept:
            value = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", service["environment"][key])
            assert value == folder or value.startswith(f"{folder}/"), key
        assert any(v.endswith(":/etc/amr/mqtt:ro") for v in service["volumes"]), "certificates"
        for text in service["volumes"]:
            name, _, where = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text).partition(":")
            assert name not in content["volumes"] or where in made.split(), where


def test_the_entrypoint_gives_a_robot_its_base_and_its_memory(machine: dict[str, str]) -> None:
    more = {"AMR_BASE": "simulated", "AMR_STATE": "/s", "AMR_SITE": "lab", "AMR_ROBOT": "amr_02"}
    assert "base:=simulated state_dir:=/s" in enter({**machine, **more}, "amr-robot")[1]
    sent = {"AMR_SITE": "lab", "AMR_ROBOTS": "2", "AMR_SENT_FOLDER": "/s/v"}
    outside = {"AMR_ADDRESSES": "amr_02=ACME/SN42", "AMR_MAP_IDS": "amr_02=PLANT_3"}
    started = enter({**machine, **sent, **outside}, "amr-site")[1]
    assert "addresses:=amr_02=ACME/SN42 map_ids:=amr_02=PLANT_3" in started
    assert "sent_folder:=/s/v" in started


OPTIONS = {
    "AMR_SETTINGS": "settings", "AMR_WEBHOOKS": "webhooks", "AMR_ESCALATION": "escalation", "AMR_SYSLOG": "syslog",
    "AMR_NEIGHBOURS": "neighbours", "AMR_OIDC": "oidc",
    "AMR_DROP_FOLDER": "drop_folder", "AMR_LANGUAGE_MODEL": "language_model", "AMR_DOORS": "doors",
}  # fmt: skip


def test_the_entrypoint_gives_the_site_its_settings_and_its_authority(machine: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "mqtt").mkdir()
    given = {"AMR_SITE": "lab", "AMR_ROBOTS": "2", "AMR_ENROLMENT": str(tmp_path / "mqtt")}
    for name, option in OPTIONS.items():
        (tmp_path / f"{option}.yaml").write_text("{}")
        given[name] = str(tmp_path / f"{option}.yaml")
    code, said = enter({**machine, **given}, "amr-site")
    assert code == 0
    for option in OPTIONS.values():
        assert f" {option}:={tmp_path}/{option}.yaml" in said
    assert f" enrolment:={tmp_path}/mqtt" in said
    readers = (DOCKER / "compose.site.yaml").read_text()
    assert [name for name in (*OPTIONS, "AMR_ENROLMENT") if f"{name}: ${{{name}:-}}" not in readers] == []


def test_the_entrypoint_puts_no_password_on_a_command_line(machine: dict[str, str]) -> None:
    """Our compose file told people to write it into AMR_DATABASE: everybody who lists processes read it there."""
    site = {**machine, "AMR_SITE": "lab", "AMR_ROBOTS": "2"}
    for address in ("postgresql://amr:s3cret@127.0.0.1/amr", "postgres://amr:s3cret@127.0.0.1/amr",
                    "postgresql://amr@127.0.0.1/amr?sslmode=require&password=s3cret"):  # fmt: skip
        code, said = enter({**site, "AMR_DATABASE": address}, "amr-site")
        assert (code, "s3cret" in said, "PGPASSWORD" in said) == (78, False, True), address
    code, said = enter(
        {**site, "AMR_DATABASE": "postgresql://amr@db.site:5432/amr", "PGPASSWORD": "s3cret"}, "amr-site"
    )
    assert (code, "s3cret" in said, " database:=postgresql://amr@db.site:5432/amr" in said) == (0, False, True)
    of_site = compose(DOCKER / "compose.site.yaml")["services"]["site"]["environment"]
    assert of_site["PGPASSWORD"] == "${PGPASSWORD:-}"
    written = [*DOCKER.iterdir(), *(DOCKER.parent / "docs").glob("*.md")]
    found = [
        f.name
        for f in written
        if f.is_file() and f != ENTRYPOINT and re.search(r"postgresql://[^@\s/]+:[^@\s/]+@", f.read_text())
    ]
    assert found == []


def test_a_server_has_descriptors_for_all_that_its_proxy_may_hold() -> None:
    """Without one left the engine could not open its journal either; systemd gives 1024, a container its engine's."""
    most = CONNECTIONS_OF_THE_PROXY + SOCKETS_OF_THE_PROXY + 4 * (CONNECTIONS_OF_A_CLIENT + SOCKETS_OF_A_CLIENT)
    unit = (ROOT / "systemd" / "amr-site.service").read_text(encoding="utf-8")
    found = re.search(r"^LimitNOFILE=(\d+)$", unit, re.MULTILINE)
    assert found is not None
    assert int(found[1]) > 2 * most
    assert compose(DOCKER / "compose.site.yaml")["services"]["site"]["ulimits"]["nofile"] == int(found[1])


def test_the_entrypoint_knows_every_argument_that_a_site_may_want() -> None:
    """A setting that a container cannot have is off where the product is recommended to run."""
    of_simulators = {"seed", "orders", "report_file"}
    text = (DOCKER / "entrypoint.sh").read_text()
    (site,) = re.findall(r"^amr-site\)\n(.*?)^    ;;", text, re.DOTALL | re.MULTILINE)
    given = set(re.findall(r"^    give (\w+) ", site, re.MULTILINE))
    assert {argument.name for argument in launch_choice.SERVER} - given <= of_simulators


@pytest.mark.parametrize("name", [*OPTIONS, "AMR_ENROLMENT"])
def test_the_entrypoint_says_which_file_its_user_cannot_use(machine: dict[str, str], tmp_path: Path, name: str) -> None:
    """Not there, or not of its kind; whose it must be is said, too (root may read everything, so that is not tried)."""
    wrong = tmp_path / "wrong"
    for there in (False, True):
        if there and name == "AMR_ENROLMENT":
            wrong.touch()
        elif there:
            wrong.mkdir()
        code, said = enter({**machine, "AMR_SITE": "lab", "AMR_ROBOTS": "2", name: str(wrong)}, "amr-site")
        assert code == 78
        assert said.startswith(f"amr-entrypoint: {name}={wrong} is no ")
        assert f"chown {'-R ' if name == 'AMR_ENROLMENT' else ''}{os.getuid()}:{os.getgid()}" in said


def test_the_example_settings_are_those_that_the_site_needs() -> None:
    needed = set(re.findall(r"\$\{(\w+):\?", (DOCKER / "compose.site.yaml").read_text()))
    given = {line.split("=")[0] for line in (DOCKER / "site.env.example").read_text().splitlines() if "=" in line}
    assert needed <= given
    own_tls = {"AMR_DASHBOARD_HOST", "AMR_DASHBOARD_CERTIFICATE", "AMR_DASHBOARD_KEY", "AMR_PORT"}
    assert own_tls <= set(compose(DOCKER / "compose.site.yaml")["services"]["site"]["environment"])


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    """An environment in which ROS is a stand-in that prints what it is asked to do."""
    for folder, text in (("ros", "export FROM_ROS=yes"), ("prefix", "export FROM_PREFIX=$UNSET_VARIABLE")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "setup.bash").write_text(text + "\n")
    ros2 = tmp_path / "bin" / "ros2"
    ros2.parent.mkdir()
    ros2.write_text('#!/bin/bash\necho "$FROM_ROS $@"\n')
    ros2.chmod(0o755)
    return {
        "PATH": f"{ros2.parent}:{os.environ['PATH']}",
        "AMR_ROS": str(tmp_path / "ros"),
        "AMR_PREFIX": str(tmp_path / "prefix"),
        "AMR_DATABASE": str(tmp_path / "state" / "journal.sqlite3"),
    }


def enter(environment: dict[str, str], *arguments: str) -> tuple[int, str]:
    done = subprocess.run([ENTRYPOINT, *arguments], env=environment, capture_output=True, text=True, timeout=20)
    return done.returncode, (done.stdout + done.stderr).strip()


def test_the_entrypoint_starts_what_it_is_asked_to(machine: dict[str, str]) -> None:
    code, said = enter({**machine, "AMR_SITE": "lab", "AMR_ROBOTS": "2"}, "amr-site")
    assert code == 0
    assert said.startswith(
        "yes launch amr_bringup site.launch.py site:=lab robots:=2 mode:=real port:=8080 database:=/"
    )
    assert Path(machine["AMR_DATABASE"]).parent.is_dir()
    code, said = enter({**machine, "AMR_SITE": "lab", "AMR_ROBOT": "amr_02"}, "amr-robot")
    assert said == "yes launch amr_bringup robot.launch.py site:=lab robot:=amr_02 initial_pose:=bay"
    drivers = {"AMR_SITE": "lab", "AMR_ROBOT": "amr_02", "AMR_DRIVERS": "/opt/my drivers.launch.py"}
    assert "drivers:=/opt/my drivers.launch.py initial_pose" in enter({**machine, **drivers}, "amr-robot")[1]
    assert enter(machine, "echo", "a b") == (0, "a b")


def declared_arguments(monkeypatch: pytest.MonkeyPatch, launch: str) -> set[str]:
    fake_launch.install(monkeypatch)
    file = ROOT / "src" / "amr_bringup" / "launch" / launch
    return set(fake_launch.arguments_of(runpy.run_path(str(file))["generate_launch_description"]()))


@pytest.mark.parametrize("verb", ["amr-site", "amr-robot", "amr-gazebo"])
def test_the_launch_files_take_what_the_entrypoint_gives(
    machine: dict[str, str], monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    _, said = enter({**machine, "AMR_SITE": "lab", "AMR_ROBOT": "amr_02", "AMR_ROBOTS": "2"}, verb)
    launch = said.split(" amr_bringup ")[1].split()
    given = {word.split(":=")[0] for word in launch[1:]}
    assert given
    # ros2 launch takes an argument without a value as malformed.
    assert all(re.fullmatch(r"[a-z_]+:=.+", word) for word in launch[1:])
    assert given <= declared_arguments(monkeypatch, launch[0])


@pytest.mark.parametrize("path", COMPOSE, ids=lambda path: path.name)
def test_the_settings_of_the_compose_files_are_read_by_somebody(path: Path) -> None:
    readers = ENTRYPOINT.read_text() + (DOCKER / "Caddyfile").read_text() + DOCKERFILE
    readers += (ROOT / "src" / "amr_bringup" / "amr_bringup" / "nodes" / "health.py").read_text()
    for name, service in compose(path)["services"].items():
        unread = {key for key in service.get("environment", {}) if key.startswith("AMR_") and key not in readers}
        assert unread == set(), name


def test_every_image_has_the_interface_packages_that_ros_base_lacks() -> None:
    base = DOCKERFILE.partition(" AS build")[0]
    for folder in sorted((ROOT / "src" / "compat").iterdir()):
        if (folder / "package.xml").is_file():
            assert f"ros-jazzy-{folder.name.replace('_', '-')} " in base, folder.name


def test_shellcheck_finds_nothing_in_the_entrypoint(tmp_path: Path) -> None:
    tool = Path(sys.executable).with_name("shellcheck")
    done = subprocess.run([str(tool), str(ENTRYPOINT)], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "")
    (tmp_path / "bad.sh").write_text("#!/bin/sh\nrm -r $1/*\n")
    bad = subprocess.run([str(tool), str(tmp_path / "bad.sh")], capture_output=True, text=True, timeout=60)
    assert "SC2086" in bad.stdout


def test_the_entrypoint_names_what_is_missing(machine: dict[str, str]) -> None:
    assert enter(machine, "amr-robot") == (78, "amr-entrypoint: set AMR_SITE")
    code, said = enter({**machine, "AMR_PREFIX": "/nowhere"}, "amr-site")
    assert (code, said) == (78, "amr-entrypoint: /nowhere/setup.bash is missing")
    assert enter(machine)[0] == 64


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
@pytest.mark.parametrize("unit", sorted((ROOT / "systemd").glob("*.service")), ids=lambda path: path.name)
def test_systemd_accepts_the_units(unit: Path, tmp_path: Path) -> None:
    # What this machine may lack is the installed entrypoint, and mosquitto.
    text = re.sub(r"/usr/local/bin/amr-entrypoint|/usr/sbin/mosquitto", "/bin/true", unit.read_text(encoding="utf-8"))

    def verify(content: str) -> str:
        (tmp_path / unit.name).write_text(content)
        call = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(tmp_path / unit.name)]
        done = subprocess.run(call, capture_output=True, text=True, timeout=60)
        return "\n".join(line for line in (done.stdout + done.stderr).splitlines() if unit.name in line)

    assert verify(text) == ""
    assert "Unknown key" in verify(text.replace("Restart=", "Restrat="))
    if unit.name == "amr-mqtt.service":
        return
    arguments = re.search(r"^ExecStart=/usr/local/bin/amr-entrypoint (\S+)$", unit.read_text(), re.MULTILINE)
    assert arguments is not None
    assert f"\n{arguments[1]})" in ENTRYPOINT.read_text(encoding="utf-8")


def test_the_broker_runs_with_the_files_that_our_command_writes_and_may_keep_what_it_has_to() -> None:
    unit = (ROOT / "systemd" / "amr-mqtt.service").read_text(encoding="utf-8")
    service = compose(DOCKER / "compose.mqtt.yaml")["services"]["broker"]
    written = configuration(Path("/etc/amr/mqtt"), 8883)
    assert "ExecStart=/usr/sbin/mosquitto -c /etc/amr/mqtt/mosquitto.conf\n" in unit
    assert service["command"][1:] == ["-c", "/etc/amr/mqtt/mosquitto.conf"]
    assert "persistence_location /etc/amr/mqtt/\n" in written
    assert "ReadWritePaths=/etc/amr/mqtt\n" in unit
    assert service["volumes"][0].endswith(":/etc/amr/mqtt")
    port = re.search(r"^listener (\d+)$", written, re.MULTILINE)
    assert port is not None
    assert f":{int(port[1]):X} " in service["healthcheck"]["test"][-1]


def test_memory_that_runs_out_ends_the_api_and_never_the_engine() -> None:
    """With systemd's default (OOMPolicy=stop) one report worker that the kernel ended took the whole unit with it."""
    unit = (ROOT / "systemd" / "amr-site.service").read_text(encoding="utf-8")
    assert re.search(r"^OOMPolicy=continue$", unit, re.MULTILINE)
    gibibytes = re.search(r"^MemoryMax=(\d+)G$", unit, re.MULTILINE)
    container = compose(DOCKER / "compose.site.yaml")["services"]["site"]["mem_limit"]
    assert gibibytes is not None
    assert container == f"{gibibytes[1]}g"
    # The API fails with its own limit before the kernel has to choose; the other half is the engine's.
    assert ApiSetup.mebibytes <= int(gibibytes[1]) * 1024 // 2
