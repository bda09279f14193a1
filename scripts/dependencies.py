"""Writes the exec_depend lines of our package.xml files from what the packages import: names that rosdep resolves.

Usage: dependencies.py [--check]   (--check only says which files are stale)
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Sequence
from pathlib import Path

SRC = Path(__file__).resolve().parent.parent / "src"

KEY_OF = {
    "cv2": "python3-opencv",
    "yaml": "python3-yaml",
    "PIL": "python3-pil",
    "jwt": "python3-jwt",
    "paho": "python3-paho-mqtt",
}
# rosdep has no key: an installation with ROS from apt takes them from requirements/apt.lock.
WITHOUT_KEY = {
    *("pwdlib", "structlog", "mcap", "starlette", "pydantic_core", "psycopg"),
    *("zxingcpp", "rapidocr", "onnxruntime", "rfc8785", "stdnum"),
    *(
        "cryptography",
        "typing_extensions",
        "h11",
        "zxcvbn",
        "rapidfuzz",
        "typst",
        "docx",
        "pypdf",
        "zstandard",
        "openpyxl",
        "joserfc",
        "http_ece",
    ),  # rosdep was not asked for these: apt.lock has them anyway
    "pyarrow",  # the extra `dataset`, asked for when a dataset is exported
    "foxglove",  # the extra `foxglove`
    "opentelemetry",  # the extra `tracing`
    "pymodbus",  # the extra `doors`, for doors that speak Modbus TCP
    *("pyhanko", "pyhanko_certvalidator", "asn1crypto", "pkcs11"),  # the extra `sign`, for signatures on PDFs
    *("mcp", "mcp_types"),  # an extra, from requirements/mcp.lock
    "playwright",  # only for `amr bench screen` of developers, from requirements/dev.lock
}
NOT_FROM_PYTHON = {"rclpy", "launch", "launch_ros", "xacro", "ament_index_python"}
# Started by launch files or loaded as plugins, not imported; tests/unit/test_packages.py holds it against both.
STARTED = {
    "amr_bringup": {
        *("nav2_amcl", "nav2_behavior_tree", "nav2_behaviors", "nav2_bt_navigator", "nav2_collision_monitor"),
        *("nav2_controller", "nav2_costmap_2d", "nav2_lifecycle_manager", "nav2_map_server", "nav2_mppi_controller"),
        *("nav2_planner", "nav2_regulated_pure_pursuit_controller", "nav2_route", "nav2_smac_planner"),
        *("nav2_smoother", "nav2_velocity_smoother", "nav2_waypoint_follower", "opennav_docking"),
        *("rclcpp_components", "robot_state_publisher", "ros_gz_bridge", "ros_gz_sim", "rviz2"),
    }
}


def packages() -> list[Path]:
    """Return the folders of our Python packages."""
    return sorted(path.parent for path in SRC.glob("amr_*/package.xml") if (path.parent / "setup.py").is_file())


def dependencies(package: Path) -> list[str]:
    """Return the rosdep keys and packages that a package needs at run time, sorted."""
    found: set[str] = set()
    for file in (*(package / package.name).rglob("*.py"), *package.glob("launch/*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.split(".")[0])
    modules = found - set(sys.stdlib_module_names) - WITHOUT_KEY - {package.name}
    return sorted({_key(module) for module in modules} | STARTED.get(package.name, set()))


def _key(module: str) -> str:
    ros = module.startswith("amr_") or module.endswith(("_msgs", "_interfaces", "_srvs"))
    if ros or module in NOT_FROM_PYTHON:
        return module
    return KEY_OF.get(module, f"python3-{module.replace('_', '-')}")


def fresh_text(package: Path) -> str:
    """Return package.xml as it should be."""
    text = (package / "package.xml").read_text(encoding="utf-8")
    text = re.sub(r"(  <exec_depend>.*</exec_depend>\n)+", "", text)
    lines = "".join(f"  <exec_depend>{name}</exec_depend>\n" for name in dependencies(package))
    return re.sub(r"</license>\n\n*", f"</license>\n\n{lines}\n", text)


def main(arguments: Sequence[str]) -> int:
    """Write or check all files."""
    stale = [p for p in packages() if (p / "package.xml").read_text(encoding="utf-8") != fresh_text(p)]
    for package in stale:
        if "--check" in arguments:
            print(f"{package.name}/package.xml is stale: run scripts/dependencies.py")
        else:
            (package / "package.xml").write_text(fresh_text(package), encoding="utf-8")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
