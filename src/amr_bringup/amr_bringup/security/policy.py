"""What each node of the stack may publish, subscribe, serve and call: from its NodeSpec, in DDS names.

An enclave is a NodeSpec's namespace and name (`/amr_01/agent`, `/fleet`). A robot has two more: one with its own name
for what is not ours (drivers, Nav2), and `container` for all of ours in one process. Adapters of doors, whoever asks
the fleet for a door, and the fire panel have one each. Expressions are those of DDS security (fnmatch). Only the agent
speaks for its robot, only the fleet gives orders: everything else on a robot is denied just that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from amr_bringup.spec import NodeSpec

FLEET_SAYS: Final = ("order", "instant_action")
AGENT_SAYS: Final = ("state", "connection", "report")
ENGINEER: Final = "/engineer"
DOOR_ADAPTER: Final = "/door_adapter"
DOOR_REQUESTER: Final = "/door_requester"
LIFT_ADAPTER: Final = "/lift_adapter"
LIFT_REQUESTER: Final = "/lift_requester"
FIRE_PANEL: Final = "/fire_panel"
GATE_BARRIER: Final = "/gate_barrier"
OPEN_RMF: Final = "/open_rmf"
_ACTIONS: Final = ("follow_path", "navigate_to_pose", "dock_robot", "undock_robot", "handle_load")
_SENSORS: Final = (
    "battery_state", "imu", "load_state", "odom", "scan_front", "scan_rear", "tf", "camera/*", "depth_camera/*",
)  # fmt: skip
_DISCOVERY: Final = "ros_discovery_info"


@dataclass(frozen=True)
class Grant:
    """What one enclave may do, as DDS topic expressions; what is denied wins."""

    enclave: str
    publish: tuple[str, ...]
    subscribe: tuple[str, ...]
    deny_publish: tuple[str, ...] = ()

    def may_publish(self, topic: str) -> bool:
        """Return whether it may publish a DDS topic ("rt/fleet/beat")."""
        return _match(topic, self.publish) and not _match(topic, self.deny_publish)

    def may_subscribe(self, topic: str) -> bool:
        """Return whether it may subscribe a DDS topic."""
        return _match(topic, self.subscribe)


@dataclass(frozen=True)
class _Use:
    """ROS names, absolute."""

    publishes: Sequence[str] = ()
    subscribes: Sequence[str] = ()
    serves: Sequence[str] = ()
    calls: Sequence[str] = ()
    acts: Sequence[str] = ()
    """Actions that it serves."""
    asks: Sequence[str] = ()
    """Actions that it calls."""
    never: Sequence[str] = ()
    """Topics that it must not publish whatever else it may."""


def grants(specs: Iterable[NodeSpec], *, simulated: bool) -> list[Grant]:
    """Return a grant for each node of ours, for each robot as such, and for what is not ours at a site, by enclave.

    What is not ours: the engineer's tools, adapters of doors and lifts, who asks the fleet for one, the fire panel.

    simulated: there are a /clock and steps to answer.
    """
    specs = list(specs)
    robots = sorted({robot_of(spec) for spec in specs} - {""})
    cameras = [str(spec.params["camera"]) for spec in specs if spec.executable == "camera_monitor"]
    made = {f"/{robot}": _grant(f"/{robot}", _on_robot(robot), simulated) for robot in robots}
    for spec in specs:
        if enclave_of(spec) in made:
            continue
        robot = robot_of(spec)
        use = _agent(robot) if robot and spec.executable == "agent" else _on_robot(robot)
        if not robot:
            use = _SITE.get(spec.executable, _nothing)(spec, robots, cameras)
        made[enclave_of(spec)] = _grant(enclave_of(spec), use, simulated)
    for robot in robots:
        own = [grant for enclave, grant in made.items() if enclave.startswith(f"/{robot}/")]
        made[container(robot)] = merged(container(robot), own)
    releases = [f"/{robot}/release_fleet" for robot in robots]
    made[ENGINEER] = _grant(ENGINEER, _Use(subscribes=["/*"], calls=releases), simulated)
    made |= {enclave: _grant(enclave, use, simulated) for enclave, use in _PERIPHERALS.items()}
    return [made[enclave] for enclave in sorted(made)]


def merged(enclave: str, parts: Sequence[Grant]) -> Grant:
    """Return one grant for several nodes in one process: it may what any of them may."""

    def all_of(kind: Callable[[Grant], Iterable[str]]) -> tuple[str, ...]:
        return tuple(sorted({name for part in parts for name in kind(part)}))

    publish = all_of(lambda part: part.publish)
    denied = tuple(name for name in all_of(lambda part: part.deny_publish) if not any(name in p.publish for p in parts))
    return Grant(enclave, publish, all_of(lambda part: part.subscribe), denied)


def robot_of(spec: NodeSpec) -> str:
    """Return whose node it is, "" = the site's: robots are namespaces of their own, gates have one below /gates."""
    name = spec.namespace.strip("/")
    return "" if "/" in name else name


