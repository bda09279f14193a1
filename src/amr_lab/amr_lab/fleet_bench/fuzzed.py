"""What `amr bench fuzz` gives messages to: every node of ours that a stack or a launch file starts, in one process.

A test holds the list against the executables of all packages: who is not in it stands in UNTOUCHED with the reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Final

from amr_bringup import gazebo, interop, uav
from amr_bringup.nav2 import nav2_check
from amr_bringup.run_options import RunOptions
from amr_bringup.spec import NodeSpec
from amr_bringup.stack import stack
from amr_bringup.start_check import joints_of_site
from amr_core.site import ContainerGate, Site, load_site

PORT: Final = "cai_cui"
"""Whose aircraft, doors and movers they are; the lifts are those of LIFTS."""
LIFTS: Final = "two_floor"
ROBOTS: Final = 2
_SLOWLY: Final = 0.05
"""Of real time: the simulator, for whom nobody waits, would take the CPU with its pictures."""
_CLASSES: Final = MappingProxyType({
    "nav2_check": "amr_bringup.nodes.nav2_check:Nav2CheckNode",
    "start_check": "amr_bringup.nodes.start_check:StartCheckNode",
})  # fmt: skip
"""Executables that only launch files start -> the node."""
UNTOUCHED: Final = MappingProxyType({
    "amr": "the command: no node",
    "health": "looks at the newest /diagnostics and ends: no node that stays",
    "container": "hosts the others",
})  # fmt: skip
"""Executables of ours that are given nothing -> why."""


def fuzzed(site: str, folder: Path) -> list[NodeSpec]:
    """Return every node of ours once or more, at a site with two robots; folder: for the files that they need.

    What would stand on the same names in another mode (the base in Gazebo) has a namespace of its own.
    """
    model = load_site(site)
    robots = [robot.name for robot in model.fleet[:ROBOTS]]
    gate = ContainerGate.model_construct(id="fuzz_gate", cameras=("cam_1", "cam_2"))
    with_gate = model.model_copy(update={"gates": [gate]})
    options = RunOptions(
        site=site, robots=ROBOTS, rtf=_SLOWLY, cameras=True, camera_frames=True, depth=True,
        record=str(folder / "record"), vda5050=1, mqtt=f":{uav.free_port()}", mqtt_folder=str(folder / "vda5050"),
    )  # fmt: skip
    specs = [*stack(with_gate, options), *_foxglove(model, options, folder)]
    specs += uav.specs(PORT, 1, 0)
    specs += _only(uav.specs(PORT, 1, uav.free_port()), "mavlink")
    specs += [*gazebo.moved(load_site(PORT), PORT, robots), gazebo.truth(site, robots)]
    specs += [_apart(spec) for spec in _only(stack(model, options, "gazebo"), "base_port")[:1]]
    specs += [gazebo.start_check(robots, joints_of_site(model)), nav2_check(robots[0], tell_pose=True)]
    specs += [_adapter(PORT, folder), _adapter(LIFTS, folder), _drive_recorder(model, folder)]
    named = (replace(s, target=_CLASSES.get(s.executable, s.target)) for s in specs)
    return [spec for spec in named if spec.target]


def _only(specs: Iterable[NodeSpec], executable: str) -> list[NodeSpec]:
    return [spec for spec in specs if spec.executable == executable]


def _apart(spec: NodeSpec) -> NodeSpec:
    return replace(spec, namespace=f"{spec.namespace}_in_gazebo")


def _foxglove(model: Site, options: RunOptions, folder: Path) -> list[NodeSpec]:
    """Return the node for Foxglove where it is installed; the API that it would ask about tokens is not there."""
    if find_spec("foxglove") is None:
        return []
    file = folder / "neighbours.yaml"
    file.write_text(f"foxglove: {{port: {uav.free_port()}}}\n", encoding="utf-8")
    return _only(stack(model, replace(options, neighbours=str(file), port=uav.free_port())), "foxglove")


def _adapter(site: str, folder: Path) -> NodeSpec:
    """Return the adapter of a site's doors and lifts behind a broker that is not there."""
    model, file = load_site(site), folder / f"{site}.yaml"
    doors = [_topics("door", door.id) for door in model.driven_doors]
    lifts = [
        {**_topics("lift", one.id), "floors": {stop.level: stop.level for stop in one.stops}} for one in model.lifts
    ]
    # JSON is YAML, too.
    text = json.dumps({"broker": {"address": "127.0.0.1:1"}, "mqtt": doors, "lifts": {"mqtt": lifts}})
    file.write_text(text, encoding="utf-8")
    return replace(interop.door_adapter(model, site, str(file)), name=f"door_adapter_{site}")


def _topics(kind: str, name: str) -> dict[str, str]:
    return {kind: name, "command": f"{name}/set", "state": f"{name}/is"}


def _drive_recorder(model: Site, folder: Path) -> NodeSpec:
    """Return what `amr calibrate robot` starts on a robot."""
    robot = model.fleet[0]
    return NodeSpec(
        package="amr_perception", executable="drive_recorder", name="drive_recorder", namespace=f"/{robot.name}",
        target="amr_perception.nodes.drive_recorder:DriveRecorderNode",
        params={"path": str(folder / "drive.mcap"), "robot_type": robot.type, "seconds": 1800.0},
    )  # fmt: skip
