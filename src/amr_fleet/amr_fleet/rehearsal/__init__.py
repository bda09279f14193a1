"""The fleet engine against kinematic robots, without ROS: for what-if questions, studies and tests."""

from amr_fleet.rehearsal.kinematic import CHARGE, DRAIN, Behaviour, KinematicRobot
from amr_fleet.rehearsal.rehearsal import Rehearsal, units_of

__all__ = ["CHARGE", "DRAIN", "Behaviour", "KinematicRobot", "Rehearsal", "units_of"]
