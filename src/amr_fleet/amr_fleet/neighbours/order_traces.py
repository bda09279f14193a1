"""One trace for each transport order, made of what the journal says and of the goals that robots give to Nav2.

Ids follow from the names of things, so that two processes, or a fleet before and after a restart, speak of one trace
without telling each other. Times are Unix seconds. No clock, no I/O.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from amr_fleet.domain.events import JournalEntry

KINDS: Final = (
    "order_created", "order_assigned", "order_requeued", "order_picked", "order_done", "order_cancelled",
    "order_failed", "mission_started", "mission_ended",
)  # fmt: skip
ACTIONS: Final = ("navigate_to_pose", "follow_path", "dock_robot", "undock_robot", "handle_load")
SUCCEEDED, CANCELED, ABORTED = 4, 5, 6
"""action_msgs/GoalStatus; below them a goal goes on."""
_REPLACED: Final = ("follow_path", "navigate_to_pose")
"""Nav2 says ABORTED of a goal, too, in whose place the robot gave it another: that is no fault."""
_ENDS: Final = ("order_done", "order_cancelled", "order_failed")
_EARLY_S: Final = 2.0
"""s that a goal may seem to begin before the mission that it is of."""
_MOST_OPEN: Final = 20_000
_MOST_GOALS: Final = 5_000
_MISSIONS: Final = 4


@dataclass(frozen=True, kw_only=True)
class TraceSpan:
    """Something that has ended. parent: b"" = none; ok: None = not said; link: (trace, span) of another."""

    name: str
    trace: bytes
    span: bytes
    parent: bytes = b""
    begin: float
    end: float
    facts: Mapping[str, str | float | int | bool] = field(default_factory=dict)
    ok: bool | None = None
    server: bool = False
    link: tuple[bytes, bytes] | None = None


@dataclass
class _Order:
    trace: bytes
    begin: float
    waits_since: float
    facts: dict[str, str | float | int | bool]


@dataclass
class _Mission:
    mission: str
    kind: str
    trace: bytes
    begin: float
    order: str
    end: float = 0.0


def trace_id(place: str, order_id: str) -> bytes:
    """Return the trace of an order. place: of the journal."""
    return hashlib.sha256(f"amr/{place}/{order_id}".encode()).digest()[:16]


def span_id(trace: bytes, name: str) -> bytes:
    """Return the id of a span in a trace."""
    return hashlib.sha256(trace + name.encode()).digest()[:8]


class OrderTraces:
    """Takes what happens in its order, gives spans that have ended."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._orders: dict[str, _Order] = {}
        self._missions: dict[str, deque[_Mission]] = {}
        self._goals: dict[str, tuple[str, str, float]] = {}

    def take(self, entry: JournalEntry, at: float) -> Iterator[TraceSpan]:
        """Take an entry of the journal, of the kinds KINDS. at: when it was."""
        if entry.kind == "order_created":
            self._create(entry, at)
        elif entry.kind == "mission_started":
            self._begin(entry, at)
        elif entry.kind == "mission_ended":
            yield from self._end_mission(entry, at)
        elif (order := self._orders.get(entry.order_id)) is not None:
            yield from self._went_on(order, entry, at)

    def _create(self, entry: JournalEntry, at: float) -> None:
        trace = trace_id(self._place, entry.order_id)
        told = ("pick_place", "drop_place", "reference", "load_id", "priority")
        facts = {f"amr.{name}": value for name in told if (value := entry.facts.get(name))}
        self._orders[entry.order_id] = _Order(trace, at, at, {"amr.order": entry.order_id, **facts})
        if len(self._orders) > _MOST_OPEN:
            del self._orders[next(iter(self._orders))]

    def _went_on(self, order: _Order, entry: JournalEntry, at: float) -> Iterator[TraceSpan]:
        if entry.kind == "order_assigned":
            yield self._child(order, "wait for a robot", order.waits_since, at, {"amr.robot": entry.robot})
        elif entry.kind == "order_requeued":
            order.waits_since = at
        elif entry.kind == "order_picked":
            yield self._child(order, "picked", at, at, {"amr.robot": entry.robot})
        elif entry.kind in _ENDS:
            del self._orders[entry.order_id]
            facts = {**order.facts, "amr.robot": entry.robot, "amr.state": entry.kind.removeprefix("order_").upper()}
            if code := entry.facts.get("code"):
                facts["error.type"] = str(code)
            yield TraceSpan(
                name="transport order", trace=order.trace, span=span_id(order.trace, "order"), begin=order.begin,
                end=at, facts=facts, ok={"order_done": True, "order_failed": False}.get(entry.kind),
            )  # fmt: skip

    @staticmethod
    def _child(order: _Order, name: str, begin: float, end: float, facts: Mapping[str, str]) -> TraceSpan:
        return TraceSpan(
            name=name, trace=order.trace, span=span_id(order.trace, f"{name} {begin}"),
            parent=span_id(order.trace, "order"), begin=min(begin, end), end=end, facts=facts,
        )  # fmt: skip

    def _begin(self, entry: JournalEntry, at: float) -> None:
        order = self._orders.get(entry.order_id)
        trace = trace_id(self._place, entry.order_id) if order is None and entry.order_id else order and order.trace
        made = _Mission(str(entry.facts["mission"]), str(entry.facts["kind"]), trace or b"", at, entry.order_id)
        self._missions.setdefault(entry.robot, deque(maxlen=_MISSIONS)).append(made)

    def _end_mission(self, entry: JournalEntry, at: float) -> Iterator[TraceSpan]:
        for mission in self._missions.get(entry.robot, ()):
            if mission.mission == entry.facts["mission"] and not mission.end:
                mission.end = at
                if mission.trace:
                    facts = {
                        "amr.robot": entry.robot,
                        "amr.mission": mission.mission,
                        "amr.why": str(entry.facts["why"]),
                    }
                    yield TraceSpan(
                        name=f"mission {mission.kind}", trace=mission.trace, parent=span_id(mission.trace, "order"),
                        span=span_id(mission.trace, mission.mission), begin=mission.begin, end=at, facts=facts,
                    )  # fmt: skip

    def goal(self, robot: str, action: str, goal: str, status: int, at: float) -> Iterator[TraceSpan]:
        """Take the status of a goal that a robot gave to Nav2 (or to its load handling). goal: its id."""
        if status < SUCCEEDED:
            if goal not in self._goals:
                self._goals[goal] = (robot, action, at)
                if len(self._goals) > _MOST_GOALS:
                    del self._goals[next(iter(self._goals))]
            return
        known = self._goals.pop(goal, None)
        mission = None if known is None else self._of(robot, known[2])
        if known is None or mission is None or not mission.trace:
            return
        said = {SUCCEEDED: "SUCCEEDED", CANCELED: "CANCELED", ABORTED: "ABORTED"}.get(status, str(status))
        yield TraceSpan(
            name=action, trace=mission.trace, span=span_id(mission.trace, goal),
            parent=span_id(mission.trace, mission.mission), begin=known[2], end=max(at, known[2]),
            facts={"amr.robot": robot, "amr.goal": goal, "amr.status": said, "amr.mission": mission.mission},
            ok=True if status == SUCCEEDED else False if status == ABORTED and action not in _REPLACED else None,
        )  # fmt: skip

    def _of(self, robot: str, begin: float) -> _Mission | None:
        """Return the mission that a robot had when a goal began."""
        for mission in reversed(self._missions.get(robot, ())):
            if mission.begin <= begin + _EARLY_S:
                return mission
        return None
