"""Load sensors of conveyors over Modbus TCP and MQTT: the file, what is believed, rubbish."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from amr_core.doors import SimulatedDoor
from amr_core.errors import AmrError
from amr_core.site import Conveyor, load_site
from amr_interop.doors.desk import DoorDesk
from amr_interop.doors.modbus import FRESH_S, ModbusLine
from amr_interop.doors.modbus_door import ModbusUnit
from amr_interop.doors.mqtt import MqttDoors
from amr_interop.doors.settings import ModbusDoor, MqttDoor, load_for
from amr_interop.mqtt.link import Broker
from tests.modbus_plc import DoorPlc, PlcLine

LAB = load_site("lab")
MODBUS = {"door": "C1", "host": "h", "open_coil": 0, "is_open": 0, "is_closed": 1}
MQTT = {"door": "C1", "command": "c1/set", "state": "c1/state", "field": "state"}


def written(folder: Path, file: dict[str, Any]) -> Path:
    path = folder / "doors.yaml"
    path.write_text(json.dumps(file))
    return path


@pytest.mark.parametrize(
    ("sensor", "file", "where", "reason"),
    [
        (True, {"modbus": [MODBUS]}, "doors", "the file does not say where it is"),
        (False, {"modbus": [{**MODBUS, "load": 3}]}, "doors", "C1 of the site has no load_sensor"),
        (True, {"modbus": [{**MODBUS, "load": 1}]}, "modbus.0", "are different"),
        (True, {"modbus": [{**MODBUS, "load": -1}]}, "modbus.0.load", "greater"),
        (True, {"mqtt": [MQTT]}, "doors", "the file does not say where it is"),
        (True, {"mqtt": [{**MQTT, "load_field": "state"}]}, "mqtt.0", "another one"),
        (True, {"mqtt": [{**MQTT, "field": "", "load_field": "load"}]}, "mqtt.0", "JSON object"),
        (True, {"mqtt": [{**MQTT, "load_field": "load", "says_free": ["LOAD"]}]}, "mqtt.0", "two states"),
        (True, {"mqtt": [{**MQTT, "load_field": "load", "says_free": []}]}, "mqtt.0", "no word"),
    ],
)
def test_site_and_file_agree_on_who_has_a_load_sensor(
    tmp_path: Path, sensor: bool, file: dict[str, Any], where: str, reason: str
) -> None:
    site = LAB.model_copy(update={"conveyors": [Conveyor(id="C1", station="X1_1", load_sensor=sensor)]})
    broker = {"broker": {"address": "h"}} if "mqtt" in file else {}
    with pytest.raises(AmrError) as caught:
        load_for(site, written(tmp_path, {**file, **broker}))
    assert (caught.value.code, caught.value.facts["name"]) == ("parameter.invalid", where)
    assert reason in str(caught.value.facts["reason"])


def test_a_contact_says_what_lies_there_while_it_is_read() -> None:
    now, plc = 100.0, DoorPlc(SimulatedDoor("C1", open_s=2.0))
    wire = PlcLine(plc)
    unit = ModbusUnit(ModbusDoor.model_validate({**MODBUS, "load": 3}))
    line = ModbusLine([unit], lambda _host, _port: wire, lambda: now)
    desk = DoorDesk({"C1": unit}, ["C1"])
    for lies, belt in ((True, "LOAD"), (False, "FREE")):
        plc.inputs[3] = lies
        assert line.step()
        assert list(desk.loads(now)) == [("C1", belt)], "at once when it changes"
    assert list(desk.loads(now)) == []
    del plc.inputs[3]
    line.step()
    assert "address 3" in line.trouble
    now += FRESH_S + 0.1
    assert list(desk.loads(now)) == [("C1", "UNKNOWN")]
    assert list(DoorDesk({"C1": unit}).loads(now)) == [], "one without a sensor says nothing of loads"


def test_a_part_of_the_state_says_what_lies_there_over_mqtt_and_rubbish_says_nothing() -> None:
    how = MqttDoor.model_validate({**MQTT, "load_field": "belt.load", "says_load": ["pallet", "true"]})
    doors = MqttDoors(Broker("h"), "test", [how])
    (unit,) = doors.units
    cases: list[tuple[object, str]] = [
        ("Pallet", "LOAD"), (True, "LOAD"), (False, "FREE"), ("free", "FREE"), ("load", "UNKNOWN"), (None, "UNKNOWN"),
        (1, "UNKNOWN"), ([True], "UNKNOWN"), ("", "UNKNOWN"),
    ]  # fmt: skip
    for load, belt in cases:
        unit.hear(10.0, json.dumps({"state": "open", "belt": {"load": load}}).encode())
        assert (unit.mode(10.0), unit.belt(10.0)) == ("OPEN", belt), load
    assert doors.unknown == 5
    unit.hear(11.0, b'{"state": "open", "belt": {"load": true}}')
    assert unit.belt(11.0 + how.every + 0.1) == "UNKNOWN", "it has to say it again"
    for rubbish in (b'{"state": "open"}', b'{"state": "open", "belt": tr', b"\xff"):
        unit.hear(12.0, b'{"state": "open", "belt": {"load": true}}')
        unit.hear(12.0, rubbish)
        assert unit.belt(12.0) == "UNKNOWN"
    unit.hear(13.0, b'{"state": "open", "belt": {"load": true}}')
    unit.forget()
    assert unit.belt(13.0) == "UNKNOWN", "what was said before the line was cut is of before"
