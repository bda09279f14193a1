"""The fleet as a service: a mailbox in front of the engine, the journal behind it, frozen snapshots for readers.

One thread owns the engine: the one that calls `advance`. All other methods may be called from any thread.
"""

from __future__ import annotations

import itertools
import queue
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import Any, Protocol

from amr_core.errors import AmrError
from amr_core.vda5050 import RobotState
from amr_fleet.camera_frames import CameraFrame
from amr_fleet.cargo_views import CargoView
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.domain.events import (
    Ask,
    DoorCommand,
    EngineFault,
    Event,
    JournalEntry,
    LiftCommand,
    Reply,
    RobotMessage,
    StepResult,
    UavCommand,
)
from amr_fleet.domain.guard import fault_of
from amr_fleet.domain.orders import TransportOrder
from amr_fleet.domain.seen import fused
from amr_fleet.outbox import RETRY, Outbox
from amr_fleet.ports import (
    AlarmView,
    AnswerT,
    BookView,
    EngineCondition,
    FleetSnapshot,
    HistoryEntry,
    Kpi,
    OrderView,
    Reason,
    Request,
    TrackView,
)
from amr_fleet.requests import SetPaused
from amr_fleet.sandbox.book import TrialBook
from amr_fleet.sandbox.watch import Pose, TrialWatch
from amr_fleet.trial_requests import ReportBreach

STEP_PERIOD = 0.1  # s between two steps of the engine
SNAPSHOT_EVERY = 2
_MAX_INBOX = 20_000
STORAGE = "STORAGE"
"""Id of the alarm that is shown, and not journaled, while nothing can be written."""
_NOTHING = FleetSnapshot(
    t=0.0, rtf=1.0, robots=(), orders=(), tracks=(), kpi=Kpi(), all_paused=False, ready=False
)  # fmt: skip
"""What readers see of a fleet that could not be shown yet."""


class Journal(Protocol):
    """What the service needs of a store."""

    def append(self, entries: Sequence[JournalEntry]) -> None:
        """Write entries in one transaction. The same once more after store.failed: they are in it once."""

    def recover(self) -> None:
        """After store.failed: make sure that entries can be written again, or raise it again."""

    def read(self, order_id: str | None = None) -> Sequence[JournalEntry]:
        """Return all entries, or those of one order, oldest first."""


