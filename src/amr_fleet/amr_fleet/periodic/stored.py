"""The desk of reports over a journal that this process writes."""

from __future__ import annotations

import time
from dataclasses import asdict

from amr_core.site import Site
from amr_fleet.periodic.desk import ReportDesk
from amr_fleet.periodic.model import CheckpointPart
from amr_fleet.report.worker import ReportWorker
from amr_fleet.store.journal import JournalStore
from amr_fleet.store.where import file_of


def desk_of_store(site: Site, store: JournalStore, where: str, worker: ReportWorker | None = None) -> ReportDesk:
    """Return the desk; filed reports go into the folder `reports` beside a journal file."""
    file = file_of(where)
    return ReportDesk(
        site=site, read=store.read, tree=lambda: CheckpointPart(**asdict(store.tree())), below=store.below,
        today=lambda: store.first_signed() or time.time(), folder=None if file is None else file.parent / "reports",
        worker=worker,
    )  # fmt: skip
