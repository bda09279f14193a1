"""Alarms, who took them, and the notes for the next shift."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from amr_fleet.api.models.base import Answer, RequestBody, Seconds
from amr_fleet.api.models.words import AlarmSeverity, Code, Reason


class Alarm(Answer):
    """Something that needs a person. acked_by "": nobody has taken it."""

    alarm_id: str
    reason: Reason
    robot: str
    order_id: str
    acked_by: str
    acked_at: Seconds


class Intervention(Answer):
    """One alarm from its beginning to its end; 0 = not yet."""

    alarm_id: str
    code: Code
    severity: AlarmSeverity
    robot: str
    order_id: str
    raised: float
    acked_by: str
    acked_at: float
    cleared: float


class Interventions(Answer):
    """The alarms of a period, newest first."""

    interventions: list[Intervention]


class NoteBody(RequestBody):
    """Body of POST /notes."""

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]


class Note(Answer):
    """What one shift leaves to the next."""

    t: float
    user: str
    text: str


class Notes(Answer):
    """The notes of a period, oldest first."""

    notes: list[Note]
