"""docs/topics.md from the graph of a stack that runs in this process: what is published by whom, for whom, how."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from rclpy.action.graph import get_action_server_names_and_types_by_node
from rclpy.node import Node
from topics_text import HEAD, MEANING, NAV2S, TAIL

from amr_bringup.run_options import RunOptions
from amr_bringup.stack import stack
from amr_core.site import load_site
from amr_ros.host import ProcessHost

SITE, ROBOT, CAMERA, HOST = "lab", "amr_01", "C01", "docs"
_SETTLED_S, _LONGEST_S = 3.0, 90.0
_PLUMBING = ("/rosout", "/parameter_events", "/_action/")
_PARAMETERS = ("get_parameters", "set_parameters", "describe_parameters", "list_parameters", "get_parameter_types",
               "set_parameters_atomically", "get_type_description")  # fmt: skip


def topics_page(domain_id: int) -> str:
    """Start the stack's nodes in this process, look at the graph, and return the page."""
    os.environ["ROS_AUTOMATIC_DISCOVERY_RANGE"] = "LOCALHOST"
    options = RunOptions(site=SITE, robots=1, cameras=True, depth=True, lockstep=False)
    with ProcessHost(participant=HOST, sim_time=True, domain_id=domain_id) as host:
        for spec in stack(load_site(SITE), options):
            host.add(spec)
        node = host.nodes[0]
        _settle(node)
        lines = [*_topics(node), "", *_servers(node)]
    return f"{HEAD}\n" + "\n".join(lines) + f"\n{TAIL}"


def _settle(node: Node) -> None:
    """Wait until the graph has not changed for a while; nothing ticks, so nothing that lasts a moment is seen."""
    seen, since, end = set[str](), time.monotonic(), time.monotonic() + _LONGEST_S
    while time.monotonic() < end:
        time.sleep(0.2)
        now = {f"{name} {node.count_publishers(name)} {node.count_subscribers(name)}" for name, _ in _names(node)}
        now |= set(_servers(node))  # which node serves what is known later than that somebody does
        if now != seen:
            seen, since = now, time.monotonic()
        elif time.monotonic() - since > _SETTLED_S:
            return


def _names(node: Node) -> list[tuple[str, list[str]]]:
    return [(name, types) for name, types in node.get_topic_names_and_types() if not any(p in name for p in _PLUMBING)]


def _public(name: str) -> str:
    return name.replace(f"/{ROBOT}/", "/<robot>/").replace(f"/{CAMERA}/", "/<camera>/").replace("_c01", "")


def _who(ends: list[Any]) -> str:
    names = {"every process" if end.node_name == f"clock_{HOST}" else _public(end.node_name) for end in ends}
    return ", ".join(sorted(names)) or "-"


def _how(ends: list[Any]) -> str:
    kinds = set()
    for end in ends:
        latched = end.qos_profile.durability.name == "TRANSIENT_LOCAL"
        kinds.add("latched" if latched else end.qos_profile.reliability.name.lower().replace("_", " "))
    return ", ".join(sorted(kinds))


def _topics(node: Node) -> Iterator[str]:
    yield "## Topics"
    yield "A relative name of a robot's node stands below `/<robot>`. latched: reliable, the last message is kept."
    yield "Who subscribes only for a while (cameras while docking, RViz) is not listed."
    yield ""
    yield "| topic | type | QoS | from | to | says |"
    yield "|---|---|---|---|---|---|"
    for name, types in sorted(_names(node)):
        senders, takers = node.get_publishers_info_by_topic(name), node.get_subscriptions_info_by_topic(name)
        public = _public(name)
        says = MEANING.get(public) or ("see nav2.md" if any(part in public for part in NAV2S) else None)
        if says is None:
            raise SystemExit(f"scripts/topics_text.py says nothing of {public}")
        takers_named = "every process" if name == "/clock" else _who(takers)  # which subscribe once they tick
        cells = (
            f"`{public}`",
            types[0].replace("/msg/", "/"),
            _how(senders or takers),
            _who(senders),
            takers_named,
            says,
        )
        yield f"| {' | '.join(cells)} |"


def _servers(node: Node) -> Iterator[str]:
    found: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    for name, namespace in node.get_node_names_and_namespaces():
        for action, types in get_action_server_names_and_types_by_node(node, name, namespace):
            found["action", _public(action), types[0].replace("/action/", "/")].add(_public(name))
        for service, types in node.get_service_names_and_types_by_node(name, namespace):
            if not service.endswith(_PARAMETERS) and "/_action/" not in service:
                found["service", _public(service), types[0].replace("/srv/", "/")].add(_public(name))
    yield "## Services and actions"
    yield "Without those of parameters. `read_labels` (amr_interfaces/ReadLabels) is served by label_reader, which is"
    yield "not started by default."
    yield ""
    yield "| | name | type | served by |"
    yield "|---|---|---|---|"
    for (kind, name, type_name), servers in sorted(found.items()):
        yield f"| {kind} | `{name}` | {type_name} | {', '.join(sorted(servers))} |"
