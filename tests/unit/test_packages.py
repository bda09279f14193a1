"""package.xml says what each package imports, in names that rosdep resolves."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from amr_bringup.doctor import WANTED
from amr_bringup.nav2 import MANAGED

ROOT = Path(__file__).parents[2]
FILES = sorted({*ROOT.glob("src/amr_*/package.xml"), *ROOT.glob("src/compat/*/package.xml")})
KINDS = ("depend", "build_depend", "exec_depend", "buildtool_depend", "test_depend", "build_export_depend")
# Keys of rosdep/python.yaml and packages of the Jazzy distribution in ros/rosdistro (state of 2026-08-22).
KNOWN = set((ROOT / "tests" / "data" / "rosdep_keys.txt").read_text(encoding="utf-8").split())
OWN = {path.parent.name for path in FILES}


def declared(file: Path) -> set[str]:
    root = ET.parse(file).getroot()
    return {e.text or "" for kind in KINDS for e in root.findall(kind)}


def test_dependencies_are_what_is_imported() -> None:
    call = [sys.executable, str(ROOT / "scripts" / "dependencies.py"), "--check"]
    done = subprocess.run(call, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "")


def test_a_missing_dependency_is_noticed(tmp_path: Path) -> None:
    script = (ROOT / "scripts" / "dependencies.py").read_text(encoding="utf-8")
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "dependencies.py").write_text(script, encoding="utf-8")
    package = tmp_path / "src" / "amr_x" / "amr_x"
    package.mkdir(parents=True)
    (package / "module.py").write_text("import math\nimport cv2\nfrom nav_msgs.msg import Path\n")
    (package.parent / "setup.py").touch()
    file = package.parent / "package.xml"
    file.write_text("<package>\n  <license>Apache-2.0</license>\n\n  <exec_depend>rclpy</exec_depend>\n\n</package>\n")
    run = [sys.executable, str(tmp_path / "scripts" / "dependencies.py")]
    assert subprocess.run([*run, "--check"], capture_output=True, timeout=60).returncode == 1
    assert subprocess.run(run, timeout=60).returncode == 0
    assert declared(file) == {"nav_msgs", "python3-opencv"}
    assert subprocess.run([*run, "--check"], timeout=60).returncode == 0


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.parent.name)
def test_every_dependency_is_one_that_rosdep_knows(file: Path) -> None:
    assert declared(file) <= KNOWN | OWN


def apt_packages(stage: str) -> set[str]:
    """Return what a stage of the images installs of ROS."""
    text = (ROOT / "docker" / "Dockerfile").read_text(encoding="utf-8")
    (lines,) = re.findall(rf"^FROM \S+ AS {stage}$(.*?)(?=^FROM |\Z)", text, re.MULTILINE | re.DOTALL)
    return set(re.findall(r"ros-jazzy-[a-z0-9-]+", lines))


def loaded_plugins() -> set[str]:
    """Return the packages whose plugins the committed parameters of Nav2 name."""
    words = (file.read_text(encoding="utf-8") for file in ROOT.glob("src/amr_navigation/config/*/nav2_*.yaml"))
    return {name for text in words for name in re.findall(r"plugin: \"?([a-z0-9_]+)(?:::|/)", text)}


def test_what_launch_files_start_and_parameters_load_is_a_dependency_and_looked_for() -> None:
    """Images came without a package that only a parameter file names, and `amr doctor` said yes."""
    servers = {server.package for group in MANAGED.values() for server in group}
    assert {"nav2_mppi_controller", "nav2_smac_planner", "nav2_route"} <= loaded_plugins() | servers
    needed = servers | loaded_plugins() | {"nav2_lifecycle_manager", "nav2_behavior_tree"}
    assert needed <= declared(ROOT / "src" / "amr_bringup" / "package.xml")
    assert needed <= {wanted.name for wanted in WANTED if wanted.use == "nav2"}


@pytest.mark.parametrize(("stage", "uses"), [("robot", {"nav2"}), ("gazebo", {"nav2", "gazebo"})])
def test_an_image_installs_what_doctor_looks_for(stage: str, uses: set[str]) -> None:
    assert {wanted.apt for wanted in WANTED if wanted.use in uses} <= apt_packages(stage)
