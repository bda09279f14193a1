"""Doors behind controllers with Modbus TCP: one thread per controller, so that one that hangs holds up no other.

Inputs are read four times a second. A command is a target that is written (a coil set or cleared), never a pulse, and
one that could not be written within COMMAND_S is forgotten: the fleet asks again as long as it wants it.
"""

from __future__ import annotations

import importlib.util
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from amr_core.doors import DoorMode
from amr_core.errors import AmrError
from amr_interop.doors.settings import ModbusDoor

PERIOD_S: Final = 0.25
FRESH_S: Final = 1.5
"""s that what was read of a door counts; then it is OFFLINE."""
COMMAND_S: Final = 2.0
HEARTBEAT_S: Final = 1.0
SPEAKS_S: Final = 5.0
"""s since the fleet was heard last after which the heartbeat stands still."""
_TIMEOUT_S: Final = 1.0
_AGAIN_S: Final = (0.5, 4.0)
"""s until a controller that does not answer is tried again: the first time, and at most."""


class _RefusedError(Exception):
    """The controller answers, and does not do what it is asked."""


class Client(Protocol):
    """What is used of pymodbus' ModbusTcpClient."""

    def connect(self) -> bool:
        """Connect, if it is not connected."""

    def close(self) -> None:
        """End the connection."""

    def read_discrete_inputs(self, address: int, *, device_id: int) -> Any:
        """Read one input."""

    def read_coils(self, address: int, *, device_id: int) -> Any:
        """Read one coil."""

    def write_coil(self, address: int, value: bool, *, device_id: int) -> Any:
        """Set or clear a coil."""

    def write_register(self, address: int, value: int, *, device_id: int) -> Any:
        """Write a holding register."""


def need_pymodbus() -> None:
    """Raise door.no_pymodbus when it is not installed."""
    if importlib.util.find_spec("pymodbus") is None:
        raise AmrError("door.no_pymodbus")


def tcp_client(host: str, port: int) -> Client:
    """Return pymodbus' client, or raise door.no_pymodbus."""
    need_pymodbus()
    from pymodbus.client import ModbusTcpClient

    logging.getLogger("pymodbus").setLevel(logging.CRITICAL)  # what fails is said by who uses it
    client: Client = ModbusTcpClient(host, port=port, timeout=_TIMEOUT_S, retries=0)
    return client


@dataclass(frozen=True)
class Contacts:
    """The contacts of a door at a time (s)."""

    at: float
    open: bool
    closed: bool
    fault: bool


def mode_of(reading: Contacts | None, now: float, *, opening: bool) -> DoorMode:
    """Return what contacts say. opening: which way it goes when it is at neither end."""
    if reading is None or now - reading.at > FRESH_S:  # a reading newer than `now` is one of its thread, meanwhile
        return "OFFLINE"
    if reading.fault:
        return "FAULT"
    if reading.open and reading.closed:
        return "UNKNOWN"  # a limit switch is broken, nobody knows which
    if reading.open:
        return "OPEN"
    if reading.closed:
        return "CLOSED"
    return "OPENING" if opening else "CLOSING"


class ModbusUnit:
    """One door: what was read last, what is to be written, what was (or was too old).

    `tell` and `mode` may be called from any thread.
    """

    def __init__(self, how: ModbusDoor) -> None:
        self.how = how
        self.reading: Contacts | None = None
        self.command: tuple[bool, float] | None = None
        self.done: tuple[bool, float] | None = None
        self._opening = False

    def tell(self, now: float, *, open_it: bool) -> None:
        """Have it told to be open or closed."""
        self._opening = open_it
        self.command = (open_it, now)

    def mode(self, now: float) -> DoorMode:
        """Return how it is."""
        return mode_of(self.reading, now, opening=self._opening)


