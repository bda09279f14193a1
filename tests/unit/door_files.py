"""What the tests of door adapters share: files of doors and what waits for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from amr_interop.doors.mqtt import MqttDoors
from amr_interop.doors.settings import MqttDoor
from amr_interop.mqtt.link import Broker, PlainLetter, Received

DRIVEN = ("south", "north", "gate")


def written(folder: Path, text: str) -> Path:
    file = folder / "doors.yaml"
    file.write_text(text, encoding="utf-8")
    return file


M = "modbus:\n  - {door: south, host: h, open_coil: 0, is_open: 0, is_closed: 1%s}\n"


class Wire:
    """A link that is what the test says."""

    def __init__(self) -> None:
        self.ready, self.connects = True, 1
        self.sent: list[PlainLetter] = []
        self.came: list[Received] = []

    def send(self, letter: PlainLetter) -> bool:
        self.sent.append(letter)
        return True

    def take(self) -> list[Received]:
        came, self.came = self.came, []
        return came

    def say(self, payload: str | bytes, topic: str = "b", *, retained: bool = False) -> None:
        self.came.append(Received(topic, payload if isinstance(payload, bytes) else payload.encode(), retained))


def made(**how: Any) -> tuple[MqttDoors, Wire, Any]:
    doors = MqttDoors(Broker(port=1), "test", [MqttDoor(door="gate", command="a", state="b", **how)])
    wire: Any = Wire()
    doors.link = doors.units[0]._link = wire
    return doors, wire, doors.units[0]
