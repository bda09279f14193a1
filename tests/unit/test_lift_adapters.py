"""Lifts with Modbus TCP or MQTT: what is believed of them, whose they are, what they are told, rubbish."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from amr_core.errors import AmrError
from amr_core.lifts import LiftSaid, SimulatedLift
from amr_core.roadmap import build_roadmap
from amr_core.roadmap.doorways import distance
from amr_core.site import load_site
from amr_fleet.domain.events import LiftReport, StepResult
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal import Rehearsal, units_of
from amr_fleet.rehearsal.kinematic import Behaviour
from amr_interop.cli import doors_app
from amr_interop.doors.desk import LiftDesk
from amr_interop.doors.lift_settings import ModbusLift
from amr_interop.doors.modbus import COMMAND_S, FRESH_S, ModbusLine
from amr_interop.doors.modbus_lift import ModbusLiftUnit, SessionNames, number_of
from amr_interop.doors.settings import load_doors
from tests.modbus_plc import LiftPlc, PlcLine, listening
from tests.unit.lift_rig import BY_MQTT, OTHER, OURS

SITE = load_site("two_floor")
ROADMAP = build_roadmap(SITE)
WAY = ROADMAP.lifts[0]
LIFTS = {"lift_1": ["ground", "upper"]}
MODBUS: dict[str, Any] = {
    "lift": "lift_1", "host": "h", "floors": {"ground": 1, "upper": 2}, "target_register": 0, "session_register": 1,
    "floor_is": 0, "session_is": 1, "is_open": 0, "is_closed": 1, "in_service": 2, "fire": 3, "fault": 4,
    "heartbeat_register": 2,
}  # fmt: skip
DOOR = {"door": "south", "host": "h", "open_coil": 0, "is_open": 10, "is_closed": 11}


def written(folder: Path, **content: Any) -> Path:
    file = folder / "doors.yaml"
    file.write_text(json.dumps(content))
    return file


# The file


def test_a_file_may_name_doors_and_lifts(tmp_path: Path) -> None:
    both = {"modbus": [DOOR], "lifts": {"modbus": [MODBUS]}}
    found = load_doors(written(tmp_path, **both), ["south"], LIFTS)
    assert (found.names, [lift.lift for lift in found.lifts.all], found.needs_pymodbus) == (["south"], ["lift_1"], True)
    alone = load_doors(written(tmp_path, lifts={"mqtt": [BY_MQTT]}, broker={"address": "h"}), [], LIFTS)
    assert (alone.names, alone.needs_pymodbus) == ([], False)


@pytest.mark.parametrize(
    ("content", "where", "reason"),
    [
        ({"lifts": {"modbus": [{**MODBUS, "lift": "lift_9"}]}}, "lifts", "no lift lift_9"),
        ({"lifts": {"modbus": [{**MODBUS, "floors": {"ground": 1, "roof": 2}}]}}, "lifts", "stops at ground, upper"),
        ({"lifts": {"modbus": [{**MODBUS, "floors": {"ground": 1, "upper": 1}}]}}, "lifts.modbus.0", "called the same"),
        ({"lifts": {"modbus": [{**MODBUS, "floors": {"ground": 0, "upper": 1}}]}}, "lifts.modbus.0.floors", "greater"),
        ({"lifts": {"modbus": [{**MODBUS, "session_register": 0}]}}, "lifts.modbus.0", "are one"),
        ({"lifts": {"modbus": [{**MODBUS, "in_service": 1}]}}, "lifts.modbus.0", "are one"),
        ({"lifts": {"modbus": [{**MODBUS, "heartbeat_register": 1}]}}, "lifts.modbus.0", "are one"),
        (
            {"lifts": {"modbus": [{**MODBUS, "registers": "holding_registers", "floor_is": 0}]}},
            "lifts.modbus.0", "are one",
        ),
        ({"lifts": {"modbus": [{**MODBUS, "pulse": 1}]}}, "lifts.modbus.0.pulse", "not permitted"),
        ({"lifts": {"modbus": [MODBUS], "mqtt": [BY_MQTT]}, "broker": {"address": "h"}}, "lifts", "named twice"),
        ({"modbus": [{**DOOR, "is_open": 2}], "lifts": {"modbus": [MODBUS]}}, "lifts.modbus.0.in_service", "modbus.0"),
        (
            {"modbus": [{**DOOR, "heartbeat_register": 1}], "lifts": {"modbus": [MODBUS]}},
            "lifts.modbus.0.session_register", "heartbeat",
        ),
        ({"lifts": {"mqtt": [BY_MQTT]}}, "doors", "belong together"),
        ({"lifts": {"mqtt": [{**BY_MQTT, "floors": {"ground": "G", "upper": "g"}}]}, "broker": {"address": "h"}},
         "lifts.mqtt.0", "called the same"),
        ({"lifts": {"mqtt": [{**BY_MQTT, "says_fire": ["AGV"]}]}, "broker": {"address": "h"}},
         "lifts.mqtt.0", "two states"),
        ({"lifts": {"mqtt": [{**BY_MQTT, "says_stopped": []}]}, "broker": {"address": "h"}}, "lifts.mqtt.0", "no word"),
        ({"lifts": {"mqtt": [{**BY_MQTT, "state": "a"}]}, "broker": {"address": "h"}}, "lifts.mqtt.0", "one topic"),
        ({"mqtt": [{"door": "south", "command": "x", "state": "b", "field": "door"}], "lifts": {"mqtt": [BY_MQTT]},
          "broker": {"address": "h"}}, "mqtt.0.state", "lifts.mqtt.0.state"),
        ({"lifts": {}}, "doors", "no door and no lift"),
    ],
)  # fmt: skip
def test_a_file_that_is_wrong_says_where(tmp_path: Path, content: Any, where: str, reason: str) -> None:
    with pytest.raises(AmrError) as caught:
        load_doors(written(tmp_path, **content), ["south"], LIFTS)
    assert caught.value.code == "parameter.invalid"
    name = str(caught.value.facts["name"])
    assert (name == where or name.startswith(f"{where}."), reason in str(caught.value.facts["reason"])) == (True, True)


# Modbus


class Rig:
    """One lift on a line with a clock of the test."""

    def __init__(self, **how: Any) -> None:
        self.now = 100.0
        self.plc = LiftPlc(SimulatedLift(WAY))
        self.wire = PlcLine(self.plc)
        self.unit = ModbusLiftUnit(ModbusLift.model_validate(MODBUS | how))
        self.line = ModbusLine([self.unit], lambda _host, _port: self.wire, lambda: self.now)

    def said(self) -> LiftSaid:
        return self.unit.said(self.now)

    def tell(self, level: str, session: str = OURS) -> None:
        self.unit.tell(self.now, level, session)

    def live(self, seconds: float, *, again: tuple[str, str] | None = None) -> None:
        """Let time pass; again: what is told once a second, as the fleet does."""
        for k in range(round(seconds / 0.25)):
            if again and k % 4 == 0:
                self.unit.tell(self.now, *again)
            self.now += 0.25
            self.plc.step(self.now, 0.25)
            self.line.step()


def test_a_lift_comes_for_a_session_and_says_so_only_when_it_obeys_it() -> None:
    rig = Rig()
    rig.live(2.0)
    assert rig.said() == LiftSaid("ground", "", "CLOSED", "STOPPED", "AGV", "")
    rig.tell("upper")
    rig.line.step()
    assert rig.said().session == "", "what was only written counts for nothing"
    rig.live(3.0, again=("upper", OURS))
    assert (rig.said().session, rig.said().motion, rig.said().level) == (OURS, "UNKNOWN", "")
    rig.live(20.0, again=("upper", OURS))
    assert rig.said() == LiftSaid("upper", "upper", "OPEN", "STOPPED", "AGV", OURS)
    rig.tell("", OURS)
    rig.live(10.0)
    assert rig.said() == LiftSaid("upper", "", "CLOSED", "STOPPED", "AGV", "")
    assert rig.plc.registers == {0: 0, 1: 0, 2: 0}


def test_a_lift_that_another_has_is_told_nothing_and_is_not_taken_from_it() -> None:
    rig = Rig()
    rig.tell("upper", OTHER)
    rig.live(2.0)
    rig.live(5.0, again=("ground", OURS))
    assert (rig.said().session, rig.plc.registers[1], rig.plc.registers[0]) == (OTHER, number_of(OTHER), 2)
    rig.tell("", OURS)
    rig.live(1.0)
    assert rig.plc.registers[1] == number_of(OTHER), "the end of one session is not the end of another"
    rig.plc.registers |= {1: 4711}  # another master writes over it, past all rules
    rig.live(1.0)
    assert rig.said().session == OTHER, "the controller obeys whom it obeyed"
    rig.plc.registers |= {1: 0}
    rig.live(1.0)
    rig.plc.registers |= {0: 1, 1: 4711}
    rig.live(5.0, again=("upper", OURS))
    assert rig.said().session == "#4711", "nobody of ours: nobody enters"


def test_a_restarted_adapter_knows_whose_the_lift_is_when_the_fleet_speaks_of_it() -> None:
    rig = Rig()
    rig.tell("upper")
    rig.live(2.0)
    fresh = ModbusLiftUnit(rig.unit.how)
    rig.line.units = [fresh]
    rig.line.step()
    assert fresh.said(rig.now).session == f"#{number_of(OURS)}"
    fresh.know(OURS)
    assert fresh.said(rig.now).session == OURS
    fresh.tell(rig.now, "", OURS)
    rig.line.step()
    assert rig.plc.registers[1] == 0


def test_a_controller_that_does_not_answer_is_offline_and_old_calls_are_forgotten() -> None:
    rig = Rig()
    rig.live(1.0)
    rig.wire.away = True
    rig.tell("upper")
    rig.now += max(COMMAND_S, FRESH_S) + 0.1
    assert rig.line.step() is False
    assert rig.said() == LiftSaid(mode="OFFLINE")
    rig.wire.away = False
    rig.live(1.0)
    assert (rig.plc.registers, rig.said().mode) == ({0: 0, 1: 0, 2: 0}, "AGV")


@pytest.mark.parametrize(
    ("change", "mode", "door"),
    [
        ({"fire": True}, "FIRE", "CLOSED"),
        ({"fault": True}, "OFFLINE", "CLOSED"),
        ({"fire": True, "fault": True}, "FIRE", "CLOSED"),
    ],
)
def test_contacts_say_what_it_works_for(change: dict[str, bool], mode: str, door: str) -> None:
    rig = Rig()
    for name, value in change.items():
        setattr(rig.plc, name, value)
    rig.live(1.0)
    assert (rig.said().mode, rig.said().door) == (mode, door)


def test_people_a_broken_switch_and_a_floor_that_it_does_not_have() -> None:
    rig = Rig()
    rig.plc.lift.people("upper")
    rig.live(1.0)
    assert rig.said().mode == "HUMAN"
    rig.plc.inputs |= {0: True, 1: True}
    rig.line.step()
    assert rig.said().door == "UNKNOWN"
    rig.plc.words[0] = 3
    rig.line.step()
    assert rig.said() == LiftSaid(), "nothing of it is believed"
    del rig.plc.words[1]
    rig.live(FRESH_S + 0.5)
    rig.plc.words.clear()
    rig.line.step()
    assert "lift lift_1" in rig.line.trouble


def test_sessions_that_follow_each_other_have_different_numbers_and_few_are_kept() -> None:
    numbers = [number_of(f"amr/amr_01/{k}") for k in range(10, 100)]
    assert len(set(numbers)) == len(numbers)
    assert number_of("") == 0
    names = SessionNames()
    for k in range(5000):
        names.learn(f"amr/amr_01/{k}")
    assert len(names._names) <= 200
    assert names.name(number_of("amr/amr_01/4999")) == "amr/amr_01/4999"


# The desk


class LiftDriver:
    def __init__(self) -> None:
        self.levels = ["ground", "upper"]
        self.told: list[tuple[str, str]] = []
        self.known: list[str] = []

    def know(self, session: str, /) -> None:
        self.known.append(session)

    def tell(self, now: float, level: str, session: str, /) -> None:
        self.told.append((level, session))

    def said(self, now: float) -> LiftSaid:
        return LiftSaid()


def test_requests_that_were_overtaken_or_long_under_way_move_no_lift() -> None:
    driver = LiftDriver()
    desk = LiftDesk({"lift_1": driver})
    assert desk.request(0.0, "lift_1", "amr/a/1", 5000.0, "upper")
    assert not desk.request(1.1, "lift_1", "amr/b/2", 4999.5, "ground"), "one fleet has one clock, whatever the session"
    assert desk.request(1.2, "lift_1", "tablet", 17.0, "ground")
    assert desk.request(1.3, "of others", "amr/a/1", 1.0, "ground")
    assert driver.told == [("upper", "amr/a/1"), ("ground", "tablet")]
    assert list(desk.news()) != []
    for k in range(1000):
        desk.request(2.0, "lift_1", f"who {k}", 17.0, "ground")
    assert len(desk._requests._late) <= 200
    desk.know("lift_1", "amr/a/1")
    desk.know("of others", "amr/a/1")
    assert (driver.known, desk.levels("of others")) == (["amr/a/1"], [])


# The fleet behind it


class Wired(Rehearsal):
    """Robots whose lift is a controller with Modbus TCP."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.plc = LiftPlc(self.lifts["lift_1"])
        self.wire = PlcLine(self.plc)
        unit = ModbusLiftUnit(ModbusLift.model_validate(MODBUS))
        self.line = ModbusLine([unit], lambda *_: self.wire, lambda: self.now)
        self.desk = LiftDesk({"lift_1": unit})

    def lift_reports(self) -> list[LiftReport]:
        if not hasattr(self, "plc"):
            return []
        self.plc.step(self.now, self.dt)
        self.line.step()
        return [
            LiftReport(
                lift, said.level, said.door, moving=said.motion != "STOPPED", mode=said.mode,
                session=said.session.removeprefix("amr/"), ours=said.session.startswith("amr/"),
            )
            for lift, said in self.desk.due(self.now)
        ]  # fmt: skip

    def tell_doors(self, result: StepResult) -> None:
        for call in result.lifts:
            session = f"amr/{call.session}"
            self.desk.request(self.now, call.lift, session, self.now, "" if call.ends else call.level)


