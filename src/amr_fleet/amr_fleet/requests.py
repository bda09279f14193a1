"""Everything that people and other systems may ask of the fleet's engine: one class a request, one closed list.

`FleetPort.ask(request)` takes any of them; `domain.requests.HANDLERS` names who answers it. A request's type
parameter says what the answer is; a refusal is an AmrError.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from amr_fleet import flight_requests as flights
from amr_fleet import vocabulary as words
from amr_fleet.cargo_views import CargoView
from amr_fleet.escalation_requests import NoteEscalation
from amr_fleet.peripherals import FireAlarm
from amr_fleet.ports import Answer_co, BookView, ImportVerdict, OrderRequest, OrderView, Request, ZoneRequest, ZoneView
from amr_fleet.replay_requests import CommentMoment
from amr_fleet.trial_requests import MoveTrial, NoteTrial, ReportBreach, SaveTrial
from amr_fleet.upkeep_requests import ChangeWork, CloseWork, OpenWork
from amr_fleet.visit_requests import DepartVisit, ImportVisits, ReopenVisit, SetCutoff


@dataclass(frozen=True, kw_only=True)
class UserRequest(Request[Answer_co]):
    """A request that says itself who asks."""

    user: str = ""


@dataclass(frozen=True, kw_only=True)
class CreateOrder(Request[OrderView]):
    """Create a transport order; one with a known reference is answered with the order that has it."""

    order: OrderRequest


@dataclass(frozen=True, kw_only=True)
class CancelOrder(UserRequest[OrderView]):
    """Cancel an open order.

    before_pick: refused once the robot takes the load; after_leg: the robot finishes what it does at a station, and a
    load that it has by then stays on board; now: the order is taken off a standing robot, wherever its load is.
    """

    order_id: str
    mode: words.CancelMode = "after_leg"


@dataclass(frozen=True, kw_only=True)
class SetPaused(UserRequest[None]):
    """Pause or resume robots; no names = all. text: why.

    A pause is its owner's: resuming lifts one's own and those of whom instead_of names, else robot.held_by; a pause
    takes theirs over. unloaded: the load is off, nobody at the robot. seen: newest fleet time (s) read, 0 = not said.
    """

    robots: tuple[str, ...] = ()
    pause: bool
    text: str = ""
    instead_of: tuple[str, ...] = ()
    unloaded: bool = False
    seen: float = 0.0


@dataclass(frozen=True, kw_only=True)
class SetZone(Request[ZoneView]):
    """Put a restriction into force."""

    zone: ZoneRequest


@dataclass(frozen=True, kw_only=True)
class ClearZone(UserRequest[None]):
    """Lift a restriction; fails with zone.not_found when it is not in force."""

    zone_id: str


@dataclass(frozen=True, kw_only=True)
class AckAlarm(UserRequest[None]):
    """The user has seen the alarm and looks after it; fails with alarm.not_found when it is no longer open.

    Who took it first keeps it; instead_of: the one from whom the user takes it over, as after a shift.
    """

    alarm_id: str
    instead_of: str = ""


@dataclass(frozen=True, kw_only=True)
class ChangeOrder(UserRequest[OrderView]):
    """Give an open order another priority, deadline, earliest start or cut-off group; None leaves it."""

    order_id: str
    priority: int | None = None
    deadline: float | None = None
    earliest: float | None = None
    cutoff: str | None = None


@dataclass(frozen=True, kw_only=True)
class HoldOrder(UserRequest[OrderView]):
    """Keep an order from starting, taking it off its robot if need be; or let it go on. text: why.

    Others than who holds it get order.held_by; instead_of: whose it is, to take it over or let go. seen: as above.
    """

    order_id: str
    hold: bool
    text: str = ""
    instead_of: str = ""
    seen: float = 0.0


@dataclass(frozen=True, kw_only=True)
class ReassignOrder(UserRequest[OrderView]):
    """Give an order that is not picked up to a certain robot; "" to any."""

    order_id: str
    robot: str = ""


@dataclass(frozen=True, kw_only=True)
class NoteEvidence(UserRequest[str]):
    """A sensor has read something on a load: kind sscc, container or code. order_id "": the newest order of load_id."""

    order_id: str
    load_id: str
    kind: words.ReadingKind
    value: str
    valid: bool
    frames: int = 0
    size_type: str = ""
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class SayOfLoad(UserRequest[OrderView]):
    """A person at a place says something of an order's load; the same key twice is one word.

    at: when it was said (fleet s), not later than now. ready lets an order go on that was made until_ready; wrong and
    damaged raise an alarm and hold an order whose robot is not at the load yet; taken: the delivered load has left it.
    """

    order_id: str
    said: words.LoadWord
    place: str
    at: float
    read: str = ""
    text: str = ""
    photos: tuple[str, ...] = ()
    key: str = ""


@dataclass(frozen=True, kw_only=True)
class ImportOrders(UserRequest[tuple[ImportVerdict, ...]]):
    """Create many orders in one step; the answer is one Verdict each. dry_run: only say what would happen."""

    orders: tuple[OrderRequest, ...]
    dry_run: bool = False


@dataclass(frozen=True, kw_only=True)
class SetTemplate(UserRequest[BookView]):
    """Keep an order as a template; request None removes it."""

    name: str
    request: OrderRequest | None = None


@dataclass(frozen=True, kw_only=True)
class SetSchedule(UserRequest[BookView]):
    """Create an order again and again; request None removes the schedule. Times in fleet seconds."""

    name: str
    request: OrderRequest | None = None
    first: float = 0.0
    every: float = 86400.0
    due_in: float = 0.0


@dataclass(frozen=True, kw_only=True)
class HoldCargo(UserRequest[CargoView]):
    """Put a customs hold on a load, or lift it."""

    load_id: str
    hold: bool
    document: str = ""


@dataclass(frozen=True, kw_only=True)
class AddNote(UserRequest[float]):
    """Keep a note for the next shift."""

    text: str


@dataclass(frozen=True, kw_only=True)
class NoteService(UserRequest[None]):
    """A robot was serviced: its counters since the last service begin anew."""

    robot: str
    text: str


@dataclass(frozen=True, kw_only=True)
class SendRobot(UserRequest[None]):
    """Send an idle robot to its parking place (park) or to a charger (charge)."""

    robot: str
    to: Literal["park", "charge"]


@dataclass(frozen=True, kw_only=True)
class ReleaseRobot(UserRequest[None]):
    """A named person has looked: the robot may drive again after its emergency stop."""

    robot: str
    person: str


@dataclass(frozen=True, kw_only=True)
class SetIntegration(UserRequest[None]):
    """ignored, noticed (shown), respected (keeps its space, gets no orders) or utilised."""

    robot: str
    level: words.Integration


@dataclass(frozen=True, kw_only=True)
class Relocalise(UserRequest[None]):
    """Tell a standing robot where it is: x, y in m, theta in rad, map frame."""

    robot: str
    x: float
    y: float
    theta: float


@dataclass(frozen=True, kw_only=True)
class DeliverLoad(UserRequest[OrderView]):
    """Bring what a robot without an order has on board to a place; the answer is the new order.

    instead_of: who was to see to it that the load is taken off. nobody_there: a person says that nobody does so.
    """

    robot: str
    place: str
    instead_of: tuple[str, ...] = ()
    nobody_there: bool = False


@dataclass(frozen=True, kw_only=True)
class SetObstacle(UserRequest[object]):
    """Add an obstacle to the register (obstacle_id "") or change one; the answer is its row. Days are ISO days."""

    obstacle_id: str = ""
    opened: str
    source: words.ObstacleSource = "person"
    kind: words.ObstacleKind
    text: str
    effect_kpi: str = ""
    effect_amount: float = 0.0
    asked_of: str = ""
    proposal: str = ""
    owner: str = ""
    due: str = ""
    state: words.ObstacleState = "open"


@dataclass(frozen=True, kw_only=True)
class AnswerObstacle(UserRequest[object]):
    """Note an authority's answer to an obstacle: its document's number and day."""

    obstacle_id: str
    document: str
    date: str
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class SetPlan(UserRequest[None]):
    """Set the target of a figure in a reporting period, in the figure's own unit; None removes it."""

    period: str
    kpi: str
    target: float | None = None


