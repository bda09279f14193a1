"""What the settings of everything that the fleet calls over the network have in common."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Self
from urllib.parse import SplitResult, urlsplit

from pydantic import Field, field_validator, model_validator

from amr_core.settings_file import FrozenModel
from amr_fleet.webhooks.guard import Network

Name = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,32}$")]


class Endpoint(FrozenModel):
    """networks: the site's networks that it may be in; a public address needs none. ca_file: its authority, "" = known.

    plain: without TLS (inside a LAN that you trust). timeout: s for a try as a whole.
    """

    name: Name
    networks: list[str] = Field(default_factory=list)
    plain: bool = False
    ca_file: str = ""
    timeout: float = Field(default=15.0, ge=1.0, le=60.0)

    @field_validator("networks")
    @classmethod
    def _networks_are_some(cls, given: list[str]) -> list[str]:
        for text in given:
            ipaddress.ip_network(text)
        return given

    def allowed(self) -> list[Network]:
        """Return the networks that it may be in."""
        return [ipaddress.ip_network(text) for text in self.networks]


class HttpEndpoint(Endpoint):
    """What is posted to. url: https, or http where plain."""

    url: Annotated[str, Field(max_length=500)]

    @model_validator(mode="after")
    def _url_is_one(self) -> Self:
        parts = self.parts
        if parts.scheme not in ("https", "http") or not parts.hostname:
            raise ValueError("url must be https://host/path")
        if parts.scheme == "http" and not self.plain:
            raise ValueError("http needs plain: true")
        if parts.username is not None or parts.password is not None or parts.fragment:
            raise ValueError("url must not hold a user, a password or a fragment")
        parts.port  # noqa: B018  (raises ValueError for a port that is none)
        return self

    @property
    def parts(self) -> SplitResult:
        """The url in parts."""
        return urlsplit(self.url)

    @property
    def port(self) -> int:
        """The port, 443 or 80 when the url names none."""
        return self.parts.port or (443 if self.parts.scheme == "https" else 80)
