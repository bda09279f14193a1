"""Log-in at the site's provider, over the API."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from amr_fleet.api.models.base import Answer, RequestBody


class SignOnShown(Answer):
    """Answer of GET /oidc. label: what the button says, null = there is no such log-in."""

    label: str | None


class ProviderLink(Answer):
    """Answer of GET /oidc/link. linked: one's account is one's own at the provider, too.

    mine: this log-in may change that.
    """

    linked: bool
    mine: bool


class SignOnBegun(Answer):
    """Answer of POST /oidc/start and /oidc/link. url: where the browser goes."""

    url: str


class SignOnCode(RequestBody):
    """Body of POST /oidc/code: the code of the second step."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=40)]
