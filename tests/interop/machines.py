"""Doors, lifts and conveyors behind programs that we did not write: pymodbus' server, mosquitto with TLS and paho."""

from __future__ import annotations

import asyncio
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from amr_interop.doors.adapter import DoorAdapter
from amr_interop.doors.settings import DoorSettings
from tests.modbus_plc import READ_COILS, READ_HOLDING, READ_INPUTS, READ_WORDS, DoorPlc, LiftPlc

UNIT = 5
TURN_S = 0.02


class Controller:
    """pymodbus' server, and a door, lift or conveyor that lives behind its tables: 32 bits, 16 registers of each kind.

    coil, contact, register, word: the first address of each kind; speed: times the machine's own.
    """

    def __init__(
        self,
        port: int,
        plc: DoorPlc | LiftPlc,
        *,
        coil: int = 0,
        contact: int = 0,
        register: int = 0,
        word: int = 0,
        speed: float = 1.0,
    ) -> None:
        self.port, self.plc, self._speed = port, plc, speed
        self.counted = set[int]()  # what stood in the first register
        self._first = {READ_COILS: coil, READ_INPUTS: contact, READ_HOLDING: register, READ_WORDS: word}
        self._end, self._serving = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._live()), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._serving.wait(10.0)
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._end.set()
        self._thread.join(10.0)

    async def _live(self) -> None:
        bits = [SimData(0, values=[False] * 32, datatype=DataType.BITS)]
        words = [SimData(0, count=16, datatype=DataType.REGISTERS)]
        device = SimDevice(UNIT, simdata=(bits, bits, words, words), use_bit_addressing=True)
        server: Any = ModbusTcpServer(device, address=("127.0.0.1", self.port))
        await server.serve_forever(background=True)
        await self._turn(server)
        self._serving.set()
        while not self._end.is_set():
            await self._turn(server)
            await asyncio.sleep(TURN_S)
        await server.shutdown()

    async def _turn(self, server: Any) -> None:
        plc, first = self.plc, self._first
        for table, kind in ((plc.coils, READ_COILS), (plc.registers, READ_HOLDING)):
            for address in table:
                (table[address],) = await server.async_getValues(UNIT, kind, first[kind] + address)
        self.counted.add(plc.registers[0])
        plc.step(time.monotonic(), TURN_S * self._speed)
        await server.async_setValues(UNIT, READ_INPUTS, first[READ_INPUTS], list(plc.inputs.values()))
        if plc.words:
            await server.async_setValues(UNIT, READ_WORDS, first[READ_WORDS], list(plc.words.values()))


class Talker:
    """A machine at a broker with TLS, with paho: it hears NAME/set, and says NAME/state four times a second.

    state: what it says; obey: takes what it is told; live: called every TURN_S s.
    """

    def __init__(
        self,
        name: str,
        port: int,
        folder: Path,
        state: Callable[[], str],
        obey: Callable[[bytes], None],
        live: Callable[[], None] = lambda: None,
    ) -> None:
        self.told: list[bytes] = []
        self._name, self._state, self._obey, self._live = name, state, obey, live
        self._client = Client(CallbackAPIVersion.VERSION2, name)
        certificate, key = str(folder / f"{name}.crt"), str(folder / f"{name}.key")
        self._client.tls_set(str(folder / "ca.crt"), certificate, key, ssl.CERT_REQUIRED)
        self._client.on_connect = lambda client, *_: client.subscribe(f"{name}/set")
        self._client.on_message = self._hear
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _hear(self, _client: Client, _data: Any, message: Any) -> None:
        self.told.append(message.payload)
        self._obey(message.payload)

    def _run(self) -> None:
        spoken = 0.0
        while not self._end.wait(TURN_S):
            self._live()
            if time.monotonic() - spoken >= 0.25:
                spoken = time.monotonic()
                self._client.publish(f"{self._name}/state", self._state())

    def close(self) -> None:
        self._end.set()
        self._thread.join(10.0)
        self._client.disconnect()
        self._client.loop_stop()


class AdapterRig:
    """The adapter, and what it says of its lines."""

    def __init__(self, settings: DoorSettings) -> None:
        self.words: list[str] = []
        self.adapter = DoorAdapter(settings, self.words.append)
        self.adapter.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.adapter.close()

    @staticmethod
    def now() -> float:
        """Return the lines' time (s)."""
        return time.monotonic()

    def turn(self, now: float) -> object:
        """Take what is said; return what a person should see when nothing comes of it."""
        raise NotImplementedError

    def until(self, true: Callable[[], bool]) -> None:
        """Go on until something is true."""
        end = time.monotonic() + 30.0
        while not true():
            now = time.monotonic()
            self.adapter.fleet_spoke(now)
            seen = self.turn(now)
            assert now < end, (seen, self.words)
            time.sleep(TURN_S)

    def hears(self, word: str) -> None:
        """Go on until the adapter says a word of a line."""
        self.until(lambda: any(word in said for said in self.words))
