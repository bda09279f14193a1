"""Which neighbours are told of the fleet: a YAML file, read once at the start. No file, nobody."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal, Self
from urllib.parse import SplitResult, urlsplit
from uuid import UUID

from pydantic import Field, FiniteFloat, field_validator, model_validator

from amr_core.settings_file import FrozenModel, check_names, read_model
from amr_fleet.webhooks.endpoint import Endpoint, HttpEndpoint

StateNames = Literal["current", "1.0"]
_LARGEST_FILE: Final = 100_000
_THIS_COMPUTER: Final = ("127.0.0.1", "::1", "localhost")
_Word = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]+$")]


class OpenRmf(FrozenModel):
    """What Open-RMF reads on /fleet_states. fleet, level: their names there; x, y (m), yaw (rad): our map in its frame.

    levels: of a site with several, our id -> name there; one that is not in it has our id. hz: how often it is said.
    """

    fleet: _Word
    level: _Word = "L1"
    levels: dict[str, _Word] = Field(default_factory=dict, max_length=100)
    hz: float = Field(default=2.0, ge=1.0, le=5.0)
    x: FiniteFloat = 0.0
    y: FiniteFloat = 0.0
    yaw: FiniteFloat = 0.0


class StatusReceiver(Endpoint):
    """One that hears the status of robots. url: wss, or ws where plain; states: whose names of states it knows."""

    url: Annotated[str, Field(max_length=500)]
    states: StateNames = "current"

    @model_validator(mode="after")
    def _url_is_one(self) -> Self:
        parts = self.parts
        if parts.scheme not in ("wss", "ws") or not parts.hostname:
            raise ValueError("url must be wss://host/path")
        if (parts.scheme == "ws") != self.plain:
            raise ValueError("ws needs plain: true, wss must not have it: without TLS anybody on the way reads")
        if parts.username is not None or parts.password is not None or parts.fragment:
            raise ValueError("url must not hold a user, a password or a fragment")
        parts.port  # noqa: B018  (raises ValueError for a port that is none)
        if self.ca_file and not Path(self.ca_file).is_file():
            raise ValueError(f"there is no file {self.ca_file[:200]}")
        return self

    @property
    def parts(self) -> SplitResult:
        """The url in parts."""
        return urlsplit(self.url)

    @property
    def port(self) -> int:
        """The port, 443 or 80 when the url names none."""
        return self.parts.port or (443 if self.parts.scheme == "wss" else 80)


class MassRobotics(FrozenModel):
    """Who hears the AMR Interoperability Standard, and what it hears of whom.

    datum: the UUID of the map's frame at this site, "" = one of our own; datums: of a site with several levels, level
    -> UUID; serials: robot -> serial number, a robot that is not in it has its name; hz: how often each robot's status
    is sent; loopback: receivers on this computer, too.
    """

    manufacturer: _Word
    receivers: Annotated[list[StatusReceiver], Field(min_length=1, max_length=4)]
    datum: str = ""
    datums: dict[str, str] = Field(default_factory=dict, max_length=100)
    serials: dict[str, _Word] = Field(default_factory=dict, max_length=1000)
    hz: float = Field(default=1.0, ge=0.1, le=2.0)
    loopback: bool = False

    @field_validator("datum")
    @classmethod
    def _datum_is_a_uuid(cls, given: str) -> str:
        return str(UUID(given)) if given else ""

    @field_validator("datums")
    @classmethod
    def _datums_are_uuids(cls, given: dict[str, str]) -> dict[str, str]:
        return {level: str(UUID(datum)) for level, datum in given.items()}

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        check_names("receivers", [receiver.name for receiver in self.receivers])
        if len(set(self.serials.values())) < len(self.serials):
            raise ValueError("two robots have one serial number")
        return self


class Foxglove(FrozenModel):
    """Where Foxglove comes in. certificate, key: PEM files, needed unless host is this computer; most: clients."""

    port: int = Field(default=8766, ge=1, le=65535)
    host: str = Field(default="127.0.0.1", max_length=253)
    certificate: str = ""
    key: str = ""
    most: int = Field(default=4, ge=1, le=16)

    @model_validator(mode="after")
    def _nobody_reads_along(self) -> Self:
        if bool(self.certificate) != bool(self.key):
            raise ValueError("certificate and key come together")
        if self.host not in _THIS_COMPUTER and not self.certificate:
            raise ValueError("from other computers only with certificate and key: a token comes with the address")
        for path in (self.certificate, self.key):
            if path and not Path(path).is_file():
                raise ValueError(f"there is no file {path[:200]}")
        return self


class Tracing(HttpEndpoint):
    """A collector of OpenTelemetry. url: https://host:4318/v1/traces; loopback: it may be on this computer."""

    name: str = "collector"
    loopback: bool = False
    timeout: float = Field(default=5.0, ge=1.0, le=30.0)

    @model_validator(mode="after")
    def _ca_is_there(self) -> Self:
        if self.ca_file and not Path(self.ca_file).is_file():
            raise ValueError(f"there is no file {self.ca_file[:200]}")
        return self


class NeighbourSettings(FrozenModel):
    """All neighbours; one that is not in the file is not told."""

    open_rmf: OpenRmf | None = None
    massrobotics: MassRobotics | None = None
    foxglove: Foxglove | None = None
    tracing: Tracing | None = None


def load_neighbours(path: str | Path) -> NeighbourSettings:
    """Return the settings of a file. Raises parameter.invalid."""
    return read_model(path, _LARGEST_FILE, "neighbours", NeighbourSettings)
