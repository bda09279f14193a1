"""How far from its station a robot stood when a load changed hands, by its own localisation."""

from __future__ import annotations

import math

from amr_core.errors import Fact
from amr_fleet.domain.orders import Mission
from amr_fleet.domain.world import Robot, World


def deviation(world: World, robot: Robot, mission: Mission) -> dict[str, Fact]:
    """Return off (m) and turn (degrees, 0..180) of the robot to its mission's station; nothing where no pose is set."""
    node, report = world.graph.roadmap.nodes.get(mission.goal), robot.report
    if node is None or node.theta is None or report is None:
        return {}
    turn = math.degrees(abs(math.remainder(report.theta - node.theta, math.tau)))
    return {"off": round(math.hypot(report.x - node.x, report.y - node.y), 4), "turn": round(turn, 2)}
