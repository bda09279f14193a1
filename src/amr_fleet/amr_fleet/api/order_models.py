"""Bodies and answers of the routes about orders, cargo, cut-offs, templates and schedules."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from amr_core.errors import AmrError
from amr_fleet.api.models import WEEK_S, Body, Json, Label, Name
from amr_fleet.domain import cargo_ids
from amr_fleet.ports import BookView, Cargo, CargoView, OrderRequest
from amr_fleet.requests import Verdict

MAX_ROWS = 2000
Priority = Annotated[int, Field(strict=True, ge=0, le=9)]
Seconds = Annotated[float, Field(strict=True, ge=0, le=WEEK_S, allow_inf_nan=False)]


class CargoBody(Body):
    """What a load is. For a pallet load_id is its SSCC, for a container its ISO 6346 number."""

    kind: Literal["pallet", "lot", "container", ""] = ""
    lot: Label = ""
    container: Label = ""
    customer: Label = ""
    customs_hold: bool = False


class OrderBody(Body):
    """Body of POST /orders. Times count from now, in fleet seconds."""

    pick_place: Name
    drop_place: Name
    priority: Priority = 0
    deadline_in_s: Annotated[float, Field(strict=True, gt=0, le=WEEK_S, allow_inf_nan=False)] | None = None
    earliest_in_s: Seconds = 0.0
    cutoff: Label = ""
    robot: Label = ""
    held: bool = False
    load_id: Label = ""
    reference: Label = ""
    cargo: CargoBody | None = None

    def request(self, now: float, user: str) -> OrderRequest:
        """Return the engine's request; raise cargo.bad_* for a wrong number."""
        return OrderRequest(
            pick_place=self.pick_place,
            drop_place=self.drop_place,
            reference=self.reference,
            load_id=_load_id(self.load_id, self.cargo),
            priority=self.priority,
            deadline=now + self.deadline_in_s if self.deadline_in_s else 0.0,
            user=user,
            earliest=now + self.earliest_in_s if self.earliest_in_s else 0.0,
            cutoff=self.cutoff,
            robot=self.robot,
            held=self.held,
            cargo=_cargo(self.cargo),
        )


class ChangeBody(Body):
    """Body of POST /orders/{id}/change; what is not named stays. deadline_in_s 0: no deadline."""

    priority: Priority | None = None
    deadline_in_s: Seconds | None = None
    earliest_in_s: Seconds | None = None
    cutoff: Label | None = None


class CancelBody(Body):
    """Body of POST /orders/{id}/cancel."""

    mode: Literal["after_leg", "now"] = "after_leg"


class RobotBody(Body):
    """Body of POST /orders/{id}/reassign; "" = any robot."""

    robot: Label = ""


class ImportBody(Body):
    """Body of POST /orders/import: rows as objects like POST /orders, or a table as text."""

    rows: Annotated[tuple[dict[str, Any], ...], Field(max_length=MAX_ROWS)] = ()
    csv: Annotated[str, Field(max_length=1_000_000)] = ""
    dry_run: bool = False


class CutoffBody(Body):
    """Body of PUT /cutoffs/{name}."""

    kind: Literal["truck", "barge"]
    in_s: Annotated[float, Field(strict=True, gt=0, le=4 * WEEK_S, allow_inf_nan=False)]


class ScheduleBody(Body):
    """Body of PUT /schedules/{name}: the order, its first start from now, how often, how long each may take (s)."""

    order: OrderBody
    first_in_s: Seconds = 0.0
    every_s: Annotated[float, Field(strict=True, ge=60, le=4 * WEEK_S, allow_inf_nan=False)]
    due_in_s: Seconds = 0.0


class HoldCargoBody(Body):
    """Body of POST /cargo/{id}/hold and /release: the customs document."""

    document: Label = ""


def _load_id(load_id: str, cargo: CargoBody | None) -> str:
    if cargo is not None and cargo.kind == "pallet":
        return cargo_ids.sscc(load_id)
    if cargo is not None and cargo.kind == "container":
        return cargo_ids.container(load_id)
    return load_id


def _cargo(body: CargoBody | None) -> Cargo | None:
    if body is None:
        return None
    facts = body.model_dump()
    facts["container"] = cargo_ids.container(body.container) if body.container else ""
    return Cargo(**facts)


# Lists ----------------------------------------------------------------------------------------------------------------

