"""Checks Nav2 parameter files and behaviour trees against what Nav2 1.3.x declares.

Nav2 itself ignores a parameter that it does not know, and runs with the default; a wrong type ends the node at start.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from amr_core.errors import AmrError
from amr_core.yaml_files import parse_yaml
from amr_navigation.config.fitness import misfits
from amr_navigation.config.schema import COSTMAPS, Entry, node_entry, node_names, schema
from amr_navigation.servers.route_graph import RouteGraph

NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
SCRIPTED = {
    f"_{key}" for key in ("skipIf", "failureIf", "successIf", "while", "onSuccess", "onFailure", "onHalted", "post")
}
"""Attributes of any tree node: BehaviorTree.CPP's pre- and postconditions."""
FLOAT_TAGS = ("speed_limit", "abs_speed_limit", "abs_time_taken", "penalty")
"""Metadata of edges that nav2_route's scorers and operations read as floats, under their default names."""
Values = dict[str, Any]


@dataclass(frozen=True)
class ConfigFinding:
    """One fault: code of amr_core.errors, where it is, what is wrong."""

    code: str
    where: str
    reason: str

    def __str__(self) -> str:
        return f"[{self.code}] {self.where}: {self.reason}"


def check_file(path: Path) -> list[ConfigFinding]:
    """Return the faults of a parameter file (.yaml) or a behaviour tree (.xml); raises nav.file when unreadable."""
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".xml":
            return list(check_tree(ElementTree.fromstring(text), path.name))
        content = parse_yaml(text)
    except (OSError, ValueError, ElementTree.ParseError, RecursionError) as error:
        raise AmrError("nav.file", file=path.name, reason=" ".join(str(error).split())) from error
    if not isinstance(content, dict) or not content:
        raise AmrError("nav.file", file=path.name, reason="it does not hold a mapping of nodes")
    return check_params(content)


def check_params(content: Mapping[str, Any]) -> list[ConfigFinding]:
    """Return the faults of a parameter file's content: {node: {ros__parameters: {...}}}, with or without namespaces."""
    findings: list[ConfigFinding] = []
    given: dict[tuple[str, ...], dict[str, Values]] = {}
    for where, params in _nodes(content, (), findings):
        name = where[-1]
        if name not in COSTMAPS:
            given.setdefault(where[:-1], {})[name] = flatten(params)
        entry = node_entry(name)
        if name in COSTMAPS and (len(where) < 2 or where[-2] != name):
            reason = f"a costmap node lies in a namespace of its own name: {name}/{name}"
            findings.append(ConfigFinding("nav2.unknown_node", "/".join(where), reason))
        if entry is None:
            findings.append(
                ConfigFinding("nav2.unknown_node", name, f"Nav2 has no such node{_hint(name, node_names())}")
            )
        else:
            findings += _check_node(name, entry, params)
    return findings + [ConfigFinding("nav2.unfit", *found) for nodes in given.values() for found in misfits(nodes)]


def _nodes(
    content: Mapping[Any, Any], path: tuple[str, ...], findings: list[ConfigFinding]
) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    for key, value in content.items():
        where = (*path, str(key))
        if not isinstance(value, dict):
            findings.append(
                ConfigFinding("nav2.unknown_node", ".".join(where), "there are no ros__parameters below it")
            )
        elif "ros__parameters" in value:
            for other in value.keys() - {"ros__parameters"}:
                findings.append(
                    ConfigFinding("nav2.unknown_node", ".".join((*where, str(other))), "beside ros__parameters")
                )
            params = value["ros__parameters"]
            if isinstance(params, dict):
                yield where, params
            else:
                findings.append(ConfigFinding("nav2.wrong_type", ".".join(where), "ros__parameters is not a mapping"))
        elif len(path) >= 3 or not value:
            findings.append(
                ConfigFinding("nav2.unknown_node", ".".join(where), "there are no ros__parameters below it")
            )
        else:
            yield from _nodes(value, where, findings)


