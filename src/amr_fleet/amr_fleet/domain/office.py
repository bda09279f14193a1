"""What the office writes down for its reports: obstacles, plan targets, texts, and how far each report has come.

A fold of the journal, like everything that survives a restart. Periods are codes of `reporting_periods`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final, cast, get_args

from amr_fleet.domain.events import JournalEntry
from amr_fleet.vocabulary import ObstacleKind, ObstacleSource, ObstacleState, ReportState, ReportStep

# What a report takes over from the one before, since it seldom changes.
LETTERHEAD: Final = (
    "parent", "issuer", "abbreviation", "place", "to", "signer_mode", "signer_office", "signer_name", "recipients",
    "legal_basis",
)  # fmt: skip
# What is written for each period anew.
OWN_TEXTS: Final = ("number", "date", "results", "safety", "privacy", "data", "obstacles", "proposals", "next_plan")
FIELDS: Final = (*LETTERHEAD, *OWN_TEXTS)
CLOSED: Final[tuple[ObstacleState, ...]] = ("solved", "closed")

AFTER: Final[dict[ReportStep, tuple[ReportState, ReportState]]] = {
    "submit": ("draft", "submitted"),
    "return": ("submitted", "draft"),
    "sign": ("submitted", "signed"),
    "reopen": ("filed", "draft"),
}
"""A step: the state that it needs and the one that it leads to."""


@dataclass(frozen=True, kw_only=True)
class ObstacleAnswer:
    """What an authority answered: its document's number and day (ISO)."""

    document: str
    date: str
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Obstacle:
    """One line of the register. opened, due: ISO days, due "" = none; effect_amount in effect_kpi's unit.

    closed_at: fleet second at which it was solved or closed, 0 = it is not.
    """

    obstacle_id: str
    opened: str
    source: ObstacleSource
    kind: ObstacleKind
    text: str
    effect_kpi: str = ""
    effect_amount: float = 0.0
    asked_of: str = ""
    proposal: str = ""
    owner: str = ""
    due: str = ""
    state: ObstacleState = "open"
    closed_at: float = 0.0
    answers: tuple[ObstacleAnswer, ...] = ()

    def overdue(self, day: str) -> bool:
        """Return whether it should have been dealt with before an ISO day, and was not."""
        return bool(self.due) and self.due < day and self.state not in CLOSED


@dataclass(frozen=True, kw_only=True)
class Remark:
    """What a person said about a report, or did with it (step), at a fleet second."""

    t: float
    user: str
    text: str = ""
    step: str = ""


@dataclass(frozen=True, kw_only=True)
class Filed:
    """A report that went out: SHA-256 of its files, and the tree that it was made from."""

    t: float
    user: str
    edition: int
    number: str
    date: str
    docx_sha256: str
    pdf_sha256: str
    size: int
    root: str


@dataclass(frozen=True, kw_only=True)
class ReportFile:
    """How far the report of one period has come."""

    state: ReportState = "draft"
    edition: int = 1
    submitted_by: str = ""
    signed_by: str = ""
    remarks: tuple[Remark, ...] = ()
    filed: tuple[Filed, ...] = ()


@dataclass
class Office:
    """All of it, by obstacle and by period."""

    obstacles: dict[str, Obstacle] = field(default_factory=dict)
    plans: dict[str, dict[str, float]] = field(default_factory=dict)
    texts: dict[str, dict[str, str]] = field(default_factory=dict)
    letterhead: dict[str, str] = field(default_factory=dict)
    files: dict[str, ReportFile] = field(default_factory=dict)

    def apply(self, entry: JournalEntry) -> None:
        """Take over an entry; one that says nothing about the office is ignored."""
        f = entry.facts
        if entry.kind == "obstacle_set":
            self._obstacle(entry.t, f)
        elif entry.kind == "obstacle_answered":
            known = self.obstacles[str(f["obstacle"])]
            answer = ObstacleAnswer(document=str(f["document"]), date=str(f["date"]), text=str(f["text"]))
            self.obstacles[known.obstacle_id] = replace(known, answers=(*known.answers, answer))
        elif entry.kind == "plan_set":
            self.plans.setdefault(str(f["period"]), {})[str(f["kpi"])] = float(f["target"] or 0.0)
        elif entry.kind == "plan_removed":
            self.plans.get(str(f["period"]), {}).pop(str(f["kpi"]), None)
        elif entry.kind == "report_text_set":
            self._text(str(f["period"]), str(f["field"]), str(f["text"]))
        elif entry.kind in ("report_commented", "report_moved", "report_filed"):
            self._report(entry)

    def _obstacle(self, t: float, f: Any) -> None:
        name = str(f["obstacle"])
        known = self.obstacles.get(name)
        closed_at = (known.closed_at if known is not None and known.closed_at else t) if f["state"] in CLOSED else 0.0
        self.obstacles[name] = Obstacle(
            obstacle_id=name, opened=str(f["opened"]), source=cast(ObstacleSource, f["source"]),
            kind=cast(ObstacleKind, f["obstacle_kind"]), text=str(f["text"]), effect_kpi=str(f["effect_kpi"]),
            effect_amount=float(f["effect_amount"] or 0.0), asked_of=str(f["asked_of"]), proposal=str(f["proposal"]),
            owner=str(f["owner"]), due=str(f["due"]), state=cast(ObstacleState, f["state"]),
            closed_at=closed_at, answers=known.answers if known is not None else (),
        )  # fmt: skip

    def _text(self, period: str, name: str, text: str) -> None:
        self.texts.setdefault(period, {})[name] = text
        if name in LETTERHEAD:
            self.letterhead[name] = text

    def _report(self, entry: JournalEntry) -> None:
        f = entry.facts
        period, user = str(f["period"]), str(f["user"])
        known = self.file(period)
        if entry.kind == "report_filed":
            filed = Filed(
                t=entry.t, user=user, edition=known.edition, number=str(f["number"]), date=str(f["date"]),
                docx_sha256=str(f["docx_sha256"]), pdf_sha256=str(f["pdf_sha256"]), size=int(f["size"] or 0),
                root=str(f["root"]),
            )  # fmt: skip
            remark = Remark(t=entry.t, user=user, step="file")
            self.files[period] = replace(
                known, state="filed", filed=(*known.filed, filed), remarks=(*known.remarks, remark)
            )
            return
        step = str(f.get("step", ""))
        remarks = (*known.remarks, Remark(t=entry.t, user=user, text=str(f["text"]), step=step))
        known = replace(known, remarks=remarks)
        if step in get_args(ReportStep):
            state = AFTER[cast(ReportStep, step)][1]
            people = {
                "submit": {"submitted_by": user}, "sign": {"signed_by": user},
                "reopen": {"submitted_by": "", "signed_by": "", "edition": known.edition + 1},
                "return": {"submitted_by": ""},
            }  # fmt: skip
            known = replace(known, state=state, **cast(dict[str, Any], people[step]))
        self.files[period] = known

    def file(self, period: str) -> ReportFile:
        """Return how far a period's report has come."""
        return self.files.get(period, ReportFile())

    def texts_of(self, period: str) -> dict[str, str]:
        """Return a period's texts; the letterhead is that of the newest report unless the period has its own."""
        return {**self.letterhead, **self.texts.get(period, {})}
