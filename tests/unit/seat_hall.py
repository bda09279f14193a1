"""A broker and the gateways at it, without a network, for tests of who leads the robots."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from amr_core.vda5050 import Leader, RobotState
from amr_interop.mqtt.seat import SEAT, Seat

A, B = Leader("journal-a", 3), Leader("journal-b", 1)


@dataclass
class Hall:
    """A broker and the gateways at it; all hear everything in one order. keeps: whether it serves the topics at all."""

    keeps: bool = True
    now: float = 100.0
    kept: bytes = b""
    seats: dict[str, Seat] = field(default_factory=dict)
    fleets: dict[str, Leader] = field(default_factory=dict)
    down: set[str] = field(default_factory=set)

    def add(self, name: str, own: Leader) -> Seat:
        seat = Seat(name, lambda: self.now)
        self.seats[name], self.fleets[name] = seat, own
        seat.beats(own)
        self._greet(seat)
        return seat

    def _greet(self, seat: Seat) -> None:
        if self.kept:
            seat.heard(SEAT, self.kept)

    def link(self, name: str, up: bool) -> None:
        if up and name in self.down:
            self.down.discard(name)
            self._greet(self.seats[name])
        elif not up:
            self.down.add(name)

    def say(self, topic: str, payload: bytes) -> None:
        if topic == SEAT:
            self.kept = payload
        for name, seat in self.seats.items():
            if name not in self.down:
                seat.heard(topic, payload)

    def run(self, seconds: float) -> None:
        for _ in range(round(10 * seconds)):
            self.now += 0.1
            said: deque[tuple[str, bytes]] = deque()
            for name, seat in self.seats.items():
                if name in self.fleets:
                    seat.beats(self.fleets[name])
                said += [(x.topic, x.payload) for x in seat.step(name not in self.down)]
            for topic, payload in said if self.keeps else ():
                self.say(topic, payload)

    @property
    def leading(self) -> list[str]:
        return [name for name, seat in self.seats.items() if seat.leads]


def state() -> RobotState:
    return RobotState(robot="amr_01", leader=None)
