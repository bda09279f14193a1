"""Flights and their permit as the fold of the journal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, cast

from amr_core.errors import AmrError
from amr_fleet.domain.events import JournalEntry
from amr_fleet.flight_views import DifferenceView
from amr_fleet.vocabulary import FlightState, FlightTask
from amr_uav.count import CellReading, CellState, DifferenceKind
from amr_uav.model import Checklist, FlightPermit, FlightPlan, Point3, PointPicture, Volume, Waypoint

OPEN: Final[tuple[FlightState, ...]] = ("PLANNED", "CLEARING", "FLYING", "RETURNING", "LOST", "DOWN")
IN_THE_AIR: Final[tuple[FlightState, ...]] = ("FLYING", "RETURNING", "LOST")
RESERVED: Final[tuple[FlightState, ...]] = ("CLEARING", *IN_THE_AIR, "DOWN")
"""States in which no robot may be below."""
RECOVERED: Final[tuple[FlightState, ...]] = ("LOST", "DOWN")
"""Out of which a person takes a flight, who has fetched the aircraft."""


@dataclass(frozen=True, kw_only=True)
class FlightRecord:
    """One flight. Times in fleet seconds. readings: by cell; pictures: by point; checked: when the checklist was;
    started: when its ground began to be cleared.

    plan: as it was made; None before that, and in journals that do not hold it. again: the flight whose unread cells
    it looks at again.
    """

    flight_id: str
    task: FlightTask
    places: tuple[str, ...]
    levels: tuple[int, ...]
    points: tuple[Point3, ...]
    user: str
    created: float
    plan: FlightPlan | None = None
    again: str = ""
    state: FlightState = "PLANNED"
    checklist: Checklist | None = None
    checked: float = 0.0
    started: float = 0.0
    finished: float = 0.0
    why: str = ""
    readings: Mapping[str, CellReading] = field(default_factory=dict)
    differences: tuple[DifferenceView, ...] = ()
    pictures: Mapping[str, PointPicture] = field(default_factory=dict)

    @property
    def open(self) -> bool:
        """It is not over."""
        return self.state in OPEN


@dataclass
class FlightBook:
    """All flights by id, oldest first."""

    flights: dict[str, FlightRecord] = field(default_factory=dict)
    permit: FlightPermit | None = None

    @property
    def reserving(self) -> FlightRecord | None:
        """The flight that has the air and the ground below."""
        return next((f for f in self.flights.values() if f.state in RESERVED), None)

    def get(self, flight_id: str) -> FlightRecord:
        """Return a flight, or raise flight.not_found."""
        flight = self.flights.get(flight_id)
        if flight is None:
            raise AmrError("flight.not_found", flight=flight_id[:64])
        return flight

    def apply(self, entry: JournalEntry) -> None:
        """Take over an entry of kind flight_*; what a later release wrote is passed over."""
        if entry.kind == "flight_permitted":
            self.permit = _permit(entry)
            return
        flight_id = str(entry.facts.get("flight", ""))
        if entry.kind == "flight_planned":
            self.flights[flight_id] = _planned(flight_id, entry)
        elif flight_id in self.flights:
            self.flights[flight_id] = _changed(self.flights[flight_id], entry)


def _permit(entry: JournalEntry) -> FlightPermit:
    f = entry.facts
    return FlightPermit(
        number=str(f["number"]), issuer=str(f["issuer"]), registration=str(f["registration"]),
        until=float(f["until"] or 0.0), ceiling=float(f["ceiling"] or 0.0),
        polygon=tuple((float(x), float(y)) for x, y in json.loads(str(f["area"]))),
    )  # fmt: skip


def plan_text(plan: FlightPlan) -> str:
    """Return a plan as JSON for the journal; its places are in the entry already."""
    way: list[list[object]] = [
        [round(w.x, 3), round(w.y, 3), round(w.z, 3), round(w.yaw, 5), w.scan] for w in plan.waypoints
    ]
    facts: dict[str, object] = {"way": way, "area": plan.volume.polygon, "top": plan.volume.z1, "length": plan.length}
    facts |= {"seconds": plan.seconds, "energy": plan.energy, "transit": plan.transit}
    return json.dumps(facts, ensure_ascii=False)


def _plan(text: str, places: tuple[str, ...]) -> FlightPlan | None:
    if not text:
        return None
    f = json.loads(text)
    way = tuple(Waypoint(x, y, z, yaw, scan) for x, y, z, yaw, scan in f["way"])
    return FlightPlan(
        waypoints=way, volume=Volume(tuple((x, y) for x, y in f["area"]), 0.0, f["top"]), places=places,
        length=f["length"], seconds=f["seconds"], energy=f["energy"],
        transit=f["transit"],
    )  # fmt: skip


def _planned(flight_id: str, entry: JournalEntry) -> FlightRecord:
    f = entry.facts
    named = str(f["places"])  # by spaces in the first journals
    places = tuple(json.loads(named)) if named.startswith("[") else tuple(named.split())
    return FlightRecord(
        flight_id=flight_id, task=cast(FlightTask, f["task"]), places=places,
        plan=_plan(str(f.get("plan") or ""), places),
        levels=tuple(int(n) for n in str(f["levels"]).split()),
        points=tuple((float(x), float(y), float(z)) for x, y, z in json.loads(str(f["points"]))),
        user=str(f["user"]), created=entry.t, again=str(f.get("again") or ""),
    )  # fmt: skip


def _changed(flight: FlightRecord, entry: JournalEntry) -> FlightRecord:
    f = entry.facts
    if entry.kind == "flight_started":
        light = f.get("light")
        checklist = Checklist(
            pilot=str(f["pilot"]), licence=str(f["licence"]), wind=float(f["wind"] or 0.0), rain=bool(f["rain"]),
            cleared=bool(f["cleared"]), light=None if light is None else float(light), present=bool(f.get("present")),
        )  # fmt: skip
        return replace(flight, checklist=checklist, checked=entry.t)
    if entry.kind == "flight_state":
        state = cast(FlightState, f["state"])
        started = entry.t if state == "CLEARING" else flight.started
        finished = 0.0 if state in OPEN else entry.t
        return replace(flight, state=state, why=str(f["why"]) or flight.why, started=started, finished=finished)
    if entry.kind == "flight_cell" and flight.task != "inspect":  # points were once noted as empty cells
        reading = CellReading(str(f["cell"]), cast(CellState, f["found"]), str(f["sscc"]))
        return replace(flight, readings={**flight.readings, reading.cell: reading})
    if entry.kind == "flight_picture":
        return replace(flight, pictures={**flight.pictures, str(f["point"]): _picture(entry)})
    if entry.kind == "flight_difference":
        return replace(flight, differences=(*flight.differences, _difference(entry)))
    if entry.kind == "flight_checked":
        number, changed = int(f["number"] or 0), list(flight.differences)
        changed[number] = replace(changed[number], checked_by=str(f["user"]))
        return replace(flight, differences=tuple(changed))
    return flight


def _picture(entry: JournalEntry) -> PointPicture:
    f = entry.facts
    return PointPicture(
        point=str(f["point"]), photo=str(f["photo"]), taken=float(f["taken"] or 0.0), x=float(f["x"] or 0.0),
        y=float(f["y"] or 0.0), z=float(f["z"] or 0.0), refused=str(f["refused"]),
    )  # fmt: skip


def _difference(entry: JournalEntry) -> DifferenceView:
    f = entry.facts
    return DifferenceView(
        kind=cast(DifferenceKind, f["difference"]), load_id=str(f["load_id"]), found=str(f["found"]),
        booked=str(f["booked"]), cell=str(f["cell"]), sure=bool(f["sure"]), order_id=entry.order_id,
        refused=str(f["refused"]),
    )  # fmt: skip
