"""The desk of reports over a journal that this process writes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict

from amr_core.site import Site
from amr_fleet.domain.events import JournalEntry
from amr_fleet.periodic.desk import ReportDesk
from amr_fleet.periodic.model import CheckpointPart
from amr_fleet.store.database import file_of
from amr_fleet.store.journal import JournalStore


def desk_of_store(site: Site, store: JournalStore, where: str) -> ReportDesk:
    """Return the desk; filed reports go into the folder `reports` beside a journal file."""
    file = file_of(where)

    def signed() -> tuple[CheckpointPart, Sequence[JournalEntry]]:
        tree, entries = store.signed()
        return CheckpointPart(**asdict(tree)), entries

    return ReportDesk(
        site=site, read=store.read, signed=signed, today=lambda: store.first_signed() or time.time(),
        folder=None if file is None else file.parent / "reports",
    )  # fmt: skip
