"""Compares what robots say with what is, and gives the orders that must not be lost: alive while others are killed."""

from __future__ import annotations

import bisect
import math
import time
from collections import Counter, deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from action_msgs.msg import GoalStatus, GoalStatusArray
from geometry_msgs.msg import PoseWithCovarianceStamped

from amr_core.geometry import Pose2D
from amr_core.robots import STANDSTILL
from amr_fleet.demand import Wish
from amr_interfaces.msg import FleetState, GroundTruth, RobotState
from amr_interfaces.srv import CreateOrder
from amr_lab.fleet_bench.clients import Promises
from amr_ros import qos
from amr_ros.convert import from_stamp, pose_to_msg
from amr_ros.node import AmrNode

WRONG = 0.5  # m off, while a robot says that it is sure; chosen: half a robot's width
SPREAD, TURN_SPREAD = 0.3, 0.2
"""m, rad: how exactly a person points at a place and a heading on the map."""
_STATES_AGE_S = 3.0  # three reports of one a second: of who was not heard for longer nothing is known
BEHIND_S = 0.3
"""So much older than its stamp may what a robot says be: wheels and scans that came before it spoke."""
TOLD_BEHIND_S = 1.5
"""So much older than its stamp may what the fleet is told be: a gateway stamps a word when it passes it on."""
IN_FLIGHT_S = 1.0
"""A word is of after a kill when it is stamped so much later than all that was heard until then."""
_PART_S = 0.1  # at 1.5 m/s 0.15 m lie between two looks, a third of what is WRONG
_KEPT_S = 10.0  # chosen: what is said late is of some seconds ago; older words are counted as not weighed
_AGAIN_S = 5.0  # chosen: as RETRY_SECONDS of the demand: the same reference makes no second order
OPEN = 2
"""Orders under way or waiting for each robot: the next one comes when a load was put down."""


@dataclass
class SeenRobot:
    """What is known of one robot; truth: x, y (m), v (m/s), heading (rad); worst: m off while it drove, said.

    path: stamp (s), x, y, v of the last seconds; words: what it has said for which the truth has not come yet; heard:
    when it spoke (monotonic s); off: m off in its last word. told, told_words, told_localized, told_off: the same of
    what the fleet's side hears, through a gateway where there is one.
    begins: the first stamp of the path (s), of what may have gone from it since. newest: the newest stamp of all that
    was heard (s). stamp, told_stamp, truth_stamp: of the last word that was weighed, what was told, the truth (s).
    after: what is stamped before is of before the last kill (s). unweighed: words older than what is kept of the path.
    unsure_since: when it began to drive without saying where it is (monotonic s); worst_unsure: the longest (s).
    """

    truth: tuple[float, float, float, float] | None = None
    localized: bool = False
    off: float = math.inf
    heard: float = -math.inf
    stamp: float = -math.inf
    told_localized: bool = False
    told_off: float = math.inf
    told: float = -math.inf
    told_stamp: float = -math.inf
    path: deque[tuple[float, float, float, float]] = field(default_factory=deque)
    begins: float = math.inf
    words: list[Any] = field(default_factory=list)
    told_words: list[Any] = field(default_factory=list)
    newest: float = -math.inf
    truth_stamp: float = -math.inf
    after: float = -math.inf
    unweighed: int = 0
    worst_driving: float = 0.0
    worst_said: float = 0.0
    unsure_since: float | None = None
    worst_unsure: float = 0.0

    @property
    def known(self) -> bool:
        """Whether the truth has been told since the last kill."""
        return self.truth is not None and self.truth_stamp >= self.after