def test_robots_ride_a_lift_behind_registers_also_when_its_line_is_cut() -> None:
    run = Wired(ROADMAP, units_of(SITE, 2), seed=1, how=Behaviour(stop_rate=0.0))
    for _ in range(12):
        run.step()
    run.create([OrderRequest(pick_place="D1", drop_place="A1"), OrderRequest(pick_place="A1", drop_place="X1")])
    crossed = 0
    while not run.done:
        run.step()
        assert run.now < 2000.0
        run.wire.away = 150.0 < run.now < 200.0
        for robot in run.robots.values():
            report = robot.report()
            for stop in WAY.stops:
                if distance(stop.door, report.x, report.y) < 0.8:
                    crossed += 1
                    assert run.lifts["lift_1"].open_at(stop.level), f"{robot.name} at {stop.level}, {run.now} s"
    assert crossed > 0
    assert run.violations() == []


# amr doors check


def test_a_check_prints_what_lifts_say_and_tells_them_nothing(tmp_path: Path) -> None:
    plc = LiftPlc(SimulatedLift(WAY))
    with listening(plc) as port:
        file = written(tmp_path, lifts={"modbus": [{**MODBUS, "host": "127.0.0.1", "port": port}]})
        call = ["check", str(file), "--site", "two_floor", "--seconds", "1.0"]
        done = CliRunner().invoke(doors_app, call)
        last = done.output.splitlines()[-1]
        assert (done.exit_code, last) == (0, "lift_1: ground, door CLOSED, STOPPED, AGV, session none")
    assert plc.registers == {0: 0, 1: 0, 2: 0}
    done = CliRunner().invoke(doors_app, call)
    assert (done.exit_code, "lift_1: OFFLINE" in done.output) == (1, True)
