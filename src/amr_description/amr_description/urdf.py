"""Expands the xacro files of a robot."""

from __future__ import annotations

import re

import xacro

from amr_core.errors import AmrError
from amr_core.robots import robot_type
from amr_description.properties import FOLDER

XACRO = FOLDER / "urdf" / "robot.urdf.xacro"
NAME = re.compile(r"[a-z][a-z0-9_]*")


def urdf(kind: str, namespace: str = "", *, gazebo: bool = False) -> str:
    """Return the URDF of a robot type; gazebo adds sensors and systems with topics under /namespace.

    Raises request.invalid for an unknown robot type, or a namespace that is no name or is missing for Gazebo.
    """
    robot_type(kind)
    if (namespace or gazebo) and not NAME.fullmatch(namespace):
        raise AmrError("request.invalid", where="namespace", reason=f"{namespace!r} is not a robot name like amr_01")
    mappings = {"robot_type": kind, "namespace": namespace, "gazebo": "true" if gazebo else "false"}
    return str(xacro.process_file(str(XACRO), mappings=mappings).toprettyxml(indent="  "))
