"""What the journal says of people: the notes that they left and the alarms that they took."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from amr_fleet.domain.alarms import severity_of
from amr_fleet.domain.events import JournalEntry
from amr_fleet.report.figures import Note
from amr_fleet.vocabulary import AlarmSeverity

INTERVENTION_KINDS: Final = ("alarm_raised", "alarm_acked", "alarm_cleared")
NOTE_KINDS: Final = ("note_added",)
"""What interventions and notes are read from."""


@dataclass
class Intervention:
    """One alarm from beginning to end, in fleet seconds; acked_at and cleared are 0 while that has not happened."""

    alarm_id: str
    code: str
    robot: str
    order_id: str
    raised: float
    acked_by: str = ""
    acked_at: float = 0.0
    cleared: float = 0.0

    @property
    def severity(self) -> AlarmSeverity:
        """How bad it is."""
        return severity_of(self.code)


def interventions(entries: Iterable[JournalEntry], until: float) -> list[Intervention]:
    """Return the alarms that the entries raise up to a time, newest first; later entries tell how those ended."""
    found: dict[str, Intervention] = {}
    for e in entries:
        alarm_id = str(e.facts.get("alarm", ""))
        if e.kind == "alarm_raised" and e.t <= until:
            code = str(e.facts.get("code", ""))
            found[alarm_id] = Intervention(alarm_id, code, e.robot, e.order_id, e.t)
        elif e.kind == "alarm_acked" and alarm_id in found and not found[alarm_id].acked_by:  # later: taken over
            found[alarm_id].acked_by, found[alarm_id].acked_at = str(e.facts.get("user", "")), e.t
        elif e.kind == "alarm_cleared" and alarm_id in found:
            found[alarm_id].cleared = e.t
    return list(reversed(found.values()))


def notes(entries: Iterable[JournalEntry]) -> list[Note]:
    """Return the notes among the entries, oldest first."""
    kept = (e for e in entries if e.kind in NOTE_KINDS)
    return [Note(e.t, str(e.facts.get("user", "")), str(e.facts.get("text", ""))) for e in kept]
