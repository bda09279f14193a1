"""A door's controller with Modbus TCP, written from the protocol's text: no library of the product is in it."""

from __future__ import annotations

import contextlib
import socketserver
import struct
import threading
import time
from collections.abc import Iterator
from typing import Any

from amr_core.doors import SimulatedDoor

ILLEGAL_FUNCTION, ILLEGAL_ADDRESS = 1, 2
READ_COILS, READ_INPUTS, WRITE_COIL, WRITE_REGISTER = 1, 2, 5, 6


class Plc:
    """Coils, inputs and registers of one unit, each a dict by address; what is not in it is an illegal address."""

    def __init__(self) -> None:
        self.coils: dict[int, bool] = {}
        self.inputs: dict[int, bool] = {}
        self.registers: dict[int, int] = {}
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
