"""Flights, fire contacts and doors while nothing can be written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from amr_core.errors import AmrError
from amr_fleet.domain.events import (
    DoorReport,
    DoorSession,
    Event,
    FireInput,
    JournalEntry,
    PeopleSeen,
    ShelfRead,
    UavCommand,
    UavReport,
)
from amr_fleet.flight_requests import AbortFlight, CreateFlight
from amr_fleet.outbox import HOME_S, MOST_READINGS, RETRY, Outbox
from amr_fleet.service import FleetService
from amr_uav.count import CellReading
from amr_uav.model import Telemetry
from tests.unit.flight_rig import FlightRig


class FlyingBench:
    """A service around the engine of a rig whose journal can fail; the robots and the aircraft keep reporting."""

    def __init__(self, rig: FlightRig) -> None:
        self.rig, self.clock, self.now = rig, 100.0, rig.now
        self.error: AmrError | None = None
        self.sent: list[UavCommand] = []
        self.journal: list[JournalEntry] = []
        self.service = FleetService(
            rig.engine, self, lambda _m: None, steady=lambda: self.clock, send_uav=self.sent.append
        )

    def append(self, entries: Sequence[JournalEntry]) -> None:
        if self.error is not None and entries:
            raise self.error
        self.journal += entries

    def recover(self) -> None:
        if self.error is not None:
            raise self.error

    def read(self, order_id: str | None = None) -> Sequence[JournalEntry]:
        return self.journal

    def step(self, seconds: float = 0.1, *events: Event) -> None:
        """Advance by steps of 0.1 s."""
        for _ in range(round(10 * seconds)):
            self.now, self.clock = round(self.now + 0.1, 3), self.clock + 0.1
            for robot in self.rig.rehearsal.robots.values():
                self.service.post(robot.report())
            self.service.post(UavReport(self.rig.craft.telemetry(self.now)))
            self.service.post(PeopleSeen(()))
            for event in events:
                self.service.post(event)
            self.service.advance(self.now)

    def fail(self) -> None:
        self.error = AmrError("store.failed", reason="disk full")
        self.service.storage_failed(self.error)

    def commands(self) -> list[str]:
        return [one.command for one in self.sent]


def kept(*events: Event) -> list[Event]:
    outbox = Outbox(AmrError("store.failed"), 0.0)
    outbox.keep(events, (), lambda _token, _error: None)
    return outbox.over(1.0)[1:]


def test_a_contact_that_was_on_and_went_off_meanwhile_is_still_an_alarm() -> None:
    on, off = FireInput("F1", True), FireInput("F1", False)
    assert kept(on, off, FireInput("F2", True)) == [on, off, FireInput("F2", True)]
    assert kept(off, on) == [off, on]
    bench = FlyingBench(FlightRig())
    bench.fail()
    bench.step(0.1, on)
    bench.step(0.1, off)
    bench.error = None
    bench.step(1.0)
    assert bench.rig.engine.world.fire


def test_the_newest_word_of_aircraft_doors_and_eyes_is_kept_and_every_reading() -> None:
    old, new = (UavReport(Telemetry(t=t, vehicle="uav_01")) for t in (1.0, 2.0))
    other = UavReport(replace(old.telemetry, vehicle="uav_02"))
    people = PeopleSeen(((1.0, 2.0),))
    assert kept(old, PeopleSeen(()), other, new, people) == [other, new, people]
    reads = [ShelfRead("F1", CellReading(f"c{i}", "empty")) for i in range(3)]
    assert kept(*reads, ShelfRead("F1", CellReading("c0", "unreadable"))) == reads, "the first counts, as in the engine"
    many = [ShelfRead("F1", CellReading(f"c{i}", "empty")) for i in range(MOST_READINGS + 50)]
    assert len(kept(*many)) == MOST_READINGS
    session, ended = DoorSession("fleet_2", "d1", True), DoorSession("fleet_2", "d1", False)
    assert kept(session, DoorReport("d1", "OPEN"), DoorReport("d1", "CLOSED"), ended) == [
        DoorReport("d1", "CLOSED"), ended,
    ]  # fmt: skip


def test_who_flies_while_nothing_can_be_written_is_called_home() -> None:
    rig = FlightRig()
    rig.airborne((1, 2, 3))
    bench = FlyingBench(rig)
    bench.step()
    bench.fail()
    bench.step(HOME_S - 0.2)
    assert bench.commands() == [], "a moment is no reason"
    bench.step(5.0)
    assert set(bench.commands()) == {"return"}
    assert 2 <= len(bench.sent) <= 3
    assert {one.flight_id for one in bench.sent} == {"F000001"}


def test_an_aircraft_is_called_home_however_many_flights_were_planned_after_its_own() -> None:
    rig = FlightRig()
    rig.airborne((1, 2, 3))
    for _ in range(60):
        later = rig.ask(CreateFlight(task="inventory_flight", places=("B1",), levels=(1,), user="lan"))
        rig.ask(AbortFlight(flight_id=later.flight_id, user="lan"))
    bench = FlyingBench(rig)
    bench.step()
    assert len(rig.engine.snapshot().flights.flights) == 51, "the newest 50 and the one that flies"  # type: ignore[union-attr]
    bench.fail()
    bench.step(HOME_S + 1.0)
    assert [(one.command, one.flight_id) for one in bench.sent] == [("return", "F000001")]


def test_nobody_is_called_home_when_nobody_flies() -> None:
    rig = FlightRig()
    rig.planned(["B1"], [1])
    bench = FlyingBench(rig)
    bench.fail()
    bench.step(HOME_S + 5.0)
    assert bench.sent == []


def test_an_order_to_fly_that_waited_for_the_journal_is_not_given_late() -> None:
    rig = FlightRig()
    rig.start(rig.planned(["B1"], [1]))
    bench = FlyingBench(rig)
    assert rig.view().state == "CLEARING"
    bench.step(0.5)
    bench.error = AmrError("store.failed", reason="disk full")
    bench.step(60.0)
    assert bench.commands() == []
    bench.error = None
    bench.clock += RETRY
    bench.step(5.0)
    assert "fly" not in bench.commands(), "it was decided a minute ago"
    assert any(entry.facts.get("state") == "FLYING" for entry in bench.journal)
    assert rig.view().state in ("RETURNING", "ABORTED")