def _check_node(name: str, entry: Entry, params: Mapping[str, Any]) -> list[ConfigFinding]:
    values = flatten(params)
    expansion = _Expansion(name, values)
    for part in (schema()["every_node"], *([schema()["every_lifecycle_node"]] if entry.get("lifecycle", True) else [])):
        expansion.add(part, "")
    expansion.add(entry, "")
    findings = expansion.findings
    for key, value in values.items():
        where = f"{name}.{key}"
        if key.startswith(tuple(expansion.open)) and key not in expansion.types:
            continue
        if key not in expansion.types:
            hint = _hint(key, expansion.types)
            findings.append(ConfigFinding("nav2.unknown_parameter", where, f"Nav2 declares no such parameter{hint}"))
        elif not fits(value, expansion.types[key]):
            found = f"{type(value).__name__} {value!r}"
            findings.append(ConfigFinding("nav2.wrong_type", where, f"must be {expansion.types[key]}, not {found}"))
    return findings


class _Expansion:
    """Collects which parameters (dotted name -> type) a node declares, given the plugins that the file names."""

    def __init__(self, node: str, values: Values) -> None:
        self.types: dict[str, str] = {}
        self.open: list[str] = []
        self.findings: list[ConfigFinding] = []
        self._node, self._values = node, values

    def add(self, entry: Entry, prefix: str) -> None:
        for name, spec in entry.get("params", {}).items():
            self.types[prefix + name] = spec[0]
        if entry.get("open"):
            self.open.append(prefix)
        for section, params in entry.get("sections", {}).items():
            self.add({"params": params}, f"{prefix}{section}.")
        for listed, kind in entry.get("plugins", {}).items():
            for name in self._names(entry, prefix, listed):
                self._plugin(f"{prefix}{name}", kind, given=prefix + listed in self._values)
        for listed, member in entry.get("groups", {}).items():
            for name in self._names(entry, prefix, listed):
                self._member(f"{prefix}{name}", schema()["members"][member])
        for listed, choices in entry.get("members", {}).items():
            for name in self._names(entry, prefix, listed):
                self._choice(prefix, name, choices, entry.get("member_class", ""))
        if "wraps" in entry:
            self._wrapped(prefix, entry["wraps"])

    def _names(self, entry: Entry, prefix: str, listed: str) -> list[str]:
        spec = entry["params"].get(listed, ["string[]"])
        value = self._values.get(prefix + listed, spec[1] if len(spec) > 1 else [])
        if isinstance(value, str):
            return value.split()
        return [name for name in value if isinstance(name, str)] if isinstance(value, list) else []

    def _plugin(self, name: str, kind: str, *, given: bool) -> None:
        key = f"{name}.plugin"
        self.types[key] = "string"
        plugins: Mapping[str, Entry] = schema()["plugins"]
        value = self._values.get(key)
        if value is None:
            if given:
                self._fault("nav2.no_plugin", key, f"{name} is listed but has no plugin")
            return
        if isinstance(value, str) and value in plugins and plugins[value]["kind"] == kind:
            self.add(plugins[value], f"{name}.")
            return
        known = [cls for cls, entry in plugins.items() if entry["kind"] == kind]
        self._fault("nav2.no_plugin", key, f"Nav2 has no {kind} {value!r}{_hint(str(value), known)}")

    def _wrapped(self, prefix: str, parameter: str) -> None:
        plugins, value = schema()["plugins"], self._values.get(prefix + parameter)
        if isinstance(value, str) and value in plugins and "wraps" not in plugins[value]:
            self.add(plugins[value], prefix)
        else:
            self._fault("nav2.no_plugin", prefix + parameter, f"there is no controller {value!r}")

    def _member(self, name: str, entry: Entry) -> None:
        if not any(key.startswith(f"{name}.") for key in self._values):
            self._fault("nav2.no_plugin", name, "it is listed but has no parameters")
        self.add(entry, f"{name}.")

    def _choice(self, prefix: str, name: str, choices: Mapping[str, Entry], class_key: str) -> None:
        kind = str(self._values.get(f"{prefix}{name}.{class_key}", name)) if class_key else name
        if class_key:  # DWB completes what is written short: dwb_critics::PathDistCritic as PathDist
            kind = kind.rpartition("::")[2].removesuffix("Critic") + "Critic"
        if kind in choices:
            self.add({"params": choices[kind]}, f"{prefix}{name}.")
        else:
            self._fault("nav2.no_plugin", prefix + name, f"Nav2 has no such plugin{_hint(name, choices)}")

    def _fault(self, code: str, where: str, reason: str) -> None:
        self.findings.append(ConfigFinding(code, f"{self._node}.{where}", reason))


