"""Transport orders and the state of the fleet as the fold of its journal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from amr_core.errors import Fact
from amr_fleet.domain.alarms import AlarmBook
from amr_fleet.domain.events import JournalEntry
from amr_fleet.domain.zone_entries import zone_from
from amr_fleet.ports import OrderRequest, OrderView, Reason, ZoneView

OPEN_STATES = ("QUEUED", "ASSIGNED", "TO_PICK", "PICKING", "TO_DROP", "DROPPING")
BEFORE_PICK = ("ASSIGNED", "TO_PICK", "PICKING")
WITH_LOAD = ("TO_DROP", "DROPPING")
MISSION_KINDS = ("pick", "drop", "charge", "park")


@dataclass(frozen=True, kw_only=True)
class Order:
    """One transport order. attempts: failed missions of the current half (pick or drop)."""

    order_id: str
    request: OrderRequest
    state: str = "QUEUED"
    robot: str = ""
    created: float = 0.0
    assigned: float = 0.0
    picked: float = 0.0
    finished: float = 0.0
    attempts: int = 0
    cancelling: bool = False
    failure: str = ""

    @property
    def load_id(self) -> str:
        """The caller's load id, or the order id when there is none."""
        return self.request.load_id or self.order_id

    @property
    def open(self) -> bool:
        """Neither done nor cancelled nor failed."""
        return self.state in OPEN_STATES

    def view(self, reason: Reason | None = None) -> OrderView:
        """Return the order as others see it."""
        r = self.request
        if reason is None and self.failure:
            reason = Reason(self.failure, {"order_id": self.order_id, "load_id": self.load_id}, self.finished)
        return OrderView(
            order_id=self.order_id, reference=r.reference, load_id=self.load_id, pick_place=r.pick_place,
            drop_place=r.drop_place, priority=r.priority, deadline=r.deadline, state=self.state, robot=self.robot,
            created=self.created, assigned=self.assigned, picked=self.picked, finished=self.finished, reason=reason,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Mission:
    """One VDA 5050 order: from where the robot stands to one goal node. action_id is "" when there is nothing to do."""

    mission_id: str
    robot: str
    kind: str
    goal: str
    order_id: str = ""
    action_id: str = ""


@dataclass
class FleetState:
    """Everything that must survive a restart. Only `apply` changes it."""

    orders: dict[str, Order] = field(default_factory=dict)
    open_orders: dict[str, Order] = field(default_factory=dict)
    references: dict[str, str] = field(default_factory=dict)
    missions: dict[str, Mission] = field(default_factory=dict)
    paused: set[str] = field(default_factory=set)
    online: set[str] = field(default_factory=set)
    held: dict[str, list[str]] = field(default_factory=dict)
    zones: dict[str, ZoneView] = field(default_factory=dict)
    order_count: int = 0
    mission_count: int = 0
    done: int = 0
    cancelled: int = 0
    failed: int = 0
    deadlocks: int = 0
    service_times: list[tuple[float, float]] = field(default_factory=list)
    alarms: AlarmBook = field(default_factory=AlarmBook)

    @classmethod
    def fold(cls, journal: Iterable[JournalEntry]) -> FleetState:
        """Return the state after all entries, oldest first."""
        state = cls()
        for entry in journal:
            state.apply(entry)
        return state

    def order_of(self, robot: str) -> Order | None:
        """Return the open order that a robot has."""
        return next((o for o in self.open_orders.values() if o.robot == robot), None)

    def apply(self, entry: JournalEntry) -> None:
        """Take over one entry. Kinds that say nothing about the state are ignored."""
        topic, _, verb = entry.kind.partition("_")
        if topic == "order":
            self._order(verb, entry)
        elif topic == "mission":
            self._mission(verb, entry)
        elif topic == "robot":
            self._robot(verb, entry)
        elif topic == "deadlock":
            self.deadlocks += 1
        elif entry.kind == "zone_set":
            self.zones[str(entry.facts["zone"])] = zone_from(entry)
        elif entry.kind == "zone_cleared":
            self.zones.pop(str(entry.facts["zone"]), None)
        elif topic == "alarm":
            self.alarms.apply(entry)

    def _order(self, verb: str, entry: JournalEntry) -> None:
        if verb == "created":
            self._put(_created(entry))
            self.order_count += 1
            return
        order = self.orders[entry.order_id]
        if verb == "assigned":
            order = replace(order, state="ASSIGNED", robot=entry.robot, assigned=entry.t, attempts=0)
        elif verb == "state":
            order = replace(order, state=str(entry.facts["state"]))
        elif verb == "picked":
            order = replace(order, state="TO_DROP", picked=entry.t, attempts=0, cancelling=False)
        elif verb == "attempt":
            order = replace(order, attempts=order.attempts + 1)
        elif verb == "requeued":
            order = replace(order, state="QUEUED", robot="", attempts=0)
        elif verb == "cancelling":
            order = replace(order, cancelling=True)
        elif verb in ("done", "cancelled", "failed"):
            order = self._finish(verb, order, entry)
        self._put(order)

    def _finish(self, verb: str, order: Order, entry: JournalEntry) -> Order:
        if verb == "done":
            self.done += 1
            self.service_times.append((entry.t, entry.t - order.created))
        elif verb == "cancelled":
            self.cancelled += 1
        else:
            self.failed += 1
        code = str(entry.facts.get("code", ""))
        return replace(order, state=verb.upper(), finished=entry.t, failure=code, cancelling=False)

    def _put(self, order: Order) -> None:
        self.orders[order.order_id] = order
        if order.open:
            self.open_orders[order.order_id] = order
        else:
            self.open_orders.pop(order.order_id, None)
        if order.request.reference:
            self.references[order.request.reference] = order.order_id

    def _mission(self, verb: str, entry: JournalEntry) -> None:
        f = entry.facts
        if verb in ("started", "retargeted"):
            self.mission_count += verb == "started"
            self.missions[entry.robot] = Mission(
                mission_id=str(f["mission"]), robot=entry.robot, kind=str(f["kind"]), goal=str(f["goal"]),
                order_id=entry.order_id, action_id=str(f.get("action", "")),
            )  # fmt: skip
        elif verb == "ended":
            self.missions.pop(entry.robot, None)

    def _robot(self, verb: str, entry: JournalEntry) -> None:
        if verb == "paused":
            self.paused.add(entry.robot)
        elif verb == "resumed":
            self.paused.discard(entry.robot)
        elif verb == "online":
            self.online.add(entry.robot)
        elif verb == "offline":
            self.online.discard(entry.robot)
        elif verb == "holds":
            self.held.pop(entry.robot, None)  # the newest entry is the last one
            self.held[entry.robot] = str(entry.facts["held"]).split()


def _created(entry: JournalEntry) -> Order:
    f = entry.facts
    request = OrderRequest(
        pick_place=str(f["pick_place"]), drop_place=str(f["drop_place"]), reference=str(f["reference"]),
        load_id=str(f["load_id"]), priority=int(f["priority"] or 0), deadline=float(f["deadline"] or 0.0),
        user=str(f["user"]),
    )  # fmt: skip
    return Order(order_id=entry.order_id, request=request, created=entry.t)


def created_facts(request: OrderRequest) -> dict[str, Fact]:
    """Return the facts that an order.created entry carries."""
    return {
        "pick_place": request.pick_place, "drop_place": request.drop_place, "reference": request.reference,
        "load_id": request.load_id, "priority": request.priority, "deadline": request.deadline, "user": request.user,
    }  # fmt: skip
