"""Which doors speak Modbus TCP or MQTT, and how: a YAML file (docs/doors.md), read once at the start."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from amr_core.errors import AmrError
from amr_core.settings_file import read_model
from amr_interop.mqtt.link import Broker

NODE: Final = "door_adapter"
_LARGEST_FILE: Final = 100_000
_Address = Annotated[int, Field(ge=0, le=65535)]
_Word = Annotated[str, Field(min_length=1, max_length=128)]
_Words = Annotated[list[_Word], Field(max_length=20)]
# Neither wildcards, nor what a broker keeps for itself.
_Topic = Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[^+#$\x00-\x1f][^+#\x00-\x1f]*$")]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ModbusDoor(_Model):
    """A door behind a controller with Modbus TCP. Addresses count from 0, as they are on the line.

    open_coil: written true to open and false to close; is_open, is_closed, fault: limit switches and fault contact, in
    the table `inputs`; heartbeat_register: a holding register that counts on each second while the fleet is heard.
    """

    door: _Word
    host: Annotated[str, Field(min_length=1, max_length=255)]
    port: int = Field(default=502, ge=1, le=65535)
    unit: int = Field(default=1, ge=0, le=255)
    open_coil: _Address
    is_open: _Address
    is_closed: _Address
    fault: _Address | None = None
    inputs: Literal["discrete_inputs", "coils"] = "discrete_inputs"
    heartbeat_register: _Address | None = None

    @model_validator(mode="after")
    def _switches_differ(self) -> ModbusDoor:
        switches = [self.is_open, self.is_closed, *([] if self.fault is None else [self.fault])]
        if len(set(switches)) < len(switches):
            raise ValueError("is_open, is_closed and fault are three different inputs")
        if self.inputs == "coils" and self.open_coil in switches:
            raise ValueError("open_coil is what is written, a switch is what is read: they differ")
        return self


class MqttDoor(_Model):
    """A door that hears and says words. Words of states are compared without regard to case.

    field: where in a JSON object the word of the state is, by dots ("" = the whole payload is the word); every: s
    within which the door says its state again and again, on change or not.
    """

    door: _Word
    command: _Topic
    state: _Topic
    open: _Word = "OPEN"
    close: _Word = "CLOSE"
    says_open: _Words = ["open"]
    says_closed: _Words = ["closed"]
    says_moving: _Words = ["opening", "closing", "moving"]
    says_fault: _Words = ["fault"]
    field: Annotated[str, Field(max_length=128)] = ""
    every: float = Field(default=2.0, gt=0.0, le=5.0)

    @model_validator(mode="after")
    def _words_differ(self) -> MqttDoor:
        said = [w.casefold() for w in (*self.says_open, *self.says_closed, *self.says_moving, *self.says_fault)]
        if len(set(said)) < len(said):
            raise ValueError("one word says two states")
        if not self.says_open or not self.says_closed:
            raise ValueError("it has no word for open, or none for closed")
        if self.open == self.close:
            raise ValueError("open and close are one word")
        if self.command == self.state:
            raise ValueError("command and state are one topic")
        return self


class BrokerFile(_Model):
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


class DoorSettings(_Model):
    """All doors of a file."""

    modbus: Annotated[list[ModbusDoor], Field(max_length=200)] = []
    mqtt: Annotated[list[MqttDoor], Field(max_length=200)] = []
    broker: BrokerFile | None = None

    @property
    def names(self) -> list[str]:
        """The doors, by their ids in the site file."""
        return [*(d.door for d in self.modbus), *(d.door for d in self.mqtt)]

    @model_validator(mode="after")
    def _fits_together(self) -> DoorSettings:
        if not self.names:
            raise ValueError("it names no door")
        if len(set(self.names)) < len(self.names):
            raise ValueError("one door is named twice")
        if bool(self.mqtt) != (self.broker is not None):
            raise ValueError("mqtt and broker belong together")
        return self

    def claims(self) -> Iterator[tuple[str, tuple[object, ...]]]:
        """Yield each place of the file that says where on a line something of one door is, and where that is."""
        for i, d in enumerate(self.modbus):
            line = (d.host.casefold().rstrip("."), d.port, d.unit)
            yield f"modbus.{i}.open_coil", (*line, "coils", d.open_coil)
            for name, address in (("is_open", d.is_open), ("is_closed", d.is_closed), ("fault", d.fault)):
                if address is not None:
                    yield f"modbus.{i}.{name}", (*line, d.inputs, address)
        for i, door in enumerate(self.mqtt):
            yield f"mqtt.{i}.command", (door.command,)
        commands = {door.command for door in self.mqtt}
        for i, door in enumerate(self.mqtt):
            yield f"mqtt.{i}.state", (door.state,) if door.state in commands else (door.state, door.field)


def _secret(path: Path) -> str:
    try:
        if path.stat().st_mode & 0o077:
            raise _invalid("broker.secret_file", f"others can read {path.name}: chmod 600")
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise _invalid("broker.secret_file", f"{path.name} cannot be read") from error


def load_doors(path: str | Path, driven: Collection[str]) -> DoorSettings:
    """Return the doors of a file. driven: ids of the doors that robots of the site drive through.

    Raises parameter.invalid, run.bad_option, or mqtt.unreachable for certificates that are none.
    """
    settings = read_model(path, _LARGEST_FILE, "doors", DoorSettings, NODE)
    _nothing_shared(settings, Path(path).name)
    for name in settings.names:
        if name not in driven:
            raise _invalid("doors", f"robots drive through no door {name} ({Path(path).name})")
    if settings.broker is not None:
        _ = settings.broker.broker
    return settings


def _nothing_shared(settings: DoorSettings, file: str) -> None:
    """Raise parameter.invalid when two doors have one coil, switch, command or state: robots would trust the wrong."""
    seen: dict[tuple[object, ...], str] = {}
    for place, where in settings.claims():
        if (first := seen.setdefault(where, place)) != place:
            raise _invalid(place, f"it is what {first} is: each door has its own ({file})")


def _invalid(name: str, reason: str) -> AmrError:
    return AmrError("parameter.invalid", name=name, node=NODE, reason=reason)
