"""Transport orders and the state of the fleet as the fold of its journal."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, KeysView, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar, Final, cast

from amr_core.heap import millions_of_objects
from amr_fleet.domain import holds
from amr_fleet.domain.alarms import AlarmBook
from amr_fleet.domain.book import Book
from amr_fleet.domain.cargo import CargoRegister
from amr_fleet.domain.events import JournalEntry
from amr_fleet.domain.flight_book import FlightBook
from amr_fleet.domain.gates import DoorBook
from amr_fleet.domain.lift_units import LiftBook
from amr_fleet.domain.office import Office
from amr_fleet.domain.undo import GrowingList, Undo, noted_dict
from amr_fleet.domain.upkeep_book import UpkeepBook
from amr_fleet.domain.visit_book import VisitBook
from amr_fleet.domain.wear import WearBook
from amr_fleet.domain.zone_entries import zone_from
from amr_fleet.fact_fields import fields_in, value_of
from amr_fleet.peripherals import PERSON, FireAlarm
from amr_fleet.ports import HeldBy, OrderRequest, OrderView, Reason, ZoneView
from amr_fleet.sandbox.book import TrialBook
from amr_fleet.vocabulary import Integration, LoadWord, MissionKind, OrderState

OPEN_STATES: Final[tuple[OrderState, ...]] = ("QUEUED", "ASSIGNED", "TO_PICK", "PICKING", "TO_DROP", "DROPPING")
BEFORE_PICK: Final[tuple[OrderState, ...]] = ("ASSIGNED", "TO_PICK", "PICKING")
WITH_LOAD: Final[tuple[OrderState, ...]] = ("TO_DROP", "DROPPING")
_ENDS: Final[Mapping[str, OrderState]] = {"done": "DONE", "cancelled": "CANCELLED", "failed": "FAILED"}
CHANGEABLE = ("priority", "deadline", "earliest", "cutoff")
_REQUESTED: Final = frozenset(f.name for f in fields(OrderRequest)) - {"load_id", "deadline", "robot"}
_AS_ASKED: Final = tuple(f.name for f in fields(OrderView) if f.name in _REQUESTED)  # what a view says of its request


@dataclass(frozen=True, kw_only=True)
class TransportOrder:
    """One transport order. attempts: failed missions of the current half (pick or drop).

    readings: how often sensors read something on its load; said: what people said of it.
    awaits: it was made held (until_ready), until somebody at the place says that its load is ready.
    hold: who put it on hold since it was made.
    putting: which process of the robot began to put the load down while it had it; None: that is not known.
    left: the robots that it was taken from before they said that they had its load.
    due: its own deadline or its group's cut-off, whichever is first (fleet seconds, 0 = none).
    """

    order_id: str
    request: OrderRequest
    state: OrderState = "QUEUED"
    robot: str = ""
    created: float = 0.0
    assigned: float = 0.0
    picked: float = 0.0
    finished: float = 0.0
    attempts: int = 0
    cancelling: bool = False
    failure: str = ""
    due: float = 0.0
    cancel_after_pick: bool = False
    readings: int = 0
    said: tuple[LoadWord, ...] = ()
    awaits: bool = False
    putting: str | None = None
    left: tuple[str, ...] = ()
    hold: HeldBy | None = None

    @property
    def load_id(self) -> str:
        """The caller's load id, or the order id when there is none."""
        return self.request.load_id or self.order_id

    @property
    def loaded(self) -> bool:
        """Its robot has the load on board, as far as the order tells; never so where there is none."""
        return self.state in WITH_LOAD and self.request.has_load

    @property
    def open(self) -> bool:
        """Neither done nor cancelled nor failed."""
        return self.state in OPEN_STATES

    def view(self, reason: Reason | None = None, **seen: Any) -> OrderView:
        """Return the order as others see it; seen: fields of the view that the order does not know of itself."""
        r = self.request
        if reason is None and self.failure:
            reason = Reason(self.failure, {"order_id": self.order_id, "load_id": self.load_id}, self.finished)
        asked: dict[str, Any] = {name: getattr(r, name) for name in _AS_ASKED}
        return OrderView(
            order_id=self.order_id, load_id=self.load_id, deadline=self.due, state=self.state, robot=self.robot,
            created=self.created, assigned=self.assigned, picked=self.picked, finished=self.finished, reason=reason,
            wanted_robot=r.robot, cancelling=self.cancelling or self.cancel_after_pick, said=self.said,
            awaits=self.awaits, hold=self.hold, has_load=r.has_load, **asked, **seen,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Mission:
    """One VDA 5050 order: from where the robot stands to one goal node. action_id is "" when there is nothing to do.

    mission_id is its order_id on the wire (`amr_core.vda5050`); order_id is that of the transport order it belongs to.
    """

    mission_id: str
    robot: str
    kind: MissionKind
    goal: str
    order_id: str = ""
    action_id: str = ""


@dataclass
class FleetState:
    """Everything that must survive a restart. Only `apply` changes it, and a camera its zone; `undo` puts it back."""

    notes_itself: ClassVar = True
    undo: Undo = field(default_factory=Undo, repr=False, compare=False)
    orders: dict[str, TransportOrder] = field(default_factory=dict)
    open_orders: dict[str, TransportOrder] = field(default_factory=dict)
    with_robot: dict[str, tuple[str, ...]] = field(default_factory=dict)  # robot -> open orders it has, oldest first
    references: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    moving: dict[str, str] = field(default_factory=dict)
    missions: dict[str, Mission] = field(default_factory=dict)
    book: Book = field(default_factory=Book)
    office: Office = field(default_factory=Office)
    cargo: CargoRegister = field(default_factory=CargoRegister)
    pauses: dict[str, holds.Pauses] = field(default_factory=dict)  # robot -> scope -> pause; no empty rows
    stopped: set[str] = field(default_factory=set)
    integration: dict[str, Integration] = field(default_factory=dict)
    online: set[str] = field(default_factory=set)
    displaced: set[str] = field(default_factory=set)
    held: dict[str, tuple[str, ...]] = field(default_factory=dict)
    aboard: dict[str, str] = field(default_factory=dict)  # robot -> the load that it has by its orders, see `aboard`
    zones: dict[str, ZoneView] = field(default_factory=dict)
    order_count: int = 0
    mission_count: int = 0
    done: int = 0
    cancelled: int = 0
    failed: int = 0
    deadlocks: int = 0
    service_times: GrowingList[tuple[float, float]] = field(default_factory=GrowingList)
    alarms: AlarmBook = field(default_factory=AlarmBook)
    trials: TrialBook = field(default_factory=TrialBook)
    doors: DoorBook = field(default_factory=DoorBook)
    lifts: LiftBook = field(default_factory=LiftBook)
    fire: FireAlarm | None = None
    fire_inputs: set[str] = field(default_factory=set)
    flights: FlightBook = field(default_factory=FlightBook)
    visits: VisitBook = field(default_factory=VisitBook)
    wear: WearBook = field(default_factory=WearBook)
    upkeep: UpkeepBook = field(default_factory=UpkeepBook)

    def __post_init__(self) -> None:
        self.orders, self.references, self.keys, self.held, self.zones = (noted_dict(self.undo) for _ in range(5))
        self.cargo, self.visits = CargoRegister.noted(self.undo), VisitBook.noted(self.undo)

    @property
    def paused(self) -> KeysView[str]:
        """The robots that somebody paused."""
        return self.pauses.keys()

    @classmethod
    def fold(cls, journal: Iterable[JournalEntry]) -> FleetState:
        """Return the state after all entries, oldest first."""
        state = cls()
        with millions_of_objects():
            for entry in journal:
                state.apply(entry)
        return state

    def order_of(self, robot: str) -> TransportOrder | None:
        """Return the open order that a robot has."""
        mine = self.with_robot.get(robot)
        return self.open_orders[mine[0]] if mine else None

    def apply(self, entry: JournalEntry) -> None:
        """Take over one entry. Kinds that say nothing about the state are ignored."""
        if entry.kind == "robot_holds":  # three of four entries of a day
            self._holds(entry)
            return
        self.undo.all_of(self)
        topic, _, verb = entry.kind.partition("_")
        self.wear.apply(entry)
        if topic == "order":
            self._order(verb, entry)
            self.cargo.apply(entry)
        elif topic == "cargo":
            self.cargo.apply(entry)
        elif topic in ("cutoff", "template", "schedule"):
            gone = self.book.cutoffs.get(str(entry.facts["name"])) if entry.kind == "cutoff_removed" else None
            self.book.apply(entry)
            if topic == "cutoff":
                self._cutoff_moved(str(entry.facts["name"]))
            if gone is not None:
                self.visits.forget(gone.visit_id)
        elif topic in ("obstacle", "plan", "report"):
            self.office.apply(entry)
        elif topic == "mission":
            self._mission(verb, entry)
        elif topic == "robot":
            self._robot(verb, entry)
        elif topic == "deadlock":
            self.deadlocks += 1
        elif topic == "zone":
            self._zone(verb, entry)
        else:
            self._more(topic, entry)

    def _holds(self, entry: JournalEntry) -> None:
        self.held.pop(entry.robot, None)  # the newest entry is the last one
        if held := str(entry.facts["held"]).split():
            self.held[entry.robot] = tuple(held)

    def _more(self, topic: str, entry: JournalEntry) -> None:
        if topic == "alarm":
            self.alarms.apply(entry)
        elif topic in ("trial", "clock"):
            self.trials.apply(entry)
        elif topic == "door":
            self.doors.apply(entry)
        elif topic == "lift":
            self.lifts.apply(entry)
        elif topic == "flight":
            self.flights.apply(entry)
        elif topic == "upkeep":
            self.upkeep.apply(entry)
        elif topic == "fire":
            self._fire(entry)

    def _fire(self, entry: JournalEntry) -> None:
        f = {k: str(v or "") for k, v in entry.facts.items()}
        if entry.kind == "fire_input":
            (self.fire_inputs.add if entry.facts["on"] else self.fire_inputs.discard)(f["source"])
        elif entry.kind == "fire_raised":
            self.fire = FireAlarm(since=entry.t, source=f["source"], user=f["user"], text=f["text"])
            if f["source"] != PERSON:
                self.fire_inputs.add(f["source"])
        else:
            self.fire = None
            self.fire_inputs.clear()  # nobody could end it with one on; older journals do not say that it went off

    def _zone(self, verb: str, entry: JournalEntry) -> None:
        if verb == "set":
            self.zones[str(entry.facts["zone"])] = zone_from(entry)
        elif verb == "cleared":
            self.zones.pop(str(entry.facts["zone"]), None)

    def _order(self, verb: str, entry: JournalEntry) -> None:
        if verb == "created":
            wish = value_of(OrderRequest, entry.facts)
            self._put(TransportOrder(
                order_id=entry.order_id, request=wish, created=entry.t, awaits=wish.held and wish.until_ready,
                due=self.book.deadline(wish),
            ))  # fmt: skip
            self.order_count += 1
            return
        order = self.orders[entry.order_id]
        self._carries(verb, order, entry)
        if verb == "assigned":
            order = replace(order, state="ASSIGNED", robot=entry.robot, assigned=entry.t, attempts=0)
        elif verb == "state":
            process = entry.facts.get("process")
            putting = None if process is None else str(process)
            order = replace(order, state=cast(OrderState, entry.facts["state"]), putting=putting)
        elif verb == "picked":
            cancelling = order.cancelling and not order.request.has_load
            order = replace(order, state="TO_DROP", picked=entry.t, attempts=0, cancelling=cancelling, left=())
        elif verb == "attempt":
            order = replace(order, attempts=order.attempts + 1, putting=None)
        elif verb == "evidence":
            order = replace(order, readings=order.readings + 1)
        elif verb == "said":
            word = cast(LoadWord, entry.facts["said"])
            # What is wrong with a load is a person's matter: no later "ready" lets its order go on.
            order = replace(order, said=(*order.said, word), awaits=order.awaits and word not in ("wrong", "damaged"))
        elif verb == "requeued":
            left = (*(name for name in order.left if name != entry.robot), entry.robot)
            order = replace(order, state="QUEUED", robot="", attempts=0, left=left)
        elif verb == "cancelling":
            after_pick = entry.facts.get("mode") == "after_pick"
            order = replace(order, cancelling=not after_pick, cancel_after_pick=after_pick)
        elif verb in ("changed", "held", "released", "reassigned"):
            awaits = order.awaits and verb not in ("held", "released")
            order = replace(order, awaits=awaits, hold=holds.of_order(verb, order.hold, entry))
            order = self._due(replace(order, request=_changed(verb, order.request, entry)))
        elif verb in ("done", "cancelled", "failed"):
            order = self._finish(verb, order, entry)
        self._put(order)

    def _carries(self, verb: str, order: TransportOrder, entry: JournalEntry) -> None:
        if (verb == "picked" and order.request.has_load) or entry.facts.get("on_board"):
            self.aboard[entry.robot] = order.load_id
        elif verb == "done":
            self.aboard.pop(entry.robot, None)

    def _due(self, order: TransportOrder) -> TransportOrder:
        return replace(order, due=self.book.deadline(order.request))

    def _cutoff_moved(self, group: str) -> None:
        for order in [o for o in self.open_orders.values() if o.request.cutoff == group]:
            self._put(self._due(order))

    def _finish(self, verb: str, order: TransportOrder, entry: JournalEntry) -> TransportOrder:
        if verb == "done":
            self.done += 1
            self.service_times.append((entry.t, entry.t - order.created))
        elif verb == "cancelled":
            self.cancelled += 1
        else:
            self.failed += 1
        code = str(entry.facts.get("code", ""))
        return replace(order, state=_ENDS[verb], finished=entry.t, failure=code, cancelling=False)

    def _put(self, order: TransportOrder) -> None:
        self._give(order, self.orders.get(order.order_id))
        self.orders[order.order_id] = order
        self.visits.follow(order.order_id, self.book.cutoffs.get(order.request.cutoff), is_open=order.open)
        load = order.request.load_id
        if order.open:
            self.open_orders[order.order_id] = order
            self.moving.update({load: order.order_id} if load else {})
        else:
            self.open_orders.pop(order.order_id, None)
            if self.moving.get(load) == order.order_id:
                del self.moving[load]
        if order.request.reference:
            # Journals of before have references in either spelling of Unicode.
            self.references[unicodedata.normalize("NFC", order.request.reference)] = order.order_id
        if order.request.key:
            self.keys[order.request.key] = order.order_id

    def _give(self, order: TransportOrder, before: TransportOrder | None) -> None:
        """Note which robot has an order; before: as it was."""
        had = before.robot if before is not None and before.open else ""
        has = order.robot if order.open else ""
        if had and had != has:
            self.with_robot[had] = tuple(n for n in self.with_robot[had] if n != order.order_id)
        if has and had != has:
            mine = (*self.with_robot.get(has, ()), order.order_id)
            self.with_robot[has] = tuple(sorted(mine, key=lambda n: (len(n), n)))

    def known(self, request: OrderRequest) -> str | None:
        """Return the order that a request has made already, by its key or its reference."""
        return self.keys.get(request.key) or self.references.get(request.reference)

    def _mission(self, verb: str, entry: JournalEntry) -> None:
        f = entry.facts
        if verb in ("started", "retargeted"):
            self.mission_count += verb == "started"
            self.missions[entry.robot] = Mission(
                mission_id=str(f["mission"]), robot=entry.robot, kind=cast(MissionKind, f["kind"]), goal=str(f["goal"]),
                order_id=entry.order_id, action_id=str(f.get("action", "")),
            )  # fmt: skip
        elif verb == "ended":
            self.missions.pop(entry.robot, None)

    def _robot(self, verb: str, entry: JournalEntry) -> None:
        if verb == "paused":
            holds.put(self.pauses.setdefault(entry.robot, {}), entry)
        elif verb == "resumed":
            left = self.pauses.get(entry.robot, {})
            order = self.order_of(entry.robot)
            if "unload" in holds.lift(left, entry) and (order is None or order.state in BEFORE_PICK):
                self.aboard.pop(entry.robot, None)  # who lets it go on has taken the load off
            if not left:
                self.pauses.pop(entry.robot, None)
        elif verb == "unloaded":
            self.aboard.pop(entry.robot, None)
        elif verb == "stopped":
            self.stopped.add(entry.robot)
        elif verb == "released":
            self.stopped.discard(entry.robot)
        elif verb == "integration":
            self.integration[entry.robot] = cast(Integration, entry.facts["level"])
            if entry.facts["level"] in ("ignored", "noticed"):
                self.held.pop(entry.robot, None)  # what it still means to drive is journaled after this
        elif verb in ("displaced", "online"):
            self.upkeep.first_seen(entry)
            (self.displaced if verb == "displaced" else self.online).add(entry.robot)
        elif verb in ("found", "offline"):
            (self.displaced if verb == "found" else self.online).discard(entry.robot)


def _changed(verb: str, request: OrderRequest, entry: JournalEntry) -> OrderRequest:
    if verb == "changed":
        changes = fields_in(OrderRequest, entry.facts)
        return replace(request, **{name: changes[name] for name in CHANGEABLE if name in changes})
    if verb == "reassigned":
        return replace(request, robot=str(entry.facts["wanted"]))
    return replace(request, held=verb == "held")
