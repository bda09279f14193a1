"""Drivers for `ros2 launch amr_bringup robot.launch.py drivers:=...` in tests: a robot that stands still."""

import sys
from pathlib import Path

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, ExecuteProcess
from launch.substitutions import LaunchConfiguration


def generate_launch_description() -> LaunchDescription:
    base = [sys.executable, str(Path(__file__).with_name("standing_base.py")), LaunchConfiguration("robot")]
    return LaunchDescription([DeclareLaunchArgument("robot"), ExecuteProcess(cmd=base, output="screen")])
