"""Maintenance work orders of robots: what is to be done by when and by whom, and what was done."""

from __future__ import annotations

from dataclasses import dataclass

from amr_fleet.vocabulary import UpkeepCounter, UpkeepOutcome, UpkeepRule


@dataclass(frozen=True, kw_only=True)
class WorkOrder:
    """One maintenance work order of a robot. Times in fleet seconds, 0.0 = none.

    rule: which of the fleet's own rules opened it, "" = a person (opened_by), who said in `text` what is to be done;
    counter, amount: what came to how much (km, lifts, hours, days) for a rule's. safety: what is not done in time may
    hurt somebody. due: until when; owner: who does it, "" = nobody yet. outcome: "" while it is open. key: of the
    request that opened it, "" = none.
    """

    work_id: str
    robot: str
    text: str = ""
    rule: UpkeepRule = ""
    counter: UpkeepCounter = ""
    amount: float = 0.0
    safety: bool = False
    opened: float = 0.0
    opened_by: str = ""
    due: float = 0.0
    owner: str = ""
    closed: float = 0.0
    closed_by: str = ""
    outcome: UpkeepOutcome = ""
    note: str = ""
    key: str = ""

    @property
    def open(self) -> bool:
        """It is still to be done."""
        return not self.outcome

    def overdue(self, now: float) -> bool:
        """It should have been done by now (fleet s)."""
        return self.open and 0.0 < self.due < now
