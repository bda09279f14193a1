"""The record of a count from the air: what was flown, read and found, from the journal, to print and sign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from amr_core.errors import AmrError
from amr_fleet.domain.events import JournalEntry
from amr_fleet.domain.flight_book import FlightRecord
from amr_fleet.domain.orders import FleetState


@dataclass(frozen=True)
class Count:
    """A flight that counted, and when each of its cells was read (fleet s), by cell."""

    flight: FlightRecord
    read_at: dict[str, float]

    @property
    def cells(self) -> int:
        """Return how many cells were to be counted; 0 where the journal does not say."""
        return len(self.flight.plan.cells) if self.flight.plan is not None else 0

    @property
    def left(self) -> list[str]:
        """Return the cells that were to be counted and were not read, in the order of the flight."""
        plan = self.flight.plan
        return [cell for cell in plan.cells if cell not in self.flight.readings] if plan is not None else []

    def read(self, state: str) -> int:
        """Return in how many cells that was read: label, empty or unreadable."""
        return sum(reading.state == state for reading in self.flight.readings.values())


def count_of(journal: Sequence[JournalEntry], flight_id: str) -> Count:
    """Return what a flight counted.

    Raises flight.not_found, and flight.wrong_state for one that is under way, read nothing or is an inspection.
    """
    flight = FleetState.fold(journal).flights.get(flight_id)
    if flight.task != "inventory_flight" or flight.open or not flight.readings:
        raise AmrError("flight.wrong_state", flight=flight.flight_id, state=flight.state)
    cells = (e for e in journal if e.kind == "flight_cell" and e.facts.get("flight") == flight_id)
    return Count(flight, {str(entry.facts["cell"]): entry.t for entry in cells})
