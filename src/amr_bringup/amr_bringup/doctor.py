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

from amr_bringup.shadow import PACKAGES
from amr_core.errors import AmrError

SUBSET = "for installations without"
"""In the description of this project's own subset of a foreign interface package (src/compat)."""


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
    """All findings. shadowed: foreign interface packages whose real version is hidden by a subset, with both places."""

    found: tuple[FoundProgram, ...]
    distro: str
    rmw: str
    shadowed: tuple[tuple[str, str, str], ...]

    def missing(self, use: str) -> list[FoundProgram]:
        """Return what is not there for one of USES."""
        return [item for item in self.found if item.use == use and not item.place]

    def as_json(self) -> dict[str, Any]:
        """Return plain values for `amr doctor --json`."""
        works = {use: not self.missing(use) for use in USES}
        return {
            "ros_distro": self.distro,
            "rmw_implementation": self.rmw,
            "works": works,
            "found": [asdict(item) for item in self.found],
            "shadowed": [{"package": p, "subset": subset, "real": real} for p, subset, real in self.shadowed],
        }


def survey(env: Mapping[str, str]) -> Survey:
    """Look for everything in an environment (PATH, AMENT_PREFIX_PATH, ROS_DISTRO, RMW_IMPLEMENTATION)."""
    prefixes = prefixes_of(env)
    found = tuple(_search(wanted, prefixes, env) for wanted in WANTED)
    distro = env.get("ROS_DISTRO", "") or "jazzy (Python wheels)"
    rmw = env.get("RMW_IMPLEMENTATION", "") or "rmw_fastrtps_cpp (default)"
    return Survey(found, distro, rmw, tuple(shadowed(prefixes)))


def prefixes_of(env: Mapping[str, str]) -> list[Path]:
    """Return the prefixes in which ROS looks for packages, first one first."""
    return [Path(prefix) for prefix in env.get("AMENT_PREFIX_PATH", "").split(os.pathsep) if prefix]


def holder(package: str, prefixes: Iterable[Path]) -> Path | None:
    """Return the prefix whose index has a package."""
    marker = Path("share", "ament_index", "resource_index", "packages", package)
    return next((prefix for prefix in prefixes if (prefix / marker).exists()), None)


def shadowed(prefixes: list[Path]) -> list[tuple[str, str, str]]:
    """Return package, place of our subset, place of the real one, where the subset comes first.

    Every C++ node that was built against the real package then ends with `undefined symbol`.
    """
    hidden = []
    for package in PACKAGES:
        holders = [prefix for prefix in prefixes if holder(package, [prefix])]
        if holders and _is_subset(package, holders[0]):
            real = next((prefix for prefix in holders if not _is_subset(package, prefix)), None)
            if real is not None:
                hidden.append((package, str(holders[0]), str(real)))
    return hidden


def require(packages: Iterable[str], env: Mapping[str, str]) -> None:
    """Raise ros.missing when packages that a launch file starts are not there, or are shadowed by our subsets."""
    prefixes = prefixes_of(env)
    lacking = sorted({package for package in packages if holder(package, prefixes) is None})
    if lacking:
        apt = sorted({_APT.get(package) or f"ros-jazzy-{package.replace('_', '-')}" for package in lacking})
        cure = f"sudo apt install {' '.join(apt)}, and source the set-up again (`amr doctor` says what else)"
        raise AmrError("ros.missing", missing=", ".join(lacking), cure=cure)
    for package, subset, real in shadowed(prefixes):
        cure = f"{subset} has only a subset and hides it; build without src/compat, or source {real} after it"
        raise AmrError("ros.missing", missing=f"the real {package}", cure=cure)


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
    return _tag("version", _package_xml(package, prefix))


def _is_subset(package: str, prefix: Path) -> bool:
    return SUBSET in _tag("description", _package_xml(package, prefix))


def _package_xml(package: str, prefix: Path) -> str:
    try:
        return (prefix / "share" / package / "package.xml").read_text(encoding="utf-8")
    except OSError:
        return ""


def _tag(name: str, text: str) -> str:
    match = re.search(rf"<{name}>(.*?)</{name}>", text, re.DOTALL)
    return match[1].strip() if match else ""


def _gazebo_version(command: str, env: Mapping[str, str]) -> str:
    try:
        call = [command, "sim", "--versions"]
        said = subprocess.run(call, capture_output=True, text=True, timeout=20, env=dict(env)).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
    match = re.search(r"\d+\.\d+\.\d+", said)
    return match[0] if match else ""
