"""Flies many seeded flights, each with one fault, while robots work around them; judges, prints, and says whether all
kept what must hold.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from random import Random
from typing import Any, Final

import shapely
from rich.console import Console
from rich.table import Table

from amr_core.errors import AmrError
from amr_fleet.domain.flight_book import FlightRecord
from amr_fleet.flight_requests import CreateFlight, RecoverFlight, SetFlightPermit, SetStock, StartFlight
from amr_fleet.ports import OrderRequest
from amr_lab.flight_bench.faults import FAULTS, FlightFault
from amr_lab.flight_bench.rig import FlightPlace, FlightRig, flight_place
from amr_sim.aircraft import HELD
from amr_uav.gate import on_pad
from amr_uav.model import Checklist, FlightPermit

PILOT: Final = Checklist(
    pilot="bench", licence="instrument", wind=1.0, rain=False, cleared=True, light=300.0, present=True
)
DT: Final = 0.2  # s a step; chosen: two steps of the engine, since a hundred flights or more are flown
_WIDTH: Final = 118
_LONGEST: Final = 1500.0  # s after which a flight counts as hung; chosen
_AFTER: Final = 20.0
"""s after its end in which a flight must not begin again."""
_CARRIED: Final = 5.0
"""s after a gust that was too strong in which it may still be outside."""
_OVER: Final = ("DONE", "ABORTED", "CANCELLED", "DOWN")


@dataclass(frozen=True, kw_only=True)
class FlightVerdict:
    """What came of one flight. outside: steps outside its volume; carried: such steps after a fault that carries it
    away, or in air that no autopilot of it holds against; furthest: m outside, with these; to_ground: s from the fault
    until it stood; wrong: what must not be.
    """

    seed: int
    fault: str
    state: str
    why: str
    cells: int
    read: int
    outside: int
    carried: int
    furthest: float
    under: int
    to_ground: float
    wrong: tuple[str, ...]


class FlightTrial:
    """One flight with one fault. Robots carry loads in and out of the aisles that are counted."""

    def __init__(self, place: FlightPlace, kind: type[FlightFault], seed: int, robots: int) -> None:
        rng = Random(seed)
        self.seed, self.fault = seed, kind(rng)
        self.rig = FlightRig(place, robots, seed)
        self.places = list(dict.fromkeys(row.place for row in place.flying.rows))[:2]
        docks = [p.id for p in place.model.places if p.kind == "dock"]
        wishes = [self._wish(rng, docks) for _ in range(3 * robots)]
        if robots:
            self.rig.rehearsal.create(wishes)
        self._levels = tuple(sorted(rng.sample(range(1, 4), rng.choice((1, 1, 2)))))
        self._since: float | None = None
        self._stood: float | None = None
        self._blown = -1e9
        self._outside = self._carried = 0
        self._furthest = 0.0

    def _wish(self, rng: Random, docks: Sequence[str]) -> OrderRequest:
        dock, rack = rng.choice(docks), rng.choice(self.places)
        pick, drop = (dock, rack) if rng.random() < 0.5 else (rack, dock)
        return OrderRequest(pick_place=pick, drop_place=drop)

    @property
    def flight(self) -> FlightRecord:
        """The flight as the journal has it."""
        return next(iter(self.rig.engine.world.state.flights.flights.values()))

    def _granted(self, request: Any) -> None:
        answer = self.rig.ask(request)
        if isinstance(answer, AmrError):
            raise answer

    def run(self) -> FlightVerdict:
        """Fly; raises what the fleet refuses before take-off."""
        rig = self.rig
        for _ in range(int(Random(self.seed).uniform(0.0, 60.0) / DT)):
            rig.step(dt=DT)  # robots are somewhere else in each flight
        permit = FlightPermit(
            number="P1", issuer="bench", registration="VN-1", until=rig.now + 7200.0, ceiling=rig.site.ceiling
        )
        self._granted(SetFlightPermit(permit=permit, user="bench"))
        self._granted(SetStock(loads=tuple(rig.stock.book.items()), user="bench"))
        wish = CreateFlight(
            task="inventory_flight", places=tuple(self.places[: 1 + self.seed % 2]), levels=self._levels, user="bench"
        )
        self._granted(wish)
        self._granted(StartFlight(flight_id=self.flight.flight_id, checklist=PILOT, user="bench"))
        self.fault.prepare(rig)
        end = rig.now + _LONGEST
        while rig.now < end and not (self.flight.state in _OVER and self._landed):
            self._step()
        return self._judged()

    @property
    def _landed(self) -> bool:
        return self.rig.craft.mode == "LANDED"

    def _step(self) -> None:
        rig, craft = self.rig, self.rig.craft
        way = len(craft.mission.waypoints) if craft.mission is not None else 0
        if self._since is None and craft.mode == "MISSION" and craft.item >= self.fault.at * way:
            self._since = rig.now
            self.fault.begin(rig)
        if self._since is not None:
            self.fault.go_on(rig, rig.now - self._since)
        before = rig.outside
        rig.step(dt=DT)
        self._note_outside(rig.outside - before)
        if self._landed:
            self._stood = rig.now if self._stood is None else self._stood
            return
        self._stood = None
        desk = rig.engine.world.flights
        if desk is not None:
            x, y, _z = craft.p.tolist()
            area = desk.plan_of(self.flight).volume.area
            self._furthest = max(self._furthest, float(area.distance(shapely.Point(x, y))))

    def _note_outside(self, steps: int) -> None:
        rig = self.rig
        if math.hypot(*rig.craft.air) > HELD * rig.craft.limits.max_wind:
            self._blown = rig.now
        if (self.fault.drifts and self._since is not None) or rig.now - self._blown < _CARRIED:
            self._carried += steps
        else:
            self._outside += steps

    def _judged(self) -> FlightVerdict:
        rig, fault, flight = self.rig, self.fault, self.flight
        told = rig.craft.telemetry(rig.now)
        wrong = []
        if flight.state not in fault.ends:
            wrong.append(f"ended as {flight.state}")
        if not self._landed:
            wrong.append("is in the air")
        elif flight.state in ("DONE", "ABORTED") and not on_pad(replace(told, position_ok=True), rig.site.pad):
            wrong.append("is not on its pad")
        if fault.code and fault.code not in self._alarms():
            wrong.append(f"no {fault.code}")
        wrong += [f"{self._outside} steps outside its volume"] * (self._outside > 0)
        wrong += [f"robots below: {rig.under[:3]}"] * bool(rig.under)
        wrong += [f"{rig.unreserved} steps in the air over open ground"] * (rig.unreserved > 0)
        wrong += self._afterwards(flight)
        cells, read = len(flight.plan.cells) if flight.plan else 0, len(flight.readings)
        if flight.state == "DONE" and read < cells:
            wrong.append(f"{cells - read} cells not read")
        to_ground = (self._stood or rig.now) - self._since if self._since is not None else 0.0
        return FlightVerdict(
            seed=self.seed, fault=fault.name, state=flight.state, why=flight.why, cells=cells, read=read,
            outside=self._outside, carried=self._carried, furthest=round(self._furthest, 2), under=len(rig.under),
            to_ground=round(to_ground, 1), wrong=tuple(wrong),
        )  # fmt: skip

    def _alarms(self) -> set[str]:
        return {str(e.facts.get("code", "")) for e in self.rig.journal if e.kind == "alarm_raised"}

    def _afterwards(self, flight: FlightRecord) -> list[str]:
        """Return what is wrong after its end: it began again, or the ground of one that lies there was given back."""
        rig, wrong = self.rig, []
        zone = f"flight:{flight.flight_id}"
        for _ in range(int(_AFTER / DT)):
            rig.step(dt=DT)
            if not self._landed:
                return ["took off again"]
        open_ground = zone not in rig.engine.world.state.zones
        if flight.state == "DOWN" and open_ground:
            wrong.append("the ground below was given back while it lies there")
        if flight.state == "DOWN":
            self._granted(RecoverFlight(flight_id=flight.flight_id, user="bench"))
        rig.step(dt=DT)
        if zone in rig.engine.world.state.zones:
            wrong.append("the ground below is closed for good")
        return wrong


def run_flights(site: str, flights: int, first_seed: int, robots: int, only: str, output: Path | None) -> bool:
    """Fly, print a row a fault, and return whether nothing was wrong. Raises run.bad_option for an unknown fault."""
    names = [name for name in only.split(",") if name] or list(FAULTS)
    unknown = [name for name in names if name not in FAULTS]
    if unknown:
        raise AmrError("run.bad_option", option="--only", value=unknown[0], reason=f"one of {', '.join(FAULTS)}")
    place, console, verdicts = flight_place(site), Console(width=max(_WIDTH, Console().width)), []
    for seed in range(first_seed, first_seed + flights):
        verdict = FlightTrial(place, FAULTS[names[seed % len(names)]], seed, robots).run()
        verdicts.append(verdict)
        if verdict.wrong:
            console.print(f"{verdict.fault}, seed {seed}: {'; '.join(verdict.wrong)}", highlight=False)
    console.print(flights_table(verdicts))
    if output is not None:
        output.write_text(json.dumps([asdict(v) for v in verdicts], indent=2) + "\n", encoding="utf-8")
    return not any(v.wrong for v in verdicts)


def flights_table(verdicts: Sequence[FlightVerdict]) -> Table:
    """Return a row a fault; outside, carried: steps; to ground: from the fault, middle and most."""
    table = Table(
        "fault", "good", "ended", "cells read", "outside", "carried", "furthest m", "robots below", "to ground s",
        title=f"{len(verdicts)} flights",
    )  # fmt: skip
    groups: dict[str, list[FlightVerdict]] = {}
    for verdict in verdicts:
        groups.setdefault(verdict.fault, []).append(verdict)
    for fault, group in groups.items():
        ends = sorted({v.state for v in group})
        times = sorted(v.to_ground for v in group)
        table.add_row(
            fault, f"{sum(not v.wrong for v in group)} of {len(group)}",
            ", ".join(f"{sum(v.state == end for v in group)} {end}" for end in ends),
            f"{sum(v.read for v in group)} of {sum(v.cells for v in group)}",
            str(sum(v.outside for v in group)), str(sum(v.carried for v in group)),
            f"{max(v.furthest for v in group):.2f}", str(sum(v.under for v in group)),
            f"{times[len(times) // 2]:.0f} (most {times[-1]:.0f})",
        )  # fmt: skip
    return table
