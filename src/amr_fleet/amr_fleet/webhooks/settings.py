"""Who gets webhooks: a YAML file, read once at the start. No file, no webhooks.

Secrets are files of their own that only their owner can read; they are read again for each delivery, so a secret is
changed without a restart.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from amr_core.errors import AmrError
from amr_core.settings_file import FrozenModel, check_names, read_model
from amr_fleet.webhooks.endpoint import HttpEndpoint
from amr_fleet.webhooks.signing import secret_of

EventType = Literal[
    "order.created", "order.assigned", "order.picked", "order.delivered", "order.failed", "order.cancelled",
    "order.late", "order.held", "order.released", "order.requeued", "load.seen", "load.mismatch", "robot.unavailable",
]  # fmt: skip
_LARGEST_FILE: Final = 100_000


class WebhookTarget(HttpEndpoint):
    """One receiver. events: none named = all. secret_files: one, or two while it is changed, the new one first."""

    secret_files: Annotated[list[str], Field(min_length=1, max_length=3)]
    events: list[EventType] = Field(default_factory=list)

    def wants(self, kind: str) -> bool:
        """Return whether it gets events of a type."""
        return not self.events or kind in self.events

    def secrets(self) -> list[bytes]:
        """Read its secrets. Raises webhook.secret."""
        return [_read_secret(Path(path), self.name) for path in self.secret_files]


class WebhookSettings(FrozenModel):
    """All targets. loopback: targets may be on this computer (tests, a program beside the fleet)."""

    targets: Annotated[list[WebhookTarget], Field(min_length=1, max_length=10)]
    loopback: bool = False

    @model_validator(mode="after")
    def _names_differ(self) -> WebhookSettings:
        check_names("targets", [target.name for target in self.targets])
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
    settings = read_model(path, _LARGEST_FILE, "webhooks", WebhookSettings)
    for target in settings.targets:
        target.secrets()
    return settings
