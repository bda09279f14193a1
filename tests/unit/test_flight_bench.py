"""The bench of flights: its faults end as they should, and its judge sees what must not be."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from amr_core.errors import AmrError
from amr_fleet.flight_requests import RecoverFlight
from amr_lab.flight_bench import faults, run
from amr_lab.flight_bench.rig import FlightRig, flight_place

PLACE = flight_place("cai_cui")


def flown(kind: type[faults.FlightFault], seed: int = 2, robots: int = 0) -> run.FlightVerdict:
    return run.FlightTrial(PLACE, kind, seed, robots).run()


def test_the_same_seed_gives_the_same_flight() -> None:
    kind = faults.WeakBattery
    assert flown(kind, 4) == flown(kind, 4)
    assert [kind(Random(s)).at for s in (1, 2)] == [kind(Random(s)).at for s in (1, 2)]
    assert kind(Random(1)).at != kind(Random(2)).at


@pytest.mark.parametrize("name", ["battery", "link", "downlink", "fence", "position", "permit", "restart"])
def test_a_flight_with_a_fault_ends_as_it_should(name: str) -> None:
    verdict = flown(faults.FAULTS[name])
    assert verdict.wrong == ()
    assert verdict.state in faults.FAULTS[name].ends
    assert 0 < verdict.read <= verdict.cells


def test_robots_work_around_a_flight_and_none_is_below() -> None:
    verdict = flown(faults.PersonBelow, 3, robots=3)
    assert (verdict.wrong, verdict.under, verdict.outside) == ((), 0, 0)


def test_a_place_without_an_aircraft_and_an_unknown_fault_are_refused(tmp_path: Path) -> None:
    with pytest.raises(AmrError, match=r"flight\.none"):
        run.run_flights("lab", 1, 1, 0, "", None)
    with pytest.raises(AmrError, match=r"run\.bad_option"):
        run.run_flights("cai_cui", 1, 1, 0, "moon", tmp_path / "x.json")
    assert not (tmp_path / "x.json").exists()


def test_what_came_of_each_flight_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "flights.json"
    assert run.run_flights("cai_cui", 2, 10, 0, "link_short,permit", out)
    rows = json.loads(out.read_text(encoding="utf-8"))
    assert [(r["seed"], r["fault"], r["state"]) for r in rows] == [
        (10, "link_short", "DONE"),
        (11, "permit", "ABORTED"),
    ]
    assert "1 of 1" in capsys.readouterr().out


# What the judge must see: each of these does on purpose what a flight must not do.


class Teleported(faults.FlightFault):
    def begin(self, rig: FlightRig) -> None:
        rig.craft.p[0] -= 30.0


class GivenUpInTheAir(faults.LinkLost):
    def go_on(self, rig: FlightRig, since: float) -> None:
        if since > 4.0:
            rig.ask(RecoverFlight(flight_id="F000001", user="x"))


class NeverDown(faults.FlightFault):
    def go_on(self, rig: FlightRig, since: float) -> None:
        rig.craft.mode, rig.craft.soc = "HOLD", 1.0


class Forgotten(faults.FlightFault):
    code = "alarm.flight_fire"


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (Teleported, "outside its volume"),
        (GivenUpInTheAir, "in the air over open ground"),
        (NeverDown, "is in the air"),
        (Forgotten, "no alarm.flight_fire"),
    ],
)
def test_the_judge_sees(kind: type[faults.FlightFault], said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_LONGEST", 120.0)
    assert said in "; ".join(flown(kind).wrong)


class Gale(faults.FlightFault):
    ends = ("DONE", "ABORTED", "DOWN")

    def go_on(self, rig: FlightRig, since: float) -> None:
        self._blow(rig, 20.0 if since < 5.0 else 0.0)


def test_what_no_autopilot_holds_against_is_told_and_not_blamed() -> None:
    verdict = flown(Gale)
    assert (verdict.outside, verdict.wrong) == (0, ())
    assert verdict.carried > 0
    assert verdict.furthest > 1.0


def test_the_judge_sees_a_robot_below(monkeypatch: pytest.MonkeyPatch) -> None:
    trial = run.FlightTrial(PLACE, faults.FlightFault, 2, 1)
    for robot in trial.rig.rehearsal.robots.values():
        monkeypatch.setattr(robot, "report", lambda old=robot.report: _below(trial, old()))
    assert any("robots below" in one for one in trial.run().wrong)


def _below(trial: run.FlightTrial, report: Any) -> Any:
    craft = trial.rig.craft
    return replace(report, x=float(craft.p[0]), y=float(craft.p[1])) if craft.mode == "MISSION" else report
