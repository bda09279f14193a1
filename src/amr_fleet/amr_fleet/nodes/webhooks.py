"""Webhooks beside the fleet node: from a settings file and a journal on disk, in threads of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from amr_core.errors import AmrError
from amr_fleet.store.database import is_postgresql
from amr_fleet.store.journal import JournalStore
from amr_fleet.store.outgoing import OutgoingStore
from amr_fleet.webhooks.desk import Webhooks
from amr_fleet.webhooks.settings import load_webhooks


class WebhookPlaces(Protocol):
    """What this needs of the node's parameters."""

    @property
    def webhooks(self) -> str:
        """The settings file, "" = off."""

    @property
    def database(self) -> str:
        """The journal."""


class Sending:
    """Webhooks that are started with the node and end with it; hooks: None = off."""

    def __init__(self, hooks: Webhooks | None) -> None:
        self.hooks = hooks

    def close(self) -> None:
        """End the threads."""
        if self.hooks is not None:
            self.hooks.close()


def start_webhooks(places: WebhookPlaces, site: str, journal: JournalStore, log: Callable[[str], object]) -> Sending:
    """Start webhooks where they are set up.

    Raises parameter.invalid for settings that are wrong and for a journal in memory, which a restart would lose.
    """
    if not places.webhooks:
        return Sending(None)
    found = load_webhooks(places.webhooks)
    if places.database == ":memory:":
        reason = "webhooks need a journal on disk (--state, or a database)"
        raise AmrError("parameter.invalid", name="webhooks", node="fleet", reason=reason)
    # A file of its own: whoever writes there never keeps the engine from its journal.
    beside = str(Path(places.database).with_name("webhooks.sqlite3"))
    store = OutgoingStore(places.database if is_postgresql(places.database) else beside)
    hooks = Webhooks(found, journal, store, site=site, log=log)
    hooks.start()
    return Sending(hooks)
