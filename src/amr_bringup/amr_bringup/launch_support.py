"""Turns the node descriptions into launch_ros actions; the launch files are a few lines around it.

As Nav2 does: nodes can share processes (`composition`), a node that dies is started again (`respawn`), Nav2's own
servers are brought up by their lifecycle managers.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from amr_bringup.doctor import require
from amr_bringup.launch_arguments import COMMON, Argument, Values, check_names
from amr_bringup.launch_exits import Exits, Refusals
from amr_bringup.nav2 import nav2_check, process_remaps, second_life
from amr_bringup.run_options import RunMode
from amr_bringup.security.policy import container, enclave_of, robot_of
from amr_bringup.spec import FILE, NodeSpec
from amr_core import dds_interfaces

RESPAWN_DELAY = 2.0  # s; chosen: what fails at once must not fill log and processor, and a robot waits for what fell
RELOAD_DELAY = 8.0
"""Seconds until a container that was started again is loaded: it must be heard beside the one that was killed."""

Choose = Callable[[Values], Sequence[NodeSpec]]


def choose(specs: Sequence[NodeSpec], packages: Sequence[str]) -> list[NodeSpec]:
    """Return the specs of these packages, in order."""
    return [spec for spec in specs if spec.package in packages]


def write_files(specs: Iterable[NodeSpec], folder: Path) -> list[NodeSpec]:
    """Write what specs bring as text into folder and return them with the paths in place of "file:NAME"."""
    done = []
    for spec in specs:
        paths = {}
        for name, text in spec.files.items():
            place = folder / spec.namespace.strip("/") / spec.name / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")
            paths[FILE + name] = str(place)
        params = {
            key: paths.get(value, value) if isinstance(value, str) else value for key, value in spec.params.items()
        }
        arguments = tuple(paths.get(argument, argument) for argument in spec.arguments)
        done.append(dataclasses.replace(spec, params=params, arguments=arguments, files={}))
    return done


def node_arguments(spec: NodeSpec, *, wall_time: bool = False, respawn: bool = True) -> dict[str, Any]:
    """Return the keyword arguments of launch_ros.actions.Node for a spec whose files are written."""
    arguments = list(spec.arguments)
    if wall_time and spec.target:
        arguments += ["--ros-args", "-p", "use_sim_time:=false"]
    return {
        "package": spec.package,
        "executable": spec.executable,
        "name": spec.name,
        "namespace": spec.namespace,
        "parameters": [*([spec.params_file] if spec.params_file else []), dict(spec.params)],
        "remappings": list(spec.remaps.items()),
        "arguments": arguments,
        **_enclave(enclave_of(spec)),
        "output": "screen",
        "respawn": respawn and not spec.once and not spec.vital,
        "respawn_delay": RESPAWN_DELAY,
        "on_exit": Exits(spec.vital, once=spec.once),
    }


def _enclave(path: str) -> dict[str, list[str]]:
    """Return the argument that names a process's enclave, when SROS 2 is switched on (see `amr security`)."""
    on = os.environ.get("ROS_SECURITY_ENABLE", "").lower() == "true"
    return {"ros_arguments": ["--enclave", path]} if on else {}


def container_arguments(group: str, specs: Sequence[NodeSpec], file: Path, *, wall_time: bool) -> list[str]:
    """Write the specs of one process of ours and return the arguments of amr_bringup's `container`."""
    file.write_text(json.dumps([{**dataclasses.asdict(s), "when": sorted(s.when)} for s in specs]), encoding="utf-8")
    return [group, str(file), *(["--wall-time"] if wall_time else [])]


def by_group(specs: Iterable[NodeSpec]) -> dict[str, list[NodeSpec]]:
    """Return the specs of each process, in order."""
    groups: dict[str, list[NodeSpec]] = {}
    for spec in specs:
        groups.setdefault(spec.group, []).append(spec)
    return groups


