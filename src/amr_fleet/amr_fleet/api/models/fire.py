"""The fire alarm over the API."""

from __future__ import annotations

from amr_fleet.api.models.base import Answer, Label, RequestBody, Seconds


class FireBody(RequestBody):
    """Body of POST /fire-alarm: why."""

    text: Label = ""


class FireShown(Answer):
    """A fire alarm since a time. source: the input of the fire panel, or person; user, text: who raised it, and why."""

    since: Seconds
    source: str
    user: str
    text: str
