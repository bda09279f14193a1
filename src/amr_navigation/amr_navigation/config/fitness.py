"""What Nav2 takes without a word and then does not do: values that do not fit each other.

Each rule stands for a fault that was seen with the real servers. They need no knowledge of the robot or the site.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

RPP = "nav2_regulated_pure_pursuit_controller::RegulatedPurePursuitController"
MPPI = "nav2_mppi_controller::MPPIController"
LEAST_SHARE = 1.0 / 6.0
"""Of vx_std that one step must allow. 1/10 crawls at 0.02 m/s for minutes, 1/6 drives."""
MODEL_DT, VX_STD, AX_MAX, AX_MIN = 0.05, 0.2, 3.0, -3.0  # s, m/s, m/s^2, m/s^2: Nav2's own defaults
STAGING, GOAL_XY = 0.5, 0.25  # m, m: Nav2's own defaults
Values = Mapping[str, Any]
Found = tuple[str, str]


def misfits(nodes: Mapping[str, Values]) -> Iterator[Found]:
    """Yield (dotted name, reason) for the parameters {node: {dotted name: value}} of a file."""
    controller = nodes.get("controller_server", {})
    for name, values in nodes.items():
        if name.endswith("_filter_info_server"):
            yield from _mask(name, values)
    for plugin in _controllers(controller):
        if controller.get(f"{plugin}.plugin") == MPPI:
            yield from _sampling(controller, plugin)
    yield from _turning(controller)
    if "docking_server" in nodes:
        yield from _staging(nodes["docking_server"], controller)


def _controllers(controller: Values) -> list[str]:
    listed = controller.get("controller_plugins", ["FollowPath"])
    return [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []


def _mask(node: str, values: Values) -> Iterator[Found]:
    topic = values.get("mask_topic", "filter_mask")
    if isinstance(topic, str) and not topic.startswith(("/", "<robot_namespace>/", "$(")):
        where = f"{node}.mask_topic"
        yield where, f"a filter looks for {topic!r} below its costmap's own namespace: write <robot_namespace>/{topic}"


def _sampling(controller: Values, plugin: str) -> Iterator[Found]:
    dt, spread = _number(controller, f"{plugin}.model_dt", MODEL_DT), _number(controller, f"{plugin}.vx_std", VX_STD)
    for key, default in (("ax_max", AX_MAX), ("ax_min", AX_MIN)):
        step = abs(_number(controller, f"{plugin}.{key}", default)) * dt
        if step < LEAST_SHARE * spread - 1e-9:
            reason = f"{step:.3f} m/s in a step starves MPPI's samples (vx_std {spread}): it stands; widen it, the"
            yield f"controller_server.{plugin}.{key}", f"{reason} velocity smoother keeps the robot's limits"


def _turning(controller: Values) -> Iterator[Found]:
    """Pursuit controllers: no two ways at once, and one of them must be able to turn on the spot."""
    pursuits = [name for name in _controllers(controller) if controller.get(f"{name}.plugin") == RPP]
    turning = []
    for name in pursuits:
        turns = controller.get(f"{name}.use_rotate_to_heading", True) is True
        if turns and controller.get(f"{name}.allow_reversing", False) is True:
            where = f"controller_server.{name}.allow_reversing"
            yield where, "pure pursuit cannot rotate to a heading and reverse: it would do neither well"
        turning += [name] if turns else []
    if pursuits and not turning:
        where = f"controller_server.{pursuits[0]}.use_rotate_to_heading"
        yield where, "no pursuit controller turns on the spot: a path that ends with another heading never ends"


def _staging(docking: Values, controller: Values) -> Iterator[Found]:
    staging = _number(docking, "dock_prestaging_tolerance", STAGING)
    checker = _number(controller, "general_goal_checker.xy_goal_tolerance", GOAL_XY)
    if staging < checker:
        where = "docking_server.dock_prestaging_tolerance"
        yield where, f"{staging} m is less than where the drive to staging may end ({checker} m): it would drive again"


def _number(values: Values, key: str, default: float) -> float:
    """Return a number; the default for what is missing or is none, which the types report."""
    try:
        number = float(values.get(key, default))
    except (TypeError, ValueError):
        return default
    return number if math.isfinite(number) else default