def enclave_of(spec: NodeSpec) -> str:
    """Return the enclave of a node; what is not ours (Nav2, bridges) runs in its robot's."""
    robot = spec.namespace.strip("/")
    if not spec.package.startswith("amr_"):
        return f"/{robot or spec.name}"
    return f"/{robot}/{spec.name}" if robot else f"/{spec.name}"


def container(robot: str) -> str:
    """Return the enclave of a process with all nodes of ours on a robot (composition)."""
    return f"/{robot}/container"


def processes(specs: Iterable[NodeSpec], *, simulated: bool) -> list[Grant]:
    """Return a grant for each process of an embedded run, `/processes/<group>`: what its nodes may together."""
    specs = list(specs)
    by_enclave = {grant.enclave: grant for grant in grants(specs, simulated=simulated)}
    groups: dict[str, list[Grant]] = {}
    for spec in specs:
        groups.setdefault(spec.group, []).append(by_enclave[enclave_of(spec)])
    return [merged(process_enclave(group), parts) for group, parts in sorted(groups.items())]


def process_enclave(group: str) -> str:
    """Return the enclave of a process of an embedded run."""
    return f"/processes/{group}"


def _match(topic: str, expressions: Iterable[str]) -> bool:
    return any(fnmatchcase(topic, expression) for expression in expressions)


# Who does what ------------------------------------------------------------------------------------------------------


def _below(robot: str, names: Iterable[str]) -> list[str]:
    return [f"/{robot}/{name}" for name in names]


def _agent(robot: str) -> _Use:
    return _Use(
        publishes=_below(robot, (*AGENT_SAYS, "footprint", "initialpose", "speed_limit", "picture_wanted")),
        subscribes=[
            *_below(robot, (*FLEET_SAYS, "battery_state", "load_state", "blocked_by", "localization_score")),
            *_below(robot, ("odom", "amcl_pose", "localization_doubt", "camera_health", "picture", "speed_limit")),
            *_below(robot, ("amcl/transition_event", "initialpose")),
            "/fleet/beat",
        ],
        serves=_below(robot, ("release_fleet",)),
        asks=_below(robot, _ACTIONS),
    )  # fmt: skip


def _on_robot(robot: str) -> _Use:
    return _Use(
        publishes=[f"/{robot}/*"], subscribes=[f"/{robot}/*", "/fleet/state"], serves=[f"/{robot}/*"],
        calls=[f"/{robot}/*"], never=_below(robot, (*FLEET_SAYS, *AGENT_SAYS)),
    )  # fmt: skip


def _each(robots: Sequence[str], names: Sequence[str]) -> list[str]:
    return [name for robot in robots for name in _below(robot, names)]


_GOALS: Final = tuple(f"{action}/_action/status" for action in _ACTIONS)
"""Heard for traces of orders (docs/neighbours.md)."""


def _fleet(spec: NodeSpec, robots: Sequence[str], _cameras: Sequence[str]) -> _Use:
    return _Use(
        publishes=[
            *_each(robots, FLEET_SAYS), "/fleet/beat", "/fleet/state", "/fleet/zones", "/door_requests",
            "/door_supervisor_heartbeat", "/fleet_states", "/lift_requests",
            *(["/uav_*/mission"] if spec.params.get("uav") else []),
        ],
        subscribes=[
            *_each(robots, (*AGENT_SAYS, "tracks", *_GOALS)), "/fleet/beat", "/cameras/events", "/cameras/views",
            "/custody/evidence", "/sim/ground_truth", "/door_states", "/adapter_door_requests", "/fire_alarm_trigger",
            "/conveyor_loads",
            "/lift_states", "/adapter_lift_requests",
            *(["/uav_*/flight_state", "/uav_*/picture", "/inventory/readings"] if spec.params.get("uav") else []),
        ],
        serves=["/fleet/create_order", "/fleet/cancel_order", "/fleet/pause_robots"],
        calls=["/cameras/set_up"],
    )  # fmt: skip


def _camera(spec: NodeSpec, _robots: Sequence[str], _cameras: Sequence[str]) -> _Use:
    own = f"/cameras/{spec.params['camera']}"
    return _Use(
        publishes=[f"{own}/detections", "/cameras/events", "/cameras/views"],
        subscribes=[f"{own}/image_raw", f"{own}/image_raw/compressed", "/fleet/state"],
        serves=[f"{own}/learn_view"],
    )


def _gate(spec: NodeSpec, _robots: Sequence[str], _cameras: Sequence[str]) -> _Use:
    topics = [f"{spec.namespace}/{image}" for image in str(spec.params["image"]).split(",")]
    return _Use(
        publishes=["/custody/evidence", f"{spec.namespace}/camera_health"],
        subscribes=[name for topic in topics for name in (topic, f"{topic}/compressed")],
        acts=[f"{spec.namespace}/read_labels"],
    )


def _gateway(spec: NodeSpec, _robots: Sequence[str], _cameras: Sequence[str]) -> _Use:
    names = [str(text).partition("=")[0] for text in _listed(spec.params.get("robots"))]
    heard = [*_each(names, FLEET_SAYS), "/fleet/beat", "/fleet/zones"]
    return _Use(publishes=_each(names, AGENT_SAYS), subscribes=heard)