class FleetService:
    """Implements ports.FleetPort around one engine."""

    def __init__(
        self,
        engine: FleetEngine,
        journal: Journal,
        send: Callable[[RobotMessage], None],
        *,
        steady: Callable[[], float] = time.monotonic,
        watch: TrialWatch | None = None,
        send_door: Callable[[DoorCommand], None] = lambda _command: None,
        send_lift: Callable[[LiftCommand], None] = lambda _command: None,
        send_uav: Callable[[UavCommand], None] = lambda _command: None,
        tell_fault: Callable[[EngineFault], None] = lambda _fault: None,
    ) -> None:
        """watch: looks at every report of robots and suspends a trial that leaves its envelope.

        tell_fault: says what broke in the engine, which nobody foresaw and it went on without.
        """
        self._steady = steady
        self._watch = watch
        self._stepped = steady()
        self._engine = engine
        self._journal = journal
        self._send, self._send_door, self._send_uav = send, send_door, send_uav
        self._send_lift, self._tell_fault = send_lift, tell_fault
        self._faults = 0
        self._mail: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._tokens = itertools.count(1)
        self._waiting: dict[int, Future[Any]] = {}
        self._tracks: Mapping[str, Sequence[TrackView]] = {}
        self._cameras: Sequence[CameraFrame] = ()
        self._rtf = 1.0
        self._steps = 0
        self._snapshot = _NOTHING
        self._unshown: list[JournalEntry] = []  # what was journaled since the snapshot that is shown
        self._failure: AmrError | None = None
        self._outbox: Outbox | None = None
        self._book, self._book_version = BookView(), 0
        self._cargo: Mapping[str, CargoView] = {}
        self._cargo_version = 0
        self._trials = TrialBook()
        self._by_id: dict[str, TransportOrder] = {}
        self._visit_of: dict[str, str] = {}
        self._publish()
        self._show("books", self._publish_books)
        self._show("orders", self._publish_orders)

    # The engine's thread ------------------------------------------------------------------------------------------

    def advance(self, now: float) -> None:
        """Do one step at fleet time now (s): journal first, then commands and answers.

        While nothing can be written the engine stands, and all that it was asked but a stop is refused: store.failed.
        """
        before: list[Event] = []
        if self._outbox is not None:
            if not self._can_write(self._outbox):
                self._stand(self._outbox, now)
                return
            before = self._outbox.over(self._steady())
            self._outbox = None
        inbox = self._watched(now, before + self._drain())
        try:
            result = self._engine.step(now, inbox)
        except Exception as error:
            # What keeps robots safe broke: nothing of the step leaves the process, robots finish their base and stand.
            self._fail(error if isinstance(error, AmrError) else AmrError("internal", reason=type(error).__name__))
            raise
        for fault in result.faults:
            self._faults += 1
            self._tell_fault(fault)
        if self._write(result):
            self._deliver(result)
        self._stepped = self._steady()

    def _watched(self, now: float, inbox: list[Event]) -> list[Event]:
        """Return the events with what the watch over a trial found in them, behind them."""
        if self._watch is None:
            return inbox
        states = (e for e in inbox if isinstance(e, RobotState))
        seen = (self._watch.see(now, _pose(state)) for state in states)
        return inbox + [Ask(0, ReportBreach(trial_id=found[0], breach=found[1])) for found in seen if found is not None]

    def _write(self, result: StepResult) -> bool:
        """Write what a step decided; False when it has to wait."""
        try:
            self._journal.append(result.entries)
        except AmrError as error:
            if error.code != "store.failed":
                # The engine's state is ahead of the journal for good: nothing may leave the process any more.
                self._fail(error)
                raise
            self.storage_failed(error)
            assert self._outbox is not None
            self._outbox.hold(result)
            return False
        return True

    def _deliver(self, result: StepResult) -> None:
        if self._watch is not None:
            self._watch.follow(result.entries)
        for command in result.commands:
            self._send(command)
        for told in result.doors:
            self._send_door(told)
        for call in result.lifts:
            self._send_lift(call)
        for flown in result.flights:
            self._send_uav(flown)
        whole = self._steps % SNAPSHOT_EVERY == 0  # the first, too: some ask for the time
        self._steps += 1
        self._show("books", self._publish_books)
        if any(e.order_id for e in result.entries):
            self._show("orders", self._publish_orders)
        self._unshown += result.entries
        if whole:
            self._publish()
        elif result.replies:
            self._publish(between=True)
        for reply in result.replies:
            self._answer(reply)

    def storage_failed(self, error: AmrError) -> None:
        """Take nothing new from now on, until it can be written again. Only the engine's thread calls this."""
        if self._outbox is None:
            self._outbox = Outbox(error, self._steady(), retry_at=self._steady() + RETRY)

    def _can_write(self, outbox: Outbox) -> bool:
        """Try to write what waits, from time to time; True when all is written."""
        if self._steady() < outbox.retry_at:
            return False
        try:
            self._journal.recover()
            if outbox.held is not None:
                self._journal.append(outbox.held.entries)
        except AmrError as error:
            if error.code != "store.failed":
                self._fail(error)
                raise
            outbox.error = error
            outbox.retry_at = self._steady() + RETRY
            return False
        if outbox.held is not None:
            self._deliver(outbox.late(outbox.held))
        return True

    def _stand(self, outbox: Outbox, now: float) -> None:
        """A step without the engine: refuse what is asked, show where robots are and what is the matter."""
        names = [robot.name for robot in self._snapshot.robots]
        outbox.keep(self._drain(), names, lambda token, error: self._answer(Reply(token, error)))
        self._stepped = self._steady()
        for stop in outbox.stops(self._stepped):
            self._send(stop)
        for flown in outbox.call_home(self._stepped, self._snapshot.flights):
            self._send_uav(flown)
        reports = outbox.reports()
        robots = tuple(
            replace(r, x=s.x, y=s.y, theta=s.theta, v=s.v, soc=s.soc) if (s := reports.get(r.name)) else r
            for r in self._snapshot.robots
        )
        others = (a for a in self._snapshot.alarms if a.alarm_id != STORAGE)
        since = next((a.reason.since for a in self._snapshot.alarms if a.alarm_id == STORAGE), now)
        reason = Reason("alarm.storage", {"reason": str(outbox.error.facts.get("reason", ""))[:200]}, since)
        alarm = AlarmView(alarm_id=STORAGE, reason=reason, robot="", order_id="")
        self._snapshot = replace(self._snapshot, t=now, robots=robots, alarms=(*others, alarm), ready=False)

    def set_tracks(self, tracks: Mapping[str, Sequence[TrackView]], rtf: float) -> None:
        """Give what robots see, by robot, and the speed of the simulation, for the snapshots to come."""
        self._tracks, self._rtf = tracks, rtf

    def set_cameras(self, cameras: Sequence[CameraFrame]) -> None:
        """Give what the fixed cameras show, for the snapshots to come; it is kept nowhere else."""
        self._cameras = tuple(cameras)

    def _drain(self) -> list[Event]:
        inbox: list[Event] = []
        while len(inbox) < _MAX_INBOX:
            try:
                inbox.append(self._mail.get_nowait())
            except queue.Empty:
                break
        return inbox

    def _publish_books(self) -> None:
        state = self._engine.world.state
        if state.book.version != self._book_version:
            self._book, self._book_version = state.book.view(), state.book.version
        if state.cargo.version != self._cargo_version:
            self._cargo, self._cargo_version = dict(state.cargo.loads), state.cargo.version
        if state.trials.version != self._trials.version:
            self._trials = state.trials.copy()

    def _publish_orders(self) -> None:
        # Copies: other threads read them while the engine goes on.
        self._by_id = self._engine.world.state.orders.copy()
        self._visit_of = self._engine.world.state.visits.of.copy()

    def _publish(self, *, between: bool = False) -> None:
        """Show the fleet; between: two snapshots, for who was answered: new orders are added, robots stay as shown."""
        if not self._show("snapshot", lambda: self._publish_snapshot(between=between)):
            self._snapshot = replace(self._engine.held(self._snapshot), cameras=self._cameras)

    def _publish_snapshot(self, *, between: bool) -> None:
        # Orders come in every step, and a long queue takes long to look at.
        new = [e.order_id for e in self._unshown]
        whole = self._snapshot.ready and self._snapshot.picture_age == 0.0
        last = self._snapshot if whole and all(e.kind == "order_created" for e in self._unshown) else None
        seen = self._engine.snapshot_with(last, new) if between and last is not None and new else None
        if seen is None:
            snapshot = self._engine.snapshot(self._rtf, last, new)
            tracks = fused(self._tracks, snapshot.robots, self._cameras, self._engine.leaves())
            seen = replace(snapshot, tracks=tracks, cameras=self._cameras)
        self._snapshot = seen
        self._unshown.clear()

    def _show(self, part: str, publish: Callable[[], None]) -> bool:
        """Show readers something; what breaks keeps showing the last that was good, and the engine tells it."""
        try:
            publish()
        except Exception as error:
            self._mail.put(fault_of(part, "", error))
            return False
        return True

    def _answer(self, reply: Reply) -> None:
        future = self._waiting.pop(reply.token, None)
        if future is None or not future.set_running_or_notify_cancel():
            return
        if isinstance(reply.result, AmrError):
            future.set_exception(reply.result)
        else:
            future.set_result(reply.result)

    def _fail(self, error: AmrError) -> None:
        self._failure = error
        self._snapshot = replace(self._snapshot, ready=False)  # /ready and the page say so until the process ends
        for token in list(self._waiting):
            self._answer(Reply(token, error))

    # Any thread ---------------------------------------------------------------------------------------------------

    def post(self, event: Event) -> None:
        """Put an event into the mailbox; it is handled in the next step."""
        self._mail.put(event)

    def snapshot(self) -> FleetSnapshot:
        """Return the last snapshot; never blocks."""
        return self._snapshot

    def condition(self) -> EngineCondition:
        """Return how long ago the engine stepped, and what keeps it from taking new work."""
        outbox = self._outbox
        trouble = None if outbox is None else Reason(outbox.error.code, outbox.error.facts)
        return EngineCondition(self._steady() - self._stepped, trouble, self._faults)

    def ask(self, request: Request[AnswerT]) -> Future[AnswerT]:
        """Hand a request to the engine; done once what it changed is in the journal, a stop at the latest then."""
        future: Future[AnswerT] = Future()
        outbox, stops = self._outbox, isinstance(request, SetPaused) and request.pause
        failure = self._failure or (outbox.error if outbox is not None and not stops else None)
        if failure is not None:
            future.set_exception(failure)
            return future
        token = next(self._tokens)
        self._waiting[token] = future
        self._mail.put(Ask(token, request))
        return future

    def trials(self) -> TrialBook:
        """Return the controlled trials."""
        return self._trials

    def book(self) -> BookView:
        """Return cut-off groups, templates and schedules."""
        return self._book

    def cargo(self) -> Mapping[str, CargoView]:
        """Return all loads by their ids, in the order in which they came."""
        return self._cargo

    def orders(self, state: str, limit: int, reference: str = "", visit: str = "") -> Sequence[OrderView]:
        """Return the newest orders first; state: open, ended or all; of a reference (plain), of a visit (id) only."""
        known = {o.order_id: o for o in self._snapshot.orders}
        chosen = (o for o in reversed(self._by_id.values()) if state == "all" or o.open == (state == "open"))
        if reference:
            chosen = (o for o in chosen if o.request.reference == reference)
        if visit:
            visit_of = self._visit_of
            chosen = (o for o in chosen if visit_of.get(o.order_id) == visit)
        return [known.get(o.order_id) or o.view() for o in itertools.islice(chosen, max(0, limit))]

    def order(self, order_id: str) -> OrderView:
        """Return one order as it is in the last snapshot, or as the journal left it; or raise order.not_found."""
        order = self._by_id.get(order_id)
        if order is None:
            raise AmrError("order.not_found", order_id=order_id[:128])
        return next((o for o in self._snapshot.orders if o.order_id == order_id), None) or order.view()

    def order_of(self, reference: str) -> str:
        """Return the id of the newest order with a reference as orders hold it (plain), "" when there is none."""
        wanted = (o.order_id for o in reversed(self._by_id.values()) if o.request.reference == reference)
        return next(wanted, "") if reference else ""

    def order_history(self, order_id: str) -> Sequence[HistoryEntry]:
        """Return what the journal says about an order, oldest first, or raise order.not_found."""
        entries = self._journal.read(order_id) if order_id else []
        if not entries:
            raise AmrError("order.not_found", order_id=order_id)
        return [HistoryEntry(e.t, e.kind, {**e.facts, **({"robot": e.robot} if e.robot else {})}) for e in entries]


def _pose(state: RobotState) -> Pose:
    return Pose(
        robot=state.robot, x=state.x, y=state.y, theta=state.theta, v=state.v, localized=state.localized,
        loaded=bool(state.loads),
    )  # fmt: skip
