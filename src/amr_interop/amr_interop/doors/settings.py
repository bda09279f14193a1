"""Which doors and lifts speak Modbus TCP or MQTT, and how: a YAML file (docs/doors.md), read once at the start."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, model_validator

from amr_core.errors import AmrError
from amr_core.settings_file import read_model
from amr_core.site import Site
from amr_interop.doors.fields import Address, Claims, Controller, LineEntry, Topic, Word, Words, check_words
from amr_interop.doors.lift_settings import LiftSettings
from amr_interop.mqtt.link import Broker

NODE: Final = "door_adapter"
_LARGEST_FILE: Final = 100_000


class ModbusDoor(Controller):
    """A door behind a controller with Modbus TCP.

    open_coil: written true to open and false to close; is_open, is_closed, fault: limit switches and fault contact, in
    the table `inputs`; load: contact of a conveyor's load sensor, set while a load lies there.
    """

    door: Word
    open_coil: Address
    is_open: Address
    is_closed: Address
    fault: Address | None = None
    load: Address | None = None

    @property
    def has_sensor(self) -> bool:
        """It says whether a load lies there."""
        return self.load is not None

    @model_validator(mode="after")
    def _switches_differ(self) -> ModbusDoor:
        switches = [self.is_open, self.is_closed, *(one for one in (self.fault, self.load) if one is not None)]
        if len(set(switches)) < len(switches):
            raise ValueError("is_open, is_closed, fault and load are different inputs")
        if self.inputs == "coils" and self.open_coil in switches:
            raise ValueError("open_coil is what is written, a switch is what is read: they differ")
        return self

    def claims(self) -> Claims:
        """Yield what it writes and reads, and where that is."""
        yield "open_coil", (*self.line, "coils", self.open_coil)
        for name in ("is_open", "is_closed", "fault", "load"):
            if (address := getattr(self, name)) is not None:
                yield name, (*self.line, self.inputs, address)


class MqttDoor(LineEntry):
    """A door that hears and says words. Words of states are compared without regard to case.

    field: where in a JSON object the word of the state is, by dots ("" = the whole payload is the word); every: s
    within which the door says its state again and again, on change or not; load_field: where in that object the load
    sensor of a conveyor stands: a word, or true and false.
    """

    door: Word
    command: Topic
    state: Topic
    open: Word = "OPEN"
    close: Word = "CLOSE"
    says_open: Words = Field(default=["open"])
    says_closed: Words = Field(default=["closed"])
    says_moving: Words = Field(default=["opening", "closing", "moving"])
    says_fault: Words = Field(default=["fault"])
    field: Annotated[str, Field(max_length=128)] = ""
    load_field: Annotated[str, Field(max_length=128)] = ""
    says_load: Words = Field(default=["load", "true"])
    says_free: Words = Field(default=["free", "false"])
    every: float = Field(default=2.0, gt=0.0, le=5.0)

    @property
    def has_sensor(self) -> bool:
        """It says whether a load lies there."""
        return bool(self.load_field)

    @model_validator(mode="after")
    def _words_differ(self) -> MqttDoor:
        check_words(self.says_open, self.says_closed, self.says_moving, self.says_fault)
        if not self.says_open or not self.says_closed:
            raise ValueError("it has no word for open, or none for closed")
        check_words(self.says_load, self.says_free)
        if self.load_field and (not self.field or self.load_field == self.field):
            raise ValueError("load_field needs a state that is a JSON object, whose field is another one")
        if self.load_field and not (self.says_load and self.says_free):
            raise ValueError("it has no word for a load, or none for a free place")
        if self.open == self.close:
            raise ValueError("open and close are one word")
        if self.command == self.state:
            raise ValueError("command and state are one topic")
        return self


class BrokerFile(LineEntry):
    """Where the doors' broker is: HOST:PORT; PEM files for TLS, without ca the line is open; a user, its secret file.

    secret_file: holds the password of the user; only its owner can read it.
    """

    address: str
    ca: str = ""
    certificate: str = ""
    key: str = ""
    user: str = ""
    secret_file: str = ""

    @property
    def broker(self) -> Broker:
        """The broker; raises run.bad_option or parameter.invalid."""
        password = _secret(Path(self.secret_file)) if self.secret_file else ""
        return Broker.parse(
            self.address, ca=self.ca, certificate=self.certificate, key=self.key, user=self.user, password=password
        )


class DoorSettings(LineEntry):
    """All doors and lifts of a file."""

    modbus: Annotated[list[ModbusDoor], Field(max_length=200)] = Field(default=[])
    mqtt: Annotated[list[MqttDoor], Field(max_length=200)] = Field(default=[])
    lifts: LiftSettings = LiftSettings()
    broker: BrokerFile | None = None

    @property
    def names(self) -> list[str]:
        """The doors, by their ids in the site file."""
        return [*(d.door for d in self.modbus), *(d.door for d in self.mqtt)]

    @property
    def sensors(self) -> list[str]:
        """The conveyors among them whose load sensor the file names."""
        modbus, mqtt = [d.door for d in self.modbus if d.has_sensor], [d.door for d in self.mqtt if d.has_sensor]
        return [*modbus, *mqtt]

    @property
    def needs_pymodbus(self) -> bool:
        """Something of it speaks Modbus TCP."""
        return bool(self.modbus or self.lifts.modbus)

    @model_validator(mode="after")
    def _fits_together(self) -> DoorSettings:
        if not self.names and not self.lifts.all:
            raise ValueError("it names no door and no lift")
        if len(set(self.names)) < len(self.names):
            raise ValueError("one door is named twice")
        if bool(self.mqtt or self.lifts.mqtt) != (self.broker is not None):
            raise ValueError("mqtt and broker belong together")
        return self

    def claims(self) -> Claims:
        """Yield each place of the file that says where on a line something of a door or lift is, and where that is."""
        entries = [("modbus", i, entry.claims()) for i, entry in enumerate(self.modbus)]
        entries += [("lifts.modbus", i, entry.claims()) for i, entry in enumerate(self.lifts.modbus)]
        for group, i, claims in entries:
            yield from ((f"{group}.{i}.{name}", where) for name, where in claims)
        hears = [("mqtt", i, door.command) for i, door in enumerate(self.mqtt)]
        hears += [("lifts.mqtt", i, lift.command) for i, lift in enumerate(self.lifts.mqtt)]
        yield from ((f"{group}.{i}.command", (topic,)) for group, i, topic in hears)
        # A lift's state is the whole message: a field of it that is another's state would be a second meaning.
        whole = {topic for _, _, topic in hears} | {lift.state for lift in self.lifts.mqtt}
        for i, lift in enumerate(self.lifts.mqtt):
            yield f"lifts.mqtt.{i}.state", (lift.state,)
        for i, door in enumerate(self.mqtt):
            yield f"mqtt.{i}.state", (door.state,) if door.state in whole else (door.state, door.field)


def _secret(path: Path) -> str:
    try:
        if path.stat().st_mode & 0o077:
            raise _invalid("broker.secret_file", f"others can read {path.name}: chmod 600")
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise _invalid("broker.secret_file", f"{path.name} cannot be read") from error


def load_doors(
    path: str | Path,
    driven: Collection[str],
    lifts: Mapping[str, Collection[str]] | None = None,
    sensors: Collection[str] = (),
) -> DoorSettings:
    """Return the doors and lifts of a file. driven: ids of the doors that robots of the site drive through.

    lifts: the levels of the site's lifts; sensors: the conveyors with a load sensor. Raises parameter.invalid,
    run.bad_option, or mqtt.unreachable for certificates that are none.
    """
    settings = read_model(path, _LARGEST_FILE, "doors", DoorSettings, NODE)
    name = Path(path).name
    _nothing_shared(settings, name)
    for door in settings.names:
        if door not in driven:
            raise _invalid("doors", f"no door that robots drive through, and no conveyor, is {door} ({name})")
    for door in settings.names:
        if (named := door in settings.sensors) != (door in sensors):
            has = "has no load_sensor" if named else "has a load_sensor, and the file does not say where it is"
            raise _invalid("doors", f"{door} of the site {has} ({name})")
    for lift in settings.lifts.all:
        levels = (lifts or {}).get(lift.lift)
        if levels is None:
            raise _invalid("lifts", f"the site has no lift {lift.lift} ({name})")
        if set(levels) != set(lift.floors):
            raise _invalid("lifts", f"lift {lift.lift} stops at {', '.join(levels)}: floors names all of them ({name})")
    if settings.broker is not None:
        _ = settings.broker.broker
    return settings


def load_for(site: Site, path: str | Path) -> DoorSettings:
    """Return the doors and lifts of a file that belong to a site; raises what load_doors raises."""
    lifts = {lift.id: [stop.level for stop in lift.stops] for lift in site.lifts}
    doors = [*(door.id for door in site.driven_doors), *(conveyor.id for conveyor in site.conveyors)]
    return load_doors(path, doors, lifts, [conveyor.id for conveyor in site.conveyors if conveyor.load_sensor])


def _nothing_shared(settings: DoorSettings, file: str) -> None:
    """Raise parameter.invalid when two doors or lifts share a place on a line: robots would trust the wrong one."""
    seen: dict[tuple[object, ...], str] = {}
    for place, where in settings.claims():
        if (first := seen.setdefault(where, place)) != place:
            raise _invalid(place, f"it is what {first} is: each door and lift has its own ({file})")
    for how in (*settings.modbus, *settings.lifts.modbus):
        beat = (*how.line, "holding_registers", how.heartbeat_register)
        if beat in seen:
            raise _invalid(seen[beat], f"a heartbeat register is what it is, too ({file})")


def _invalid(name: str, reason: str) -> AmrError:
    return AmrError("parameter.invalid", name=name, node=NODE, reason=reason)