# What people call the columns; compared without case and blanks.
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "pick_place": ("pick_place", "pick", "from", "nơi lấy", "từ"),
    "drop_place": ("drop_place", "drop", "to", "nơi trả", "đến"),
    "priority": ("priority", "ưu tiên"),
    "deadline_min": ("deadline_min", "deadline", "hạn (phút)", "hạn"),
    "earliest_min": ("earliest_min", "earliest", "bắt đầu sau (phút)"),
    "cutoff": ("cutoff", "chuyến"),
    "load_id": ("load_id", "load", "mã hàng", "sscc"),
    "reference": ("reference", "số chứng từ", "chứng từ"),
    "kind": ("kind", "loại hàng"),
    "lot": ("lot", "lô"),
    "container": ("container", "công-te-nơ", "cont"),
    "customer": ("customer", "khách hàng"),
    "customs_hold": ("customs_hold", "hải quan giữ"),
}
_BY_NAME = {name: column for column, names in _COLUMNS.items() for name in names}
_CARGO = ("kind", "lot", "container", "customer")
_PLAIN = ("pick_place", "drop_place", "cutoff", "load_id", "reference")
_YES = ("1", "yes", "true", "x", "có")


def csv_rows(text: str) -> list[dict[str, Any]]:
    """Return the rows of a table with comma, semicolon or tab, as order bodies; raise import.bad_table."""
    text = text.removeprefix("\ufeff")
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text), delimiter=separator)
    try:
        table = [row for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise AmrError("import.bad_table", reason=str(error)) from error
    if not table:
        raise AmrError("import.bad_table", reason="empty")
    columns = [_BY_NAME.get(" ".join(cell.lower().split())) for cell in table[0]]
    for needed in ("pick_place", "drop_place"):
        if needed not in columns:
            raise AmrError("import.bad_table", reason=f"no column {needed}")
    if len(table) - 1 > MAX_ROWS:
        raise AmrError("import.bad_table", reason=f"more than {MAX_ROWS} rows")
    return [_row(columns, cells) for cells in table[1:]]


def _row(columns: list[str | None], cells: list[str]) -> dict[str, Any]:
    known = {c: cell.strip() for c, cell in zip(columns, cells, strict=False) if c and cell.strip()}
    row: dict[str, Any] = {
        c: known[c] for c in ("pick_place", "drop_place", "cutoff", "load_id", "reference") if c in known
    }
    if "priority" in known:
        row["priority"] = _number(known["priority"], whole=True)
    for column, target in (("deadline_min", "deadline_in_s"), ("earliest_min", "earliest_in_s")):
        if column in known:
            minutes = _number(known[column], whole=False)
            row[target] = 60.0 * minutes if isinstance(minutes, float) else minutes
    cargo: dict[str, Any] = {c: known[c] for c in _CARGO if c in known}
    if known.get("customs_hold", "").lower() in _YES:
        cargo["customs_hold"] = True
    if cargo:
        row["cargo"] = cargo
    return row


def _number(text: str, *, whole: bool) -> float | int | str:
    """Return the number, or the text when it is none: the row's check then names the column."""
    try:
        return int(text) if whole else float(text.replace(",", "."))
    except ValueError:
        return text


def parse_rows(rows: Iterable[Mapping[str, Any]], now: float, user: str) -> list[OrderRequest | AmrError]:
    """Return a request or an error for each row."""
    parsed: list[OrderRequest | AmrError] = []
    for row in rows:
        try:
            parsed.append(OrderBody.model_validate(row).request(now, user))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])[:100]
            parsed.append(AmrError("request.invalid", where=where, reason=str(first["msg"])[:200]))
        except AmrError as error:
            parsed.append(error)
    return parsed


# Answers --------------------------------------------------------------------------------------------------------------


def cargo_json(load: CargoView) -> Json:
    """Return one load with its chain of custody."""
    return {
        "load_id": load.load_id,
        **vars(load.cargo),
        "place": load.place,
        "robot": load.robot,
        "since": load.since,
        "legs": [dict(vars(leg)) for leg in load.legs],
        "readings": [dict(vars(reading)) for reading in load.readings],
    }


def _request_json(request: OrderRequest) -> Json:
    """Return a kept order as a body that POST /orders takes: its times count from when it is sent."""
    names = ("pick_place", "drop_place", "priority", "cutoff", "robot", "held")
    times = {"earliest_in_s": request.earliest, "deadline_in_s": request.deadline or None}
    return {**{name: getattr(request, name) for name in names}, **times, "cargo": _cargo_json(request.cargo)}


def _cargo_json(cargo: Cargo | None) -> Json | None:
    return None if cargo is None else dict(vars(cargo))


def book_json(book: BookView) -> Json:
    """Return cut-offs, templates and schedules."""
    return {
        "cutoffs": [dict(vars(c)) for c in book.cutoffs],
        "templates": [{"name": t.name, "order": _request_json(t.request)} for t in book.templates],
        "schedules": [
            {
                "name": s.name,
                "order": _request_json(s.request),
                "every": s.every,
                "next_at": s.next_at,
                "due_in": s.due_in,
            }
            for s in book.schedules
        ],
    }


def verdict_json(row: int, verdict: Verdict) -> Json:
    """Return what became of one row; rows count from 1."""
    error = verdict.error
    shown = None if error is None else {"code": error.code, "facts": error.facts}
    return {"row": row, "verdict": verdict.verdict, "order_id": verdict.order_id, "error": shown}