def actions(specs: Sequence[NodeSpec], mode: RunMode, values: Values) -> list[Any]:
    """Return the launch actions of these specs."""
    from launch_ros.actions import Node

    folder = Path(tempfile.mkdtemp(prefix="amr-launch-"))
    specs = _with_params_files(write_files(specs, folder), folder)
    wall_time, respawn = mode == "real", values.flag("respawn")
    if not values.flag("composition"):
        return [action for spec in specs for action in _one_process(spec, wall_time=wall_time, respawn=respawn)]
    found = []
    for group, members in by_group(specs).items():
        ours = [spec for spec in members if spec.target]
        components = [spec for spec in members if spec.plugin]
        if ours:
            arguments = container_arguments(group, ours, folder / f"{group}.json", wall_time=wall_time)
            found.append(
                Node(
                    package="amr_bringup",
                    executable="container",
                    arguments=arguments,
                    **_enclave(container(robot_of(ours[0])) if robot_of(ours[0]) else enclave_of(ours[0])),
                    output="screen",
                    respawn=respawn,
                    respawn_delay=RESPAWN_DELAY,
                    on_exit=Exits(),
                )
            )
        if components:
            found += _component_container(group, components, respawn=respawn)
        rest = [spec for spec in members if not spec.target and not spec.plugin]
        found += [action for spec in rest for action in _one_process(spec, wall_time=wall_time, respawn=respawn)]
    return found


def _one_process(spec: NodeSpec, *, wall_time: bool, respawn: bool) -> list[Any]:
    """Return the node as a process of its own, and what listens to its output where it may refuse what it is for."""
    from launch.actions import RegisterEventHandler
    from launch.event_handlers import OnProcessIO, OnShutdown
    from launch_ros.actions import Node

    node = Node(**_typed(node_arguments(spec, wall_time=wall_time, respawn=respawn)))
    if not spec.refusals:
        return [node]
    refused = Refusals(spec.refusals)
    heard = OnProcessIO(target_action=node, on_stdout=refused, on_stderr=refused)
    return [RegisterEventHandler(heard), RegisterEventHandler(OnShutdown(on_shutdown=refused.end)), node]


def keep_inside() -> None:
    """What leaves this computer goes over MQTT; its ROS graph stays here, unless somebody says otherwise.

    The range alone keeps nobody out: sockets would be on all addresses, and who knows one of them drives the robot.
    """
    if dds_interfaces.RANGE not in os.environ:
        os.environ |= dds_interfaces.environment()


def description(select: Choose, mode: RunMode | None, arguments: Sequence[Argument], *extra: Any) -> Any:
    """Return a LaunchDescription with documented arguments that starts what select returns for their values.

    mode None: the value of the argument `mode`. extra: further actions.
    """
    from launch import LaunchContext, LaunchDescription
    from launch.actions import DeclareLaunchArgument, OpaqueFunction
    from launch.substitutions import LaunchConfiguration

    declared = [*arguments, *COMMON]

    def start(context: LaunchContext) -> list[Any]:
        check_names(sys.argv, declared)
        given = {a.name: str(LaunchConfiguration(a.name).perform(context)) for a in declared}
        values = Values(given, declared)
        specs = select(values)
        if "AMENT_PREFIX_PATH" in os.environ:
            require([spec.package for spec in specs], os.environ)
        if any(spec.package == "amr_interop" for spec in specs):
            keep_inside()
        return actions(specs, mode or values.mode, values)

    return LaunchDescription(
        [
            *(
                DeclareLaunchArgument(
                    a.name, default_value=a.default, description=a.description, choices=list(a.choices) or None
                )
                for a in declared
            ),
            OpaqueFunction(function=start),
            *extra,  # last: nothing is started before the checks
        ]
    )


def gazebo_window() -> Any:
    """Return the action that starts Gazebo's window when gui:=true."""
    from launch.actions import ExecuteProcess
    from launch.conditions import IfCondition
    from launch.substitutions import LaunchConfiguration

    return ExecuteProcess(cmd=["gz", "sim", "-g"], condition=IfCondition(LaunchConfiguration("gui")), output="screen")


def drivers() -> Any:
    """Return the action that includes the launch file of a robot's drivers, with its name and type."""
    from launch.actions import IncludeLaunchDescription
    from launch.conditions import IfCondition
    from launch.launch_description_sources import AnyLaunchDescriptionSource
    from launch.substitutions import LaunchConfiguration, NotEqualsSubstitution

    return IncludeLaunchDescription(
        AnyLaunchDescriptionSource(LaunchConfiguration("drivers")),
        launch_arguments={"robot": LaunchConfiguration("robot"), "site": LaunchConfiguration("site")}.items(),
        condition=IfCondition(NotEqualsSubstitution(LaunchConfiguration("drivers"), "")),
    )


