"""The description of one ROS node: the same for the embedded runner and for launch files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

Scalar = str | int | float | bool | list[float] | list[str]

FILE = "file:"
"""A parameter or argument "file:NAME" stands for the path that files[NAME] was written to."""

EVERYWHERE: Final = frozenset({"sim", "gazebo", "real"})
"""All modes of a run: those of a node that runs whatever moves the robots."""


@dataclass(frozen=True, kw_only=True)
class NodeSpec:
    """One node: package and executable for ros2 launch, target for the embedded runner (empty: a node of others).

    group names the process that the embedded runner, and launch files with composition, put the node into. plugin is
    the C++ component of a node that can be composed. once: it ends by itself and is not started again. params_values:
    texts of the parameter file that are replaced for this robot. vital: what a person should do when it ends (or, with
    once, when it fails): everything else is ended then, too; empty: the others go on without it. refusals: regular
    expression of a line of its output -> what it means and what a person should do: everything is ended at such a line.
    """

    package: str
    executable: str
    target: str = ""
    name: str
    namespace: str = ""
    params: Mapping[str, Scalar] = field(default_factory=dict)
    remaps: Mapping[str, str] = field(default_factory=dict)
    when: frozenset[str] = frozenset({"sim"})
    group: str = "main"
    arguments: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    params_file: str = ""
    params_values: Mapping[str, str] = field(default_factory=dict)
    plugin: str = ""
    once: bool = False
    vital: str = ""
    refusals: Mapping[str, tuple[str, str]] = field(default_factory=dict)
