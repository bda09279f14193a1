"""The fleet as a service: the journal comes before every effect; readers see the last step, never what is to come."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from amr_core import vda5050
from amr_core.errors import AmrError
from amr_fleet import service as module
from amr_fleet.camera_frames import CameraFrame
from amr_fleet.domain.events import ConnectionLost, JournalEntry, RobotMessage
from amr_fleet.ports import OrderRequest, OrderView, TrackView
from amr_fleet.requests import CancelOrder, CreateOrder, HoldOrder, SetPaused
from amr_fleet.service import FleetService
from amr_fleet.visit_requests import SetCutoff
from tests.unit.test_fleet_engine import rehearsal

WISH = OrderRequest(pick_place="D1", drop_place="A1")


class Bench:
    """A service over an engine whose robots stand and report; `happened` tells the order of everything."""

    def __init__(self) -> None:
        self.run = rehearsal(2)
        self.now = self.run.now
        self.happened: list[str] = []
        self.journal: list[JournalEntry] = []
        self.sent: list[RobotMessage] = []
        self.full = False
        self.service = FleetService(self.run.engine, self, self.send)

    def append(self, entries: Sequence[JournalEntry]) -> None:
        if self.full and entries:
            raise AmrError("store.failed", reason="disk full")
        self.journal += entries
        self.happened += [f"journal {e.kind}" for e in entries]

    def recover(self) -> None:
        if self.full:
            raise AmrError("store.failed", reason="disk full")

    def read(self, order_id: str | None = None) -> Sequence[JournalEntry]:
        return [e for e in self.journal if order_id in (None, e.order_id)]

    def send(self, message: RobotMessage) -> None:
        kind = "order" if isinstance(message, vda5050.Order) else message.action_type
        self.happened.append(f"send {kind}")
        self.sent.append(message)

    def ask(self, request: Any) -> Future[Any]:
        future = self.service.ask(request)
        future.add_done_callback(lambda _: self.happened.append(f"answer {type(request).__name__}"))
        return future

    def step(self) -> None:
        self.now = round(self.now + 0.1, 3)
        for robot in self.run.robots.values():
            self.service.post(robot.report())
        self.service.advance(self.now)

    def order(self) -> str:
        future = self.ask(CreateOrder(order=WISH))
        self.step()
        view = future.result(0)
        assert isinstance(view, OrderView)
        return view.order_id


def test_the_newest_order_of_a_reference_is_found_and_none_without_one() -> None:
    bench = Bench()
    first = bench.order()
    assert bench.service.order_of("") == "", "WISH has no reference"
    ids = []
    for _ in range(2):
        future = bench.ask(CreateOrder(order=replace(WISH, reference="PX-1")))
        bench.step()
        ids.append(future.result(0).order_id)
    assert first not in ids
    assert (bench.service.order_of("PX-1"), bench.service.order_of("PX-2")) == (ids[-1], "")


def test_what_is_decided_is_in_the_journal_before_a_robot_or_a_person_hears_of_it() -> None:
    bench = Bench()
    bench.step()
    bench.happened.clear()
    bench.ask(CreateOrder(order=WISH))
    bench.ask(SetPaused(robots=("amr_02",), pause=True, user="lan"))
    for _ in range(12):
        bench.step()
    told = [word.split()[0] for word in bench.happened]
    assert "send startPause" in bench.happened
    assert "send order" in bench.happened
    assert bench.happened.index("journal robot_paused") < bench.happened.index("send startPause")
    assert bench.happened.index("journal mission_started") < bench.happened.index("send order")
    assert bench.happened.index("journal robot_holds") < bench.happened.index("send order")
    assert bench.happened.index("journal order_created") < bench.happened.index("answer CreateOrder")
    assert bench.happened.index("journal robot_paused") < bench.happened.index("answer SetPaused")
    assert told[0] == "journal"


def test_nothing_leaves_while_the_journal_fails_and_all_of_it_once_after() -> None:
    """A command that moves a robot waits for a full disk; a stop does not (tests/store/test_storage_stops.py)."""
    bench = Bench()
    bench.ask(SetPaused(robots=("amr_02",), pause=True, user="lan"))
    bench.step()
    bench.sent.clear()
    answer = bench.ask(SetPaused(robots=("amr_02",), pause=False, user="lan"))
    bench.full = True
    bench.step()
    bench.step()
    engine = bench.run.engine
    assert [getattr(c, "action_type", "") for c in engine.world.commands] == ["stopPause"], "it had something to say"
    assert bench.sent == []
    assert not answer.done()
    assert not bench.service.snapshot().ready
    late = bench.service.ask(CreateOrder(order=WISH)).exception(0)
    assert isinstance(late, AmrError)
    assert late.code == "store.failed"
    bench.full = False
    end = time.monotonic() + 10.0
    while not answer.done() and time.monotonic() < end:
        bench.step()
    assert answer.exception(0) is None
    assert [getattr(c, "action_type", "order") for c in bench.sent] == ["stopPause"]
    assert sum(e.kind == "robot_resumed" for e in bench.journal) == 1


def test_every_request_gets_its_own_answer_and_one_that_was_given_up_none() -> None:
    bench = Bench()
    asked = [bench.ask(CreateOrder(order=WISH)) for _ in range(3)]
    unknown = bench.ask(CancelOrder(order_id="T000099"))
    gone = bench.service.ask(CreateOrder(order=WISH))
    assert gone.cancel()
    assert not any(future.done() for future in asked)
    bench.step()
    assert [future.result(0).order_id for future in asked] == ["T000001", "T000002", "T000003"]
    error = unknown.exception(0)
    assert isinstance(error, AmrError)
    assert error.code == "order.not_found"
    assert gone.cancelled()
    bench.full = True
    last = bench.ask(CreateOrder(order=WISH))
    bench.step()
    assert not last.done()
    assert asked[0].result(0).order_id == "T000001", "an answer that was given stays"


def test_a_step_takes_what_was_posted_in_its_order_and_a_flood_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    bench.step()
    bench.service.post(ConnectionLost("amr_01"))
    bench.service.advance(bench.now + 0.1)
    assert not bench.run.engine.world.online(bench.run.engine.world.robots["amr_01"])
    monkeypatch.setattr(module, "_MAX_INBOX", 2)
    asked = [bench.service.ask(CreateOrder(order=WISH)) for _ in range(5)]
    done = []
    for k in range(3):
        bench.service.advance(bench.now + 0.2 + 0.1 * k)
        done.append(sum(future.done() for future in asked))
    assert done == [2, 4, 5]


def test_a_snapshot_is_taken_every_second_step_and_with_every_answer() -> None:
    bench = Bench()
    seen = []
    for _ in range(7):
        bench.step()
        seen.append(bench.service.snapshot())
    assert [b is not a for a, b in pairwise(seen)] == [False, True] * 3
    assert seen[-1].t == bench.now, "the first step shows itself: some wait for its time"
    for _ in range(2):
        bench.ask(CreateOrder(order=WISH))
        bench.step()
        assert bench.service.snapshot().t == bench.now, "who has his answer reads it in the snapshot, too"


def test_snapshots_carry_what_robots_and_cameras_see_and_the_pace() -> None:
    bench = Bench()
    people = [TrackView(x=float(k), y=0.0, vx=0.0, vy=0.0, kind="person", radius=0.3) for k in range(3)]
    frame = CameraFrame(camera="c1", t=1.0, blind="", size=(640, 480), things=())
    assert bench.service.snapshot().rtf == 1.0
    bench.service.set_tracks({"amr_01": people[:2], "amr_02": people[2:]}, 4.0)
    bench.service.set_cameras([frame])
    for _ in range(2):
        bench.step()
    snapshot = bench.service.snapshot()
    assert (list(snapshot.tracks), list(snapshot.cameras), snapshot.rtf) == (people, [frame], 4.0)


def test_the_book_and_the_loads_are_published_when_they_change_and_only_then() -> None:
    bench = Bench()
    bench.step()
    empty, none = bench.service.book(), bench.service.cargo()
    assert not empty.cutoffs
    bench.step()
    assert bench.service.book() is empty
    assert bench.service.cargo() is none
    bench.ask(SetCutoff(name="SL-15", kind="barge", at=bench.now + 500.0))
    bench.ask(CreateOrder(order=replace(WISH, load_id="PAL-1")))
    bench.step()
    book, loads = bench.service.book(), bench.service.cargo()
    assert [cutoff.name for cutoff in book.cutoffs] == ["SL-15"]
    assert list(loads) == ["PAL-1"]
    bench.step()
    assert bench.service.book() is book
    assert bench.service.cargo() is loads


def test_orders_come_newest_first_as_many_as_asked_for() -> None:
    bench = Bench()
    names = [bench.order() for _ in range(4)]
    assert [o.order_id for o in bench.service.orders("all", 10)] == names[::-1]
    assert [o.order_id for o in bench.service.orders("all", 2)] == names[:1:-1]
    for limit in (0, -3):
        assert bench.service.orders("all", limit) == []
    bench.ask(CancelOrder(order_id=names[1], mode="before_pick"))
    bench.step()
    assert names[1] not in [o.order_id for o in bench.service.orders("open", 10)]
    assert names[1] in [o.order_id for o in bench.service.orders("all", 10)]
    assert [o.order_id for o in bench.service.orders("ended", 10)] == [names[1]]


def test_orders_are_found_by_their_reference_and_by_the_visit_that_they_belong_to() -> None:
    """A page of a barge shows what is loaded onto that barge, and nothing else."""
    bench = Bench()
    bench.ask(SetCutoff(name="SL-12", kind="barge", at=bench.now + 3600.0))
    bench.step()
    (group,) = bench.service.book().cutoffs
    names = []
    for reference, cutoff in (("R1", "SL-12"), ("R2", ""), ("R3", "SL-12")):
        future = bench.ask(CreateOrder(order=replace(WISH, reference=reference, cutoff=cutoff)))
        bench.step()
        names.append(future.result(0).order_id)

    def found(**of: str) -> list[str]:
        return [o.order_id for o in bench.service.orders("all", 10, **of)]

    assert found(visit=group.visit_id) == [names[2], names[0]]
    assert found(reference="R2") == [names[1]]
    assert found(reference="R1", visit=group.visit_id) == [names[0]]
    assert found(reference="R2", visit=group.visit_id) == found(reference="R9") == found(visit="V9") == []


def test_an_order_is_told_as_the_last_snapshot_has_it_and_a_closed_one_as_the_journal_left_it() -> None:
    bench = Bench()
    name = bench.order()
    for _ in range(2):
        bench.step()
    snapshot = next(o for o in bench.service.snapshot().orders if o.order_id == name)
    assert bench.service.order(name) is snapshot
    assert bench.service.orders("open", 1)[0] is snapshot
    bench.ask(CancelOrder(order_id=name, mode="before_pick"))
    bench.step()
    assert bench.service.order(name).state == "CANCELLED"
    with pytest.raises(AmrError) as error:
        bench.service.order("T" * 500)
    assert (error.value.code, error.value.facts) == ("order.not_found", {"order_id": "T" * 128})


def test_the_history_of_an_order_is_its_journal_with_the_robot_s_name() -> None:
    bench = Bench()
    first, second = bench.order(), bench.order()
    for _ in range(12):
        bench.step()
    for name in (first, second):
        history = bench.service.order_history(name)
        entries = bench.read(name)
        assert [(h.t, h.event) for h in history] == [(e.t, e.kind) for e in entries]
        assert history[0].facts == entries[0].facts
        later = [(h.facts, {**e.facts, "robot": e.robot}) for h, e in zip(history, entries, strict=True) if e.robot]
        assert later
        assert all(told == kept for told, kept in later)
    bench.ask(HoldOrder(order_id=second, hold=True))
    bench.step()
    held = next(h for h in bench.service.order_history(second) if h.event == "order_held")
    assert "robot" not in held.facts, "no robot had to do with it"
    for unknown in ("", "T000099"):
        with pytest.raises(AmrError) as error:
            bench.service.order_history(unknown)
        assert (error.value.code, error.value.facts) == ("order.not_found", {"order_id": unknown})


def test_how_long_ago_the_engine_stepped_is_told_by_a_clock_that_nobody_sets() -> None:
    clock = [100.0]
    run = rehearsal(1)
    service = FleetService(run.engine, Bench(), lambda _message: None, steady=lambda: clock[0])
    clock[0] = 103.5
    assert service.condition().step_age == 3.5
    service.advance(run.now + 0.1)
    assert service.condition().step_age == 0.0
    clock[0] = 110.0
    assert service.condition().step_age == 6.5
