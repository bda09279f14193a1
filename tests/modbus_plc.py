"""Controllers of doors and lifts with Modbus TCP, written from the protocol's text: no library of ours is in it."""

from __future__ import annotations

import contextlib
import socketserver
import struct
import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from amr_core.doors import SimulatedDoor
from amr_core.lifts import SimulatedLift

ILLEGAL_FUNCTION, ILLEGAL_ADDRESS = 1, 2
READ_COILS, READ_INPUTS, READ_HOLDING, READ_WORDS, WRITE_COIL, WRITE_REGISTER = range(1, 7)


class Plc:
    """Coils, inputs, holding and input registers (words) of one unit, by address; what is not there is illegal."""

    def __init__(self) -> None:
        self.coils: dict[int, bool] = {}
        self.inputs: dict[int, bool] = {}
        self.registers: dict[int, int] = {}
        self.words: dict[int, int] = {}
        self.written: list[tuple[int, bool]] = []
        self.rubbish = False
        self.hangs = False

    def answer(self, function: int, body: bytes) -> bytes:
        """Return the answer's PDU."""
        address, value = struct.unpack(">HH", body[:4])
        if function in (READ_COILS, READ_INPUTS):
            table = self.coils if function == READ_COILS else self.inputs
            wanted = range(address, address + value)
            if any(a not in table for a in wanted):
                return bytes([function | 0x80, ILLEGAL_ADDRESS])
            bits = sum(table[a] << i for i, a in enumerate(wanted))
            count = (value + 7) // 8
            return bytes([function, count]) + bits.to_bytes(count, "little")
        if function in (READ_HOLDING, READ_WORDS):
            registers = self.registers if function == READ_HOLDING else self.words
            if address not in registers:
                return bytes([function | 0x80, ILLEGAL_ADDRESS])
            return struct.pack(">BBH", function, 2, registers[address])
        if function == WRITE_COIL and address in self.coils and value in (0x0000, 0xFF00):
            self.coils[address] = value == 0xFF00
            self.written.append((address, value == 0xFF00))
            return bytes([function]) + body[:4]
        if function == WRITE_REGISTER and address in self.registers:
            self.registers[address] = value
            return bytes([function]) + body[:4]
        return bytes([function | 0x80, ILLEGAL_ADDRESS if function in (5, 6) else ILLEGAL_FUNCTION])


class DoorPlc(Plc):
    """Drives a simulated door: coil 0 opens it; inputs 0 and 1 are its limit switches, 2 its fault; register 0."""

    def __init__(self, door: SimulatedDoor) -> None:
        super().__init__()
        self.door = door
        self.coils, self.inputs, self.registers = {0: False}, {0: False, 1: True, 2: False}, {0: 0}

    def step(self, now: float, dt: float) -> None:
        """Let dt s pass."""
        self.door.tell(now, open_it=self.coils[0])
        self.door.step(now, dt)
        self.inputs = {0: self.door.share >= 1.0, 1: self.door.share <= 0.0, 2: self.door.fault}


class LiftPlc(Plc):
    """Drives a simulated lift: registers 0 and 1 are floor and session that are wanted, 2 counts; words say the same.

    Inputs: 0 open, 1 closed, 2 in service, 3 fire, 4 fault. It obeys one session until that is taken back.
    """

    def __init__(self, lift: SimulatedLift) -> None:
        super().__init__()
        self.lift = lift
        self.registers, self.words = {0: 0, 1: 0, 2: 0}, {0: 1, 1: 0}
        self.fire = self.fault = False
        self.look()

    def step(self, now: float, dt: float) -> None:
        """Let dt s pass."""
        target, session = self.registers[0], self.registers[1]
        obeys = int(self.lift.session or 0)
        if obeys and not session:
            self.lift.end(str(obeys))
        elif session and obeys in (0, session) and 0 < target <= len(self.lift.way.stops):
            self.lift.tell(now, self.lift.way.stops[target - 1].level, str(session))
        self.lift.step(now, dt)
        self.look()

    def look(self) -> None:
        """Set what it says to how it is."""
        lift = self.lift
        levels = [stop.level for stop in lift.way.stops]
        level = levels.index(lift.nearest.level) + 1 if lift.stands and not lift.moving else 0
        self.words = {0: level, 1: int(lift.session or 0)}
        self.inputs = {
            0: lift.share >= 1.0, 1: lift.share <= 0.0, 2: lift.mode == "AGV", 3: self.fire, 4: self.fault,
        }  # fmt: skip


class PlcLine:
    """A Plc as a client that is there at once; away: it does not answer."""

    def __init__(self, plc: Plc) -> None:
        self.plc, self.away, self.closed = plc, False, 0

    def connect(self) -> bool:
        return not self.away

    def close(self) -> None:
        self.closed += 1

    def _ask(self, function: int, address: int, value: int) -> Any:
        pdu = self.plc.answer(function, address.to_bytes(2) + value.to_bytes(2))
        wrong = bool(pdu[0] & 0x80)
        bits = [] if wrong or function > READ_INPUTS else [bool(pdu[2] >> i & 1) for i in range(8)]
        words = [] if wrong or function not in (READ_HOLDING, READ_WORDS) else [int.from_bytes(pdu[2:4])]
        return SimpleNamespace(isError=lambda: wrong, bits=bits, registers=words)

    def read_discrete_inputs(self, address: int, *, device_id: int) -> Any:
        return self._ask(READ_INPUTS, address, 1)

    def read_coils(self, address: int, *, device_id: int) -> Any:
        return self._ask(READ_COILS, address, 1)

    def write_coil(self, address: int, value: bool, *, device_id: int) -> Any:
        return self._ask(WRITE_COIL, address, 0xFF00 if value else 0)

    def write_register(self, address: int, value: int, *, device_id: int) -> Any:
        return self._ask(WRITE_REGISTER, address, value)

    def read_input_registers(self, address: int, *, device_id: int) -> Any:
        return self._ask(READ_WORDS, address, 1)

    def read_holding_registers(self, address: int, *, device_id: int) -> Any:
        return self._ask(READ_HOLDING, address, 1)


@contextlib.contextmanager
def listening(plc: Plc, port: int = 0) -> Iterator[int]:
    """Serve one controller on loopback; yield its port."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            server.lines.append(self.request)
            with contextlib.suppress(OSError, struct.error):
                while head := self.request.recv(7, 0x100):  # MSG_WAITALL
                    transaction, _protocol, length, unit = struct.unpack(">HHHB", head)
                    pdu = self.request.recv(length - 1, 0x100)
                    while plc.hangs:
                        time.sleep(0.02)
                    answer = plc.answer(pdu[0], pdu[1:])
                    whole = struct.pack(">HHHB", transaction, 0, len(answer) + 1, unit) + answer
                    self.request.sendall(b"\xff" * 9 if plc.rubbish else whole)

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True
        lines: list[Any] = []  # noqa: RUF012

    with Server(("127.0.0.1", port), Handler) as server:
        server.lines = []
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            for line in server.lines:
                with contextlib.suppress(OSError):
                    line.shutdown(2)
            thread.join()
