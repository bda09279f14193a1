"""Lifts over ROS, as Open-RMF speaks of them (rmf_lift_msgs): existing lift adapters work with this fleet as they are.

The fleet is the supervisor of the site's lifts: it sends `lift_requests` and hears `lift_states`. What others ask for
on `adapter_lift_requests` it passes on while it needs the lift itself for nobody; the lift keeps sessions apart. The
lift's floors are called as the levels of the site, the session is `<fleet>/<robot>/<fencing number>`.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from rmf_lift_msgs.msg import LiftRequest, LiftState

from amr_core.errors import AmrError
from amr_core.lateness import Lateness
from amr_core.lifts import LiftMode
from amr_core.roadmap import LiftWay
from amr_fleet.domain.events import LiftCommand, LiftReport
from amr_fleet.domain.lift_units import FRESH
from amr_ros import qos
from amr_ros.convert import from_stamp
from amr_ros.lifts import DOORS, MODES
from amr_ros.node import AmrNode

_WORDS: Final[Mapping[int, LiftMode]] = {value: word for word, value in MODES.items()}
_LONGEST: Final = 128
_MOST, _WITHIN = 20, 5.0
"""Requests of others to one lift in so many s: who repeats itself once a second is heard, a flood moves no lift."""
_TYPES: Final = (LiftRequest.REQUEST_END_SESSION, LiftRequest.REQUEST_AGV_MODE, LiftRequest.REQUEST_HUMAN_MODE)


class LiftPort:
    """The topics of the lifts. post: takes events for the engine; blame: what to do with a message that is wrong."""

    def __init__(
        self,
        node: AmrNode,
        lifts: Collection[LiftWay],
        fleet: str,
        post: Callable[[LiftReport], None],
        blame: Callable[[AmrError], None],
        say: Callable[[str], object] = lambda _news: None,
        leased: Callable[[str], bool] = lambda _lift: False,
    ) -> None:
        """fleet: how this fleet's sessions begin; say: takes what a person should know of clocks and lines.

        leased: whether a robot of this fleet has a lift by the journal; it may stand in the cabin and say nothing.
        """
        self._node, self._prefix = node, f"{fleet}/"
        self._post, self._blame, self._say, self._leased = post, blame, say, leased
        self._floors = {way.id: {stop.level for stop in way.stops} for way in lifts}
        self._late = {way.id: Lateness(FRESH) for way in lifts}
        self._ours: dict[str, str] = {}
        self._passed: dict[str, deque[float]] = {way.id: deque(maxlen=_MOST) for way in lifts}
        if not lifts:
            return
        self._requests = node.create_publisher(LiftRequest, "/lift_requests", qos.LIFT_REQUESTS)
        node.create_subscription(LiftState, "/lift_states", self._on_state, qos.RELIABLE)
        node.create_subscription(LiftRequest, "/adapter_lift_requests", self._on_request, qos.RELIABLE)

    def send(self, command: LiftCommand) -> None:
        """Tell a lift where to stand for a session, or that the session ends."""
        if command.ends:
            if self._ours.get(command.lift) == command.session:
                del self._ours[command.lift]
        else:
            self._ours[command.lift] = command.session
        kind = LiftRequest.REQUEST_END_SESSION if command.ends else LiftRequest.REQUEST_AGV_MODE
        self._requests.publish(
            LiftRequest(
                lift_name=command.lift,
                request_time=self._node.stamp(),
                session_id=self._prefix + command.session,
                request_type=kind,
                destination_floor=command.level,
                door_state=LiftRequest.DOOR_CLOSED if command.ends else LiftRequest.DOOR_OPEN,
            )
        )

    def _on_state(self, message: Any) -> None:
        lift = str(message.lift_name)
        if lift not in self._floors:
            return  # of another fleet, or of people
        late, stamp = self._late[lift], from_stamp(message.lift_time)
        if stamp and not self._node.now:
            return  # a simulation whose /clock was not heard yet: how late it is cannot be said
        fresh = late.fresh(stamp, self._node.now)
        if news := late.news():
            self._say(f"lift {lift}: {news}")
        if not fresh:
            return  # it was under way too long, or another one overtook it: it does not say how the lift is now
        floor, session, mode = str(message.current_floor), str(message.session_id), _WORDS.get(message.current_mode)
        door = DOORS.get(message.door_state)
        if mode is None or door is None or len(floor) > _LONGEST or len(session) > _LONGEST:
            words = f"mode {message.current_mode}, door {message.door_state}"
            reason = f"{lift}: {words}, floor of {len(floor)}, session of {len(session)} characters"
            self._blame(AmrError("message.invalid", topic="/lift_states", reason=reason))
            self._post(LiftReport(lift, "", "UNKNOWN", moving=True, mode="UNKNOWN"))
            return
        ours = session.startswith(self._prefix)
        self._post(
            LiftReport(
                lift,
                floor if floor in self._floors[lift] else "",
                door,
                moving=message.motion_state != LiftState.MOTION_STOPPED,
                mode=mode,
                session=session.removeprefix(self._prefix) if ours else session,
                ours=ours,
            )
        )

    def _on_request(self, message: Any) -> None:
        lift, who, kind = str(message.lift_name), str(message.session_id), message.request_type
        if lift not in self._floors:
            return
        goes = kind != LiftRequest.REQUEST_END_SESSION
        wrong = {
            f"session of {len(who)} characters": not 0 < len(who) <= _LONGEST,
            "a session of this fleet": who.startswith(self._prefix),
            f"type {kind}": kind not in _TYPES,
            f"more than {_MOST} requests in {_WITHIN:.0f} s": self._too_many(lift),
            "a floor where it does not stop": goes and str(message.destination_floor) not in self._floors[lift],
        }
        reason = next((text for text, found in wrong.items() if found), "")
        if reason:
            self._blame(AmrError("message.invalid", topic="/adapter_lift_requests", reason=f"{lift}: {reason}"))
        elif not goes or not (lift in self._ours or self._leased(lift)):
            self._passed[lift].append(time.monotonic())
            self._requests.publish(message)

    def _too_many(self, lift: str) -> bool:
        passed = self._passed[lift]
        return len(passed) == _MOST and time.monotonic() - passed[0] < _WITHIN
