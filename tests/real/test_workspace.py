"""A workspace that a plain `colcon build` makes leaves Nav2's own messages alone when it is sourced over real Nav2."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from amr_bringup.shadow import PACKAGES, shadows
from tests.real.real_support import ROOT, Program, Real

pytestmark = [pytest.mark.nav2, pytest.mark.real_long]
BUILT = "amr_navigation"
"""Built with what it needs of ours; amr_interfaces are the messages that have to be compiled."""
SOURCED = '. "$1" && shift && exec "$@"'
HIDDEN = "undefined symbol: nav2_msgs__action__"


def built(folder: Path) -> Path:
    """Run `colcon build --packages-up-to` over src, as a person does; return the workspace's install folder."""
    # Without MAKEFLAGS colcon asks ninja to wait while the machine is loaded, for ever where others work.
    program = (
        "import os, subprocess, sys; sys.path.insert(0, 'scripts'); import colcon; colcon.install_tools();"
        "starter = 'from colcon_core.command import main; raise SystemExit(main())';"
        "options = [f'-D{key}={value}' for key, value in colcon.cmake_options().items()];"
        "raise SystemExit(subprocess.run([sys.executable, '-c', starter, *sys.argv[1:], *options],"
        " env=colcon.environment() | {'MAKEFLAGS': f'-j{os.cpu_count()}'}).returncode)"
    )
    bases = [f"--{kind}-base={folder / kind}" for kind in ("build", "install")]
    what = ["build", "--base-paths", "src", *bases, "--packages-up-to", BUILT]
    wheels = ["--cmake-args", "-G", "Ninja", "-DBUILD_TESTING=OFF"]  # of ROS: a person with ROS from apt needs none
    command = [sys.executable, "-c", program, f"--log-base={folder / 'log'}", *what, *wheels]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1500.0, check=False)
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return folder / "install"


def map_server(real: Real, *before: str, **extra: str) -> Program:
    """Start one of Nav2's servers."""
    file = f"yaml_filename:={ROOT / 'maps' / 'lab' / 'map.yaml'}"
    return real.start(*before, "ros2", "run", "nav2_map_server", "map_server", "--ros-args", "-p", file, **extra)


@pytest.mark.timeout(2000)
def test_a_plain_colcon_build_over_real_nav2(real: Real, tmp_path: Path) -> None:
    install = built(tmp_path / "workspace")
    found = {path.name for path in install.iterdir() if path.is_dir()}
    assert {"amr_core", "amr_interfaces", "amr_ros", BUILT} <= found
    assert not found & set(PACKAGES)
    names = {path.name for path in install.rglob("lib*.so")}
    assert any(name.startswith("libamr_interfaces__") for name in names)
    assert not [name for name in names if name.removeprefix("lib").startswith(tuple(PACKAGES))]
    over = ("bash", "-c", SOURCED, "_", str(install / "local_setup.bash"))
    prefixes = real.run(*over, "printenv", "AMENT_PREFIX_PATH").strip().split(os.pathsep)
    assert str(install / "amr_interfaces") in prefixes
    assert shadows([Path(prefix) for prefix in prefixes]) == []
    server = map_server(real, *over)
    server.wait_for(lambda: "Creating" in server.words, 60.0, "the server")
    ask = (*over, "ros2", "lifecycle", "{}", "--no-daemon", "--spin-time", "5", "/map_server")
    words = real.run(*(part.format("set") for part in ask), "configure", timeout=150.0)
    assert "Transitioning successful" in words, f"{words}\n{server.tail}"
    assert real.run(*(part.format("get") for part in ask), timeout=150.0).startswith("inactive")


@pytest.mark.timeout(120)
def test_our_subset_before_the_whole_ends_a_server(real: Real, tmp_path: Path) -> None:
    """What the other test is for: so did every server with the subsets of src/compat in the workspace."""
    for library in (ROOT / ".venv" / "lib").glob("libnav2_msgs__*.so"):
        (tmp_path / library.name).symlink_to(library)
    paths = f"{tmp_path}:{real.env.get('LD_LIBRARY_PATH', '')}"
    server = map_server(real, LD_LIBRARY_PATH=paths)
    assert server.wait(60.0) != 0, server.tail
    assert HIDDEN in server.words, server.tail
