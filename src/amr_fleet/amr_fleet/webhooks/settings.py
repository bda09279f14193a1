"""Who gets webhooks: a YAML file, read once at the start. No file, no webhooks.

Secrets are files of their own that only their owner can read; they are read again for each delivery, so a secret is
changed without a restart.
"""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from amr_core.errors import AmrError
from amr_fleet.settings_file import read_yaml
from amr_fleet.webhooks.guard import Network
from amr_fleet.webhooks.signing import secret_of

EventType = Literal[
    "order.created", "order.assigned", "order.picked", "order.delivered", "order.failed", "order.cancelled",
    "order.late", "order.held", "order.released", "order.requeued", "load.seen", "load.mismatch", "robot.unavailable",
]  # fmt: skip
_LARGEST_FILE: Final = 100_000
_Name = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,32}$")]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WebhookTarget(_Model):
    """One receiver. networks: the site's networks that it may be in; a public address needs none.

    secret_files: one, or two while a secret is changed (the new one first). events: none named = all.
    plain: http is allowed (inside a LAN). ca_file: certificate of the authority that signed the receiver's.
    """

    name: _Name
    url: Annotated[str, Field(max_length=500)]
    secret_files: Annotated[list[str], Field(min_length=1, max_length=3)]
    events: list[EventType] = []
    networks: list[str] = []
    plain: bool = False
    ca_file: str = ""
    timeout: float = Field(default=15.0, ge=1.0, le=60.0)

    @field_validator("networks")
    @classmethod
    def _networks_are_some(cls, given: list[str]) -> list[str]:
        for text in given:
            ipaddress.ip_network(text)
        return given

    @model_validator(mode="after")
    def _url_is_one(self) -> WebhookTarget:
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

    def allowed(self) -> list[Network]:
        """Return the networks that it may be in."""
        return [ipaddress.ip_network(text) for text in self.networks]

    def wants(self, kind: str) -> bool:
        """Return whether it gets events of a type."""
        return not self.events or kind in self.events

    def secrets(self) -> list[bytes]:
        """Read its secrets. Raises webhook.secret."""
        return [_read_secret(Path(path), self.name) for path in self.secret_files]


class WebhookSettings(_Model):
    """All targets. loopback: targets may be on this computer (tests, a program beside the fleet)."""

    targets: Annotated[list[WebhookTarget], Field(min_length=1, max_length=10)]
    loopback: bool = False

    @model_validator(mode="after")
    def _names_differ(self) -> WebhookSettings:
        names = [target.name for target in self.targets]
        if len(set(names)) < len(names):
            raise ValueError("two targets have one name")
        return self


def _read_secret(path: Path, name: str) -> bytes:
    try:
        if path.stat().st_mode & 0o077:
            raise AmrError("webhook.secret", target=name, reason=f"others can read {path.name}: chmod 600")
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise AmrError("webhook.secret", target=name, reason=f"{path.name} cannot be read") from error
    return secret_of(text, name)


def load_webhooks(path: str | Path) -> WebhookSettings:
    """Return the settings of a file. Raises parameter.invalid, or webhook.secret for a secret that is none."""
    raw = read_yaml(path, _LARGEST_FILE, "webhooks")
    try:
        settings = WebhookSettings.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        name = ".".join(map(str, first["loc"]))[:64] or "webhooks"
        reason = f"{first['msg']} ({Path(path).name})"
        raise AmrError("parameter.invalid", name=name, node="fleet", reason=reason) from error
    for target in settings.targets:
        target.secrets()
    return settings
