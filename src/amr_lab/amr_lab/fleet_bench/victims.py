"""Whom `amr bench kills --ros` kills and whom not: a closed list, which a test holds against the list of what runs."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from amr_bringup.spec import NodeSpec
from amr_core.errors import AmrError

EVERYTHING: Final = "all at once"
API: Final = "api"
"""No group of the runner: the fleet starts it."""
KINDS: Final = MappingProxyType({
    "sim": "simulator with the drivers of all bases, and the pictures of all cameras",
    "robots": "host of robots: navigation, perception, agent, and what speaks VDA 5050 for those that do",
    "fleet": "engine and journal; its API ends with it",
    API: "API and dashboard, which the fleet starts anew",
    "ops": "report of the run",
    "cameras": "all fixed cameras and their setup",
    "recorder": "recorder of what cameras tell",
    "gate": "reader of labels at a gate",
    "gateway": "gateway between fleet and robots that speak VDA 5050",
    "broker": "MQTT broker",
    "foxglove": "what shows the fleet to Foxglove",
    "uav": "aircraft and the reader of its pictures",
})  # fmt: skip
"""Kind of process -> what dies with it. A group of the runner is the kind that its name begins with, a "_" follows."""
OWN_PROCESS: Final = MappingProxyType({
    "gateway": "gateway", "demo_broker": "broker", "recorder": "recorder",
})  # fmt: skip
"""Executables that a demo puts beside another one and a site does not: here they are processes of their own."""
_OTHERS: Final = "a program of others, which launch files start anew: docs/nav2.md"
SPARED: Final = MappingProxyType({
    "demand": "the customer of a demo; here the judge orders, who must outlive all to know what was promised",
    "mavlink": "speaks MAVLink in place of topics, and dies with its aircraft: `amr bench flights` cuts its link",
    "base_port": "Gazebo's side of a base: no part of a robot",
    "nav2_check": "looks once at the start and ends",
    "start_check": "looks once at the start and ends",
    "rviz2": "a window of a developer",
    "door_adapter": "runs where a launch file is given the doors of a site; robots wait before a door that is silent",
    **dict.fromkeys((
        "amcl", "behavior_server", "bt_navigator", "collision_monitor", "controller_server", "lifecycle_manager",
        "costmap_filter_info_server", "map_server", "planner_server", "route_server", "smoother_server",
        "velocity_smoother", "waypoint_follower", "opennav_docking", "robot_state_publisher",
    ), _OTHERS),
    **dict.fromkeys(("parameter_bridge", "create", "gzserver", "gazebo_truth"), "Gazebo: the world itself"),
})  # fmt: skip
"""Executables of a stack that nobody kills here -> why."""


def kind_of(group: str) -> str:
    """Return the kind of a process group; KeyError for a group of no known kind, which somebody must add to KINDS."""
    for kind in KINDS:
        if group == kind or group.startswith(f"{kind}_"):
            return kind
    raise KeyError(f"nobody kills {group!r}: add it to KINDS, or its executables to SPARED with the reason")


def killable(specs: Sequence[NodeSpec]) -> list[NodeSpec]:
    """Return what runs while processes are killed, each in the process that is killed; KeyError as kind_of."""
    found = [
        replace(spec, group=OWN_PROCESS.get(spec.executable, spec.group))
        for spec in specs
        if spec.executable != "demand"
    ]
    for group in {spec.group for spec in found if spec.executable not in SPARED}:
        kind_of(group)
    return found


def checked(only: Sequence[str], groups: Collection[str]) -> tuple[str, ...]:
    """Return the kinds that are to be killed, () for all; groups: what runs. Raises run.bad_option."""
    for name in only:
        if name not in KINDS:
            reason = f"one of {', '.join(KINDS)}"
        elif not of_kinds(groups, (name,)):
            reason = "nothing of this kind runs at this site"
        else:
            continue
        raise AmrError("run.bad_option", option="--only", value=name[:64], reason=reason)
    return tuple(only)


def of_kinds(groups: Collection[str], kinds: Collection[str]) -> list[str]:
    """Return those of the process groups that are of these kinds, all when there are none, in order."""
    return sorted(group for group in groups if not kinds or kind_of(group) in kinds)


class Rounds:
    """Who is next: each process once a round, in another order each time; without a choice also all at once."""

    def __init__(self, rng: random.Random, groups: Collection[str], kinds: Sequence[str] = ()) -> None:
        """groups: the processes that run, of which those of `kinds` are killed, or all."""
        self._rng = rng
        self._all = [*of_kinds(groups, kinds), *([] if kinds else [EVERYTHING])]
        self._left: list[str] = []

    def next(self) -> str:
        """Return the next victim."""
        if not self._left:
            self._left = list(self._all)
            self._rng.shuffle(self._left)
        return self._left.pop()
