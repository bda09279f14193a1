"""A count of an aisle that is over, as its flight wrote it down: a difference of each kind, one looked after."""

from __future__ import annotations

from typing import Any

from amr_fleet.domain.events import JournalEntry
from tests.unit.flight_rig import FlightRig

FLIGHT = "F000001"


LOAD = "389345670000000469"
# What a count of two aisles wrote down: kind of entry, fleet time (s), facts.
FACTS: list[tuple[Any, float, dict[str, Any]]] = [
    ("flight_started", 20.0, {"pilot": "Nguyễn Văn A", "licence": "instrument", "wind": 1.0, "rain": False,
                              "cleared": True, "light": 300.0, "present": True}),
    ("flight_state", 21.0, {"state": "CLEARING", "why": ""}),
    ("flight_state", 60.0, {"state": "FLYING", "why": ""}),
    ("flight_cell", 7500.0, {"cell": "B1W-01-1", "found": "label", "sscc": LOAD}),
    ("flight_cell", 7560.0, {"cell": "B1W-02-1", "found": "unreadable", "sscc": ""}),
    ("flight_cell", 7620.0, {"cell": "B1W-03-1", "found": "label", "sscc": "389345670000000551"}),
    ("flight_cell", 7680.0, {"cell": "B1W-04-1", "found": "empty", "sscc": ""}),
    ("flight_difference", 9000.0, {"difference": "misplaced", "load_id": LOAD, "found": "B1", "booked": "B3",
                                   "cell": "B1W-01-1", "sure": True, "refused": ""}),
    ("flight_difference", 9000.0, {"difference": "unreadable", "load_id": "", "found": "B1", "booked": "",
                                   "cell": "B1W-02-1", "sure": True, "refused": ""}),
    ("flight_difference", 9000.0, {"difference": "not_in_book", "load_id": "389345670000000551", "found": "B1",
                                   "booked": "", "cell": "B1W-03-1", "sure": True, "refused": ""}),
    ("flight_difference", 9000.0, {"difference": "missing", "load_id": "389345670000000049", "found": "",
                                   "booked": "B1", "cell": "", "sure": False, "refused": ""}),
    ("flight_state", 9000.0, {"state": "DONE", "why": ""}),
    ("flight_checked", 9100.0, {"number": 1, "user": "<b>An"}),
]  # fmt: skip


def planned() -> list[JournalEntry]:
    rig = FlightRig()
    rig.planned(["B1"], [1])
    return list(rig.journal)


def entries() -> list[JournalEntry]:
    """Return what the flight wrote down; an order was made of the misplaced load."""
    return [
        JournalEntry(
            t=t, kind=kind, facts={"flight": FLIGHT, "user": "lan", **facts},
            order_id="T000007" if facts.get("difference") == "misplaced" else "",
        )
        for kind, t, facts in FACTS
    ]  # fmt: skip