def _typed(keywords: dict[str, Any]) -> dict[str, Any]:
    """Return keywords with texts that stay texts: launch_ros would read "1" as a number and a URDF as YAML."""
    from launch_ros.parameter_descriptions import ParameterFile, ParameterValue

    parameters = [
        ParameterFile(entry, allow_substs=True)
        if isinstance(entry, str)
        else {k: ParameterValue(v, value_type=str) if isinstance(v, str) else v for k, v in entry.items()}
        for entry in keywords["parameters"]
    ]
    return {**keywords, "parameters": parameters}


def _with_params_files(specs: Iterable[NodeSpec], folder: Path) -> list[NodeSpec]:
    """Return specs with copies of their parameter files, one a robot, under its namespace as ROS needs it."""
    import yaml

    copies: dict[tuple[Any, ...], str] = {}
    done = []
    for spec in specs:
        if spec.params_file:
            key = (spec.params_file, spec.namespace, tuple(spec.params_values.items()))
            if key not in copies:
                text = Path(spec.params_file).read_text(encoding="utf-8")
                for old, new in spec.params_values.items():
                    text = text.replace(old, new)
                target = folder / spec.namespace.strip("/") / f"{len(copies)}_{Path(spec.params_file).name}"
                target.parent.mkdir(parents=True, exist_ok=True)
                content = {spec.namespace.strip("/"): yaml.safe_load(text)}
                target.write_text(yaml.safe_dump(content), encoding="utf-8")
                copies[key] = str(target)
            spec = dataclasses.replace(spec, params_file=copies[key])
        done.append(spec)
    return done


def _component_container(group: str, specs: Sequence[NodeSpec], *, respawn: bool) -> list[Any]:
    """Return the container of these components, and what loads them at each of its starts.

    ComposableNodeContainer loads once: started again it stays empty, and a robot has no navigation for ever.
    """
    from launch.actions import RegisterEventHandler
    from launch.event_handlers import OnProcessStart
    from launch_ros.actions import ComposableNodeContainer

    # The costmaps are nodes inside the servers: they take parameters and remaps of the process only.
    shared = _typed({"parameters": [specs[0].params_file]})["parameters"] if specs[0].params_file else []
    container = ComposableNodeContainer(
        parameters=shared,
        remappings=list(process_remaps(specs[0].namespace.strip("/")).items()),
        package="rclcpp_components",
        executable="component_container_isolated",
        name=f"{group}_container",
        namespace=specs[0].namespace,
        **_enclave(enclave_of(specs[0])),
        output="screen",
        respawn=respawn,
        respawn_delay=RESPAWN_DELAY,
        on_exit=Exits(),
    )
    load = Loads(container, specs)
    return [RegisterEventHandler(OnProcessStart(target_action=container, on_start=load)), container]


class Loads:
    """The on_start of a container: loads its components; a second time after a while, and watches whether they come up.

    DDS believes in the service of a killed process for up to 20 s: a call made at once would go to nobody.
    """

    def __init__(self, container: Any, specs: Sequence[NodeSpec]) -> None:
        self._container = container
        self._specs = specs
        self._again = False

    def __call__(self, _event: Any, _context: Any) -> list[Any]:
        """Return the actions for one start (launch.events.process.ProcessStarted)."""
        from launch.actions import TimerAction
        from launch_ros.actions import LoadComposableNodes, Node

        specs = [second_life(spec) for spec in self._specs] if self._again else self._specs
        load = LoadComposableNodes(
            composable_node_descriptions=[self._component(spec) for spec in specs],
            target_container=self._container,
        )
        if not self._again:
            self._again = True
            return [load]
        check = Node(**_typed(node_arguments(nav2_check(self._specs[0].namespace.strip("/"), tell_pose=True))))
        return [TimerAction(period=RELOAD_DELAY, actions=[load, check])]

    def _component(self, spec: NodeSpec) -> Any:
        from launch_ros.descriptions import ComposableNode

        given = _typed(node_arguments(spec))
        keys = ("package", "name", "namespace", "parameters", "remappings")
        return ComposableNode(plugin=spec.plugin, **{key: given[key] for key in keys})
