"""A lift on a line of Modbus TCP: a floor and a session that are written, and what the controller says of itself.

A session is told by a number that follows from its name, so it is the same after a restart of the adapter. Whose the
lift is the controller says itself, by the number that it obeys: what was only written counts for nothing. A lift that
obeys another number is told nothing.
"""

from __future__ import annotations

import binascii
from dataclasses import dataclass
from typing import Final

from amr_core.doors import DoorMode
from amr_core.lifts import LiftMode, LiftMotion, LiftSaid
from amr_interop.doors.lift_settings import ModbusLift
from amr_interop.doors.modbus import FRESH_S, Bus, ToBeTold

_NAMES: Final = 200


def number_of(session: str) -> int:
    """Return the number of a session, 1 to 65535; 0 for none. Names that differ in the last two bytes differ in it."""
    return (binascii.crc_hqx(session.encode(), 0xFFFF) or 0xFFFF) if session else 0


class SessionNames:
    """The sessions that the fleet spoke of, by number."""

    def __init__(self) -> None:
        self._names: dict[int, str] = {}

    def learn(self, session: str) -> None:
        """Take a session that was spoken of."""
        number = number_of(session)
        self._names.pop(number, None)
        self._names[number] = session
        while len(self._names) > _NAMES:
            del self._names[next(iter(self._names))]

    def name(self, number: int) -> str:
        """Return the session of a number, "" for 0; of one that nobody spoke of a name that is no fleet's."""
        return self._names.get(number, f"#{number}") if number else ""


@dataclass(frozen=True)
class LiftReading:
    """What was read of a lift at a time (s)."""

    at: float
    floor: int
    session: int
    open: bool
    closed: bool
    in_service: bool
    fire: bool
    fault: bool

    @property
    def mode(self) -> LiftMode:
        """What it works for."""
        if self.fire:
            return "FIRE"
        if self.fault:
            return "OFFLINE"
        return "AGV" if self.in_service else "HUMAN"

    @property
    def door(self) -> DoorMode:
        """Its door; UNKNOWN where a limit switch is broken."""
        if self.open and self.closed:
            return "UNKNOWN"
        return "OPEN" if self.open else "CLOSED" if self.closed else "OPENING"


class ModbusLiftUnit:
    """One lift. `tell`, `know` and `said` may be called from any thread."""

    def __init__(self, how: ModbusLift) -> None:
        self.how = how
        self.name = f"lift {how.lift}"
        self.reading: LiftReading | None = None
        self._told = ToBeTold[tuple[str, str]]()
        self._target = ""
        self._names = SessionNames()
        self._levels = {number: level for level, number in how.floors.items()}

    @property
    def levels(self) -> list[str]:
        """Where it stops."""
        return list(self.how.floors)

    def know(self, session: str) -> None:
        """Take the name of a session."""
        self._names.learn(session)

    def tell(self, now: float, level: str, session: str) -> None:
        """Have it told where to stand for a session; level "": the session ends."""
        self._names.learn(session)
        self._target = level
        self._told.put((level, session), now)

    def said(self, now: float) -> LiftSaid:
        """Return what it says; a floor that it does not have is rubbish, and then nothing of it is believed."""
        read = self.reading
        if read is None or now - read.at > FRESH_S:
            return LiftSaid(mode="OFFLINE")
        level = self._levels.get(read.floor, "")
        if read.floor and not level:
            return LiftSaid()
        motion: LiftMotion = "STOPPED" if level else "UNKNOWN"
        return LiftSaid(level, self._target, read.door, motion, read.mode, self._names.name(read.session))

    def pending(self, now: float) -> bool:
        """Return whether it is to be told something that is not too old (s)."""
        return self._told.pending(now)

    def write(self, bus: Bus) -> None:
        """Write floor and session; at the end of a session what still stands there of it is cleared."""
        how, (level, session) = self.how, self._told.taken
        number = number_of(session)
        if not level:
            if bus.register(how.session_register, holding=True) == number:
                bus.set_register(how.session_register, 0)
                bus.set_register(how.target_register, 0)
        elif self._obeys(bus) in (0, number):
            bus.set_register(how.target_register, how.floors[level])  # first: without a session it is nobody's wish
            bus.set_register(how.session_register, number)
        self._told.finish()

    def read(self, bus: Bus, at: float) -> None:
        """Read its registers and contacts."""
        how = self.how
        fire = how.fire is not None and bus.contact(how.fire)
        fault = how.fault is not None and bus.contact(how.fault)
        floor = bus.register(how.floor_is, holding=how.registers == "holding_registers")
        ends, serves = (bus.contact(how.is_open), bus.contact(how.is_closed)), bus.contact(how.in_service)
        self.reading = LiftReading(at, floor, self._obeys(bus), *ends, serves, fire, fault)

    def _obeys(self, bus: Bus) -> int:
        return bus.register(self.how.session_is, holding=self.how.registers == "holding_registers")
