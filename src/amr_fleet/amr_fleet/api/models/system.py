"""Short answers, and the server's own state."""

from __future__ import annotations

from typing import Literal

from amr_fleet.api.models.base import Answer


class Done(Answer):
    """It was done, and it is in the journal or on disk."""

    ok: Literal[True] = True


class Health(Answer):
    """The server runs."""

    status: Literal["ok"] = "ok"


class Readiness(Answer):
    """Whether the fleet takes orders. stalled: its engine has not stepped for 2 s; storage: nothing can be written."""

    status: Literal["ready", "starting", "stalled", "storage"]
