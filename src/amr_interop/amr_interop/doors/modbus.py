"""Lines to controllers with Modbus TCP: one thread per controller, so that one that hangs holds up no other.

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
from typing import Any, Final, Generic, Protocol, TypeVar

from amr_core.errors import AmrError
from amr_interop.doors.fields import Controller

T = TypeVar("T")

# chosen: six reads before a door is OFFLINE (FRESH_S); faster loads small controllers, slower shows doors late
PERIOD_S: Final = 0.25
FRESH_S: Final = 1.5
"""s that what was read of a door or lift counts; then it is OFFLINE."""
COMMAND_S: Final = 2.0  # the fleet asks again each second: longer, a door would move for somebody who has driven on
HEARTBEAT_S: Final = 1.0  # chosen: a PLC's watchdog of a few seconds sees several; more often is writes for nothing
SPEAKS_S: Final = 5.0
"""s since the fleet was heard last after which the heartbeat stands still."""
# below FRESH_S: one answer that is lost makes no door OFFLINE; shorter fails on a slow controller
_TIMEOUT_S: Final = 1.0
_AGAIN_S: Final = (0.5, 4.0)
"""s until a controller that does not answer is tried again: the first time, and at most."""


class RefusedError(Exception):
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

    def read_input_registers(self, address: int, *, device_id: int) -> Any:
        """Read one input register."""

    def read_holding_registers(self, address: int, *, device_id: int) -> Any:
        """Read one holding register."""

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


class Bus:
    """What one unit of a line asks of its controller; raises RefusedError for what that does not do."""

    def __init__(self, client: Client, how: Controller, who: str, counts: Counter[str]) -> None:
        self._client, self._how, self._who, self._counts = client, how, who, counts

    def contact(self, address: int) -> bool:
        """Read a contact."""
        discrete = self._how.inputs == "discrete_inputs"
        read = self._client.read_discrete_inputs if discrete else self._client.read_coils
        return bool(self._checked(read(address, device_id=self._how.unit), address).bits[0])

    def register(self, address: int, *, holding: bool) -> int:
        """Read a register, 0 to 65535."""
        read = self._client.read_holding_registers if holding else self._client.read_input_registers
        return int(self._checked(read(address, device_id=self._how.unit), address).registers[0])

    def set_coil(self, address: int, value: bool) -> None:
        """Set or clear a coil."""
        self._checked(self._client.write_coil(address, value, device_id=self._how.unit), address)

    def set_register(self, address: int, value: int) -> None:
        """Write a holding register."""
        self._checked(self._client.write_register(address, value, device_id=self._how.unit), address)

    def _checked(self, answer: Any, address: int) -> Any:
        if answer.isError():
            self._counts["refused"] += 1
            raise RefusedError(f"{self._who}, unit {self._how.unit}, address {address}: {answer}")
        return answer


class LineUnit(Protocol):
    """A door or lift on a line. how: where it is; name: what people read of it."""

    @property
    def how(self) -> Controller:
        """Where it is."""

    @property
    def name(self) -> str:
        """What people read of it."""

    def pending(self, now: float) -> bool:
        """Return whether it is to be told something that is not too old (s)."""

    def write(self, bus: Bus) -> None:
        """Tell it what is pending."""

    def read(self, bus: Bus, at: float) -> None:
        """Read how it is; what is read is at least as new as `at` (s)."""


class ToBeTold(Generic[T]):
    """What a unit is to be told last; older than COMMAND_S it is forgotten. `put` may be called from any thread."""

    def __init__(self) -> None:
        self._newest: tuple[T, float] | None = None
        self._done: tuple[T, float] | None = None
        self._taken: tuple[T, float] | None = None

    def put(self, wanted: T, now: float) -> None:
        """Have it told."""
        self._newest = (wanted, now)

    def pending(self, now: float) -> bool:
        """Return whether there is something to tell, and take it."""
        self._taken = self._newest
        if self._taken is None or self._taken is self._done:
            return False
        if now - self._taken[1] > COMMAND_S:
            self.finish()
            return False
        return True

    @property
    def taken(self) -> T:
        """What `pending` took."""
        assert self._taken is not None
        return self._taken[0]

    def finish(self) -> None:
        """It was told: what was taken, not the newest, which may have come this moment."""
        self._done = self._taken


@dataclass
class ModbusLine:
    """One controller (HOST:PORT) with its doors and lifts. clock: s that only go on, that of `tell` and `mode`.

    spoken: when the fleet was heard last (s).
    """

    units: Sequence[LineUnit]
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
        """Write what is to be written, read all units; False when the controller does not answer."""
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

    def _one(self, unit: LineUnit) -> str:
        """Write and read one unit; return what the controller refuses, "" = nothing: the others have theirs."""
        bus = self._bus(unit)
        try:
            if unit.pending(self.clock()):
                unit.write(bus)
                self.counts["written"] += 1
            unit.read(bus, self.clock())
        except RefusedError as error:
            return str(error)
        return ""

    def _bus(self, unit: LineUnit) -> Bus:
        return Bus(self._client, unit.how, unit.name, self.counts)

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
        registers = {(unit.how.unit, unit.how.heartbeat_register): unit for unit in self.units}
        for (_, register), unit in registers.items():
            if register is not None:
                try:
                    self._bus(unit).set_register(register, self._beat)
                except RefusedError as error:
                    yield str(error)


def lines_of(units: Sequence[LineUnit], make: Callable[[str, int], Client] = tcp_client) -> list[ModbusLine]:
    """Return one line for each controller of some units."""
    found: dict[tuple[str, int], list[LineUnit]] = {}
    for unit in units:
        found.setdefault((unit.how.host, unit.how.port), []).append(unit)
    return [ModbusLine(group, make) for group in found.values()]
