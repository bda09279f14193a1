"""Who says who people are: a YAML file, read once at the start. No file: only passwords and PINs.

An administrator is never made here: who may everything is named in the fleet itself.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from amr_core.errors import AmrError
from amr_core.settings_file import read_model
from amr_fleet.webhooks.endpoint import Endpoint

SignedWith = Literal["RS256", "PS256", "ES256"]
MappedRole = Literal["worker", "viewer", "authority", "operator", "engineer"]
CALLBACK: Final = "/api/v1/oidc/callback"
_LARGEST_FILE: Final = 100_000
_Text = Annotated[str, Field(min_length=1, max_length=255)]


class OidcSettings(Endpoint):
    """One provider. issuer: exactly what its tokens say; url: where browsers reach the dashboard; label: of the button.

    secret_file: of the client, mode 0600, "" = a client without one. name_claim: becomes the name of an account that is
    made; role_claim: a text or a list, whose values roles turns into roles here. loopback: for tests.
    """

    issuer: _Text
    client_id: _Text
    url: _Text
    label: Annotated[str, Field(min_length=1, max_length=40)]
    roles: Annotated[dict[_Text, MappedRole], Field(min_length=1, max_length=50)]
    secret_file: str = ""
    scopes: list[Annotated[str, Field(pattern=r"^[\x21\x23-\x5b\x5d-\x7e]{1,64}$")]] = Field(
        default_factory=lambda: ["openid", "profile"], max_length=20
    )
    name_claim: _Text = "preferred_username"
    role_claim: _Text = "groups"
    algorithms: list[SignedWith] = Field(
        default_factory=lambda: list[SignedWith](("RS256", "PS256", "ES256")), min_length=1
    )
    loopback: bool = False

    @model_validator(mode="after")
    def _addresses_are_meant(self) -> Self:
        for name in ("issuer", "url"):
            parts = urlsplit(getattr(self, name))
            if parts.scheme not in (("https", "http") if self.plain else ("https",)) or not parts.hostname:
                raise ValueError(f"{name} must be https://host (http only with plain: true)")
            if parts.query or parts.fragment or parts.username is not None:
                raise ValueError(f"{name} must not hold a query, a fragment or a user")
        if urlsplit(self.url).path not in ("", "/"):
            raise ValueError("url must not hold a path: the dashboard is at the root of a host")
        if "openid" not in self.scopes:
            raise ValueError("scopes must hold openid")
        return self

    @property
    def redirect(self) -> str:
        """Where the provider sends the browser back to."""
        return self.url.rstrip("/") + CALLBACK

    def secret(self) -> str:
        """Read the secret of the client, "" = it has none. Raises parameter.invalid."""
        if not self.secret_file:
            return ""
        path = Path(self.secret_file)
        try:
            if path.stat().st_mode & 0o077:
                raise _no_secret(f"others can read {path.name}: chmod 600")
            secret = path.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise _no_secret(f"{path.name} cannot be read") from error
        if not 1 <= len(secret) <= 512 or not secret.isprintable():
            raise _no_secret(f"{path.name} holds no secret")
        return secret


def _no_secret(reason: str) -> AmrError:
    return AmrError("parameter.invalid", name="secret_file", node="fleet", reason=reason)


def load_oidc(path: str | Path) -> OidcSettings:
    """Return the settings of a file. Raises parameter.invalid."""
    settings = read_model(path, _LARGEST_FILE, "oidc", OidcSettings)
    settings.secret()
    return settings
