"""What robots have worked, in all and since their service; what is noted of a service, and what is refused."""

from __future__ import annotations

import pytest

from amr_fleet.domain.events import JournalEntry
from amr_fleet.domain.orders import FleetState
from amr_fleet.domain.wear import KEPT, WearBook
from amr_fleet.requests import CreateOrder, NoteService
from amr_fleet.wear_views import WearView, Work
from tests.unit.test_fleet_commands import WISH, do
from tests.unit.test_fleet_engine import rehearsal
from tests.unit.test_fleet_robot_requests import NAME, last, refusal


def time_of(robot: str, metres: float, **uses: float) -> JournalEntry:
    return JournalEntry(t=300.0, kind="robot_time", robot=robot, facts={"from": 0.0, "metres": metres, **uses})


def picked(robot: str, *, found: bool = False) -> JournalEntry:
    facts = {"found_on_board": True} if found else {}
    return JournalEntry(t=5.0, kind="order_picked", robot=robot, order_id="T000001", facts=facts)


def serviced(text: str, t: float = 900.0) -> JournalEntry:
    return JournalEntry(t=t, kind="robot_serviced", robot="a", facts={"text": text, "user": "minh"})


def book_of(*entries: JournalEntry) -> WearBook:
    book = WearBook()
    for entry in entries:
        book.apply(entry)
    return book


def test_metres_lifts_and_hours_under_way_add_up_by_robot() -> None:
    book = book_of(
        time_of("a", 120.5, loaded=900.0, empty=900.0, idle=1200.0, charge=60.0), time_of("a", 79.5, empty=1800.0),
        picked("a"), picked("a"), picked("a", found=True), time_of("b", 1.0),
    )  # fmt: skip
    assert book.of("a").work == Work(metres=200.0, lifts=2, hours=1.0)
    assert book.of("b").work == Work(metres=1.0)
    assert book.of("c") == WearView(robot="c", work=Work())
    assert [one.robot for one in book.all] == ["a", "b"]


def test_after_a_service_it_is_counted_anew_and_the_whole_goes_on() -> None:
    book = book_of(
        time_of("a", 100.0, loaded=3600.0), picked("a"), serviced("Thay bánh"), time_of("a", 30.0), picked("a"),
    )  # fmt: skip
    wear = book.of("a")
    assert (wear.work.metres, wear.work.lifts, wear.work.hours) == (130.0, 2, 1.0)
    assert wear.since_service == Work(metres=30.0, lifts=1)
    assert [(note.text, note.work.metres) for note in wear.services] == [("Thay bánh", 100.0)]


def test_only_so_many_services_are_kept_at_hand() -> None:
    book = book_of(*(serviced(f"n{i}", float(i)) for i in range(KEPT + 3)))
    assert [note.text for note in book.of("a").services] == [f"n{i}" for i in range(3, KEPT + 3)]


def test_the_same_tuple_until_something_changes() -> None:
    book = book_of(time_of("a", 1.0))
    first = book.all
    assert book.all is first
    book.apply(serviced("x"))
    assert book.all is not first


def test_a_service_is_journaled_and_survives_a_restart() -> None:
    run = rehearsal(1)
    do(run, CreateOrder(order=WISH))
    run.run(lambda r: not r.engine.world.state.open_orders, 600.0)
    do(run, NoteService(robot=NAME, text="  Thay pin\n ", user="minh"))
    entry = last(run, "robot_serviced")
    assert (entry.robot, entry.facts) == (NAME, {"text": "Thay pin", "user": "minh"})
    run.step()
    (wear,) = [one for one in run.engine.snapshot().wear if one.robot == NAME]
    assert (wear.work.lifts, wear.since_service.lifts, wear.services[0].user) == (1, 0, "minh")
    assert FleetState.fold(run.journal).wear.all == run.engine.world.state.wear.all


@pytest.mark.parametrize("rubbish", ["", " ", "x" * 1001, "a\x00b"])
def test_rubbish_is_refused(rubbish: str) -> None:
    run = rehearsal(1)
    assert refusal(run, NoteService(robot=NAME, text=rubbish))[0] == "request.invalid"
    assert refusal(run, NoteService(robot="x" * 99, text="Thay pin"))[0] == "robot.not_found"
    assert run.engine.world.state.wear.all == ()
