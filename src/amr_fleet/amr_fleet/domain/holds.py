"""Who keeps robots and orders from going on, since when and why; and who may end that.

A pause or hold is its owner's, as a lock is that hangs at a switch: each person lifts their own, and a robot goes on
when none is left. Who ends another person's has to say whose it is, so that nobody does it unseen: not by a page that
is older than that pause, and not a moment after it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, cast

from amr_core.errors import AmrError, Fact
from amr_fleet.domain.events import JournalEntry
from amr_fleet.domain.shown import shown
from amr_fleet.ports import HeldBy
from amr_fleet.requests import HoldOrder, SetPaused
from amr_fleet.vocabulary import PauseScope

BY_PEOPLE: Final[tuple[PauseScope, ...]] = ("unload", "one", "all")
"""Pauses that a person lifts; the others end with their cause."""
LONGEST_WHY: Final = 120
MOST_OWNERS: Final = 50
# pages get times rounded to the millisecond: without it one would not have seen what it shows
_ROUNDING_S: Final = 0.001


@dataclass(frozen=True)
class Pause:
    """Why a robot may not move: set by whom (user), when (fleet s), and as part of what (vocabulary.PauseScope).

    text: why, in their words. beside: the pauses of other people as part of the same, oldest first.
    """

    scope: PauseScope
    user: str
    since: float
    text: str = ""
    beside: tuple[Pause, ...] = ()

    def each(self) -> tuple[Pause, ...]:
        """Return this pause and those beside it, each for itself."""
        return (replace(self, beside=()), *self.beside)


Pauses = dict[PauseScope, Pause]


def _joined(pauses: Iterable[Pause]) -> Pause | None:
    """Return pauses of one scope as one, None = there are none."""
    each = sorted(pauses, key=lambda pause: pause.since)
    return replace(each[0], beside=tuple(each[1:])) if each else None


def put(pauses: Pauses, entry: JournalEntry) -> None:
    """Note a robot_paused entry: one person has one pause of a scope; who takes over goes on with the one of before."""
    facts = entry.facts
    scope = cast(PauseScope, facts.get("scope", "one"))  # before there were scopes: only its name lifts it
    user, text = str(facts.get("user", "")), str(facts.get("text", ""))
    known = pauses[scope].each() if scope in pauses else ()
    old = [pause for pause in known if pause.user in (user, facts.get("instead_of"))]
    since = min((pause.since for pause in old), default=entry.t)
    text = text or next((pause.text for pause in old if pause.text), "")
    joined = _joined([*(pause for pause in known if pause not in old), Pause(scope, user, since, text)])
    assert joined is not None
    pauses[scope] = joined


def lift(pauses: Pauses, entry: JournalEntry) -> list[PauseScope]:
    """Note a robot_resumed entry; return the scopes of which no pause is left.

    Journals of before say a scope and not whose pause of it ended, or not even a scope: that ended all.
    """
    ended: list[PauseScope] = []
    for scope in [cast(PauseScope, entry.facts["scope"])] if "scope" in entry.facts else list(pauses):
        whose = str(entry.facts.get("instead_of", entry.facts.get("user", "")))
        known = pauses[scope].each() if scope in pauses else ()
        left = [pause for pause in known if pause.user != whose]
        joined = _joined(left) if len(left) < len(known) else None
        if joined is None:
            pauses.pop(scope, None)
            ended.append(scope)
        else:
            pauses[scope] = joined
    return ended


def of_people(pauses: Mapping[PauseScope, Pause], scopes: Collection[str] = BY_PEOPLE) -> list[Pause]:
    """Return the pauses that people lift, each for itself: what takes most to lift first."""
    return [each for scope in BY_PEOPLE if scope in scopes and scope in pauses for each in pauses[scope].each()]


def owners(pauses: Mapping[PauseScope, Pause]) -> tuple[HeldBy, ...]:
    """Return whose pauses keep a robot standing, for the page."""
    return tuple(HeldBy(user=p.user, since=p.since, text=p.text, scope=p.scope) for p in of_people(pauses))


def of_order(verb: str, old: HeldBy | None, entry: JournalEntry) -> HeldBy | None:
    """Return who holds an order after an entry; who takes over a hold goes on with the one of before."""
    if verb not in ("held", "released"):
        return old
    if verb == "released":
        return None
    user, text = str(entry.facts.get("user", "")), str(entry.facts.get("text", ""))
    since = old.since if old is not None else entry.t
    return HeldBy(user=user, since=since, text=text or (old.text if old is not None else ""))


def why(text: str) -> str:
    """Return the reason of a pause or hold as it is kept, "" = none; raise request.invalid."""
    text = " ".join(text.split())
    if len(text) > LONGEST_WHY:
        raise AmrError("request.invalid", where="text", reason=f"longer than {LONGEST_WHY}")
    return shown("text", text)


def facts_of(held: HeldBy | Pause) -> dict[str, Fact]:
    """Return what a reason says of a pause or hold: whose, since when, why; nothing where nobody owns it."""
    facts: dict[str, Fact] = {"user": held.user, "at": held.since} if held.user else {}
    return {**facts, "why": held.text} if held.text else facts


def refusal(code: str, held: HeldBy | Pause, **about: Fact) -> AmrError:
    """Return the refusal that names who holds something."""
    return AmrError(code, **about, user=held.user, at=held.since, why=held.text)


def named(held: HeldBy | Pause, request: SetPaused | HoldOrder) -> bool:
    """Return whether a request names whose a pause or hold is, and its user saw it: not one of after the question."""
    whose = (request.instead_of,) if isinstance(request, HoldOrder) else request.instead_of
    return held.user in whose and (not request.seen or held.since <= request.seen + _ROUNDING_S)


def to_lift(robot: str, pauses: Mapping[PauseScope, Pause], scopes: Collection[str], request: SetPaused) -> list[Pause]:
    """Return which pauses a person's word ends: their own, those that nobody owns, and those seen of whom they name.

    Raise robot.held_by when others hold the robot and none of that is left to do.
    """
    held = of_people(pauses, scopes)
    mine = [pause for pause in held if pause.user in ("", request.user) or named(pause, request)]
    if held and not mine:
        raise refusal("robot.held_by", held[0], robot=robot)
    return mine
