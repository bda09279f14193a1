"""What the desk of the escalation asks of the engine: to write down that people are told."""

from __future__ import annotations

from dataclasses import dataclass

from amr_fleet.ports import Request


@dataclass(frozen=True, kw_only=True)
class NoteEscalation(Request[None]):
    """Keep that alarms (ids) that nobody took go out as a message to a person, "" = a program, by a channel."""

    alarms: tuple[str, ...]
    step: int
    channel: str
    person: str = ""
