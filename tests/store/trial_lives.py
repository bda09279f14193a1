"""A fleet that lives for one step of a trial and is killed: `python -m tests.store.trial_lives JOURNAL`.

For each line `STEP WHERE` that it reads it forks. The child opens the journal, as a fleet does that starts, asks for
the step and kills itself by SIGKILL: `within` the transaction that writes it, or `after` it, before anybody hears of
it. What the process answers is the signal that ended the child, negative, or else its exit code.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from typing import Any

from sqlalchemy import event

from amr_core.roadmap import Roadmap
from amr_core.site import load_site
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.domain.events import Ask
from amr_fleet.rehearsal import units_of
from amr_fleet.requests import FleetRequest
from amr_fleet.sandbox.book import Breach
from amr_fleet.store.journal import JournalStore
from amr_fleet.trial_requests import MoveTrial, ReportBreach, SaveTrial
from tests.unit.trial_rig import BEGIN, record, roadmap


def moved(to: Any, user: str, role: Any) -> MoveTrial:
    return MoveTrial(trial_id="TN-1", to=to, user=user, role=role, utc=BEGIN)


STEPS: tuple[FleetRequest, ...] = (
    SaveTrial(record=record(), user="ky_su", role="engineer", utc=BEGIN),
    moved("submitted", "ky_su", "engineer"), moved("approved", "quan_tri", "admin"),
    moved("approved", "so_khcn", "authority"), moved("running", "an", "operator"),
    ReportBreach(trial_id="TN-1", breach=Breach(rule="area", robot="amr_01", x=30.0, y=1.0)),
    moved("running", "an", "operator"), moved("running", "binh", "operator"),
    moved("ended", "ky_su", "engineer"), moved("ended", "so_khcn", "authority"),
)  # fmt: skip
"""From the first version to the end; each writes to the journal."""


def started(store: JournalStore, site: Roadmap) -> FleetEngine:
    """Return the engine of a fleet that starts on what is written."""
    return FleetEngine(site, units_of(load_site("lab"), 2), journal=store.read(), trial_required=True)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def live(journal: str, site: Roadmap, step: int, where: str) -> None:
    """Be a fleet from its start to a step, and no longer."""
    store = JournalStore(journal)
    store.own(site="lab")
    result = started(store, site).step(10.0 + step, [Ask(1, STEPS[step])])
    refusal = result.replies[0].result
    if isinstance(refusal, Exception):
        raise refusal
    if where == "within":
        event.listen(store._database.engine, "commit", lambda _: die())
    store.append(result.entries)
    die()


def main(journal: str) -> None:
    site = roadmap("lab")
    for line in sys.stdin:
        step, where = line.split()
        if (child := os.fork()) == 0:
            try:
                live(journal, site, int(step), where)
            except BaseException:
                traceback.print_exc()
            os._exit(1)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
