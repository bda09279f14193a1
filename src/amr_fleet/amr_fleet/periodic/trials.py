"""The controlled trials that were in force in a period, and what stopped them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from amr_fleet.domain.events import JournalEntry
from amr_fleet.periodic.model import TrialRow
from amr_fleet.sandbox.book import Trial, book_of
from amr_fleet.sandbox.states import IN_FORCE
from amr_fleet.vocabulary import TrialState


def trials(journal: Sequence[JournalEntry], begin: float, end: float) -> list[TrialRow]:
    """Return the trials that ran or were suspended in begin <= t < end (fleet seconds), by their ids."""
    found = book_of(journal).trials.values()
    return [_row(trial, begin, end) for trial in sorted(found, key=lambda t: t.trial_id) if _touches(trial, begin, end)]


def _stays(trial: Trial) -> Iterator[tuple[TrialState, float, float]]:
    """Yield each state of a trial with the time from which and until which it was in it."""
    state: TrialState = "draft"
    since = trial.versions[0].t
    for step in trial.transitions:
        yield state, since, step.t
        state, since = step.state, step.t
    yield state, since, math.inf


def _touches(trial: Trial, begin: float, end: float) -> bool:
    return any(state in IN_FORCE and since < end and until > begin for state, since, until in _stays(trial))


def _row(trial: Trial, begin: float, end: float) -> TrialRow:
    def inside(t: float) -> bool:
        return begin <= t < end

    state = next(state for state, since, until in _stays(trial) if since < end <= until)
    return TrialRow(
        trial_id=trial.trial_id, title=trial.record.title.vi, state=state,
        suspensions=sum(step.state == "suspended" and inside(step.t) for step in trial.transitions),
        breaches=sum(inside(breach.t) for breach in trial.breaches),
        incidents=sum(inside(float(row["t"])) for row in trial.incidents.values()),
    )  # fmt: skip
