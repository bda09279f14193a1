"""Lists of orders: tables as people make them, row by row as bodies of POST /orders."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from amr_core.errors import AmrError
from amr_fleet.api.models.orders import MAX_ROWS, OrderBody
from amr_fleet.ports import OrderRequest

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
    "weight_kg": ("weight_kg", "weight", "khối lượng (kg)", "khối lượng"),
}
_BY_NAME = {name: column for column, names in _COLUMNS.items() for name in names}
_CARGO = ("kind", "lot", "container", "customer")
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
    if "weight_kg" in known:
        cargo["weight_kg"] = _number(known["weight_kg"], whole=False)
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
