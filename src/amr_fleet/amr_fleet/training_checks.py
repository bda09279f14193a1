"""What the journal of a training site shows of an exercise: a question each, answered from its entries.

What programs do (user "ros", "camera" or none) is nobody's exercise.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final

from shapely import Point, Polygon

from amr_core.numbers import number
from amr_fleet.domain.camera_alarms import ALARMS
from amr_fleet.domain.events import JournalEntry
from amr_fleet.domain.zone_entries import zone_from

_NOBODY: Final = ("", "ros", "camera")
_BLIND: Final[frozenset[str]] = frozenset(ALARMS.values())
NEAR: Final = 5.0
"""m from a blocked robot within which what blocks it lies: an area farther off closes something else."""
AGAIN: Final = 60.0
"""s: half of what it takes until a robot that has moved is called blocked."""

Entries = Sequence[JournalEntry]
Check = Callable[[Entries], bool]


def by_person(entries: Entries, kind: str) -> list[JournalEntry]:
    """Return the entries of a kind that a person caused."""
    return [e for e in entries if e.kind == kind and str(e.facts.get("user", "")) not in _NOBODY]


def _orders(entries: Entries, reference: str) -> list[JournalEntry]:
    return [e for e in by_person(entries, "order_created") if str(e.facts.get("reference", "")) == reference]


def order_then(entries: Entries, reference: str, *kinds: str) -> bool:
    """Whether an order of this document number exists and these kinds came after it, in this order."""
    for order in _orders(entries, reference):
        left = list(kinds)
        for entry in entries:
            if left and entry.order_id == order.order_id and entry.kind == left[0] and entry.t >= order.t:
                left.pop(0)
        if not left:
            return True
    return False


def urgent(entries: Entries) -> bool:
    """Whether the order of lesson 1 was given with priority."""
    return any(number(e.facts.get("priority")) > 0 for e in _orders(entries, "HOC-1"))


def cancelled_gently(entries: Entries) -> bool:
    """Whether the second order was cancelled after its leg."""
    ids = {e.order_id for e in _orders(entries, "HOC-2")}
    own = [e for e in entries if e.order_id in ids]
    asked = [e for e in own if e.kind in ("order_cancelling", "order_cancelled")]
    return bool(asked) and not any(str(e.facts.get("mode", "")) == "now" for e in asked)


def cancelled_at_once(entries: Entries) -> bool:
    """Whether any order was cancelled at once."""
    return any(str(e.facts.get("mode", "")) == "now" for e in by_person(entries, "order_cancelled"))


def paused_and_back(scope: str) -> Check:
    """Return the question whether a robot (one) or all were paused and let go."""

    def check(entries: Entries) -> bool:
        for begin in by_person(entries, "robot_paused"):
            if str(begin.facts.get("scope", "")) == scope and any(
                end.robot == begin.robot and end.t >= begin.t for end in by_person(entries, "robot_resumed")
            ):
                return True
        return False

    return check


def left_paused(entries: Entries) -> bool:
    """Whether a robot is still paused in the end."""
    paused: set[tuple[str, str]] = set()
    for entry in entries:
        key = (entry.robot, str(entry.facts.get("scope", "")))
        if entry.kind == "robot_paused" and str(entry.facts.get("user", "")) not in _NOBODY:
            paused.add(key)
        elif entry.kind == "robot_resumed":
            paused = {one for one in paused if one != key} if key[1] else {one for one in paused if one[0] != key[0]}
    return bool(paused)


def _zones(entries: Entries) -> list[JournalEntry]:
    return [e for e in by_person(entries, "zone_set") if str(e.facts.get("zone_kind", "")) == "closed"]


def closed_with_reason_and_end(entries: Entries) -> bool:
    """Whether an area was closed with a reason and until when."""
    return any(str(e.facts.get("text", "")).strip() and number(e.facts.get("until")) > 0 for e in _zones(entries))


def closed_and_cleared(entries: Entries) -> bool:
    """Whether a closed area was opened again."""
    names = {str(e.facts.get("zone", "")) for e in _zones(entries)}
    return any(str(e.facts.get("zone", "")) in names for e in by_person(entries, "zone_cleared"))


def fires(entries: Entries) -> list[tuple[JournalEntry, JournalEntry]]:
    """Return the fire alarms that persons raised and ended."""
    ends = by_person(entries, "fire_ended")
    found = []
    for begin in by_person(entries, "fire_raised"):
        end = next((e for e in ends if e.t >= begin.t), None)
        if end is not None:
            found.append((begin, end))
    return found


def noted_after(kind: str) -> Check:
    """Return the question whether a note was written after the first entry of a kind."""

    def check(entries: Entries) -> bool:
        first = next((e.t for e in by_person(entries, kind)), None)
        notes = by_person(entries, "note_added")
        return first is not None and any(e.t >= first and str(e.facts.get("text", "")).strip() for e in notes)

    return check


def _breach(entries: Entries) -> JournalEntry | None:
    """Return the first time that a trial was broken: `amr demo --trial` does that by itself."""
    return next((e for e in entries if e.kind == "trial_breach"), None)


def breach_notes(entries: Entries) -> list[JournalEntry]:
    """Return the notes after the breach that name its robot."""
    breach = _breach(entries)
    if breach is None or not breach.robot:
        return []
    return [e for e in by_person(entries, "note_added") if e.t >= breach.t and names_robot(e, breach.robot)]


def names_robot(note: JournalEntry, robot: str) -> bool:
    """Return whether a note names a robot, as screens write it (AMR-99) or as programs do."""
    return bool(robot) and robot in str(note.facts.get("text", "")).lower().replace("-", "_")


def resumption(entries: Entries) -> JournalEntry | None:
    """Return the resumption after the breach that two persons decided."""
    breach = _breach(entries)
    resumptions = [
        e for e in by_person(entries, "trial_state")
        if e.facts.get("state") == "running" and str(e.facts.get("second", "")) not in _NOBODY
    ]  # fmt: skip
    return next((e for e in resumptions if breach is not None and e.t >= breach.t), None)


def done_after_resumption(entries: Entries) -> bool:
    """Whether an order was delivered after the trial went on."""
    resumed = resumption(entries)
    return resumed is not None and any(e.kind == "order_done" and e.t >= resumed.t for e in entries)


def signed_before_it_was_known(entries: Entries) -> bool:
    """Whether the trial went on before a note named the robot."""
    resumed, notes = resumption(entries), breach_notes(entries)
    return resumed is not None and not any(note.t <= resumed.t for note in notes)


def _blind(entries: Entries) -> tuple[JournalEntry, str] | None:
    """Return the first alarm of a camera that cannot see, and the camera: `amr demo --incident camera` makes one."""
    raised = (e for e in entries if e.kind == "alarm_raised" and e.facts.get("code") in _BLIND)
    return next(((e, str(e.facts["camera"])) for e in raised if e.facts.get("camera")), None)


def _of_that_alarm(entries: Entries, kind: str) -> JournalEntry | None:
    found = _blind(entries)
    return None if found is None else _next(entries, kind, found[0])


def _next(entries: Entries, kind: str, raised: JournalEntry) -> JournalEntry | None:
    """Return what came of an alarm that was raised: its first alarm_acked or alarm_cleared."""
    same = (e for e in entries if e.kind == kind and e.facts.get("alarm") == raised.facts.get("alarm"))
    return next(same, None)


def _taken(entries: Entries, raised: JournalEntry) -> bool:
    acked = _next(entries, "alarm_acked", raised)
    return acked is not None and str(acked.facts.get("user", "")) not in _NOBODY


def camera_taken(entries: Entries) -> bool:
    """Whether a person took the alarm of the camera."""
    found = _blind(entries)
    return found is not None and _taken(entries, found[0])


def camera_noted(entries: Entries) -> bool:
    """Whether a note names the camera."""
    found = _blind(entries)
    notes = by_person(entries, "note_added")
    return found is not None and any(
        e.t >= found[0].t and found[1].lower() in str(e.facts.get("text", "")).lower() for e in notes
    )


def camera_back(entries: Entries) -> bool:
    """The trainee had taken the alarm, and it ended: the camera sees again."""
    acked, cleared = _of_that_alarm(entries, "alarm_acked"), _of_that_alarm(entries, "alarm_cleared")
    return camera_taken(entries) and acked is not None and cleared is not None and cleared.t >= acked.t


def while_blind(entries: Entries, kind: str, fact: str, value: str) -> bool:
    """Whether a person did something (a fact that begins so) between the alarm and its end."""
    found, cleared = _blind(entries), _of_that_alarm(entries, "alarm_cleared")
    end = math.inf if cleared is None else cleared.t
    done = (e for e in by_person(entries, kind) if str(e.facts.get(fact, "")).startswith(value))
    return found is not None and any(found[0].t <= e.t <= end for e in done)


def cancelled_while_suspended(entries: Entries) -> bool:
    """Whether an order was cancelled while the trial stood."""
    breach, resumed = _breach(entries), resumption(entries)
    end = math.inf if resumed is None else resumed.t
    asked = [*by_person(entries, "order_cancelling"), *by_person(entries, "order_cancelled")]
    return breach is not None and any(breach.t <= e.t <= end for e in asked)


class _Trouble:
    """The alarms of a code about the first robot that had one: `amr demo --incident` makes it.

    again: an alarm that comes back at most AGAIN s after its end, or after the robot was let go, tells of the same
    trouble: who pauses a blocked robot ends its alarm, not what lies in its way.
    """

    def __init__(self, entries: Entries, code: str, *, again: bool = False) -> None:
        about = [e for e in entries if e.kind == "alarm_raised" and e.facts.get("code") == code and e.robot]
        self.raised = about[0] if about else None
        self.robot = about[0].robot if about else ""
        self._spans: list[tuple[float, float]] = []
        for alarm in (e for e in about if e.robot == self.robot):
            cleared, begin = _next(entries, "alarm_cleared", alarm), alarm.t
            if again and self._spans:
                if begin - self._over(entries, begin) > AGAIN:
                    break  # another trouble
                begin = self._spans.pop()[0]
            self._spans.append((begin, math.inf if cleared is None else cleared.t))
        self.begin, self.end = self._spans[0] if self._spans else (math.inf, math.inf)

    def _over(self, entries: Entries, now: float) -> float:
        """Return when the last alarm before now ended, or the robot was let go after that."""
        return max([self._spans[-1][1], *(e.t for e in _by_robot(entries, "robot_resumed", self.robot) if e.t <= now)])

    def meanwhile(self, entry: JournalEntry) -> bool:
        """Return whether it was while an alarm lasted."""
        return any(begin <= entry.t < end for begin, end in self._spans)


def _lost(entries: Entries) -> _Trouble:
    return _Trouble(entries, "alarm.not_localized")


def _blocked(entries: Entries) -> _Trouble:
    return _Trouble(entries, "alarm.blocked", again=True)


def lost_taken(entries: Entries) -> bool:
    """Whether a person took the alarm of the lost robot."""
    raised = _lost(entries).raised
    return raised is not None and _taken(entries, raised)


def _lost_pauses(entries: Entries) -> list[JournalEntry]:
    trouble = _lost(entries)
    paused = _by_robot(entries, "robot_paused", trouble.robot)
    return [e for e in paused if trouble.meanwhile(e) and e.facts.get("scope") == "one"]


def _by_robot(entries: Entries, kind: str, robot: str) -> list[JournalEntry]:
    return [e for e in by_person(entries, kind) if e.robot == robot]


def lost_paused(entries: Entries) -> bool:
    """Whether a person paused that robot, and only it, while it was lost."""
    return bool(_lost_pauses(entries))


def lost_noted(entries: Entries) -> bool:
    """Whether a note names the lost robot."""
    trouble = _lost(entries)
    return any(e.t >= trouble.begin and names_robot(e, trouble.robot) for e in by_person(entries, "note_added"))


def lost_resumed(entries: Entries) -> bool:
    """The robot was paused, and let go after that when it knew its place."""
    trouble, pauses = _lost(entries), _lost_pauses(entries)
    resumed = _by_robot(entries, "robot_resumed", trouble.robot)
    return any(e.t >= pauses[0].t and not trouble.meanwhile(e) for e in resumed) if pauses else False


def lost_resumed_too_early(entries: Entries) -> bool:
    """Whether the robot was let go while it was lost."""
    trouble = _lost(entries)
    return any(trouble.meanwhile(e) for e in _by_robot(entries, "robot_resumed", trouble.robot))


def all_paused_while_lost(entries: Entries) -> bool:
    """Whether all robots were paused for one that was lost."""
    trouble = _lost(entries)
    return any(trouble.meanwhile(e) and e.facts.get("scope") == "all" for e in by_person(entries, "robot_paused"))


def blocked_taken(entries: Entries) -> bool:
    """Whether a person took the alarm of the blocked robot."""
    raised = _blocked(entries).raised
    return raised is not None and _taken(entries, raised)


def _closures(entries: Entries) -> list[JournalEntry]:
    trouble = _blocked(entries)
    return [
        e for e in _zones(entries)
        if e.t >= trouble.begin and str(e.facts.get("text", "")).strip() and number(e.facts.get("until")) > 0
        and _there(entries, e, trouble)
    ]  # fmt: skip


def _there(entries: Entries, closure: JournalEntry, trouble: _Trouble) -> bool:
    """Return whether an area closes what the robot waits for: near it, or lanes that it holds."""
    raised = trouble.raised
    if raised is None or "x" not in raised.facts:  # journals before 2026-11-28 do not say where it stood
        return raised is not None
    try:
        zone = zone_from(closure)
    except (KeyError, TypeError, ValueError):
        return False  # a journal may hold anything
    held = [e for e in entries if e.kind == "robot_holds" and e.robot == trouble.robot and e.t <= closure.t]
    if held and not set(zone.elements).isdisjoint(str(held[-1].facts.get("held", "")).split()):
        return True
    robot = Point(number(raised.facts["x"]), number(raised.facts["y"]))
    return len(zone.polygon) > 2 and bool(Polygon(zone.polygon).distance(robot) <= NEAR)


def blocked_closed(entries: Entries) -> bool:
    """Whether the place was closed after that alarm, with a reason and until when."""
    return bool(_closures(entries))


def _openings(entries: Entries) -> list[JournalEntry]:
    names = {str(e.facts.get("zone", "")) for e in _closures(entries)}
    return [e for e in by_person(entries, "zone_cleared") if str(e.facts.get("zone", "")) in names]


def blocked_opened(entries: Entries) -> bool:
    """Whether it was opened again when the robot could go on."""
    end = _blocked(entries).end
    return any(e.t >= end for e in _openings(entries))


def opened_too_early(entries: Entries) -> bool:
    """Whether it was opened again while the robot was still blocked."""
    return any(_blocked(entries).meanwhile(e) for e in _openings(entries))


def blocked_delivered(entries: Entries) -> bool:
    """Whether the robot that was blocked delivered an order afterwards."""
    trouble = _blocked(entries)
    return any(e.kind == "order_done" and e.robot == trouble.robot and e.t >= trouble.end for e in entries)


def cancelled_while_blocked(entries: Entries) -> bool:
    """Whether an order of the blocked robot was cancelled meanwhile."""
    trouble = _blocked(entries)
    asked = [*by_person(entries, "order_cancelling"), *by_person(entries, "order_cancelled")]
    given = {e.order_id for e in entries if e.robot == trouble.robot and e.order_id and e.t <= trouble.end}
    return any(trouble.meanwhile(e) and e.order_id in given for e in asked)
