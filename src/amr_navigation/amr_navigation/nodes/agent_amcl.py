"""Whether AMCL's pose counts: one that was set up anew knows nothing until it has been told where the robot is."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from lifecycle_msgs.msg import State

from amr_core.geometry import Pose2D
from amr_navigation.localization.odometry import further
from amr_ros.convert import pose_from_msg

_TELL_S: Final = 1.0  # chosen: AMCL answers with its next scan; told faster it would begin anew before it does
UNHEARD_S: Final = 15.0
"""s after which AMCL is told though it has not said that it is active: that word may be lost."""
_NEAR: Final = (1.0, 0.6)
"""m and rad: within these of what it was told, AMCL's answer is one to that."""
_NEW: Final = (State.PRIMARY_STATE_UNCONFIGURED, State.TRANSITION_STATE_CONFIGURING)


class AmclGate:
    """Shuts when AMCL was cleaned up or is configured anew, opens when it has taken the pose that it was told.

    A robot that was sure where it was tells its own, which has followed the odometry; of any other a person has to
    (initPosition, or `initialpose` from RViz). Shut, AMCL's poses say nothing: they may be metres off.
    """

    def __init__(self, tell: Callable[[Pose2D], None], warn: Callable[[str], None]) -> None:
        """tell: publishes an initial pose; warn: writes a line into the log."""
        self._tell, self._warn = tell, warn
        self.shut = False
        self._sure = False
        self._active = False
        self._since = self._due = 0.0
        self._told: Pose2D | None = None
        self._own: Pose2D | None = None  # what the agent itself told last

    def on_transition(self, now: float, event: Any, pose: Pose2D | None, *, sure: bool) -> None:
        """Take a word of AMCL's lifecycle. pose: the robot's own, None = it has none yet; sure: whether it is sure."""
        state = event.goal_state.id
        self._active = state == State.PRIMARY_STATE_ACTIVE
        if state in _NEW and pose is not None:
            self._shut(now, sure=sure)

    def _shut(self, now: float, *, sure: bool) -> None:
        if not self.shut:
            self.shut, self._sure, self._since = True, sure, now
            wish = (
                "it is told the robot's own as soon as it is active" if sure else "set it (relocalise): it is not sure"
            )
            self._warn(f"AMCL was set up anew and has no pose: {wish}; until it has taken one the robot stands")
        self._told = self._own = None

    def person_says(self) -> None:
        """Somebody has told the agent its pose: from now on that is what AMCL is told."""
        self._sure, self._due, self._told = True, 0.0, None

    def on_initial_pose(self, message: Any) -> None:
        """Take what AMCL is told, by the agent or by anybody else: then the robot's own pose is told no more."""
        self._told = told = pose_from_msg(message.pose)
        if self.shut and self._own is not None and not _near(told, self._own):
            self._sure = False

    def takes(self, pose: Pose2D) -> bool:
        """Return whether a pose of AMCL counts."""
        if self.shut and self._told is not None and _near(pose, self._told):
            self.shut = False
        return not self.shut

    def step(self, now: float, pose: Pose2D | None) -> None:
        """Tell AMCL the robot's own pose while it waits for one."""
        ready = self._active or now - self._since > UNHEARD_S
        if self.shut and self._sure and ready and pose is not None and now >= self._due - 1e-6:
            self._due, self._told, self._own = now + _TELL_S, pose, pose
            self._tell(pose)


def _near(a: Pose2D, b: Pose2D) -> bool:
    return all(map(math.isfinite, (*a, *b))) and not further(a, b, *_NEAR)
