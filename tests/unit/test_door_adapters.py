"""Doors with Modbus TCP or MQTT: what is believed of them, what they are told and when, and rubbish on every line."""

from __future__ import annotations

from typing import Any

import pytest

from amr_core.doors import SimulatedDoor
from amr_core.errors import AmrError
from amr_interop.doors import modbus
from amr_interop.doors.desk import DoorDesk
from amr_interop.doors.modbus import COMMAND_S, FRESH_S, SPEAKS_S, ModbusLine, lines_of
from amr_interop.doors.modbus_door import Contacts, ModbusUnit, mode_of
from amr_interop.doors.settings import ModbusDoor
from tests.modbus_plc import DoorPlc, Plc, PlcLine, listening


@pytest.mark.parametrize(
    ("contacts", "age", "opening", "mode"),
    [
        ((True, False, False), 0.0, True, "OPEN"),
        ((True, False, False), FRESH_S + 0.01, True, "OFFLINE"),
        ((True, False, False), -0.5, True, "OPEN"),  # its thread read it after `now` was taken
        ((False, True, False), 1.0, True, "CLOSED"),
        ((False, False, False), 0.0, True, "OPENING"),
        ((False, False, False), 0.0, False, "CLOSING"),
        ((True, True, False), 0.0, True, "UNKNOWN"),
        ((True, False, True), 0.0, True, "FAULT"),
    ],
)
def test_contacts_are_believed_while_they_are_fresh(contacts: Any, age: float, opening: bool, mode: str) -> None:
    assert mode_of(Contacts(10.0 - age, *contacts), 10.0, opening=opening) == mode
    assert mode_of(None, 10.0, opening=opening) == "OFFLINE"


class Desk:
    """One door on a line with a clock of the test."""

    def __init__(self, *others: ModbusDoor, **how: Any) -> None:
        self.now = 100.0
        self.plc = DoorPlc(SimulatedDoor("south", open_s=2.0))
        self.wire = PlcLine(self.plc)
        made = {"door": "south", "host": "h", "open_coil": 0, "is_open": 0, "is_closed": 1, "fault": 2, **how}
        self.unit = ModbusUnit(ModbusDoor.model_validate(made))
        self.others = [*map(ModbusUnit, others)]
        self.line = ModbusLine([*self.others, self.unit], lambda _host, _port: self.wire, lambda: self.now)

    def mode(self) -> str:
        return self.unit.mode(self.now)

    def live(self, seconds: float, step: float = 0.25) -> None:
        for _ in range(round(seconds / step)):
            self.now += step
            self.plc.step(self.now, step)
            self.line.step()


def test_a_door_is_told_once_for_each_asking_and_never_by_the_adapter_itself() -> None:
    desk = Desk()
    desk.live(3.0)
    assert (desk.plc.written, desk.mode()) == ([], "CLOSED")
    desk.unit.tell(desk.now, open_it=True)
    desk.live(1.0)
    assert desk.mode() == "OPENING"
    desk.live(2.0)
    assert (desk.plc.written, desk.mode()) == ([(0, True)], "OPEN")
    desk.unit.tell(desk.now, open_it=False)
    desk.live(0.5)
    assert desk.mode() == "CLOSING"
    assert desk.plc.written == [(0, True), (0, False)]
    desk.live(60.0)
    assert len(desk.plc.written) == 2
    desk.line.close()
    assert len(desk.plc.written) == 2


def test_a_controller_that_does_not_answer_is_offline_and_old_commands_are_forgotten() -> None:
    desk = Desk()
    desk.live(1.0)
    desk.wire.away = True
    assert desk.line.step() is False
    assert desk.line.trouble == "no connection"
    assert desk.mode() == "CLOSED"
    desk.unit.tell(desk.now, open_it=True)
    desk.now += COMMAND_S + 0.1
    desk.line.step()
    assert desk.mode() == "OFFLINE"
    assert desk.wire.closed == 2
    desk.wire.away = False
    assert desk.line.step() is True
    assert (desk.plc.written, desk.mode(), desk.line.trouble) == ([], "CLOSED", "")
    desk.wire.away = True
    desk.unit.tell(desk.now, open_it=True)
    desk.line.step()
    desk.wire.away = False
    desk.now += COMMAND_S - 0.1
    desk.line.step()
    assert desk.plc.written == [(0, True)], "it was written late, and not too late"


class Waits:
    """The end of a line's thread, after so many waits that take no time."""

    def __init__(self, most: int) -> None:
        self.took: list[float] = []
        self._most = most

    def is_set(self) -> bool:
        return len(self.took) >= self._most

    def wait(self, seconds: float) -> None:
        self.took.append(seconds)


def test_a_controller_that_does_not_answer_is_tried_again_soon_then_less_often() -> None:
    desk, waits = Desk(), Waits(5)
    desk.wire.away = True
    desk.line._end = waits  # type: ignore[assignment]
    desk.line._run()
    assert waits.took == [0.5, 1.0, 2.0, 4.0, 4.0]
    desk.wire.away = False
    waits.took.clear()
    desk.line._run()
    assert waits.took == [modbus.PERIOD_S] * 5


