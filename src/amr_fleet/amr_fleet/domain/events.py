"""What goes into the fleet engine and what comes out of it: plain frozen values, no ROS, no HTTP.

Units: m, rad, s (fleet clock). Frame: the site's map frame.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from amr_core.errors import Fact
from amr_core.vda5050 import InstantAction, Order, RobotState
from amr_fleet.ports import Request
from amr_fleet.vocabulary import BeltState, DoorMode, LiftMode
from amr_uav.count import CellReading
from amr_uav.model import FlightPlan, PointPicture, Telemetry


@dataclass(frozen=True)
class ConnectionLost:
    """The robot's agent said OFFLINE or its last will did."""

    robot: str


@dataclass(frozen=True)
class Ask:
    """A request of a person or another system; the Reply with the same token is its answer."""

    token: int
    request: Request[object]


@dataclass(frozen=True)
class Notices:
    """What the node around the engine finds wrong just now, all of it: (code, robot, camera or "") and its facts."""

    now: Mapping[tuple[str, str], Mapping[str, Fact]]


@dataclass(frozen=True)
class StorageBack:
    """Nothing could be written for so many seconds, for this reason; now it can again."""

    reason: str
    seconds: float


@dataclass(frozen=True)
class DoorReport:
    """What a door says of itself just now."""

    door: str
    mode: DoorMode


@dataclass(frozen=True)
class BeltReport:
    """What a conveyor's load sensor says just now."""

    conveyor: str
    belt: BeltState


@dataclass(frozen=True)
class DoorSession:
    """Another requester wants a door open, or no longer."""

    requester: str
    door: str
    open: bool


@dataclass(frozen=True)
class DoorCommand:
    """What a door is told: to be open or closed. fence: the last fencing number; a smaller one is of an older fleet."""

    door: str
    open: bool
    fence: int


@dataclass(frozen=True)
class LiftReport:
    """What a lift says of itself just now. level: the floor that it is at, or nearest to; session: whose it is.

    ours: the session is one of this fleet, in its own words (`domain.lifts.session_of`).
    """

    lift: str
    level: str
    door: DoorMode
    moving: bool
    mode: LiftMode
    session: str = ""
    ours: bool = False


@dataclass(frozen=True)
class LiftCommand:
    """What a lift is told: to come to a level and keep its door open for a session, or that the session ends."""

    lift: str
    session: str
    level: str = ""

    @property
    def ends(self) -> bool:
        """The session ends."""
        return not self.level


@dataclass(frozen=True)
class FireInput:
    """A contact of the fire panel is on or off."""

    source: str
    on: bool


@dataclass(frozen=True)
class FireGone:
    """What may have said that a contact is on is there no more: nobody will say that it is off."""

    source: str


@dataclass(frozen=True)
class UavReport:
    """What an aircraft says of itself; its t in fleet seconds."""

    telemetry: Telemetry


@dataclass(frozen=True)
class ShelfRead:
    """What the pictures of a cell hold, read in flight."""

    flight_id: str
    reading: CellReading


@dataclass(frozen=True)
class PointPictured:
    """A point of an inspection has its picture, or one that could not be kept."""

    flight_id: str
    picture: PointPicture


@dataclass(frozen=True)
class PeopleSeen:
    """Where people are that robots and cameras see now (m)."""

    people: Sequence[tuple[float, float]]


@dataclass(frozen=True)
class UavCommand:
    """What an aircraft is told: fly (with a plan), hold, resume, return or land."""

    vehicle: str
    command: str
    flight_id: str
    plan: FlightPlan | None = None


@dataclass(frozen=True)
class EngineFault:
    """Something broke that nobody foresaw; what it had done by then was undone, and all else went on.

    part: the kind of event that was dropped, or the part of a step that rests; trace: where, for the log. order_id: the
    order that broke the part and was set aside; then the part does not rest. ref: what people are told instead of the
    error: the same for the same error at the same place, so it finds the lines of the log.
    """

    part: str
    robot: str
    error: str
    trace: str
    order_id: str = ""
    ref: str = ""


FlightEvent = UavReport | ShelfRead | PointPictured | PeopleSeen
Machine = DoorReport | BeltReport | DoorSession | LiftReport | FireInput | FireGone
Event = RobotState | ConnectionLost | Ask | Notices | StorageBack | EngineFault | Machine | FlightEvent


@dataclass(frozen=True, kw_only=True, slots=True)
class JournalEntry:
    """One fact or decision. State is the fold of all entries, oldest first.

    kind: a vocabulary.JournalKind when it is written; a journal of a later release may hold others.
    """

    t: float
    kind: str
    order_id: str = ""
    robot: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict)


_NEW_ENTRY: Final = JournalEntry.__new__
_COLUMNS: Final = ("t", "kind", "order_id", "robot", "facts")
_T, _KIND, _ORDER, _ROBOT, _FACTS = (getattr(JournalEntry, name).__set__ for name in _COLUMNS)


def read_entry(t: float, kind: str, order_id: str, robot: str, facts: Mapping[str, Fact]) -> JournalEntry:
    """Return an entry as `JournalEntry(...)` would in a third of its time: a month of a journal has millions."""
    entry = _NEW_ENTRY(JournalEntry)
    _T(entry, t)
    _KIND(entry, kind)
    _ORDER(entry, order_id)
    _ROBOT(entry, robot)
    _FACTS(entry, facts)
    return entry


RobotMessage = Order | InstantAction
"""What a robot is sent."""


@dataclass(frozen=True)
class Reply:
    """The answer to a request, an AmrError for a refusal; valid once the step's entries are in the journal."""

    token: int
    result: object


@dataclass(frozen=True)
class StepResult:
    """Entries to journal first, then commands to robots, doors, lifts and aircraft, and replies to give.

    faults: what broke meanwhile.
    """

    entries: Sequence[JournalEntry]
    commands: Sequence[RobotMessage]
    replies: Sequence[Reply]
    doors: Sequence[DoorCommand] = ()
    flights: Sequence[UavCommand] = ()
    lifts: Sequence[LiftCommand] = ()
    faults: Sequence[EngineFault] = ()