def _foxglove(_spec: NodeSpec, robots: Sequence[str], _cameras: Sequence[str]) -> _Use:
    return _Use(subscribes=["/fleet/state", *_each(robots, ("state", "scan_front", "scan_rear"))])


def _listed(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def _simulator(_spec: NodeSpec, robots: Sequence[str], cameras: Sequence[str]) -> _Use:
    pictures = [f"/cameras/{camera}/{name}" for camera in cameras for name in ("image_raw", "camera_info")]
    return _Use(
        publishes=[
            *_each(robots, _SENSORS), *pictures, "/clock", "/sim/ground_truth", "/door_states", "/conveyor_loads",
            "/lift_states",
        ],
        subscribes=[*_each(robots, ("amcl_pose", "cmd_vel")), "/sim/step_done", "/door_requests", "/lift_requests"],
        serves=["/sim/set_speed"],
        acts=_each(robots, ("handle_load",)),
    )  # fmt: skip


def _nothing(_spec: NodeSpec, _robots: Sequence[str], _cameras: Sequence[str]) -> _Use:
    return _Use()


_ADAPTER: Final = _Use(
    publishes=["/door_states", "/conveyor_loads", "/lift_states"],
    subscribes=["/door_requests", "/door_supervisor_heartbeat", "/lift_requests"],
)
_SITE: Final[Mapping[str, Callable[[NodeSpec, Sequence[str], Sequence[str]], _Use]]] = {
    "fleet": _fleet,
    "camera_monitor": _camera,
    "camera_setup": lambda *_: _Use(
        subscribes=["/cameras/*/image_raw", "/cameras/*/image_raw/compressed"], serves=["/cameras/set_up"]
    ),
    "label_reader": _gate,
    "gateway": _gateway,
    "door_adapter": lambda *_: _ADAPTER,
    "simulator": _simulator,
    "uav": lambda *_: _Use(
        publishes=["/uav_*/flight_state", "/uav_*/camera/image_raw"], subscribes=["/uav_*/mission", "/fleet/beat"]
    ),
    "mavlink": lambda *_: _Use(publishes=["/uav_*/flight_state"], subscribes=["/uav_*/mission", "/fleet/beat"]),
    "shelf_reader": lambda *_: _Use(
        publishes=["/inventory/readings", "/uav_*/picture"],
        subscribes=["/uav_*/flight_state", "/uav_*/camera/image_raw", "/uav_*/camera/image_raw/compressed"],
    ),
    "foxglove": _foxglove,
    "recorder": lambda *_: _Use(subscribes=["/cameras/*"]),
    "demand": lambda *_: _Use(calls=["/fleet/create_order"]),
    "report": lambda *_: _Use(subscribes=["/fleet/state", "/sim/contacts", "/sim/ground_truth"]),
}
"""Nodes outside robots; one that is not listed may only be found."""

_PERIPHERALS: Final[Mapping[str, _Use]] = {
    DOOR_ADAPTER: _ADAPTER,
    DOOR_REQUESTER: _Use(
        publishes=["/adapter_door_requests"], subscribes=["/door_states", "/door_supervisor_heartbeat"]
    ),
    LIFT_ADAPTER: _Use(publishes=["/lift_states"], subscribes=["/lift_requests"]),
    LIFT_REQUESTER: _Use(publishes=["/adapter_lift_requests"], subscribes=["/lift_states"]),
    FIRE_PANEL: _Use(publishes=["/fire_alarm_trigger"]),
    GATE_BARRIER: _Use(asks=["/gates/*/read_labels"], subscribes=["/custody/evidence"]),
    OPEN_RMF: _Use(subscribes=["/fleet_states"]),
}
"""Only the fleet tells doors and lifts what to do: who else wants one asks the fleet."""


# In DDS names -------------------------------------------------------------------------------------------------------


def _grant(enclave: str, use: _Use, simulated: bool) -> Grant:
    publish = [f"rt{name}" for name in use.publishes]
    subscribe = [f"rt{name}" for name in use.subscribes]
    for name in (*use.serves, "/*/get_type_description"):
        publish.append(f"rr{name}Reply")
        subscribe.append(f"rq{name}Request")
    for name in use.calls:
        publish.append(f"rq{name}Request")
        subscribe.append(f"rr{name}Reply")
    for name in use.acts:
        publish += [f"rr{name}/_action/*Reply", f"rt{name}/_action/*"]
        subscribe.append(f"rq{name}/_action/*Request")
    for name in use.asks:
        publish.append(f"rq{name}/_action/*Request")
        subscribe += [f"rr{name}/_action/*Reply", f"rt{name}/_action/*"]
    publish += [_DISCOVERY, "rt/rosout", "rt/parameter_events", "rt/diagnostics"]
    subscribe += [_DISCOVERY, "rt/parameter_events", "rt/clock"]
    if simulated:
        publish.append("rt/sim/step_done")
    return Grant(enclave, _unique(publish), _unique(subscribe), _unique(f"rt{name}" for name in use.never))


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
