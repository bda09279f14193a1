"""A fleet that only looks alive: it takes every request of people and answers as the engine would."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from amr_core.errors import AmrError, Fact
from amr_fleet.cargo_views import CargoView
from amr_fleet.domain.events import JournalEntry
from amr_fleet.domain.office import Obstacle
from amr_fleet.flight_requests import SetStock
from amr_fleet.peripherals import FireAlarm
from amr_fleet.ports import (
    BookView,
    EngineCondition,
    HeldBy,
    HistoryEntry,
    ImportVerdict,
    OrderRequest,
    OrderView,
    Request,
    ZoneView,
)
from amr_fleet.replay_requests import CommentMoment
from amr_fleet.requests import (
    AckAlarm,
    AddNote,
    AnswerObstacle,
    CancelOrder,
    ChangeOrder,
    ClearZone,
    CreateOrder,
    DeliverLoad,
    EndFire,
    HoldCargo,
    HoldOrder,
    ImportOrders,
    RaiseFire,
    ReassignOrder,
    ReleaseRobot,
    SayOfLoad,
    SetIntegration,
    SetObstacle,
    SetPaused,
    SetSchedule,
    SetTemplate,
    SetZone,
)
from amr_fleet.sandbox.book import Trial, TrialBook
from amr_fleet.trial_requests import MoveTrial, NoteTrial, SaveTrial
from amr_fleet.upkeep_requests import ChangeWork, CloseWork, OpenWork
from amr_fleet.upkeep_views import WorkOrder
from amr_fleet.visit_requests import DepartVisit, ImportVisits, ReopenVisit, SetCutoff
from amr_fleet.visit_views import Cutoff
from tests.api.fake_floor import CLOSED, FakeFloor


class FakeFleet(FakeFloor):
    """A FleetPort for tests. silent=True never answers; failure is what the next command fails with."""

    def __init__(self, robots: int = 12, start: float = 5 * 3600.0) -> None:
        super().__init__(robots, start)
        self.requests: list[OrderRequest] = []
        self.asked: list[Request[Any]] = []
        self.kept = BookView()
        self.loads: dict[str, CargoView] = {}
        self.silent = False
        self.failure: AmrError | None = None
        self.condition_now = EngineCondition()
        self.trial_book, self._trials = TrialBook(), TrialBook()

    def _create(self, request: CreateOrder) -> OrderView:
        self.requests.append(request.order)
        return self._make(request.order)

    def _cancel(self, request: CancelOrder) -> OrderView:
        order_id = request.order_id
        order = self._orders.get(order_id)
        if order is None:
            raise AmrError("order.not_found", order_id=order_id)
        if order.state in CLOSED:
            raise AmrError("order.finished", order_id=order_id, state=order.state)
        self._orders[order_id] = replace(order, state="CANCELLED", finished=self.now)
        if request.mode == "now" and order.state in ("TO_DROP", "DROPPING"):
            self.hold(order.robot, HeldBy(user=request.user, since=self.now, text="", scope="unload"))
        return self._orders[order_id]

    def hold(self, robot: str, pause: HeldBy) -> None:
        """Have a robot stand until this pause, too, is lifted."""
        self.held_by[robot] = (pause, *self.held_by.get(robot, ()))
        self.paused.add(robot)

    def _deliver(self, request: DeliverLoad) -> OrderView:
        held = self.held_by.get(request.robot, ())
        unload = [one for one in held if one.scope == "unload"]
        other = next((one for one in unload if one.user not in ("", request.user, *request.instead_of)), None)
        if other is not None:
            raise AmrError("robot.held_by", robot=request.robot, user=other.user, at=other.since, why=other.text)
        if unload and not request.nobody_there:
            raise AmrError("robot.somebody_there", robot=request.robot)
        self.held_by[request.robot] = tuple(one for one in held if one not in unload)
        self.paused = {name for name, held in self.held_by.items() if held}
        return self._make(OrderRequest(pick_place="DOCK-01", drop_place=request.place))

    def _set_zone(self, request: SetZone) -> ZoneView:
        view = ZoneView(**{**vars(request.zone), "since": self.now})
        self.zones[view.zone_id] = view
        return view

    def _set_paused(self, request: SetPaused) -> None:
        for name in request.robots or self._names:
            held = self.held_by.get(name, ())
            if name not in self._names:
                raise AmrError("robot.not_found", robot=name)
            if request.pause:
                kept = tuple(one for one in held if one.user not in (request.user, *request.instead_of))
                self.held_by[name] = (*kept, HeldBy(user=request.user, since=self.now, text=request.text))
                continue
            mine = [one for one in held if one.user == request.user or one.user in request.instead_of]
            if held and not mine:
                raise AmrError("robot.held_by", robot=name, user=held[0].user, at=held[0].since, why=held[0].text)
            if any(one.scope == "unload" for one in mine) and not request.unloaded:
                raise AmrError("robot.to_unload", robot=name)
            self.held_by[name] = tuple(one for one in held if one not in mine)
        self.paused = {name for name, held in self.held_by.items() if held}

    def _clear_zone(self, request: ClearZone) -> None:
        if self.zones.pop(request.zone_id, None) is None:
            raise AmrError("zone.not_found", zone=request.zone_id)

    def _acknowledge(self, request: AckAlarm) -> None:
        alarm = self.alarms.get(request.alarm_id)
        if alarm is None:
            raise AmrError("alarm.not_found", alarm=request.alarm_id)
        if alarm.acked_by == request.instead_of:
            self.alarms[request.alarm_id] = replace(alarm, acked_by=request.user, acked_at=self.now)

    def condition(self) -> EngineCondition:
        """Return what the test put there."""
        return self.condition_now

    def ask(self, request: Request[Any]) -> Future[Any]:
        """Remember the request; answer what the engine would, or the failure that the test set."""
        self.asked.append(request)
        future: Future[Any] = Future()
        try:
            result = self._result(request)
            if self.failure is not None:
                raise self.failure
            if not self.silent:
                future.set_result(result)
        except AmrError as error:
            future.set_exception(error)
        return future

    def _result(self, request: Request[Any]) -> object:
        answers: dict[type, Callable[[Any], object]] = {
            CreateOrder: self._create, CancelOrder: self._cancel, SetPaused: self._set_paused,
            DepartVisit: self._of_visits, ReopenVisit: self._of_visits, ImportVisits: self._of_visits,
            OpenWork: self._open_work, ChangeWork: self._of_work, CloseWork: self._of_work,
            SetZone: self._set_zone, ClearZone: self._clear_zone, AckAlarm: self._acknowledge, SayOfLoad: self._say,
            HoldOrder: self._hold, DeliverLoad: self._deliver,
        }  # fmt: skip
        answer: Callable[[Any], object] = answers.get(type(request), self._other_result)
        return answer(request)

    def _hold(self, request: HoldOrder) -> OrderView:
        held = self.order(request.order_id).hold
        if held is not None and held.user not in (request.user, request.instead_of):
            raise AmrError(
                "order.held_by", order_id=request.order_id, user=held.user, at=held.since, why=held.text
            )  # fmt: skip
        by = HeldBy(user=request.user, since=self.now, text=request.text) if request.hold else None
        return self._change(request.order_id, held=request.hold, hold=by)

    def _say(self, request: SayOfLoad) -> OrderView:
        return self._change(request.order_id, said=(*self.order(request.order_id).said, request.said))

    def _other_result(self, request: Request[Any]) -> object:
        match request:
            case ReassignOrder(order_id=order_id, robot=robot):
                return self._change(order_id, wanted_robot=robot)
            case ChangeOrder(order_id=order_id, priority=priority):
                return self._change(order_id, **({} if priority is None else {"priority": priority}))
            case ImportOrders(orders=rows, dry_run=dry_run):
                made = ["" if dry_run else self._make(row).order_id for row in rows]
                return tuple(ImportVerdict(verdict="created", order_id=order_id) for order_id in made)
            case HoldCargo(load_id=load_id, hold=hold):
                load = self.loads.get(load_id)
                if load is None:
                    raise AmrError("cargo.not_found", load_id=load_id)
                self.loads[load_id] = replace(load, cargo=replace(load.cargo, customs_hold=hold))
                return self.loads[load_id]
            case AddNote() | CommentMoment():
                return self.now
            case SetObstacle() | AnswerObstacle():
                return Obstacle(obstacle_id="VM-001", opened="2027-01-01", source="person", kind="legal", text="x")
            case SetCutoff() | SetTemplate() | SetSchedule():
                return self._kept(request)
            case SaveTrial() | MoveTrial() | NoteTrial():
                return self._of_trial(request)
            case _:
                return self._robot_result(request)

    def _kept(self, request: SetCutoff | SetTemplate | SetSchedule) -> BookView:
        if isinstance(request, SetCutoff) and request.at is not None:
            return BookView(cutoffs=(Cutoff(name=request.name, kind=request.kind, at=request.at),))
        return self.kept

    def _open_work(self, request: OpenWork) -> WorkOrder:
        made = WorkOrder(
            work_id=f"M{len(self.upkeep) + 1:06d}", robot=request.robot, text=request.text, safety=request.safety,
            opened=self.now, opened_by=request.user, due=request.due, owner=request.owner,
        )  # fmt: skip
        self.upkeep = (*self.upkeep, made)
        return made

    def _of_work(self, request: ChangeWork | CloseWork) -> WorkOrder:
        old = next((one for one in self.upkeep if one.work_id == request.work_id), None)
        if old is None:
            raise AmrError("upkeep.not_found", work=request.work_id[:64])
        if isinstance(request, CloseWork):
            new = replace(old, outcome=request.outcome, note=request.note, closed=self.now, closed_by=request.user)
        else:
            due = old.due if request.due is None else request.due
            new = replace(old, due=due, owner=old.owner if request.owner is None else request.owner)
        self.upkeep = tuple(new if one is old else one for one in self.upkeep)
        return new

    def _of_visits(self, request: DepartVisit | ReopenVisit | ImportVisits) -> tuple[ImportVerdict, ...]:
        if not isinstance(request, ImportVisits):
            raise AmrError("visit.not_found", visit=request.visit_id[:64])
        return tuple(ImportVerdict(verdict="created") for _ in request.visits)

    def _of_trial(self, request: SaveTrial | MoveTrial | NoteTrial) -> Trial:
        if not isinstance(request, SaveTrial):
            raise AmrError("sandbox.not_found", trial=request.trial_id)
        found, known = request.record, self.trial_book.trials
        version = known[found.trial_id].version + 1 if found.trial_id in known else 1
        facts: dict[str, Fact] = {"trial": found.trial_id, "version": version, "user": request.user}
        facts |= {"sha256": found.sha256(), "record": found.canonical()}
        self.trial_book.apply(JournalEntry(t=self.now, kind="trial_version", facts=facts))
        return self.trial_book.get(found.trial_id)

    def _robot_result(self, request: Request[Any]) -> object:
        if type(request).__module__ == "amr_fleet.flight_requests":
            if isinstance(request, SetStock):
                return len(request.loads)
            raise AmrError("flight.none")
        if isinstance(request, RaiseFire):
            self.fire = FireAlarm(since=self.now, source="person", text=request.text)
            return self.fire
        if isinstance(request, EndFire):
            self.fire = None
            return None
        name = getattr(request, "robot", "amr_01")
        if name not in self._names:
            raise AmrError("robot.not_found", robot=name)
        if isinstance(request, SetIntegration):
            self.levels[name] = request.level
        elif isinstance(request, ReleaseRobot):
            self.stops.pop(name, None)
        return None

    def put(self, order: OrderView) -> None:
        """Let an order look as a test wants it."""
        self._orders[order.order_id] = order

    def _change(self, order_id: str, **changes: Any) -> OrderView:
        if order_id not in self._orders:
            raise AmrError("order.not_found", order_id=order_id)
        self._orders[order_id] = replace(self._orders[order_id], **changes)
        return self._orders[order_id]

    def trials(self) -> TrialBook:
        """Return what the test put there."""
        if self._trials.version != self.trial_book.version:
            self._trials = self.trial_book.copy()  # as the engine's service does: who has seen one sees a new one
        return self._trials

    def book(self) -> BookView:
        """Return what the test put there."""
        return self.kept

    def cargo(self) -> Mapping[str, CargoView]:
        """Return what the test put there."""
        return self.loads

    def orders(self, state: str, limit: int, reference: str = "", visit: str = "") -> Sequence[OrderView]:
        """Return the newest orders first; every visit has them all."""
        found = [
            o for o in reversed(self._orders.values()) if state == "all" or (o.state in CLOSED) == (state != "open")
        ]
        return [o for o in found if reference in ("", o.reference)][:limit]

    def order(self, order_id: str) -> OrderView:
        """Return an order."""
        if order_id not in self._orders:
            raise AmrError("order.not_found", order_id=order_id)
        return self._orders[order_id]

    def order_history(self, order_id: str) -> Sequence[HistoryEntry]:
        """Return two entries."""
        if order_id not in self._orders:
            raise AmrError("order.not_found", order_id=order_id)
        created = self._orders[order_id].created
        return [
            HistoryEntry(created, "order_created", {"user": "lan"}),
            HistoryEntry(created + 1, "order_assigned", {"robot": "amr_01"}),
        ]
