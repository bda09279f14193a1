"""Doors and lifts that hear commands and say states over MQTT, in words of their own.

A state that the broker had kept is ignored: nobody knows from when it is. So is every state from before a connection
was lost. A door that does not say its state again within `every` s is OFFLINE. Commands go with QoS 0: what needs a
receipt the client would keep over a cut and say when the line is back, when the fleet may want something else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from amr_core.conveyors import BeltState
from amr_core.doors import DoorMode
from amr_interop.doors.lift_settings import MqttLift
from amr_interop.doors.mqtt_lift import MqttLiftUnit
from amr_interop.doors.payloads import LastSaid, by_word, word_at
from amr_interop.doors.settings import MqttDoor
from amr_interop.mqtt.link import Broker, MqttLink, PlainLetter


class MqttUnit:
    """One door."""

    def __init__(self, how: MqttDoor, link: MqttLink) -> None:
        self.how, self._link = how, link
        self.state_topic = how.state
        self.counts: Counter[str] = Counter()
        self._said = LastSaid[DoorMode](how.every)
        self._belt = LastSaid[BeltState](how.every)
        self._opening = False
        words: dict[DoorMode, Sequence[str]] = {
            "OPEN": how.says_open, "CLOSED": how.says_closed, "OPENING": how.says_moving, "FAULT": how.says_fault,
        }  # fmt: skip
        self._modes = by_word(words)
        loads: dict[BeltState, Sequence[str]] = {"LOAD": how.says_load, "FREE": how.says_free}
        self._loads = by_word(loads)

    def tell(self, _now: float, *, open_it: bool) -> None:
        """Have it told to be open or closed; what a cut takes is lost, and the fleet asks again."""
        self._opening = open_it
        self._link.send(PlainLetter(self.how.command, self.how.open if open_it else self.how.close))

    def mode(self, now: float) -> DoorMode:
        """Return how it is."""
        mode = self._said.at(now) or "OFFLINE"
        return "CLOSING" if mode == "OPENING" and not self._opening else mode

    def belt(self, now: float) -> BeltState:
        """Return what its load sensor says; UNKNOWN when it has none, or said nothing lately."""
        return self._belt.at(now) or "UNKNOWN"

    def hear(self, now: float, payload: bytes) -> None:
        """Take what it says; what is no word of its states is UNKNOWN and counted."""
        word = word_at(payload, self.how.field)
        mode = None if word is None else self._modes.get(word.strip().casefold())
        belt: BeltState | None = "UNKNOWN"
        if self.how.has_sensor:
            load = word_at(payload, self.how.load_field)
            belt = None if load is None else self._loads.get(load.strip().casefold())
        self.counts["unknown"] += mode is None or belt is None
        self._said.put(mode or "UNKNOWN", now)
        self._belt.put(belt or "UNKNOWN", now)

    def forget(self) -> None:
        """The connection was lost: what it said before is of before."""
        self._said.forget()
        self._belt.forget()


class MqttListener(Protocol):
    """A door or lift on a broker."""

    @property
    def state_topic(self) -> str:
        """Where it says its state."""

    @property
    def counts(self) -> Counter[str]:
        """How often what came."""

    def hear(self, now: float, payload: bytes) -> None:
        """Take what it says (s)."""

    def forget(self) -> None:
        """The connection was lost: what it said before is of before."""


class MqttDoors:
    """All doors and lifts of one broker. `step` takes what came; everything happens in the owner's thread."""

    def __init__(
        self, broker: Broker, client_id: str, doors: Sequence[MqttDoor], lifts: Sequence[MqttLift] = ()
    ) -> None:
        self.link = MqttLink(
            broker, client_id, sorted({*(door.state for door in doors), *(lift.state for lift in lifts)})
        )
        self.units = [MqttUnit(door, self.link) for door in doors]
        self.lifts = [MqttLiftUnit(lift, self.link) for lift in lifts]
        self._listeners: list[MqttListener] = [*self.units, *self.lifts]
        self._connects = 0

    @property
    def unknown(self) -> int:
        """How many states could not be read."""
        return sum(unit.counts["unknown"] for unit in self._listeners)

    def step(self, now: float) -> None:
        """Hear what they said (s)."""
        connects = self.link.connects if self.link.ready else 0
        if connects != self._connects:
            self._connects = connects
            for unit in self._listeners:
                unit.forget()
        for message in self.link.take():
            if message.retained or not connects:
                continue
            for unit in self._listeners:
                if unit.state_topic == message.topic:
                    unit.hear(now, message.payload)