def test_a_door_that_is_told_anew_while_it_is_told_hears_both(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    write = desk.wire.write_coil

    def meanwhile(address: int, value: bool, *, device_id: int) -> Any:
        if value:
            desk.unit.tell(desk.now, open_it=False)
        return write(address, value, device_id=device_id)

    monkeypatch.setattr(desk.wire, "write_coil", meanwhile)
    desk.unit.tell(desk.now, open_it=True)
    desk.live(1.0)
    assert desk.plc.written == [(0, True), (0, False)]


def test_doors_whose_threads_read_on_while_states_are_said_are_not_offline() -> None:
    desk = Desk()
    desk.live(1.0)
    now = desk.now
    desk.live(0.25)
    assert list(DoorDesk({"south": desk.unit}).due(now)) == [("south", "CLOSED")]


def test_what_a_controller_refuses_of_one_door_is_no_harm_to_the_others() -> None:
    wrong = ModbusDoor(door="north", host="h", open_coil=0, is_open=50, is_closed=51)
    desk = Desk(wrong)
    desk.live(1.0)
    assert desk.mode() == "CLOSED"
    assert desk.others[0].mode(desk.now) == "OFFLINE"
    assert "north" in desk.line.trouble
    assert "address 50" in desk.line.trouble
    assert desk.line.counts["refused"] >= 4


def test_a_command_that_is_refused_is_no_word_of_the_door_and_is_tried_again() -> None:
    desk = Desk(open_coil=9)
    desk.live(1.0)
    desk.unit.tell(desk.now, open_it=True)
    desk.live(1.0)
    assert "address 9" in desk.line.trouble
    desk.plc.coils[9] = False
    desk.live(0.25)
    assert desk.plc.written == [(9, True)]
    assert desk.line.trouble == ""


def test_limit_switches_may_be_coils() -> None:
    desk = Desk(inputs="coils", is_open=1, is_closed=2, fault=None)
    desk.plc.coils |= {1: True, 2: False}
    desk.line.step()
    assert desk.mode() == "OPEN"


def test_the_heartbeat_counts_while_the_fleet_is_heard_and_stands_still_when_not() -> None:
    desk = Desk(heartbeat_register=0)
    desk.live(5.0)
    assert desk.plc.registers[0] == 0, "the fleet was never heard"
    for _ in range(10):
        desk.line.spoken = desk.now
        desk.live(1.0)
    assert 9 <= desk.plc.registers[0] <= 11
    desk.live(SPEAKS_S + 1.0)
    before = desk.plc.registers[0]
    desk.live(10.0)
    assert desk.plc.registers[0] == before
    desk.line.spoken, desk.line._beat = desk.now, 65535
    desk.live(1.0)
    assert desk.plc.registers[0] == 0, "it goes round"


def test_a_heartbeat_that_is_refused_is_said_and_doors_go_on() -> None:
    desk = Desk(heartbeat_register=5)
    desk.line.spoken = desk.now
    desk.now += 0.25
    assert desk.line.step() is True
    assert "address 5" in desk.line.trouble
    assert desk.mode() == "CLOSED"
    said = []
    for _ in range(8):
        desk.live(0.25)
        said.append("address 5" in desk.line.trouble)
    assert all(said), "it is one trouble until it ends, not one with each beat"
    assert desk.line.counts["refused"] == 3, "beats, not looks"
    desk.plc.registers[5] = 0
    desk.live(1.0)
    assert desk.line.trouble == ""


def test_what_a_controller_refuses_is_not_said_of_a_heartbeat_that_stands_still() -> None:
    desk = Desk(heartbeat_register=5)
    desk.line.spoken = desk.now
    desk.live(SPEAKS_S + 1.0)
    assert desk.line.trouble == ""


def test_doors_of_one_controller_share_a_line() -> None:
    doors = [
        ModbusDoor(door=name, host=host, open_coil=i, is_open=10 * i, is_closed=10 * i + 1)
        for i, (name, host) in enumerate((("a", "x"), ("b", "y"), ("c", "x")))
    ]
    lines = lines_of([*map(ModbusUnit, doors)], lambda _host, _port: PlcLine(Plc()))
    assert [[unit.name for unit in line.units] for line in lines] == [["door a", "door c"], ["door b"]]
    assert [line.place for line in lines] == ["x:502", "y:502"]


def test_without_pymodbus_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(AmrError) as caught:
        modbus.tcp_client("127.0.0.1", 1)
    assert caught.value.code == "door.no_pymodbus"


def real(plc: Plc, port: int) -> tuple[ModbusLine, ModbusUnit]:
    """Return a line with pymodbus' client to a controller on loopback."""
    how = ModbusDoor(door="south", host="127.0.0.1", port=port, open_coil=0, is_open=0, is_closed=1, fault=2)
    unit = ModbusUnit(how)
    return lines_of([unit])[0], unit


def test_pymodbus_reads_and_writes_what_the_protocol_says() -> None:
    plc = DoorPlc(SimulatedDoor("south", open_s=1.0))
    with listening(plc) as port:
        line, unit = real(plc, port)
        assert line.step()
        assert unit.mode(line.clock()) == "CLOSED"
        unit.tell(line.clock(), open_it=True)
        assert line.step()
        assert plc.written == [(0, True)]
        plc.inputs = {0: True, 1: False, 2: False}
        assert line.step()
        assert unit.mode(line.clock()) == "OPEN"
        del plc.inputs[1]
        assert line.step()
        assert "address 1" in line.trouble
    assert not line.step()
    assert line.trouble
    line.close()


def test_rubbish_and_silence_on_the_line_are_no_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modbus, "_TIMEOUT_S", 0.2)
    plc = DoorPlc(SimulatedDoor("south", open_s=1.0))
    with listening(plc) as port:
        line, unit = real(plc, port)
        assert line.step()
        seen = unit.reading
        plc.rubbish = True
        assert not line.step()
        plc.rubbish, plc.hangs = False, True
        assert not line.step()
        assert unit.reading is seen
        assert line.counts["failed"] == 2
        plc.hangs = False
        assert line.step()
        assert unit.reading is not seen
    line.close()
