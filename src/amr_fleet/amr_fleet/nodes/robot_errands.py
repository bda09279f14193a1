"""Errands of robots' computers as the fleet's node passes them on: asked from any thread, sent by the node's own."""

from __future__ import annotations

import itertools
import math
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from std_msgs.msg import String

from amr_core.errors import ERRORS, AmrError
from amr_core.robot_report import REPORT, SITE_UPDATE, from_text
from amr_core.robots import STANDING
from amr_core.vda5050 import ActionState, InstantAction, RobotState
from amr_fleet.ports import FleetSnapshot, RobotView
from amr_fleet.robot_desk import KINDS, Errand, ErrandKind
from amr_ros import qos
from amr_ros.node import AmrNode

UNHEARD_S: Final = 20.0
"""A robot that was heard for so long and has not begun does not know what is asked of it."""
_HEARD_S: Final = 3.0
"""So long after a state a robot counts as heard: on a line that is cut it cannot begin, and that is not refusing."""
# above the 120 s that a robot gives an update, and 24 s of a log in its parts; longer blocks the next errand
LATEST_S: Final = 180.0
AGAIN_S: Final = 20.0
"""From one end to the next report of a robot: an eager finger must not fill the air."""
AT_ONCE: Final = 2
"""Reports on the air at a time, of all robots: 6 kB/s."""
_ACTIONS: Final[Mapping[ErrandKind, tuple[str, Mapping[str, str]]]] = {
    "log": (REPORT, {"what": "log"}),
    "picture": (REPORT, {"what": "picture"}),
    "site_update": (SITE_UPDATE, {"back": "false"}),
    "site_back": (SITE_UPDATE, {"back": "true"}),
}


@dataclass
class _Robot:
    """before: ids of its actions when the running errand was asked for: what is new is ours, whatever it is called.

    heard: when its last state came; idle: so long (s) it was heard since it was asked.
    """

    errands: dict[ErrandKind, Errand] = field(default_factory=dict)
    content: dict[ErrandKind, bytes] = field(default_factory=dict)
    running: ErrandKind | None = None
    ended: float = -math.inf
    before: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()
    heard: float = -math.inf
    idle: float = 0.0


