"""NavigateToPose and NavigateThroughPoses: plan, follow, replan around what blocks, recover."""

from __future__ import annotations

import numpy as np

from amr_core.geometry import FloatArray, Pose2D, distance
from amr_navigation.behaviors.behaviors import Spin, Wait, back_up
from amr_navigation.control.ahead import Blocker
from amr_navigation.motion import STOP, Motion, MotionOutcome, MotionView, Step
from amr_navigation.navigator.follow import FAILED_TO_MAKE_PROGRESS, FollowPath
from amr_navigation.navigator.freespace import OPEN, FreeSpace, clearance
from amr_navigation.planning.planner import GOAL_OCCUPIED, GOAL_OUTSIDE_MAP, START_OUTSIDE_MAP, Plan

HOPELESS = (START_OUTSIDE_MAP, GOAL_OUTSIDE_MAP, GOAL_OCCUPIED)
REPLAN_AFTER, ELSEWHERE = 4.0, 1.5
"""After how long (s) before what blocks another way is looked for. Each further try within ELSEWHERE (m) waits twice as
long: a robot that finds way after way and none that goes through stands and waits instead of wandering to and fro."""
KEEP_OFF = 0.12  # m kept from what the lidars see now when another way is planned
MAX_RECOVERIES = 6
WAIT = 5.0  # s; this and the next two as in Nav2's default behaviour tree
SPIN_ANGLE = 1.57  # rad, as in Nav2's default behaviour tree
BACKUP_WAY, BACKUP_SPEED = 0.3, 0.15  # m, m/s, as there
IN_THE_OPEN = ("clear", "spin", "wait", "backup")
IN_AISLES = ("clear", "wait", "wait", "backup")


class Navigate(Motion):
    """Drives through goals (map frame) to the last of them. Counts every recovery, as Nav2's feedback does."""

    def __init__(self, goals: list[Pose2D], *, patience: float = 60.0) -> None:
        self.goals = goals
        self.blocked: Blocker = ""
        self.recoveries = 0
        self.started: float | None = None
        self.path: FloatArray = np.empty((0, 3))
        self.new_path = False
        self._patience = patience
        self._follow: FollowPath | None = None
        self._code = 0
        self._free_space = FreeSpace()
        self._recovery: Motion | None = None
        self._marks: list[float] = []
        self._tries, self._tried_at = 0, Pose2D(0.0, 0.0, 0.0)

    @property
    def distance_remaining(self) -> float:
        """Way left along the plan in metres."""
        return self._follow.distance_to_goal if self._follow is not None else 0.0

    @property
    def poses_remaining(self) -> int:
        """Goals not passed yet."""
        left = self.distance_remaining
        return sum(1 for mark in self._marks if mark <= left + 1e-6) if self._marks else len(self.goals)

    @property
    def begun(self) -> bool:
        """Whether the first step was taken."""
        return self.started is not None

    def relocated(self) -> None:
        """The pose has jumped: plan anew from where the robot is."""
        self._follow = None

    def step(self, view: MotionView) -> Step:
        """See Motion."""
        if self.started is None:
            self.started = view.now
        if not self.goals:
            return Step(STOP, MotionOutcome(False))
        if self._recovery is not None:
            command, over = self._recovery.step(view)
            if over is None:
                return Step(command)
            self._recovery = None
            return Step(STOP)
        if self._follow is None:
            ended = self._plan(view, around=self.recoveries > 0)
            if ended is not None:
                return ended
        return self._drive(view)

    def _drive(self, view: MotionView) -> Step:
        assert self._follow is not None
        command, outcome = self._follow.step(view)
        self.blocked = self._follow.blocked
        if outcome is not None and not outcome.succeeded:
            self._follow, self._code = None, outcome.error_code or FAILED_TO_MAKE_PROGRESS
            return self._recover(view)
        since = self._follow.blocked_since
        if since is not None and view.now - since > self._wait_to_replan(view.pose):
            self._follow.blocked_since = view.now
            if self._tries == 0:
                self._tried_at = view.pose
            self._tries += 1
            return self._plan(view, around=True) or Step(STOP)
        return Step(command, outcome)

    def _wait_to_replan(self, pose: Pose2D) -> float:
        """Return how long (s) to stand before what blocks until another way is looked for."""
        if self._tries and distance(pose, self._tried_at) > ELSEWHERE:
            self._tries = 0
        return min(REPLAN_AFTER * 2.0**self._tries, self._patience)

    def _plan(self, view: MotionView, *, around: bool) -> Step | None:
        """Plan and start to follow; return the step to answer with when that failed."""
        poses, marks, start = [], [0.0], view.pose
        local = view.obstacles.distances(view.now, KEEP_OFF) if around else None
        for goal in self.goals:
            plan: Plan = view.planner.plan(start, goal, view.body, local)
            if plan.error_code and local is not None:
                if self._follow is not None:
                    return None
                plan = view.planner.plan(start, goal, view.body)
            if plan.error_code:
                self._code = plan.error_code
                if plan.error_code in HOPELESS:
                    return Step(STOP, MotionOutcome(False, plan.error_code))
                return self._recover(view)
            poses.append(plan.poses)
            marks.append(marks[-1] + plan.length)
            start = goal
        self._marks = [marks[-1] - mark for mark in marks[1:]]
        self.path, self.new_path = np.concatenate(poses), True
        self._follow = FollowPath(self.path, patience=self._patience, free_space=self._free_space)
        return None

    def _recover(self, view: MotionView) -> Step:
        """Clear, then the recoveries of Nav2's default tree in turn; in aisles wait instead of turning on the spot."""
        if self.recoveries >= MAX_RECOVERIES:
            return Step(STOP, MotionOutcome(False, self._code))
        kind = (IN_THE_OPEN if clearance(view) > OPEN else IN_AISLES)[self.recoveries % 4]
        self.recoveries += 1
        if kind == "clear":
            view.obstacles.clear()
        elif kind == "spin":
            self._recovery = Spin(SPIN_ANGLE, 15.0)
        elif kind == "wait":
            self._recovery = Wait(WAIT)
        else:
            self._recovery = back_up(BACKUP_WAY, 0.0, 0.0, BACKUP_SPEED, 10.0)
        return Step(STOP)
