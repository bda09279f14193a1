"""What of ROS 2, Nav2 and Gazebo is on this machine, and what to install: for `amr doctor` and launch files. No ROS.

Packages are looked for as ROS itself does it: in the index of every prefix of AMENT_PREFIX_PATH, first one first.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from amr_bringup.shadow import Shadow, refusal, shadows
from amr_core.errors import AmrError


@dataclass(frozen=True)
class WantedProgram:
    """A package or command (command: on PATH, not in the index), what it is for, and where Ubuntu has it."""

    name: str
    use: str
    apt: str
    command: bool = False


USES: Mapping[str, str] = {
    "embedded": "amr demo and amr run: the embedded simulator and navigation",
    "launch": "ros2 launch",
    "nav2": "robots driven by Nav2",
    "gazebo": "robots in Gazebo",
}

WANTED = (
    WantedProgram("rclpy", "embedded", "ros-jazzy-ros-base"),
    WantedProgram("rmw_fastrtps_cpp", "embedded", "ros-jazzy-rmw-fastrtps-cpp"),
    WantedProgram("amr_interfaces", "embedded", ""),
    WantedProgram("ros2", "launch", "ros-jazzy-ros-base", command=True),
    WantedProgram("launch_ros", "launch", "ros-jazzy-ros-base"),
    WantedProgram("amr_bringup", "launch", ""),
    *(
        WantedProgram(name, "nav2", "ros-jazzy-navigation2")
        for name in (
            *("nav2_map_server", "nav2_amcl", "nav2_planner", "nav2_controller", "nav2_behaviors", "nav2_bt_navigator"),
            *("nav2_smoother", "nav2_velocity_smoother", "nav2_collision_monitor"),
            *("nav2_waypoint_follower", "nav2_lifecycle_manager"),
            # Not started but loaded: what the parameters and trees name as plugins.
            *(
                "nav2_behavior_tree",
                "nav2_costmap_2d",
                "nav2_mppi_controller",
                "nav2_regulated_pure_pursuit_controller",
            ),
            "nav2_smac_planner",
        )
    ),
    # The metapackage did not have these from the start.
    WantedProgram("nav2_route", "nav2", "ros-jazzy-nav2-route"),
    WantedProgram("opennav_docking", "nav2", "ros-jazzy-opennav-docking"),
    WantedProgram("robot_state_publisher", "nav2", "ros-jazzy-robot-state-publisher"),
    WantedProgram("rclcpp_components", "nav2", "ros-jazzy-rclcpp-components"),
    WantedProgram("gz", "gazebo", "ros-jazzy-ros-gz", command=True),
    WantedProgram("ros_gz_sim", "gazebo", "ros-jazzy-ros-gz"),
    WantedProgram("ros_gz_bridge", "gazebo", "ros-jazzy-ros-gz"),
)
_APT = {wanted.name: wanted.apt for wanted in WANTED}
RMW, RMW_CHOICE = "rmw_fastrtps_cpp", "RMW_IMPLEMENTATION"
"""What ROS talks with, and the variable that chooses another: nothing starts where that one is not installed."""
COMMANDS: Mapping[str, str] = {"ros_gz_sim": "gz"}
"""Packages of which a launch file starts something -> the command that belongs to it."""


@dataclass(frozen=True)
class FoundProgram:
    """What the search for one wanted thing gave; place "" when it is not there."""

    name: str
    use: str
    place: str
    version: str
    apt: str


@dataclass(frozen=True)
class Survey:
    """All findings. chosen: rmw is one that somebody named; shadowed: interfaces of which a subset hides the whole."""

    found: tuple[FoundProgram, ...]
    distro: str
    rmw: str
    chosen: bool
    shadowed: tuple[Shadow, ...]

    def missing(self, use: str) -> list[FoundProgram]:
        """Return what is not there for one of USES; an rmw that was chosen is needed for each of them."""
        needed = (item for item in self.found if item.use == use or (self.chosen and item.name == self.rmw))
        return [item for item in needed if not item.place]

    def as_json(self) -> dict[str, Any]:
        """Return plain values for `amr doctor --json`."""
        works = {use: not self.missing(use) for use in USES}
        return {
            "ros_distro": self.distro,
            "rmw_implementation": self.rmw if self.chosen else f"{self.rmw} (default)",
            "works": works,
            "found": [asdict(item) for item in self.found],
            "shadowed": [
                {"package": s.package, "subset": str(s.subset), "real": str(s.whole), "lost": s.lost}
                for s in self.shadowed
            ],
        }


def survey(env: Mapping[str, str]) -> Survey:
    """Look for everything in an environment (PATH, AMENT_PREFIX_PATH, ROS_DISTRO, RMW_IMPLEMENTATION)."""
    prefixes = prefixes_of(env)
    chosen = env.get(RMW_CHOICE, "")
    rmw = WantedProgram(chosen or RMW, "embedded", _apt(chosen or RMW))
    found = tuple(_search(rmw if wanted.name == RMW else wanted, prefixes, env) for wanted in WANTED)
    distro = env.get("ROS_DISTRO", "") or "jazzy (Python wheels)"
    return Survey(found, distro, rmw.name, bool(chosen), tuple(shadows(prefixes)))


def prefixes_of(env: Mapping[str, str]) -> list[Path]:
    """Return the prefixes in which ROS looks for packages, first one first."""
    return [Path(prefix) for prefix in env.get("AMENT_PREFIX_PATH", "").split(os.pathsep) if prefix]


def holder(package: str, prefixes: Iterable[Path]) -> Path | None:
    """Return the prefix whose index has a package."""
    marker = Path("share", "ament_index", "resource_index", "packages", package)
    return next((prefix for prefix in prefixes if (prefix / marker).exists()), None)


def require(packages: Iterable[str], env: Mapping[str, str]) -> None:
    """Raise ros.missing when packages that a launch file starts are not there, or hidden by subsets.

    Nor may a command that belongs to one of them be missing, or the rmw that was chosen.
    """
    require_rmw(env)
    prefixes, started = prefixes_of(env), set(packages)
    lacking = {package for package in started if holder(package, prefixes) is None}
    commands = {COMMANDS[package] for package in started & COMMANDS.keys()}
    lacking |= {command for command in commands if shutil.which(command, path=env.get("PATH", "")) is None}
    if lacking:
        raise _lack(lacking, sorted(lacking))
    if found := shadows(prefixes):
        raise refusal(found)


def require_rmw(env: Mapping[str, str]) -> None:
    """Raise ros.missing when RMW_IMPLEMENTATION chooses what is not there: every process would end with code 102."""
    chosen = env.get(RMW_CHOICE, "")
    if chosen and holder(chosen, prefixes_of(env)) is None and not _wheel(chosen)[0]:
        raise _lack([chosen], [f"{chosen} (chosen by {RMW_CHOICE})"])


def _lack(names: Iterable[str], said: Iterable[str]) -> AmrError:
    apt = " ".join(sorted({_apt(name) for name in names}))
    cure = f"sudo apt install {apt}, and source the set-up again (`amr doctor` says what else)"
    return AmrError("ros.missing", missing=", ".join(said), cure=cure)


def _apt(name: str) -> str:
    return _APT.get(name) or f"ros-jazzy-{name.replace('_', '-')}"


def _search(wanted: WantedProgram, prefixes: list[Path], env: Mapping[str, str]) -> FoundProgram:
    if wanted.command:
        place = shutil.which(wanted.name, path=env.get("PATH", "")) or ""
        version = _gazebo_version(place, env) if place and wanted.name == "gz" else ""
    else:
        prefix = holder(wanted.name, prefixes)
        place = str(prefix) if prefix is not None else ""
        version = _version(wanted.name, prefix) if prefix is not None else ""
        if prefix is None:
            place, version = _wheel(wanted.name)
    return FoundProgram(wanted.name, wanted.use, place, version, wanted.apt)


def _wheel(name: str) -> tuple[str, str]:
    """Return place and version of a package that came as a Python wheel."""
    for candidate in (name, f"ros-jazzy-{name.replace('_', '-')}"):
        try:
            found = metadata.distribution(candidate)
        except metadata.PackageNotFoundError:
            continue
        return str(found.locate_file("")), found.version
    return "", ""


def _version(package: str, prefix: Path) -> str:
    try:
        text = (prefix / "share" / package / "package.xml").read_text(encoding="utf-8")
    except OSError:
        return ""
    match = re.search(r"<version>(.*?)</version>", text, re.DOTALL)
    return match[1].strip() if match else ""


def _gazebo_version(command: str, env: Mapping[str, str]) -> str:
    try:
        call = [command, "sim", "--versions"]
        said = subprocess.run(call, capture_output=True, text=True, timeout=20, env=dict(env)).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
    match = re.search(r"\d+\.\d+\.\d+", said)
    return match[0] if match else ""