class ErrandPort:
    """Implements robot_desk.RobotDesk. heard() and step() belong to the node's thread."""

    def __init__(
        self, node: AmrNode, robots: Collection[str], bays: Collection[str], send: Callable[[InstantAction], None],
        look: Callable[[], FleetSnapshot], ignore: Callable[[str, AmrError], None],
    ) -> None:  # fmt: skip
        """bays: nodes where site files may be changed; ignore: told of messages that are no reports."""
        self._node, self._send, self._look, self._ignore = node, send, look, ignore
        self._bays = frozenset(bays)
        self._robots = {name: _Robot() for name in robots}
        self._lock = threading.Lock()
        self._asked: list[InstantAction] = []
        self._numbers = itertools.count(1)
        self._stepped = math.inf
        for name in robots:
            node.create_subscription(String, f"/{name}/report", self._taker(name), qos.RELIABLE)

    def ask(self, robot: str, kind: str, user: str) -> None:
        """Ask. Raises robot.not_found, robot.offline, robot.errand_busy, request.too_many; for site files robot.moving,
        robot.has_order and robot.not_in_bay, too."""
        now = self._node.now
        with self._lock:
            known = self._known(robot)
            wanted = next((one for one in KINDS if one == kind), None)
            if wanted is None:
                raise AmrError("request.invalid", where="kind", reason=f"none of {', '.join(KINDS)}")
            view = next(one for one in self._look().robots if one.name == robot)
            if not view.online:
                raise AmrError("robot.offline", robot=robot, seconds=max(0, round(now - view.seen)))
            self._free(robot, known, now)
            if wanted in ("site_update", "site_back"):
                self._in_bay(view)
            action, parameters = _ACTIONS[wanted]
            known.errands[wanted] = Errand(kind=wanted, state="asked", at=now, user=user)
            known.running, known.before, known.idle, known.heard = wanted, known.known, 0.0, now
            self._asked.append(InstantAction(robot, action, f"{action}-{round(now)}-{next(self._numbers)}", parameters))

    def _free(self, robot: str, known: _Robot, now: float) -> None:
        if known.running is not None:
            raise AmrError("robot.errand_busy", robot=robot)
        # One whose line is cut fills no air, and may be away for minutes.
        busy = sum(one.running is not None and now - one.heard <= _HEARD_S for one in self._robots.values())
        left = AGAIN_S - (now - known.ended)
        if left > 0.0 or busy >= AT_ONCE:
            raise AmrError("request.too_many", seconds=math.ceil(max(1.0, left)))

    def _in_bay(self, view: RobotView) -> None:
        if view.order_id:
            raise AmrError("robot.has_order", robot=view.name, order_id=view.order_id)
        if abs(view.v) > STANDING:
            raise AmrError("robot.moving", robot=view.name)
        if view.node not in self._bays:
            raise AmrError("robot.not_in_bay", robot=view.name)

    def errands(self, robot: str) -> list[Errand]:
        """Return the last errand of each kind, newest first. Raises robot.not_found."""
        with self._lock:
            found = list(self._known(robot).errands.values())
        return sorted(found, key=lambda one: -one.at)

    def content(self, robot: str, kind: str) -> bytes:
        """Return what came last. Raises robot.not_found and request.not_found."""
        with self._lock:
            found = next((data for one, data in self._known(robot).content.items() if one == kind), None)
        if found is None:
            raise AmrError("request.not_found", path=f"robots/{robot[:64]}/{kind[:16]}")
        return found

    def _known(self, robot: str) -> _Robot:
        if robot not in self._robots:
            raise AmrError("robot.not_found", robot=robot[:128])
        return self._robots[robot]

    # The node's thread ------------------------------------------------------------------------------------------------

    def step(self, now: float) -> None:
        """Send what was asked for, and give up what does not come."""
        with self._lock:
            asked, self._asked = self._asked, []
            passed, self._stepped = max(0.0, now - self._stepped), now
            for known in self._robots.values():
                known.idle += passed if now - known.heard <= _HEARD_S else 0.0
                self._watch(now, known)
        for action in asked:
            self._send(action)

    def _watch(self, now: float, known: _Robot) -> None:
        if known.running is None:
            return
        errand = known.errands[known.running]
        begun, late = errand.state != "asked", not 0.0 <= now - errand.at <= LATEST_S
        if late or (not begun and known.idle > UNHEARD_S):
            self._end(now, known, "robot.errand_lost" if begun else "robot.errand_unheard")

    def heard(self, state: RobotState) -> None:
        """Take how far a robot says that it is."""
        with self._lock:
            known = self._robots.get(state.robot)
            if known is None:
                return
            known.known = frozenset(action.action_id for action in state.actions)
            known.heard = self._node.now
            if known.running is not None:
                action_type = _ACTIONS[known.running][0]
                for action in state.actions:
                    if action.action_type == action_type and action.action_id not in known.before:
                        self._follow(known, known.running, action)

    def _follow(self, known: _Robot, kind: ErrandKind, action: ActionState) -> None:
        if known.running is None:
            return
        if action.status == "FAILED":
            code = action.result_code
            self._end(self._node.now, known, code if code in ERRORS else "robot.errand_unheard")
        elif action.status == "FINISHED" and kind in ("site_update", "site_back"):
            self._end(self._node.now, known)
        elif known.errands[kind].state == "asked":
            known.errands[kind] = replace(known.errands[kind], state="running")

    def _taker(self, robot: str) -> Callable[[Any], None]:
        return lambda message: self._take(robot, message.data)

    def _take(self, robot: str, text: str) -> None:
        try:
            report = from_text(text)
        except AmrError as error:
            self._ignore(robot, error)
            return
        with self._lock:
            known = self._robots[robot]
            if known.running != report.what:
                return  # nobody asked for it, or it was given up
            known.content[report.what] = report.content
            self._end(self._node.now, known, size=len(report.content))

    def _end(self, now: float, known: _Robot, code: str = "", size: int = 0) -> None:
        if known.running is not None:
            errand = known.errands[known.running]
            state: Any = "failed" if code else "done"
            known.errands[known.running] = replace(errand, state=state, code=code, size=size)
        known.running, known.ended = None, now