@dataclass
class ModbusLine:
    """One controller (HOST:PORT) with its doors. clock: s that only go on, that of `tell` and `mode`.

    spoken: when the fleet was heard last (s).
    """

    units: Sequence[ModbusUnit]
    make: Callable[[str, int], Client] = tcp_client
    clock: Callable[[], float] = time.monotonic
    spoken: float = float("-inf")
    trouble: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    _end: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _beat: int = 0
    _beaten: float = float("-inf")
    _unheard: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._client = self.make(self.units[0].how.host, self.units[0].how.port)

    @property
    def place(self) -> str:
        """HOST:PORT."""
        return f"{self.units[0].how.host}:{self.units[0].how.port}"

    def start(self) -> None:
        """Begin to read."""
        self._thread = threading.Thread(target=self._run, name=f"modbus {self.place}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread; the doors stay as they are."""
        self._end.set()
        if self._thread is not None:
            self._thread.join(3 * _TIMEOUT_S)

    def _run(self) -> None:
        wait = _AGAIN_S[0]
        while not self._end.is_set():
            good = self.step()
            self._end.wait(PERIOD_S if good else wait)
            wait = _AGAIN_S[0] if good else min(2.0 * wait, _AGAIN_S[1])
        self._client.close()

    def step(self) -> bool:
        """Write what is to be written, read all doors; False when the controller does not answer."""
        try:
            if not self._client.connect():
                raise ConnectionError("no connection")
            refused = [wrong for unit in self.units if (wrong := self._one(unit))]
            refused += self._heartbeat()
        except Exception as error:  # pymodbus raises its own, and what sockets and rubbish on the line bring
            self.trouble = " ".join(str(error).split())[:200] or type(error).__name__
            self.counts["failed"] += 1
            self._client.close()
            return False
        self.trouble = "; ".join(refused)[:200]
        return True

    def _one(self, unit: ModbusUnit) -> str:
        """Write and read one door; return what the controller refuses, "" = nothing: the others have theirs."""
        try:
            self._write(unit)
            unit.reading = self._read(unit.how)
        except _RefusedError as error:
            return str(error)
        return ""

    def _write(self, unit: ModbusUnit) -> None:
        command = unit.command
        if command is None or command is unit.done:
            return
        wanted, at = command
        if self.clock() - at <= COMMAND_S:
            how = unit.how
            self._checked(self._client.write_coil(how.open_coil, wanted, device_id=how.unit), how, how.open_coil)
            self.counts["written"] += 1
        unit.done = command  # not the newest: it may be told anew this moment

    def _read(self, how: ModbusDoor) -> Contacts:
        at = self.clock()  # what is read is at least as new as this
        return Contacts(
            at, self._bit(how, how.is_open), self._bit(how, how.is_closed),
            how.fault is not None and self._bit(how, how.fault),
        )  # fmt: skip

    def _bit(self, how: ModbusDoor, address: int) -> bool:
        discrete = how.inputs == "discrete_inputs"
        read = self._client.read_discrete_inputs if discrete else self._client.read_coils
        return bool(self._checked(read(address, device_id=how.unit), how, address).bits[0])

    def _checked(self, answer: Any, how: ModbusDoor, address: int) -> Any:
        if answer.isError():
            self.counts["refused"] += 1
            raise _RefusedError(f"door {how.door}, unit {how.unit}, address {address}: {answer}")
        return answer

    def _heartbeat(self) -> list[str]:
        """Count on while the fleet is heard: a controller that sees it stand still goes by its own logic.

        Return what was refused of the last count, between two of them, too: it is one trouble until it ends.
        """
        now = self.clock()
        if now - self.spoken > SPEAKS_S:
            self._unheard = []
        elif now - self._beaten >= HEARTBEAT_S:
            self._beat, self._beaten = (self._beat + 1) % 65536, now
            self._unheard = list(self._count())
        return self._unheard

    def _count(self) -> Iterator[str]:
        registers = {(unit.how.unit, unit.how.heartbeat_register): unit.how for unit in self.units}
        for (device, register), how in registers.items():
            if register is not None:
                try:
                    self._checked(self._client.write_register(register, self._beat, device_id=device), how, register)
                except _RefusedError as error:
                    yield str(error)


def lines_of(doors: Sequence[ModbusDoor], make: Callable[[str, int], Client] = tcp_client) -> list[ModbusLine]:
    """Return one line for each controller of some doors."""
    found: dict[tuple[str, int], list[ModbusUnit]] = {}
    for how in doors:
        found.setdefault((how.host, how.port), []).append(ModbusUnit(how))
    return [ModbusLine(units, make) for units in found.values()]
