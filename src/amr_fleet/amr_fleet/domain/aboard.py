"""What a robot has on board that does not tell it: the load that it picked and has not put down, by the journal.

VDA 5050 lets a robot leave `loads` out when it cannot tell its load. That is no word that nothing is on board: by that
no load is delivered and none is lost. Only what the robot finished counts, and a person who took the load off.
"""

from __future__ import annotations

from dataclasses import replace

from amr_core.vda5050 import UNTOLD_LOADS, RobotState
from amr_fleet.domain.world import World


def untold(report: RobotState) -> bool:
    """Return whether a robot leaves out what it has on board."""
    return UNTOLD_LOADS in report.errors


def with_loads(world: World, report: RobotState) -> RobotState:
    """Return a report with what is on board by the robot's orders, where it leaves that out."""
    if not untold(report):
        return report
    load = world.state.aboard.get(report.robot)
    return replace(report, loads=(load,) if load else ())
