"""Which nodes stand between the fleet and robots that are led over VDA 5050."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from amr_bringup.spec import EVERYWHERE, NodeSpec, Scalar
from amr_core.addresses import host_port
from amr_core.errors import AmrError
from amr_core.site import FleetRobot, Site
from amr_interop.vda.addresses import addresses
from amr_interop.vda.floors import floors_of
from amr_interop.vda.maps import called

GROUP: Final = "interop"
_MQTT_PORT: Final = 1883
MANUFACTURER: Final = "AMR"
VERSIONS: Final = ("2.1.0", "3.0.0")
AGENT_REMAPS: Final = {
    "order": "agent/order", "instant_action": "agent/instant_action", "state": "agent/state",
    "connection": "agent/connection", "/fleet/beat": "agent/beat",
    "report": "agent/report",
}  # fmt: skip
"""The agent's topics step aside: the fleet's names belong to the gateway then (amr_interop.nodes.vda_robot)."""


def mqtt_address(count: int, given: str) -> str:
    """Return the broker of a run: "" without such robots, what was given, or ":PORT" for one of our own.

    Our own takes MQTT's port 1883 when that is free, so that mosquitto_sub needs no option. Raises run.bad_option.
    """
    if given and not count:
        raise AmrError("run.bad_option", option="--mqtt", value=given[:64], reason="only with --vda5050")
    if given and host_port(given) is None:
        raise AmrError("run.bad_option", option="--mqtt", value=given[:64], reason="give HOST:PORT")
    return given or (f":{_free_port()}" if count else "")


def _free_port() -> int:
    for wanted in (_MQTT_PORT, 0):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", wanted))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise AmrError("run.port_taken", port=_MQTT_PORT)


def over_mqtt(
    specs: Sequence[NodeSpec],
    robots: Sequence[FleetRobot],
    count: int,
    mqtt: str,
    folder: str,
    common: Mapping[str, Scalar],
) -> list[NodeSpec]:
    """Return the specs with the last count robots led over VDA 5050, every other one in 2.1 and 3.0.

    mqtt: HOST:PORT of a broker, ":PORT" for one of our own; folder: see GatewayNode; common: parameters of all
    (site, epoch). Raises run.bad_option.
    """
    if not 0 <= count <= len(robots):
        reason = f"there are {len(robots)} robots"
        raise AmrError("run.bad_option", option="--vda5050", value=count, reason=reason)
    chosen = {robot.name: VERSIONS[i % 2] for i, robot in enumerate(robots[len(robots) - count :])}
    own = mqtt.startswith(":")
    broker = f"127.0.0.1{mqtt}" if own else mqtt
    types = {robot.name: robot.type for robot in robots}
    changed: list[NodeSpec] = []
    for spec in specs:
        name = spec.namespace.strip("/")
        if spec.executable != "agent" or name not in chosen:
            changed.append(spec)
            continue
        changed.append(replace(spec, remaps={**spec.remaps, **AGENT_REMAPS}))
        face: dict[str, Scalar] = {**common, "robot": name, "robot_type": types[name], "broker": broker}
        changed.append(
            _node("vda_robot", "VdaRobotNode", spec.group, {**face, "version": chosen[name]}, spec.namespace)
        )
    listed = [f"{name}={MANUFACTURER}/{name}" for name in chosen]
    # Of somebody else's broker it takes no seat: that is kept there, and the journal of the next run is another one.
    gateway: dict[str, Scalar] = {
        **common, "robots": listed, "broker": broker, "folder": folder, "one_fleet": own,
    }  # fmt: skip
    if own:
        changed.append(_node("demo_broker", "DemoBrokerNode", GROUP, {"port": int(mqtt[1:])}))
    changed.append(_node("gateway", "GatewayNode", GROUP, gateway))
    return changed


@dataclass(frozen=True, kw_only=True)
class Uplink:
    """How a computer reaches the site's broker: HOST:PORT, PEM files; version: of VDA 5050, of a robot."""

    broker: str
    ca: str = ""
    certificate: str = ""
    key: str = ""
    version: str = "3.0.0"

    @property
    def params(self) -> dict[str, Scalar]:
        """The parameters that gateway and robot share (amr_interop.mqtt.params)."""
        return {"broker": self.broker, "ca": self.ca, "certificate": self.certificate, "key": self.key}


def robot_uplink(specs: Sequence[NodeSpec], robot: FleetRobot, site: str, link: Uplink) -> list[NodeSpec]:
    """Return a robot's specs with its agent behind VDA 5050: nothing else of it leaves its computer."""
    face: dict[str, Scalar] = {
        "site": site, "robot": robot.name, "robot_type": robot.type, "version": link.version, **link.params,
    }  # fmt: skip
    changed = [replace(s, remaps={**s.remaps, **AGENT_REMAPS}) if s.executable == "agent" else s for s in specs]
    group = next(s.group for s in specs if s.executable == "agent")
    return [*changed, _node("vda_robot", "VdaRobotNode", group, face, f"/{robot.name}")]


def known_outside(site: Site, robots: Sequence[FleetRobot], others: Sequence[str], map_ids: Sequence[str]) -> list[str]:
    """Return "NAME=MANUFACTURER/SERIAL" of robots: ours, but for those of other makers in `others`.

    map_ids: what robots call their maps. Raises run.bad_option or parameter.invalid for what the gateway would refuse.
    """
    foreign = addresses(others)
    unknown = sorted(set(foreign) - {robot.name for robot in robots})
    if unknown:
        reason = "the fleet has no such robot"
        raise AmrError("run.bad_option", option="addresses", value=unknown[0][:64], reason=reason)
    own = {robot.name: (MANUFACTURER, robot.name) for robot in robots}
    listed = [f"{name}={'/'.join(foreign.get(name, address))}" for name, address in own.items()]
    called(map_ids, addresses(listed), floors_of(site))
    return listed


def server_uplink(robots: Sequence[str], site: str, folder: str, link: Uplink, map_ids: Sequence[str] = ()) -> NodeSpec:
    """Return the gateway that leads all robots of a site over the broker. folder: what it keeps of each.

    robots: NAME=MANUFACTURER/SERIAL; map_ids: NAME=MAPID of those whose maps are called otherwise.
    """
    gateway: dict[str, Scalar] = {
        "site": site, "robots": list(robots), "folder": folder, "one_fleet": True, **link.params,
    }  # fmt: skip
    if map_ids:
        gateway["map_ids"] = list(map_ids)
    return _node("gateway", "GatewayNode", GROUP, gateway)


def door_adapter(site: Site, named: str, file: str) -> NodeSpec:
    """Return what joins doors and lifts of a file to the fleet. named: the site, as launch files name it.

    Raises parameter.invalid, run.bad_option, mqtt.unreachable or door.no_pymodbus.
    """
    from amr_interop.doors.modbus import need_pymodbus  # what it brings is for who has such doors
    from amr_interop.doors.settings import load_for

    if load_for(site, file).needs_pymodbus:
        need_pymodbus()
    params: dict[str, Scalar] = {"site": named, "doors": str(Path(file).absolute())}
    return _node("door_adapter", "DoorAdapterNode", GROUP, params)


def _node(name: str, cls: str, group: str, params: dict[str, Scalar], namespace: str = "") -> NodeSpec:
    return NodeSpec(
        package="amr_interop", executable=name, target=f"amr_interop.nodes.{name}:{cls}", name=name,
        namespace=namespace, group=group, params=params, when=EVERYWHERE,
    )  # fmt: skip