@dataclass(frozen=True, kw_only=True)
class SetReportText(UserRequest[None]):
    """Write a text of a period's report while it is a draft."""

    period: str
    field: str
    text: str


@dataclass(frozen=True, kw_only=True)
class CommentReport(UserRequest[object]):
    """Leave a remark on a period's report."""

    period: str
    text: str


@dataclass(frozen=True, kw_only=True)
class MoveReport(UserRequest[object]):
    """submit, return (with a reason), sign (by another person than handed it in) or reopen for another edition."""

    period: str
    step: words.ReportStep
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class FileReport(UserRequest[object]):
    """A signed report went out. size, root: the journal's tree that it was made from."""

    period: str
    docx_sha256: str
    pdf_sha256: str
    size: int
    root: str


@dataclass(frozen=True, kw_only=True)
class RaiseFire(UserRequest[FireAlarm]):
    """There is a fire: robots leave the fire lanes and stop."""

    text: str = ""


@dataclass(frozen=True, kw_only=True)
class EndFire(UserRequest[None]):
    """There is none any more: robots go on. Refused while an input is on."""


@dataclass(frozen=True, kw_only=True)
class FireContactsOff(UserRequest[None]):
    """Contacts unheard since the fleet's start, or whose publisher is gone, are off: a person looked at the panel."""


FleetRequest = (
    SaveTrial
    | MoveTrial
    | NoteTrial
    | ReportBreach
    | CreateOrder
    | CancelOrder
    | SetPaused
    | SetZone
    | ClearZone
    | AckAlarm
    | ChangeOrder
    | HoldOrder
    | ReassignOrder
    | NoteEvidence
    | SayOfLoad
    | ImportOrders
    | SetCutoff
    | DepartVisit
    | ReopenVisit
    | ImportVisits
    | SetTemplate
    | SetSchedule
    | HoldCargo
    | AddNote
    | CommentMoment
    | NoteEscalation
    | NoteService
    | OpenWork
    | ChangeWork
    | CloseWork
    | SendRobot
    | ReleaseRobot
    | SetIntegration
    | Relocalise
    | DeliverLoad
    | RaiseFire
    | EndFire
    | FireContactsOff
    | flights.CreateFlight
    | flights.StartFlight
    | flights.AbortFlight
    | flights.RecoverFlight
    | flights.CheckDifference
    | flights.SetFlightPermit
    | flights.SetStock
    | SetObstacle
    | AnswerObstacle
    | SetPlan
    | SetReportText
    | CommentReport
    | MoveReport
    | FileReport
)
REQUESTS: frozenset[type[Request[object]]] = frozenset(get_args(FleetRequest))
"""The closed list: nothing else is answered."""
