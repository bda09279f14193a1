"""Lifts in the file of doors: which speak Modbus TCP or MQTT, and how (docs/doors.md)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from amr_interop.doors.fields import Address, Claims, Controller, LineEntry, Topic, Word, Words, check_words

_Floors = Annotated[dict[Word, Annotated[int, Field(ge=1, le=65535)]], Field(min_length=2, max_length=100)]
_FloorWords = Annotated[dict[Word, Word], Field(min_length=2, max_length=100)]
_Path = Annotated[str, Field(min_length=1, max_length=128)]


def _check_floors(numbers: list[object]) -> None:
    if len(set(numbers)) < len(numbers):
        raise ValueError("floors: two levels are called the same")


class ModbusLift(Controller):
    """A lift behind a controller with Modbus TCP. floors: the number of each level of the site in registers.

    Written (holding registers): target_register, the floor where it shall stand with its door open, 0: nowhere;
    session_register, the number of who wants it, 0: nobody. Read in the table `registers`: floor_is, where it stands,
    0: it moves; session_is, the session that it obeys. Read in the table `inputs`: is_open and is_closed of its door,
    in_service (robots may use it), fire, fault.
    """

    lift: Word
    floors: _Floors
    target_register: Address
    session_register: Address
    registers: Literal["input_registers", "holding_registers"] = "input_registers"
    floor_is: Address
    session_is: Address
    is_open: Address
    is_closed: Address
    in_service: Address
    fire: Address | None = None
    fault: Address | None = None

    @model_validator(mode="after")
    def _places_differ(self) -> ModbusLift:
        _check_floors(list(self.floors.values()))
        places = [where for _, where in self.claims()]
        beat = () if self.heartbeat_register is None else (*self.line, "holding_registers", self.heartbeat_register)
        if len(set(places)) < len(places) or beat in places:
            raise ValueError("two of its registers or contacts are one")
        return self

    def claims(self) -> Claims:
        """Yield what it writes and reads, and where that is."""
        yield "target_register", (*self.line, "holding_registers", self.target_register)
        yield "session_register", (*self.line, "holding_registers", self.session_register)
        yield "floor_is", (*self.line, self.registers, self.floor_is)
        yield "session_is", (*self.line, self.registers, self.session_is)
        for name in ("is_open", "is_closed", "in_service", "fire", "fault"):
            if (address := getattr(self, name)) is not None:
                yield name, (*self.line, self.inputs, address)


class LiftFields(LineEntry):
    """Where in the JSON object of a lift's state its parts are, by dots."""

    floor: _Path = "floor"
    door: _Path = "door"
    motion: _Path = "motion"
    mode: _Path = "mode"
    session: _Path = "session"


class MqttLift(LineEntry):
    """A lift that hears and says JSON. floors: what it calls each level of the site. every: s between two states."""

    lift: Word
    command: Topic
    state: Topic
    floors: _FloorWords
    fields: LiftFields = LiftFields()
    says_open: Words = Field(default=["open"])
    says_closed: Words = Field(default=["closed"])
    says_moving: Words = Field(default=["opening", "closing", "moving"])
    says_stopped: Words = Field(default=["stopped"])
    says_up: Words = Field(default=["up"])
    says_down: Words = Field(default=["down"])
    says_robots: Words = Field(default=["agv"])
    says_people: Words = Field(default=["human"])
    says_fire: Words = Field(default=["fire"])
    says_fault: Words = Field(default=["fault", "offline"])
    every: float = Field(default=2.0, gt=0.0, le=5.0)

    @model_validator(mode="after")
    def _words_differ(self) -> MqttLift:
        _check_floors([word.casefold() for word in self.floors.values()])
        check_words(self.says_open, self.says_closed, self.says_moving)
        check_words(self.says_stopped, self.says_up, self.says_down)
        check_words(self.says_robots, self.says_people, self.says_fire, self.says_fault)
        if not (self.says_open and self.says_closed and self.says_stopped and self.says_robots):
            raise ValueError("it has no word for open, closed, stopped or robots")
        if self.command == self.state:
            raise ValueError("command and state are one topic")
        return self


class LiftSettings(LineEntry):
    """All lifts of a file."""

    modbus: Annotated[list[ModbusLift], Field(max_length=50)] = Field(default=[])
    mqtt: Annotated[list[MqttLift], Field(max_length=50)] = Field(default=[])

    @property
    def all(self) -> list[ModbusLift | MqttLift]:
        """The lifts, whatever they speak."""
        return [*self.modbus, *self.mqtt]

    @model_validator(mode="after")
    def _named_once(self) -> LiftSettings:
        names = [lift.lift for lift in self.all]
        if len(set(names)) < len(names):
            raise ValueError("one lift is named twice")
        return self
