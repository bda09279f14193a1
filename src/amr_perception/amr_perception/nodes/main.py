"""Entry points of `ros2 run amr_perception` and of launch files."""

from __future__ import annotations

from amr_ros.standalone import run_node


def perception() -> None:
    """Run PerceptionNode as a process of its own."""
    from amr_perception.nodes.perception import PerceptionNode

    run_node(PerceptionNode, "perception")


def camera_monitor() -> None:
    """Run CameraMonitorNode as a process of its own."""
    from amr_perception.nodes.camera_monitor import CameraMonitorNode

    run_node(CameraMonitorNode, "camera_monitor")


def camera_setup() -> None:
    """Run CameraSetupNode as a process of its own."""
    from amr_perception.nodes.camera_setup import CameraSetupNode

    run_node(CameraSetupNode, "camera_setup")


def recorder() -> None:
    """Run RecorderNode as a process of its own."""
    from amr_perception.nodes.recorder import RecorderNode

    run_node(RecorderNode, "recorder")


def drive_recorder() -> None:
    """Run DriveRecorderNode as a process of its own."""
    from amr_perception.nodes.drive_recorder import DriveRecorderNode

    run_node(DriveRecorderNode, "drive_recorder")


def label_reader() -> None:
    """Run LabelReaderNode as a process of its own."""
    from amr_perception.nodes.label_reader import LabelReaderNode

    run_node(LabelReaderNode, "label_reader")


def shelf_reader() -> None:
    """Run ShelfReaderNode as a process of its own."""
    from amr_perception.nodes.shelf_reader import ShelfReaderNode

    run_node(ShelfReaderNode, "shelf_reader")
