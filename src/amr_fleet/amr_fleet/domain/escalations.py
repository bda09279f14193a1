"""Who was told of alarms that nobody took: the journal keeps it. State does not know it."""

from __future__ import annotations

from typing import Final

from amr_core.errors import AmrError
from amr_fleet.domain.shown import shown
from amr_fleet.domain.world import World
from amr_fleet.escalation_requests import NoteEscalation

MOST_STEPS: Final = 10


def note(world: World, request: NoteEscalation) -> None:
    """Write it down with those of the alarms that still wait; raise request.invalid, or alarm.not_found: none does."""
    if not 1 <= request.step <= MOST_STEPS:
        raise AmrError("request.invalid", where="step", reason=f"1 to {MOST_STEPS}")
    channel, person = _name("channel", request.channel, 1, 32), _name("person", request.person, 0, 64)
    active = world.state.alarms.active
    still = [active[alarm] for alarm in dict.fromkeys(request.alarms) if alarm in active and not active[alarm].acked_by]
    if not still:
        raise AmrError("alarm.not_found", alarm=" ".join(request.alarms)[:64])
    robots = {alarm.robot for alarm in still}
    world.emit(
        "alarm_escalated", robot=robots.pop() if len(robots) == 1 else "",
        alarms=" ".join(alarm.alarm_id for alarm in still), step=request.step, channel=channel, person=person,
    )  # fmt: skip


def _name(where: str, text: str, least: int, most: int) -> str:
    name = shown(where, text)
    if not least <= len(name) <= most:
        raise AmrError("request.invalid", where=where, reason=f"{least} to {most} characters")
    return name
