"""The desk of reports over a journal."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict

from amr_core.site import Site
from amr_fleet.periodic.desk import ReportDesk
from amr_fleet.periodic.model import CheckpointPart
from amr_fleet.report.worker import ReportWorker
from amr_fleet.store.journal import JournalStore
from amr_fleet.store.signed import SignedTree
from amr_fleet.store.where import file_of


def desk_of_store(
    site: Site,
    store: JournalStore,
    where: str,
    worker: ReportWorker | None = None,
    tree: Callable[[], SignedTree] | None = None,
) -> ReportDesk:
    """Return the desk; filed reports go into the folder `reports` beside a journal file.

    tree: the journal's tree, from the process that has its key; None: from this one.
    """
    file, signed = file_of(where), tree or store.tree
    return ReportDesk(
        site=site, read=store.read, tree=lambda: CheckpointPart(**asdict(signed())), below=store.below,
        today=lambda: store.first_signed() or time.time(), folder=None if file is None else file.parent / "reports",
        worker=worker,
    )  # fmt: skip
