"""A door on a line of Modbus TCP: a coil that opens it, its limit switches, a fault contact."""

from __future__ import annotations

from dataclasses import dataclass

from amr_core.conveyors import BeltState
from amr_core.doors import DoorMode
from amr_interop.doors.modbus import FRESH_S, Bus, ToBeTold
from amr_interop.doors.settings import ModbusDoor


@dataclass(frozen=True)
class Contacts:
    """The contacts of a door at a time (s). load: of a conveyor's load sensor, None: it has none."""

    at: float
    open: bool
    closed: bool
    fault: bool
    load: bool | None = None


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
    """One door: what was read last, what is to be written. `tell` and `mode` may be called from any thread."""

    def __init__(self, how: ModbusDoor) -> None:
        self.how = how
        self.name = f"door {how.door}"
        self.reading: Contacts | None = None
        self._told = ToBeTold[bool]()
        self._opening = False

    def tell(self, now: float, *, open_it: bool) -> None:
        """Have it told to be open or closed."""
        self._opening = open_it
        self._told.put(open_it, now)

    def mode(self, now: float) -> DoorMode:
        """Return how it is."""
        return mode_of(self.reading, now, opening=self._opening)

    def belt(self, now: float) -> BeltState:
        """Return what its load sensor says; UNKNOWN when it has none, or could not be read lately."""
        reading = self.reading
        if reading is None or reading.load is None or now - reading.at > FRESH_S:
            return "UNKNOWN"
        return "LOAD" if reading.load else "FREE"

    def pending(self, now: float) -> bool:
        """Return whether it is to be told something that is not too old (s)."""
        return self._told.pending(now)

    def write(self, bus: Bus) -> None:
        """Set or clear its coil."""
        bus.set_coil(self.how.open_coil, self._told.taken)
        self._told.finish()

    def read(self, bus: Bus, at: float) -> None:
        """Read its contacts."""
        how = self.how
        fault = how.fault is not None and bus.contact(how.fault)
        load = None if how.load is None else bus.contact(how.load)
        self.reading = Contacts(at, bus.contact(how.is_open), bus.contact(how.is_closed), fault, load)
