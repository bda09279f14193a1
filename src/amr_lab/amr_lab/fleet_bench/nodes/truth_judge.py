"""Compares what robots say with what is, and gives the orders that must not be lost: alive while others are killed."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from geometry_msgs.msg import PoseWithCovarianceStamped

from amr_core.geometry import Pose2D
from amr_fleet.demand import Wish
from amr_interfaces.msg import FleetState, GroundTruth, RobotState
from amr_interfaces.srv import CreateOrder
from amr_lab.fleet_bench.clients import Promises
from amr_ros import qos
from amr_ros.convert import from_stamp, pose_to_msg
from amr_ros.node import AmrNode

WRONG = 0.5
MOVING = 0.05
SPREAD, TURN_SPREAD = 0.3, 0.2
"""m, rad: how exactly a person points at a place and a heading on the map."""
_STATES_AGE_S = 3.0
_AGAIN_S = 5.0
OPEN = 2
"""Orders under way or waiting for each robot: the next one comes when a load was put down."""


@dataclass
class SeenRobot:
    """What is known of one robot; truth: x, y (m), v (m/s), heading (rad); worst: m off while it drove, said.

    unsure_since: when it began to drive without saying where it is (monotonic s); worst_unsure: the longest (s)."""

    truth: tuple[float, float, float, float] | None = None
    localized: bool = False
    off: float = math.inf
    heard: float = -math.inf
    worst_driving: float = 0.0
    worst_said: float = 0.0
    unsure_since: float | None = None
    worst_unsure: float = 0.0


class TruthJudge(AmrNode):
    """Ground truth, robots' words, the fleet's word, and a customer who always has OPEN orders a robot.

    wishes: what is ordered; an order without an answer is sent again with its reference. picked, dropped: what robots
    really did, by load id. fleet_stamp: fleet time (s) of the fleet's last word.
    """

    def __init__(
        self, name: str = "pose_judge", *, robots: list[str], wishes: Iterator[Wish], **node_kwargs: Any
    ) -> None:
        super().__init__(name, **node_kwargs)
        self.robots = {robot: SeenRobot() for robot in robots}
        self.picked: Counter[str] = Counter()
        self.dropped: Counter[str] = Counter()
        self.collisions = 0
        self.fleet_heard = -math.inf
        self.fleet_stamp = 0.0
        self._wrong: set[str] = set()
        self.ledger = Promises()
        self.ordering = True
        self._wishes = wishes
        self._unanswered: dict[str, tuple[Wish, float]] = {}
        self._loads: dict[str, str] = {}
        self._client: Any = self.create_client(CreateOrder, "/fleet/create_order")
        self.share(GroundTruth, "/sim/ground_truth", self._on_truth, qos.RELIABLE)
        self.share(FleetState, "/fleet/state", self._on_fleet, qos.RELIABLE)
        self._poses: dict[str, Any] = {
            robot: self.create_publisher(PoseWithCovarianceStamped, f"/{robot}/initialpose", qos.RELIABLE)
            for robot in robots
        }
        for robot in robots:
            self.share(RobotState, f"/{robot}/state", partial(self._on_state, robot), qos.RELIABLE)
        self.ticker.add(self._order, 0.5)

    # --- the judge

    def _on_truth(self, message: Any) -> None:
        self.collisions = message.collisions
        for body in message.bodies:
            if body.name in self.robots:
                self.robots[body.name].truth = (body.x, body.y, body.v, body.theta)
                self._drives(self.robots[body.name], abs(body.v) > MOVING)
                self._carries(body.name, body.load)

    @staticmethod
    def _drives(seen: SeenRobot, drives: bool) -> None:
        """Count how long a robot drives that says it is lost, or says nothing: no pose of it can be wrong then."""
        now = time.monotonic()
        sure = seen.localized and now - seen.heard < _STATES_AGE_S
        if not drives or sure:
            seen.unsure_since = None
            return
        seen.unsure_since = now if seen.unsure_since is None else seen.unsure_since
        seen.worst_unsure = max(seen.worst_unsure, now - seen.unsure_since)

    def _carries(self, robot: str, load: str) -> None:
        before = self._loads.get(robot, "")
        if load == before:
            return
        if before:
            self.dropped[before] += 1
        if load:
            self.picked[load] += 1
        self._loads[robot] = load

    def _on_fleet(self, message: Any) -> None:
        self.fleet_heard, self.fleet_stamp = time.monotonic(), from_stamp(message.stamp)

    def _on_state(self, robot: str, message: Any) -> None:
        seen = self.robots[robot]
        if seen.truth is None:
            return
        x, y, v, _ = seen.truth
        seen.localized, seen.heard = bool(message.localized), time.monotonic()
        # What comes late is behind by as much as the robot drove since.
        seen.off = max(0.0, math.hypot(message.x - x, message.y - y) - 0.3 * abs(v))
        if message.localized:
            seen.worst_said = max(seen.worst_said, seen.off)
            if abs(v) > MOVING:
                seen.worst_driving = max(seen.worst_driving, seen.off)
            if seen.off > WRONG:
                self._wrong.add(robot)

    def take_wrong(self) -> set[str]:
        """Return the robots that have said a wrong pose since this was asked last."""
        wrong, self._wrong = self._wrong, set()
        return wrong

    def well(self, robot: str, since: float) -> bool:
        """Whether the robot has said since (monotonic s) where it truly is, and a moment ago."""
        seen = self.robots[robot]
        fresh = seen.heard > since and time.monotonic() - seen.heard < _STATES_AGE_S
        return fresh and seen.localized and seen.off <= WRONG

    def forget_truth(self) -> None:
        """Wait for the truth to be told again: what told it is dead."""
        for seen in self.robots.values():
            seen.truth = seen.unsure_since = None

    def stands(self, robot: str) -> bool:
        """Whether the robot truly stands."""
        truth = self.robots[robot].truth
        return truth is None or abs(truth[2]) <= MOVING

    def put_right(self, robot: str) -> None:
        """Do what its alarm asks of a person: tell the robot where it stands."""
        truth = self.robots[robot].truth
        if truth is None:
            return
        message = PoseWithCovarianceStamped()
        message.header.frame_id = "map"
        message.pose.pose = pose_to_msg(Pose2D(truth[0], truth[1], truth[3]))
        message.pose.covariance[0] = message.pose.covariance[7] = SPREAD**2
        message.pose.covariance[35] = TURN_SPREAD**2
        self._poses[robot].publish(message)

    # --- the customer

    @property
    def all_answered(self) -> bool:
        """Whether every order that was sent has its answer."""
        return not self._unanswered

    def _order(self, _now: float) -> None:
        if not self._client.service_is_ready():
            return
        wall = time.monotonic()
        wanted = self.ordering and len(self.ledger.sent) - self.dropped.total() < OPEN * len(self.robots)
        if wanted and (wish := next(self._wishes, None)) is not None:
            self._send(wish, wall)
        for wish, sent in list(self._unanswered.values()):
            if wall - sent > _AGAIN_S:
                self.ledger.repeats += 1
                self._send(wish, wall)

    def _send(self, wish: Wish, wall: float) -> None:
        self.ledger.sent.add(wish.reference)
        self._unanswered[wish.reference] = (wish, wall)
        request = CreateOrder.Request(
            reference=wish.reference, load_id=wish.load_id, pick_place=wish.pick_place, drop_place=wish.drop_place,
            priority=wish.priority,
        )  # fmt: skip
        self._client.call_async(request).add_done_callback(lambda future: self._answered(wish, future.result()))

    def _answered(self, wish: Wish, response: Any) -> None:
        if response is None or self._unanswered.pop(wish.reference, None) is None:
            return
        if response.accepted:
            self.ledger.made[wish.reference] = response.order_id
        elif response.code in ("store.failed", "fleet.no_answer"):
            self._unanswered[wish.reference] = (wish, time.monotonic())  # it says itself: ask again
        else:
            self.ledger.wrong.append(f"{wish.reference}: {response.code} {response.facts}")
