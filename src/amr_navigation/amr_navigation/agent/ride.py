"""In a lift: the robot takes the other level's map when the fleet grants the ride, that is when the cabin is there."""

from __future__ import annotations

from typing import Final

from amr_core.geometry import Pose2D, compose, distance, relative
from amr_core.vda5050 import OrderNode
from amr_navigation.agent import model as m
from amr_navigation.agent.leg import Leg
from amr_navigation.agent.sensed import Sensed

_THERE_M: Final = 0.5
"""m from where it stands in the cabin by the other map: the localisation has taken it over."""
_SURE_S: Final = 1.0
"""s that the localisation has to be sure there: what it said of the level before comes later than its new pose."""
_REPEAT_S: Final = 5.0
"""s after which a localisation that says otherwise is told again."""


class Ride:
    """The change from one level's place on the sheet to another's, while the robot stands in the cabin."""

    def __init__(self) -> None:
        self._goal: Pose2D | None = None
        self._seq = -1
        self._told_at = 0.0
        self._there_since: float | None = None

    def step(self, now: float, leg: Leg, sensed: Sensed) -> tuple[list[m.SetInitialPose], bool]:
        """Return what is to be done at a time (s), and whether the robot is on the other level."""
        assert sensed.pose is not None
        if self._goal is None or self._seq != leg.end_seq:
            here, there = (_pose(node) for node in leg.route.nodes)
            if distance(here, sensed.pose) > distance(there, sensed.pose):
                return [], True  # it was carried on while the agent was restarted
            self._goal, self._seq = compose(there, relative(here, sensed.pose)), leg.end_seq
            return self._tell(now), False
        if distance(self._goal, sensed.pose) <= _THERE_M:
            if self._there_since is None or not sensed.localized:
                self._there_since = now
            arrived = now - self._there_since >= _SURE_S
            self._goal = None if arrived else self._goal
            return [], arrived
        self._there_since = None
        return (self._tell(now), False) if now - self._told_at >= _REPEAT_S else ([], False)

    @property
    def begun(self) -> bool:
        """The localisation was told the other level's pose and is not sure of it yet."""
        return self._goal is not None

    def drop(self) -> None:
        """Forget it: the order is over."""
        self._goal = None

    def _tell(self, now: float) -> list[m.SetInitialPose]:
        assert self._goal is not None
        self._told_at, self._there_since = now, None
        return [m.SetInitialPose(self._goal)]


def _pose(node: OrderNode) -> Pose2D:
    return Pose2D(node.x, node.y, node.theta or 0.0)
