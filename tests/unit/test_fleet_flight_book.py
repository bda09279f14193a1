"""Flights from the journal: the plan that was made is the plan that is flown, whatever flight.yaml says later."""

from __future__ import annotations

import json
from dataclasses import replace

from amr_fleet.domain.engine import FleetEngine
from amr_fleet.domain.events import JournalEntry
from amr_fleet.domain.flight_book import FlightBook
from amr_fleet.flight_requests import CreateFlight
from tests.unit.flight_rig import FLYING, ROADMAP, FlightRig

FLIGHT = "F000001"
ROWS = FLYING.rows
BLANK = FLYING.model_copy(update={"rows": [row.model_copy(update={"place": "Dãy 1 [a]"}) for row in ROWS[:2]]})
OTHER = FLYING.model_copy(update={"rows": ROWS[4:], "transit": 7.5})


def test_a_fleet_starts_after_flight_yaml_was_edited_and_flies_the_plan_that_was_made() -> None:
    rig = FlightRig()
    rig.airborne()
    before = rig.view()
    rig.site = OTHER
    rig.restart()
    assert rig.view().plan == before.plan
    assert rig.until(lambda: rig.view().state == "DONE", 400.0)


def test_names_of_places_may_hold_blanks() -> None:
    rig = FlightRig(site=BLANK)
    made = rig.ask(CreateFlight(task="inventory_flight", places=("Dãy 1 [a]",), user="lan"))
    assert made.plan.places == ("Dãy 1 [a]",)
    assert rig.engine.world.state.flights.flights[FLIGHT].places == ("Dãy 1 [a]",)
    rig.restart()
    assert rig.view().plan == made.plan


def test_what_a_later_release_wrote_about_flights_is_passed_over() -> None:
    rig = FlightRig()
    rig.planned(["B1"], [1])
    book = FlightBook()
    for entry in rig.journal:
        if entry.kind.startswith("flight_"):
            book.apply(entry)
    known = book.flights[FLIGHT]
    for kind, facts in (("flight_weather", {"rain": True}), ("flight_weather", {"flight": FLIGHT}),
                        ("flight_state", {"flight": "F9", "state": "FLYING", "why": "", "user": ""})):  # fmt: skip
        book.apply(JournalEntry(t=1.0, kind=kind, facts=facts))
    assert book.flights == {FLIGHT: known}


def test_a_journal_without_plans_has_them_made_again_and_starts_when_that_cannot_be() -> None:
    rig = FlightRig()
    made = rig.planned(["B1"], [1])
    old = []
    for entry in rig.journal:
        facts = {k: v for k, v in entry.facts.items() if k != "plan"}
        if entry.kind == "flight_planned":
            facts["places"] = " ".join(json.loads(str(facts["places"])))
        old.append(replace(entry, facts=facts))
    rig.rehearsal.journal = old
    rig.restart()
    assert rig.view().plan.cells == made.plan.cells
    rig.site = OTHER
    rig.rehearsal.engine = FleetEngine(ROADMAP, rig.rehearsal.units, journal=old, flight_site=OTHER)
    assert rig.view().plan.waypoints == ()
    rig.step()
