"""Run by `colcon test`: ros2 launch finds every launch file and every executable of the stack in the installation."""

import os
from pathlib import Path

import pytest
from ament_index_python.packages import PackageNotFoundError, get_package_prefix

from amr_bringup.run_options import RunOptions
from amr_bringup.stack import stack
from amr_core.site import load_site


@pytest.fixture
def prefix() -> Path:
    try:
        return Path(get_package_prefix("amr_bringup"))
    except PackageNotFoundError:
        pytest.skip("amr_bringup is not installed with colcon")


def test_launch_files_are_installed(prefix: Path) -> None:
    found = {path.name for path in (prefix / "share" / "amr_bringup" / "launch").glob("*.launch.py")}
    assert found == {f"{name}.launch.py" for name in ("sim", "site", "gazebo", "robot", "rviz")}


@pytest.mark.usefixtures("prefix")
def test_executables_are_installed() -> None:
    specs = stack(load_site("lab"), RunOptions(site="lab", robots=1))
    wanted = {(spec.package, spec.executable) for spec in specs} | {
        ("amr_bringup", "container"),
        ("amr_bringup", "health"),
    }
    for package, executable in wanted:
        file = Path(get_package_prefix(package)) / "lib" / package / executable
        assert os.access(file, os.X_OK), file