class TruthJudge(AmrNode):
    """Ground truth, robots' words, the fleet's word, and a customer who always has OPEN orders a robot.

    wishes: what is ordered; an order without an answer is sent again with its reference. picked, dropped: what robots
    really did, by load id. fleet_stamp: fleet time (s) of the fleet's last word.
    """

    def __init__(
        self, name: str = "pose_judge", *, robots: list[str], wishes: Iterator[Wish], by_mqtt: Collection[str] = (),
        **node_kwargs: Any,
    ) -> None:  # fmt: skip
        """by_mqtt: robots behind a gateway; what they say themselves, with it or without, is on agent/state."""
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
        self.load_began = -math.inf  # when a base began to take or give a load (monotonic s)
        self._load_goals: set[bytes] = set()
        self._client: Any = self.create_client(CreateOrder, "/fleet/create_order")
        self.share(GroundTruth, "/sim/ground_truth", self._on_truth, qos.RELIABLE)
        self.share(FleetState, "/fleet/state", self._on_fleet, qos.RELIABLE)
        self._poses: dict[str, Any] = {
            robot: self.create_publisher(PoseWithCovarianceStamped, f"/{robot}/initialpose", qos.RELIABLE)
            for robot in robots
        }
        for robot in robots:
            said = f"/{robot}/agent/state" if robot in by_mqtt else f"/{robot}/state"
            self.share(RobotState, said, partial(self._on_state, robot), qos.RELIABLE)
            self.share(RobotState, f"/{robot}/state", partial(self._on_told, robot), qos.RELIABLE)
            self.share(GoalStatusArray, f"/{robot}/handle_load/_action/status", self._on_loads, qos.LATCHED)
        self.ticker.add(self._order, 0.5)

    # --- the judge

    def _on_truth(self, message: Any) -> None:
        self.collisions = message.collisions
        t = from_stamp(message.stamp)
        for body in message.bodies:
            if body.name in self.robots:
                seen = self.robots[body.name]
                seen.truth = (body.x, body.y, body.v, body.theta)
                seen.newest, seen.truth_stamp = max(seen.newest, t), t
                seen.begins = min(seen.begins, t)
                seen.path.append((t, body.x, body.y, body.v))
                while seen.path[0][0] < t - _KEPT_S:
                    seen.path.popleft()
                self._weigh(body.name, seen)
                self._drives(seen, abs(body.v) > STANDSTILL)
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

    def _on_loads(self, message: Any) -> None:
        for status in message.status_list:
            goal = bytes(status.goal_info.goal_id.uuid)
            if status.status == GoalStatus.STATUS_EXECUTING and goal not in self._load_goals:
                self._load_goals.add(goal)
                self.load_began = time.monotonic()

    def _on_fleet(self, message: Any) -> None:
        self.fleet_heard, self.fleet_stamp = time.monotonic(), from_stamp(message.stamp)

    def _on_state(self, robot: str, message: Any) -> None:
        self._hear(robot, message, self.robots[robot].words)

    def _on_told(self, robot: str, message: Any) -> None:
        self._hear(robot, message, self.robots[robot].told_words)

    def _hear(self, robot: str, message: Any, words: list[Any]) -> None:
        seen = self.robots[robot]
        seen.newest = max(seen.newest, from_stamp(message.header.stamp))
        if seen.truth is not None:
            words.append(message)
            self._weigh(robot, seen)

    def _weigh(self, robot: str, seen: SeenRobot) -> None:
        """Hold each word against the truth of its own time: on a busy computer both come late, and not alike."""
        for word in _due(seen, seen.words):
            if not (then := _places(seen, word, BEHIND_S)):
                continue
            seen.localized, seen.heard = bool(word.localized), time.monotonic()
            seen.off, seen.stamp = _off(word, then), from_stamp(word.header.stamp)
            self._hold_against(robot, seen, seen.localized, seen.off)
            if word.localized and any(abs(v) > STANDSTILL for _, _, v in then):
                seen.worst_driving = max(seen.worst_driving, seen.off)
        for word in _due(seen, seen.told_words):
            if not (then := _places(seen, word, TOLD_BEHIND_S)):
                continue
            seen.told_localized, seen.told = bool(word.localized), time.monotonic()
            seen.told_off, seen.told_stamp = _off(word, then), from_stamp(word.header.stamp)
            self._hold_against(robot, seen, seen.told_localized, seen.told_off)

    def _hold_against(self, robot: str, seen: SeenRobot, sure: bool, off: float) -> None:
        if sure:
            seen.worst_said = max(seen.worst_said, off)
            if off > WRONG:
                self._wrong.add(robot)

    def take_wrong(self) -> set[str]:
        """Return the robots that have said a wrong pose since this was asked last."""
        wrong, self._wrong = self._wrong, set()
        return wrong

    def well(self, robot: str, since: float) -> bool:
        """Whether the robot has said since (monotonic s) where it truly is, and a moment ago, and the fleet is told it.

        What is stamped as of before the last kill counts as nothing: it was in flight then.
        """
        seen = self.robots[robot]
        last = min(seen.heard, seen.told)
        fresh = last > since and time.monotonic() - last < _STATES_AGE_S
        anew = seen.known and min(seen.stamp, seen.told_stamp) >= seen.after
        return fresh and anew and seen.localized and seen.told_localized and max(seen.off, seen.told_off) <= WRONG

    def mark_kill(self) -> None:
        """Take what was heard until now, and for a moment after its stamp, as of before a kill."""
        for seen in self.robots.values():
            seen.after = seen.newest + IN_FLIGHT_S

    def forget_truth(self) -> None:
        """Wait for the truth to be told again: what told it is dead."""
        for seen in self.robots.values():
            seen.truth = seen.unsure_since = None
            seen.begins = math.inf
            seen.path.clear()
            seen.words.clear()
            seen.told_words.clear()

    def stands(self, robot: str) -> bool:
        """Whether the robot truly stands."""
        truth = self.robots[robot].truth
        return truth is None or abs(truth[2]) <= STANDSTILL

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


def _due(seen: SeenRobot, words: list[Any]) -> list[Any]:
    """Take those words from the list for which the truth has come."""
    due = [word for word in words if from_stamp(word.header.stamp) <= seen.truth_stamp]
    words[:] = [word for word in words if from_stamp(word.header.stamp) > seen.truth_stamp]
    return due


def _places(seen: SeenRobot, word: Any, behind: float) -> list[tuple[float, float, float]]:
    """Return where (x, y in m, v in m/s) a robot was when it said a word and up to so many s before.

    Empty for a word of before the path; one that is older than what is left of the path is counted.
    """
    t = from_stamp(word.header.stamp)
    if t < seen.path[0][0]:
        seen.unweighed += t >= seen.begins
        return []
    parts = round(behind / _PART_S)
    return [_between(seen.path, t - behind * part / parts) for part in range(parts + 1)]


def _off(word: Any, places: Sequence[tuple[float, float, float]]) -> float:
    return min(math.hypot(word.x - x, word.y - y) for x, y, _ in places)


def _between(path: Sequence[tuple[float, float, float, float]], t: float) -> tuple[float, float, float]:
    """Return x, y (m) and v (m/s) at t (s); the first of the path before it begins, its last after its end."""
    after = bisect.bisect_left(path, t, key=lambda place: place[0])
    if after in (0, len(path)):
        return path[min(after, len(path) - 1)][1:]
    (t0, *a), (t1, *b) = path[after - 1], path[after]
    x, y, v = (p + (q - p) * (t - t0) / (t1 - t0) for p, q in zip(a, b, strict=True))
    return x, y, v
