"""What people and other systems may ask of the fleet's engine, beside creating an order and pausing a robot."""

from __future__ import annotations

from dataclasses import dataclass

from amr_core.errors import AmrError
from amr_fleet.ports import FleetRequest, OrderRequest


@dataclass(frozen=True, kw_only=True)
class ChangeOrder(FleetRequest):
    """Give an open order another priority, deadline, earliest start or cut-off group; None leaves it."""

    order_id: str
    priority: int | None = None
    deadline: float | None = None
    earliest: float | None = None
    cutoff: str | None = None


@dataclass(frozen=True, kw_only=True)
class HoldOrder(FleetRequest):
    """Keep an order from starting, taking it off its robot if need be; or let it go on."""

    order_id: str
    hold: bool


@dataclass(frozen=True, kw_only=True)
class ReassignOrder(FleetRequest):
    """Give an order that is not picked up to a certain robot; "" to any."""

    order_id: str
    robot: str = ""


@dataclass(frozen=True, kw_only=True)
class CancelGraded(FleetRequest):
    """Cancel: after_leg lets the robot finish what it does at a station; now takes the order off a standing robot."""

    order_id: str
    mode: str = "after_leg"


@dataclass(frozen=True, kw_only=True)
class NoteEvidence(FleetRequest):
    """A sensor has read something on a load: kind sscc, container or code. order_id "": the newest order of load_id."""

    order_id: str
    load_id: str
    kind: str
    value: str
    valid: bool
    frames: int = 0
    size_type: str = ""
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class ImportOrders(FleetRequest):
    """Create many orders in one step; the answer is one Verdict each. dry_run: only say what would happen."""

    orders: tuple[OrderRequest, ...]
    dry_run: bool = False


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What becomes of one order of a list: created, known (same reference) or refused with an error."""

    verdict: str
    order_id: str = ""
    error: AmrError | None = None


@dataclass(frozen=True, kw_only=True)
class SetCutoff(FleetRequest):
    """Add or move a cut-off; at None removes it."""

    name: str
    kind: str = "truck"
    at: float | None = None


@dataclass(frozen=True, kw_only=True)
class SetTemplate(FleetRequest):
    """Keep an order as a template; request None removes it."""

    name: str
    request: OrderRequest | None = None


@dataclass(frozen=True, kw_only=True)
class SetSchedule(FleetRequest):
    """Create an order again and again; request None removes the schedule. Times in fleet seconds."""

    name: str
    request: OrderRequest | None = None
    first: float = 0.0
    every: float = 86400.0
    due_in: float = 0.0


@dataclass(frozen=True, kw_only=True)
class HoldCargo(FleetRequest):
    """Put a customs hold on a load, or lift it."""

    load_id: str
    hold: bool
    document: str = ""


@dataclass(frozen=True, kw_only=True)
class AddNote(FleetRequest):
    """Keep a note for the next shift."""

    text: str


@dataclass(frozen=True, kw_only=True)
class SendRobot(FleetRequest):
    """Send an idle robot to its parking place (park) or to a charger (charge)."""

    robot: str
    to: str


@dataclass(frozen=True, kw_only=True)
class ReleaseRobot(FleetRequest):
    """A named person has looked: the robot may drive again after its emergency stop."""

    robot: str
    person: str


@dataclass(frozen=True, kw_only=True)
class SetIntegration(FleetRequest):
    """ignored, noticed (shown), respected (keeps its space, gets no orders) or utilised."""

    robot: str
    level: str


@dataclass(frozen=True, kw_only=True)
class Relocalise(FleetRequest):
    """Tell a standing robot where it is: x, y in m, theta in rad, map frame."""

    robot: str
    x: float
    y: float
    theta: float


@dataclass(frozen=True, kw_only=True)
class DeliverLoad(FleetRequest):
    """Bring what a robot without an order has on board to a place; the answer is the new order."""

    robot: str
    place: str
