"""The numbers of a robot type for its xacro files, written to config/ and kept fresh by a test.

amr_core.robots is the source for the simulator, the navigation and the fleet; xacro reads the same numbers from YAML,
so that a URDF can be made with ROS's own `xacro` and none of our code.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml

from amr_core.robots import GRAVITY, ROBOT_TYPES, VOLTAGE, RobotType

FOLDER = Path(__file__).resolve().parent
DRIVING_SHARE = 0.5
"""Share of full drive power that Gazebo's battery, which knows no drive, draws on average."""

HEAD = "# Written by `amr robot build` from amr_core.robots; edit there.\n"


def properties(robot: RobotType) -> dict[str, Any]:
    """Return what the xacro files of a robot type read: SI units, angles in rad, frames as in REP-103."""
    handling = asdict(robot.handling)
    # Twice what it takes to hold the heaviest load.
    handling["effort"] = round(2.0 * GRAVITY * (robot.max_payload + robot.handling.mass))
    return {
        "front": robot.front,
        "rear": robot.rear,
        "half_width": robot.half_width,
        "max_payload": robot.max_payload,
        "max_speed": robot.max_speed,
        "max_turn_rate": robot.max_turn_rate,
        "acceleration": robot.acceleration,
        "deceleration": robot.deceleration,
        "turn_acceleration": robot.turn_acceleration,
        "body": asdict(robot.body),
        "handling": handling,
        "lidars": {lidar.name: _lidar(lidar) for lidar in robot.lidars},
        "camera": asdict(robot.camera),
        "depth_camera": asdict(robot.depth_camera),
        "battery": _battery(robot),
    }


def _lidar(lidar: Any) -> dict[str, Any]:
    values = {**asdict(lidar), "x": lidar.mount.x, "y": lidar.mount.y, "yaw": lidar.mount.theta}
    return {name: value for name, value in values.items() if name not in ("name", "mount")}


def _battery(robot: RobotType) -> dict[str, float]:
    return {
        "voltage": VOLTAGE,
        "capacity_ah": robot.battery_capacity_wh / VOLTAGE,
        "mean_power_w": robot.idle_power_w + DRIVING_SHARE * robot.drive_power_w,
        "charging_hours": round(robot.battery_capacity_wh / (robot.charge_power_w - robot.idle_power_w), 4),
    }


def generate() -> dict[Path, str]:
    """Return path and text of every generated file."""
    return {
        FOLDER / "config" / f"{name}.yaml": HEAD
        + yaml.safe_dump(_rounded(properties(robot)), sort_keys=False, default_flow_style=None)
        for name, robot in ROBOT_TYPES.items()
    }


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return round(value, 8) if isinstance(value, float) else value


def build() -> list[Path]:
    """Write the generated files; return them."""
    for path, text in generate().items():
        path.write_text(text, encoding="utf-8")
    return list(generate())


def stale() -> list[str]:
    """Return the names of generated files that do not match amr_core.robots."""
    return [
        path.name for path, text in generate().items() if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]
