"""All doors and lifts of one file with their lines: what a node, or a person at the first start, works with."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Final

from amr_core.doors import DoorMode
from amr_interop.doors.desk import DoorDesk, DoorDriver, LiftDesk, LiftDriver
from amr_interop.doors.modbus import lines_of
from amr_interop.doors.modbus_door import ModbusUnit
from amr_interop.doors.modbus_lift import ModbusLiftUnit
from amr_interop.doors.mqtt import MqttDoors
from amr_interop.doors.settings import DoorSettings
from amr_interop.mqtt.line import LineWatch

CLIENT_ID: Final = "amr-doors"


class DoorAdapter:
    """Doors and lifts over Modbus TCP and MQTT. say: takes what a person should know of the lines.

    Times are s of time.monotonic(), which the lines' threads have, too.
    """

    def __init__(self, settings: DoorSettings, say: Callable[[str], None], client_id: str = CLIENT_ID) -> None:
        """Raises run.bad_option, parameter.invalid, mqtt.unreachable or door.no_pymodbus."""
        self._say = say
        doors, lifts = [*map(ModbusUnit, settings.modbus)], [*map(ModbusLiftUnit, settings.lifts.modbus)]
        self.lines = lines_of([*doors, *lifts])
        self._mqtt: MqttDoors | None = None
        self._watch: LineWatch | None = None
        if settings.broker is not None:
            broker = settings.broker.broker
            self._mqtt = MqttDoors(broker, client_id, settings.mqtt, settings.lifts.mqtt)
            self._watch = LineWatch(self._mqtt.link, broker, say)
        units: dict[str, DoorDriver] = {unit.how.door: unit for unit in doors}
        units |= {unit.how.door: unit for unit in (self._mqtt.units if self._mqtt else [])}
        self.desk = DoorDesk(units, settings.sensors)
        cabins: dict[str, LiftDriver] = {unit.how.lift: unit for unit in lifts}
        cabins |= {unit.how.lift: unit for unit in (self._mqtt.lifts if self._mqtt else [])}
        self.lifts = LiftDesk(cabins)
        self._troubles: dict[str, str] = {}
        self._words = 0

    def start(self) -> None:
        """Begin to listen; nothing is told anything by that."""
        for line in self.lines:
            line.start()
        if self._mqtt is not None:
            self._mqtt.link.start()

    def close(self) -> None:
        """End all lines; doors and lifts stay as they are."""
        for line in self.lines:
            line.close()
        if self._mqtt is not None:
            self._mqtt.link.close()

    def fleet_spoke(self, now: float) -> None:
        """The fleet lives: controllers with a heartbeat see it."""
        for line in self.lines:
            line.spoken = now

    def step(self, now: float) -> Iterator[tuple[str, DoorMode]]:
        """Hear doors and lifts; yield the doors whose state is to be said.

        `desk.loads` has what lies on conveyors, `lifts.due` the lifts.
        """
        if self._mqtt is not None and self._watch is not None:
            self._watch.step(time.time())
            self._mqtt.step(now)
        self._complain()
        for news in (*self.desk.news(), *self.lifts.news()):
            self._say(news)
        yield from self.desk.due(now)

    def _complain(self) -> None:
        """Say what is wrong with a line when that changes; of words that no door should say the 1st, 2nd, 4th, ..."""
        for line in self.lines:
            if (trouble := line.trouble) != self._troubles.get(line.place, ""):
                self._troubles[line.place] = trouble
                self._say(f"doors and lifts at {line.place}: {trouble or 'they answer again'}")
        words = self._mqtt.unknown if self._mqtt else 0
        if words != self._words and words & (words - 1) == 0:
            self._say(f"doors and lifts over MQTT: {words} states that are no words of theirs")
        self._words = words
