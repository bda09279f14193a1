"""The boundary between the fleet engine's thread and everything that talks to it: requests in, frozen snapshots out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Final, Generic, Protocol, TypeVar

from amr_core.errors import AmrError, Fact
from amr_core.own_camera import OwnCamera
from amr_fleet import vocabulary as words
from amr_fleet.camera_frames import CameraFrame
from amr_fleet.cargo_views import Cargo, CargoView
from amr_fleet.flight_views import FlightsView
from amr_fleet.peripherals import DoorView, FireAlarm, LiftView
from amr_fleet.sandbox.book import TrialPort
from amr_fleet.sandbox.permit import FREE, Permit
from amr_fleet.upkeep_views import WorkOrder
from amr_fleet.visit_views import Cutoff, VisitView
from amr_fleet.wear_views import WearView

ANSWER_SECONDS: Final = 5.0  # chosen: a step takes ms; longer holds sockets and people when the engine is stuck

AnswerT = TypeVar("AnswerT")
Answer_co = TypeVar("Answer_co", covariant=True)


@dataclass(frozen=True)
class Reason:
    """Why something waits or failed: a code with its facts, since when (fleet seconds)."""

    code: str
    facts: Mapping[str, Fact] = field(default_factory=dict)
    since: float = 0.0


@dataclass(frozen=True, kw_only=True)
class HeldBy:
    """Who keeps a robot or an order from going on: since when (fleet s), why (text, their words), as part of what."""

    user: str
    since: float
    text: str = ""
    scope: words.PauseScope = "one"


@dataclass(frozen=True, kw_only=True)
class Template:
    """An order to be filled in or sent again."""

    name: str
    request: OrderRequest


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """An order that comes again every so many seconds. due_in: its deadline after its start, 0 = none."""

    name: str
    request: OrderRequest
    every: float
    next_at: float
    due_in: float = 0.0


@dataclass(frozen=True, kw_only=True)
class BookView:
    """What the office keeps beside the orders."""

    cutoffs: tuple[Cutoff, ...] = ()
    templates: tuple[Template, ...] = ()
    schedules: tuple[Schedule, ...] = ()


@dataclass(frozen=True, kw_only=True)
class OrderRequest:
    """A wish for one transport. Times in fleet seconds, 0 = none. The same reference twice gives the same order.

    key: of the one time that a form was sent: the same key twice gives the same order, too. cutoff: its group.
    robot: the only one that may do it; held: wait for a release; until_ready: which a person at the pick place gives by
    saying that the load is ready. What is held for another reason is not theirs to release.
    """

    pick_place: str
    drop_place: str
    reference: str = ""
    load_id: str = ""
    priority: int = 0
    deadline: float = 0.0
    user: str = ""
    earliest: float = 0.0
    cutoff: str = ""
    robot: str = ""
    held: bool = field(default=False, metadata={"says": "true: waits for a release"})
    cargo: Cargo | None = None
    key: str = field(default="", metadata={"says": "of the form that sent it: the same form twice makes one order"})
    until_ready: bool = field(default=False, metadata={"says": "true: held until its load is said to be ready"})

    @property
    def has_load(self) -> bool:
        """Something is moved: so with all orders of today. A type that only drives to its places says no here."""
        return True


@dataclass(frozen=True, kw_only=True)
class ImportVerdict:
    """What becomes of one order of a list: created, known (same reference) or refused with an error."""

    verdict: words.RowVerdict
    order_id: str = ""
    error: AmrError | None = None


@dataclass(frozen=True, kw_only=True)
class ZoneRequest:
    """A restriction: kind closed, hold or slow, on a polygon (m, map frame) or on named nodes and edges.

    max_speed (m/s) only for slow. code and text say why. until: fleet seconds, 0 = until it is cleared. The same
    zone_id again replaces the zone.
    """

    zone_id: str
    kind: words.ZoneKind
    polygon: tuple[tuple[float, float], ...] = ()
    elements: tuple[str, ...] = ()
    max_speed: float = 0.0
    code: str = ""
    text: str = ""
    until: float = 0.0
    user: str = ""


@dataclass(frozen=True, kw_only=True)
class ZoneView(ZoneRequest):
    """A restriction in force since a time (fleet seconds)."""

    since: float = 0.0


@dataclass(frozen=True, kw_only=True)
class OrderView:
    """One transport order as others see it. Times in fleet seconds, 0.0 = not yet or not known.

    eta: expected delivery, usually between eta_early and eta_late; late: set once the deadline cannot be met any more.
    reason: why it waits or failed; root: what has to end for it to get on; rank: in the queue, from 1 (0: not near).
    at_pick: when its robot is expected at the load, while it has not got it; said: what people at its places said;
    awaits: it goes on once they say that the load is ready. hold: who put it on hold, None = it was made so.
    has_load: something is moved.
    """

    order_id: str
    reference: str
    load_id: str
    pick_place: str
    drop_place: str
    priority: int
    deadline: float
    state: words.OrderState
    robot: str
    created: float
    assigned: float
    picked: float
    finished: float
    reason: Reason | None
    earliest: float = 0.0
    cutoff: str = ""
    held: bool = False
    wanted_robot: str = ""
    cargo: Cargo | None = None
    cancelling: bool = False
    eta: float = 0.0
    eta_early: float = 0.0
    eta_late: float = 0.0
    late: Reason | None = None
    root: Reason | None = None
    rank: int = 0
    at_pick: float = 0.0
    said: tuple[words.LoadWord, ...] = ()
    awaits: bool = False
    hold: HeldBy | None = None
    has_load: bool = True


@dataclass(frozen=True, kw_only=True)
class RobotView:
    """One robot as others see it. path: local plan, base: released way, both as points (x, y) in m.

    waiting: for what; root: what has to end; waits_since: since when (fleet s) it does not get on, 0.0 when it does.
    site_version: of its site files, "" = it does not say. cameras: its own, as it last said; seen: when
    it was heard (s). pauses: of people, what takes most to lift first.
    """

    name: str
    type: str
    status: words.RobotStatus
    order_id: str
    x: float
    y: float
    theta: float
    v: float
    soc: float
    charging: bool
    loaded: bool
    paused: bool
    online: bool
    localized: bool
    node: str
    path: Sequence[tuple[float, float]]
    base: Sequence[tuple[float, float]]
    waiting: Reason | None
    errors: Sequence[tuple[Reason, words.ErrorLevel]]
    integration: words.Integration = "utilised"
    e_stop: words.EmergencyStop = ""
    loads: Sequence[str] = ()
    root: Reason | None = None
    waits_since: float = 0.0
    site_version: str = ""
    cameras: Sequence[OwnCamera] = ()
    seen: float = 0.0
    pauses: tuple[HeldBy, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TrackView:
    """A person or vehicle that robots or fixed cameras see (map frame, m, m/s; speed 0 if only cameras see it).

    camera: a fixed camera sees it.
    """

    x: float
    y: float
    vx: float
    vy: float
    kind: words.TrackKind
    radius: float
    camera: bool = False


@dataclass(frozen=True, kw_only=True)
class Kpi:
    """Live counters of the run."""

    orders_total: int = 0
    orders_done: int = 0
    orders_open: int = 0
    orders_cancelled: int = 0
    orders_failed: int = 0
    orders_per_hour: float = 0.0
    service_p95_s: float = 0.0
    service_mean_s: float = 0.0
    deadlocks: int = 0


@dataclass(frozen=True, kw_only=True)
class AlarmView:
    """Something that needs a person: reason with since when; who has acknowledged it, when ("" and 0 = nobody)."""

    alarm_id: str
    reason: Reason
    robot: str
    order_id: str
    acked_by: str = ""
    acked_at: float = 0.0


@dataclass(frozen=True, kw_only=True)
class CauseView:
    """A root of waiting: code, facts and since when; what ends it (vocabulary.EndCode); whom it strands, by name."""

    reason: Reason
    ends: words.EndCode
    robots: tuple[str, ...]
    orders: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class WaitsView:
    """Who with work waits longest (s), every cycle of robots in which each waits for the next, and who waits why.

    edges: (robot, reason) of every robot that waits; a reason with a fact robot is an edge of the wait-for graph.
    """

    longest_s: float = 0.0
    longest: str = ""
    cycles: Sequence[Sequence[str]] = ()
    edges: Sequence[tuple[str, Reason]] = ()


@dataclass(frozen=True, kw_only=True)
class FleetSnapshot:
    """Immutable truth of one moment; readers take the last one without locks.

    picture_age: fleet s by which robots, orders and counters are older than t, as what shows them breaks; 0 usually.
    """

    t: float
    rtf: float
    robots: Sequence[RobotView]
    orders: Sequence[OrderView]
    tracks: Sequence[TrackView]
    kpi: Kpi
    all_paused: bool
    ready: bool
    zones: Sequence[ZoneView] = ()
    alarms: Sequence[AlarmView] = ()
    waits: WaitsView = field(default_factory=WaitsView)
    causes: Sequence[CauseView] = ()
    cameras: Sequence[CameraFrame] = ()
    permit: Permit = FREE
    doors: Sequence[DoorView] = ()
    lifts: Sequence[LiftView] = ()
    fire: FireAlarm | None = None
    flights: FlightsView | None = None
    visits: Sequence[VisitView] = ()
    wear: Sequence[WearView] = ()
    upkeep: Sequence[WorkOrder] = ()
    picture_age: float = 0.0


@dataclass(frozen=True)
class EngineCondition:
    """How the engine is. step_age: real s since its last step; trouble: why it takes nothing new, None = it does.

    faults: how often something broke in it that nobody foresaw.
    """

    step_age: float = 0.0
    trouble: Reason | None = None
    faults: int = 0


@dataclass(frozen=True)
class HistoryEntry:
    """One journal entry about an order."""

    t: float
    event: str
    facts: Mapping[str, Fact]


class Request(Generic[Answer_co]):
    """Base of all that may be asked of the engine, listed in `amr_fleet.requests`; the parameter is the answer."""


class FleetPort(TrialPort, Protocol):
    """What the API and the ROS services may ask of the fleet. Futures fail with AmrError."""

    def snapshot(self) -> FleetSnapshot:
        """Return the last snapshot; never blocks."""

    def condition(self) -> EngineCondition:
        """Return how the engine is now; never blocks."""

    def ask(self, request: Request[AnswerT]) -> Future[AnswerT]:
        """Hand a request to the engine; done once what it changed is in the journal. Unknown ones: request.invalid."""

    def book(self) -> BookView:
        """Return cut-off groups, templates and schedules."""

    def cargo(self) -> Mapping[str, CargoView]:
        """Return all loads by their ids, in the order in which they came."""

    def orders(self, state: str, limit: int, reference: str = "", visit: str = "") -> Sequence[OrderView]:
        """Return the newest orders first; state: open, ended or all; of a reference (plain), of a visit (id) only."""

    def order(self, order_id: str) -> OrderView:
        """Return one order, or raise order.not_found."""

    def order_history(self, order_id: str) -> Sequence[HistoryEntry]:
        """Return what the journal says about an order, oldest first, or raise order.not_found."""
