"""All doors of one file with their lines: what a node, or a person at the first start, works with."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Final

from amr_core.doors import DoorMode
from amr_interop.doors.desk import DoorDesk, DoorDriver
from amr_interop.doors.modbus import lines_of
from amr_interop.doors.mqtt import MqttDoors
from amr_interop.doors.settings import DoorSettings
from amr_interop.mqtt.line import LineWatch

CLIENT_ID: Final = "amr-doors"


class DoorAdapter:
    """Doors over Modbus TCP and MQTT. say: takes what a person should know of the lines.

    Times are s of time.monotonic(), which the lines' threads have, too.
    """

    def __init__(self, settings: DoorSettings, say: Callable[[str], None], client_id: str = CLIENT_ID) -> None:
        """Raises run.bad_option, parameter.invalid, mqtt.unreachable or door.no_pymodbus."""
        self._say = say
        self.lines = lines_of(settings.modbus)
        self._mqtt: MqttDoors | None = None
        self._watch: LineWatch | None = None
        if settings.broker is not None:
            broker = settings.broker.broker
            self._mqtt = MqttDoors(broker, client_id, settings.mqtt)
            self._watch = LineWatch(self._mqtt.link, broker, say)
        units: dict[str, DoorDriver] = {unit.how.door: unit for line in self.lines for unit in line.units}
        units |= {unit.how.door: unit for unit in (self._mqtt.units if self._mqtt else [])}
        self.desk = DoorDesk(units)
        self._troubles: dict[str, str] = {}
        self._words = 0

    def start(self) -> None:
        """Begin to listen; no door is told anything by that."""
        for line in self.lines:
            line.start()
        if self._mqtt is not None:
            self._mqtt.link.start()

    def close(self) -> None:
        """End all lines; the doors stay as they are."""
        for line in self.lines:
            line.close()
        if self._mqtt is not None:
            self._mqtt.link.close()

    def fleet_spoke(self, now: float) -> None:
        """The fleet lives: controllers with a heartbeat see it."""
        for line in self.lines:
            line.spoken = now

    def step(self, now: float) -> Iterator[tuple[str, DoorMode]]:
        """Hear the doors; yield those whose state is to be said."""
        if self._mqtt is not None and self._watch is not None:
            self._watch.step(time.time())
            self._mqtt.step(now)
        self._complain()
        for news in self.desk.news():
            self._say(news)
        yield from self.desk.due(now)

    def _complain(self) -> None:
        """Say what is wrong with a line when that changes; of words that no door should say the 1st, 2nd, 4th, ..."""
        for line in self.lines:
            if (trouble := line.trouble) != self._troubles.get(line.place, ""):
                self._troubles[line.place] = trouble
                self._say(f"doors at {line.place}: {trouble or 'they answer again'}")
        words = sum(unit.counts["unknown"] for unit in self._mqtt.units) if self._mqtt else 0
        if words != self._words and words & (words - 1) == 0:
            self._say(f"doors over MQTT: {words} states that are no words of theirs")
        self._words = words
