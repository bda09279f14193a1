"""The description of one ROS node: the same for the embedded runner and for launch files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Scalar = str | int | float | bool | list[float] | list[str]


@dataclass(frozen=True, kw_only=True)
class NodeSpec:
    """One node: package and executable for ros2 launch, target for the embedded runner.

    group names the process that the embedded runner puts the node into.
    """

    package: str
    executable: str
    target: str
    name: str
    namespace: str = ""
    params: Mapping[str, Scalar] = field(default_factory=dict)
    remaps: Mapping[str, str] = field(default_factory=dict)
    when: frozenset[str] = frozenset({"sim"})
    group: str = "main"
