"""All trials as the fold of the journal: versions, transitions, breaches, incidents, conditions, proofs, test cards."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol, cast

from amr_core.errors import AmrError, Fact
from amr_fleet.fleet_time import UNIX
from amr_fleet.sandbox.record import TrialRecord, parse
from amr_fleet.sandbox.states import IN_FORCE, SIGNED
from amr_fleet.vocabulary import BreachRule, Role, TrialState


@dataclass(frozen=True, kw_only=True)
class Version:
    """A version of the record: its number from 1, SHA-256 of its canonical JSON, fleet time, who saved it."""

    number: int
    sha256: str
    t: float
    user: str


@dataclass(frozen=True, kw_only=True)
class Transition:
    """From one state to another: fleet time, who decided (second: the one who confirmed), why."""

    before: TrialState
    state: TrialState
    t: float
    user: str
    role: str
    second: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The wish of a first person that a second one has to confirm."""

    to: TrialState
    user: str
    role: str
    t: float
    reason: str


@dataclass(frozen=True, kw_only=True)
class Breach:
    """What the watch saw outside the envelope: value against limit, where (m), by which robot."""

    rule: BreachRule
    robot: str = ""
    x: float = 0.0
    y: float = 0.0
    value: float = 0.0
    limit: float = 0.0
    t: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One trial as it is now. rows: what was noted of it, by kind; breach: the one that nobody has resumed after."""

    record: TrialRecord
    versions: tuple[Version, ...]
    state: TrialState = "draft"
    transitions: tuple[Transition, ...] = ()
    asked: Asked | None = None
    breach: Breach | None = None
    breaches: tuple[Breach, ...] = ()
    suspended_by: str = ""
    incidents: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    conditions: tuple[Mapping[str, Any], ...] = ()
    proofs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    cards: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    watched: float = 0.0

    @property
    def trial_id(self) -> str:
        """Its id."""
        return self.record.trial_id

    @property
    def version(self) -> int:
        """Number of its newest version."""
        return self.versions[-1].number


class Entry(Protocol):
    """What is read of an entry of the journal."""

    @property
    def t(self) -> float:
        """Fleet seconds."""

    @property
    def kind(self) -> str:
        """Its kind."""

    @property
    def robot(self) -> str:
        """The robot that it is about."""

    @property
    def facts(self) -> Mapping[str, Fact]:
        """Its facts."""


@dataclass
class TrialBook:
    """Trials by their ids, oldest first; anchor: (Unix s, fleet s) of a simulated clock. version counts changes."""

    trials: dict[str, Trial] = field(default_factory=dict)
    anchor: tuple[float, float] | None = None
    version: int = 0

    def utc(self, t: float) -> float:
        """Return the Unix seconds of a fleet time; a simulated one counts on from its anchor."""
        if t >= UNIX or self.anchor is None:
            return t
        return self.anchor[0] + t - self.anchor[1]

    def fleet(self, utc: float) -> float:
        """Return the fleet time of Unix seconds: the other way round."""
        return utc if self.anchor is None else utc - self.anchor[0] + self.anchor[1]

    def get(self, trial_id: str) -> Trial:
        """Return a trial, or raise sandbox.not_found."""
        trial = self.trials.get(trial_id)
        if trial is None:
            raise AmrError("sandbox.not_found", trial=trial_id[:64])
        return trial

    def in_force(self) -> Trial | None:
        """Return the trial whose envelope governs the site, None when there is none."""
        return next((t for t in self.trials.values() if t.state in IN_FORCE), None)

    def signed(self, but: str = "") -> list[TrialRecord]:
        """Return the records that are approved or run, without one trial."""
        return [t.record for t in self.trials.values() if t.state in SIGNED and t.trial_id != but]

    def copy(self) -> TrialBook:
        """Return a copy for other threads; the trials in it are frozen."""
        return replace(self, trials=dict(self.trials))

    def follow(self, entries: Iterable[Entry]) -> None:
        """Take over what of a journal is about trials."""
        for entry in entries:
            if entry.kind.startswith("trial_") or entry.kind == "clock_anchor":
                self.apply(entry)

    def apply(self, entry: Entry) -> None:
        """Take over an entry of kind clock_anchor or trial_*."""
        self.version += 1
        facts = entry.facts
        if entry.kind == "clock_anchor":
            if entry.t < UNIX:
                self.anchor = (float(facts["utc"] or 0.0), float(facts["fleet_t"] or 0.0))
            return
        trial_id = str(facts["trial"])
        if entry.kind == "trial_version":
            self._version(trial_id, entry)
        elif trial_id in self.trials:
            change = _CHANGES.get(entry.kind)
            if change is not None:
                self.trials[trial_id] = change(self.trials[trial_id], entry)

    def _version(self, trial_id: str, entry: Entry) -> None:
        record = parse(str(entry.facts["record"]))
        old = self.trials.get(trial_id)
        number = int(entry.facts["version"] or 1)
        version = Version(
            number=number, sha256=str(entry.facts["sha256"]), t=entry.t, user=str(entry.facts["user"])
        )  # fmt: skip
        if old is None:
            self.trials[trial_id] = Trial(record=record, versions=(version,))
            return
        step: tuple[Transition, ...] = ()
        if old.state != "draft":
            step = (Transition(before=old.state, state="draft", t=entry.t, user=version.user, role=""),)
        self.trials[trial_id] = replace(
            old, record=record, versions=(*old.versions, version), state="draft", asked=None, breach=None,
            suspended_by="", transitions=(*old.transitions, *step),
        )  # fmt: skip


class TrialPort(Protocol):
    """What may be read of trials."""

    def trials(self) -> TrialBook:
        """Return the controlled trials, in a copy that nobody changes."""


def _asked(trial: Trial, entry: Entry) -> Trial:
    f = entry.facts
    wish = Asked(
        to=cast(TrialState, f["to"]), user=str(f["user"]), role=str(f["role"]), t=entry.t, reason=str(f["reason"])
    )  # fmt: skip
    return replace(trial, asked=wish)


def _state(trial: Trial, entry: Entry) -> Trial:
    f = entry.facts
    state, role = cast(TrialState, f["state"]), str(f["role"])
    step = Transition(
        before=trial.state, state=state, t=entry.t, user=str(f["user"]), role=role,
        second=str(f.get("second", "")), reason=str(f["reason"]),
    )  # fmt: skip
    return replace(
        trial, state=state, transitions=(*trial.transitions, step), asked=None,
        breach=trial.breach if state == "suspended" else None,
        suspended_by=role if state == "suspended" else "",
        watched=entry.t if state == "running" else trial.watched,
    )  # fmt: skip


def _breach(trial: Trial, entry: Entry) -> Trial:
    f = entry.facts
    numbers = {name: float(f[name] or 0.0) for name in ("x", "y", "value", "limit")}
    found = Breach(rule=cast(BreachRule, f["rule"]), robot=entry.robot, t=entry.t, **numbers)
    return replace(trial, breach=found, breaches=(*trial.breaches, found))


def _row(entry: Entry) -> dict[str, Any]:
    row: dict[str, Any] = json.loads(str(entry.facts["row"]))
    return {**row, "t": entry.t, "author": str(entry.facts["user"])}


def _incident(trial: Trial, entry: Entry) -> Trial:
    row = _row(entry)
    return replace(trial, incidents={**trial.incidents, str(row["id"]): row})


def _condition(trial: Trial, entry: Entry) -> Trial:
    return replace(trial, conditions=(*trial.conditions, _row(entry)))


def _proof(trial: Trial, entry: Entry) -> Trial:
    row = _row(entry)
    return replace(trial, proofs={**trial.proofs, str(row["duty"]): row})


def _card(trial: Trial, entry: Entry) -> Trial:
    row = _row(entry)
    return replace(trial, cards={**trial.cards, str(row["id"]): row})


def _watched(trial: Trial, entry: Entry) -> Trial:
    return replace(trial, watched=entry.t)


_CHANGES: Final = {
    "trial_asked": _asked, "trial_state": _state, "trial_breach": _breach, "trial_incident": _incident,
    "trial_condition": _condition, "trial_proof": _proof, "trial_card": _card, "trial_watched": _watched,
}  # fmt: skip


def may_read(trial: Trial, user: str, role: Role | str) -> bool:
    """Return whether somebody may see a trial: an authority's account those that name it, all others every one."""
    return role != "authority" or user in trial.record.authority.accounts


def book_of(entries: Iterable[Entry]) -> TrialBook:
    """Return the trials that a journal tells of."""
    book = TrialBook()
    book.follow(entries)
    return book
