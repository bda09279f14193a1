"""Which log servers are told: a YAML file, read once at the start. No file, nobody."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import Field, field_validator, model_validator

from amr_core.settings_file import FrozenModel, check_names, read_model
from amr_fleet.syslog.message import FACILITIES, LEAST
from amr_fleet.webhooks.endpoint import Endpoint

Transport = Literal["tls", "tcp", "udp"]
SyslogSource = Literal["journal", "alarms", "audit"]
_PORTS: Final[dict[Transport, int]] = {"tls": 6514, "tcp": 601, "udp": 514}
_HOST: Final = re.compile(r"[A-Za-z0-9:._-]{1,253}")
_LARGEST_FILE: Final = 100_000


class SyslogReceiver(Endpoint):
    """One log server. port 0: that of the transport (6514, 601, 514). send: alarms are a part of the journal.

    certificate, key: PEM files with which the fleet shows who it is, TLS only. longest: octets of a message.
    """

    host: str
    port: int = Field(default=0, ge=0, le=65535)
    transport: Transport = "tls"
    facility: str = "local0"
    send: list[SyslogSource] = Field(
        default_factory=lambda: list[SyslogSource](("journal", "audit")), min_length=1, max_length=3
    )
    certificate: str = ""
    key: str = ""
    longest: int = Field(default=2048, ge=LEAST, le=60_000)

    @field_validator("host")
    @classmethod
    def _host_is_one(cls, given: str) -> str:
        if not _HOST.fullmatch(given):
            raise ValueError("host must be a name or an address")
        return given

    @field_validator("facility")
    @classmethod
    def _facility_is_known(cls, given: str) -> str:
        if given not in FACILITIES:
            raise ValueError(f"facility must be one of {', '.join(FACILITIES)}")
        return given

    @model_validator(mode="after")
    def _transport_is_meant(self) -> Self:
        if (self.transport == "tls") == self.plain:
            raise ValueError("udp and tcp need plain: true, tls must not have it: without TLS anybody on the way reads")
        if bool(self.certificate) != bool(self.key) or (self.certificate and self.plain):
            raise ValueError("certificate and key come together, with transport tls")
        if {"journal", "alarms"} <= set(self.send):
            raise ValueError("send: alarms are in the journal already")
        for path in (self.certificate, self.key, self.ca_file):
            if path and not Path(path).is_file():
                raise ValueError(f"there is no file {path[:200]}")
        return self

    @property
    def at(self) -> int:
        """The port."""
        return self.port or _PORTS[self.transport]


class SyslogSettings(FrozenModel):
    """All receivers. most_behind: entries that are caught up with at most; loopback: they may be on this computer."""

    receivers: Annotated[list[SyslogReceiver], Field(min_length=1, max_length=4)]
    most_behind: int = Field(default=100_000, ge=100, le=10_000_000)
    loopback: bool = False

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        check_names("receivers", [receiver.name for receiver in self.receivers])
        return self


def load_syslog(path: str | Path) -> SyslogSettings:
    """Return the settings of a file. Raises parameter.invalid."""
    return read_model(path, _LARGEST_FILE, "syslog", SyslogSettings)