def flatten(params: Mapping[Any, Any], prefix: str = "") -> Values:
    """Return nested parameters as {dotted name: value}."""
    out: Values = {}
    for key, value in params.items():
        name = f"{prefix}{key}"
        out |= flatten(value, f"{name}.") if isinstance(value, dict) and value else {name: value}
    return out


def fits(value: Any, kind: str) -> bool:
    """Return whether a YAML value has a ROS parameter type. ROS does not take 5 for a double, nor 5.0 for an int."""
    if isinstance(value, str) and value.startswith("$("):
        return True  # a launch substitution, known only at launch
    if kind.endswith("[]"):
        return isinstance(value, list) and all(fits(item, kind[:-2]) for item in value)
    if kind == "double":
        return isinstance(value, float) or (isinstance(value, str) and NUMBER.fullmatch(value) is not None)
    if kind == "int":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, bool if kind == "bool" else str)


def check_tree(root: ElementTree.Element, name: str) -> Iterator[ConfigFinding]:
    """Yield the faults of a behaviour tree: unknown nodes and ports."""
    nodes: Mapping[str, list[str]] = schema()["bt_nodes"]
    trees = {tree.get("ID") for tree in root.iter("BehaviorTree")}
    alone = len(trees) == 1 and root.attrib.keys() <= {"BTCPP_format", "project_name"}  # then there is no choice
    if root.tag != "root" or (root.get("main_tree_to_execute") not in trees and not alone):
        yield ConfigFinding("nav2.unknown_node", name, "main_tree_to_execute names no tree")
    if root.get("BTCPP_format") != "4":
        yield ConfigFinding("nav2.wrong_type", name, 'Jazzy reads BTCPP_format="4"')
    for element in (child for tree in root.iter("BehaviorTree") for child in tree.iter() if child is not tree):
        if element.tag not in nodes:
            where, hint = f"{name}: {element.tag}", _hint(element.tag, nodes)
            yield ConfigFinding("nav2.unknown_node", where, f"Nav2 has no such tree node{hint}")
            continue
        if element.tag == "SubTree":  # its ports are its own; what it runs must be here
            if element.get("ID") not in trees:
                yield ConfigFinding("nav2.unknown_node", f"{name}: SubTree", f"there is no tree {element.get('ID')!r}")
            continue
        for port in element.attrib.keys() - {"name", *SCRIPTED, *nodes[element.tag]}:
            hint = _hint(port, nodes[element.tag])
            yield ConfigFinding(
                "nav2.unknown_parameter", f"{name}: {element.tag}.{port}", f"there is no such port{hint}"
            )


def check_graph(path: Path) -> list[ConfigFinding]:
    """Return the faults of a route graph; raises nav.file when Nav2 would not load it.

    nav2_route keeps 80 as an integer and throws when a scorer or operation asks for the float that it needs.
    """
    return [
        ConfigFinding(
            "nav2.wrong_type", f"{path.name}: edge {edge.id}.{tag}", f"must be a float like {value}.0, not {value}"
        )
        for edge in RouteGraph.load(path).edges.values()
        for tag, value in edge.metadata.items()
        if tag in FLOAT_TAGS and isinstance(value, int)
    ]


def _hint(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else ""
