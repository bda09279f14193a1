"""Visits of trucks, barges and ships: the closing time, the count against plan, the expected end."""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from amr_core.errors import AmrError
from amr_fleet.api.models.base import WEEK_S, Answer, Label, Name, RequestBody, Seconds
from amr_fleet.api.models.orders import FromNow, TransportOrder, checked_base64
from amr_fleet.api.models.words import CutoffKind, LoadWord, Problem, RowVerdict, VisitState, VisitUnsure
from amr_fleet.ports import ImportVerdict
from amr_fleet.visit_requests import SetCutoff
from amr_fleet.vocabulary import MOST_LOADS

MOST_ROWS = 500
Planned = Annotated[int, Field(strict=True, ge=0, le=MOST_LOADS)]


class VisitBody(RequestBody):
    """Body of PUT /visits/{name}: seconds from now until it closes and begins (0 = not said), loads by plan, its place.

    Times that are null stay as they are. visit_id: change this visit only; without it an unknown name makes a new one.
    """

    kind: CutoffKind
    closes_in_s: Annotated[float, Field(strict=True, gt=0, le=4 * WEEK_S, allow_inf_nan=False)] | None = None
    begins_in_s: FromNow | None = None
    planned: Planned = 0
    place: Label = ""
    visit_id: Label = ""

    @model_validator(mode="after")
    def _begins_first(self) -> VisitBody:
        if self.begins_in_s is not None and self.closes_in_s is not None and self.begins_in_s >= self.closes_in_s:
            raise ValueError("begins_in_s is not before closes_in_s")
        return self

    def request(self, name: str, now: float, user: str, closing: float | None = None) -> SetCutoff:
        """Return what to ask of the engine, or raise order.invalid. now: fleet seconds; closing: its time until now."""
        at = closing if self.closes_in_s is None else now + self.closes_in_s
        if at is None:
            raise AmrError("order.invalid", where="closes_in_s", reason="Field required")
        return SetCutoff(
            name=name, kind=self.kind, at=at,
            begins=now + self.begins_in_s if self.begins_in_s else self.begins_in_s,
            planned=self.planned, place=self.place, visit_id=self.visit_id, user=user,
        )  # fmt: skip


class VisitRow(VisitBody):
    """One row of POST /visits/import. What is null stays as it is: lists seldom have every column."""

    name: Name
    planned: Planned | None = None  # type: ignore[assignment]
    place: Label | None = None  # type: ignore[assignment]


class ImportVisitsBody(RequestBody):
    """Body of POST /visits/import: rows as objects, a table as text, or a workbook (base64)."""

    rows: Annotated[tuple[dict[str, Any], ...], Field(max_length=MOST_ROWS)] = ()
    csv: Annotated[str, Field(max_length=200_000)] = ""
    xlsx: Annotated[str, Field(max_length=1_000_000), AfterValidator(checked_base64)] = ""
    dry_run: bool = False


class Visit(Answer):
    """One visit. at: its closing time; begins: when it is expected; departed: when it was said to have left.

    planned: loads by its plan, 0 = not said. Of a load its newest order in the visit speaks: loads = named by orders,
    of them done, open, failed, cancelled; left = still to be delivered, by plan or by orders, whichever is more. late:
    open ones that are expected after the closing time. wrong, damaged, taken: as people at the place said.
    rate: loads an hour over the last `window` s; ends: when the last one is delivered at that rate, 0 = nobody can
    tell, and `unsure` says why.
    """

    visit_id: str
    name: str
    kind: CutoffKind
    state: VisitState
    at: Seconds
    begins: Seconds
    departed: Seconds
    departed_by: str
    place: str
    planned: int
    loads: int
    done: int
    open: int
    failed: int
    cancelled: int
    left: int
    late: int
    wrong: int
    damaged: int
    taken: int
    rate: Annotated[float, BeforeValidator(lambda rate: round(rate, 1) if math.isfinite(rate) else 0.0)]
    window: Seconds
    ends: Seconds
    unsure: VisitUnsure


class KeptVisit(Answer):
    """A visit as it was set; times in fleet seconds, 0 = not said."""

    visit_id: str
    name: str
    kind: CutoffKind
    at: Seconds
    begins: Seconds
    departed: Seconds
    departed_by: str
    place: str
    planned: int


class Visits(Answer):
    """The visits at a fleet second: by closing time, behind them those that left last."""

    t: Seconds
    visits: list[Visit]


class VisitOrder(TransportOrder):
    """An order of a visit, and what people at its places said of its load."""

    said: list[LoadWord]


class VisitDetail(Answer):
    """A visit at a fleet second with its orders, newest first, at most 1000."""

    t: Seconds
    visit: Visit
    orders: list[VisitOrder]


class ImportedVisit(Answer):
    """What becomes of one row; rows count from 1. at, begins: as they were reckoned (fleet seconds, 0 = none)."""

    row: int
    text: str
    name: str
    at: Seconds
    begins: Seconds
    verdict: RowVerdict
    error: Problem | None

    @classmethod
    def of(cls, row: int, text: str, wish: SetCutoff | None, verdict: ImportVerdict) -> ImportedVisit:
        """Return the answer to a row."""
        error = None if verdict.error is None else Problem.model_validate(verdict.error)
        name, at, begins = ("", 0.0, 0.0) if wish is None else (wish.name, wish.at or 0.0, wish.begins or 0.0)
        return cls(row=row, text=text, name=name, at=at, begins=begins, verdict=verdict.verdict, error=error)


class ImportedVisits(Answer):
    """What became of a list; known: visits that were there and are changed. ignored: titles that mean nothing here."""

    dry_run: bool
    created: int
    known: int
    refused: int
    ignored: list[str]
    rows: list[ImportedVisit]
