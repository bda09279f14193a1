"""Lists of orders: tables as people make them, row by row as bodies of POST /orders."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from pydantic import ValidationError

from amr_core.errors import AmrError
from amr_core.site.model import Place
from amr_fleet.api import order_words as words
from amr_fleet.api.models.orders import MAX_ROWS, OrderBody
from amr_fleet.dropfolder.tables import csv_cells, sheet_cells
from amr_fleet.ports import OrderRequest

_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "pick_place": ("pick_place", "pick", "from", "nơi lấy", "nơi lấy hàng", "lấy tại", "từ"),
    "drop_place": ("drop_place", "drop", "to", "nơi trả", "nơi giao", "nơi giao hàng", "giao đến", "đến"),
    "priority": ("priority", "ưu tiên", "mức ưu tiên"),
    "deadline_in_s": ("deadline_min", "deadline", "hạn (phút)", "hạn", "hạn giao"),
    "earliest_in_s": ("earliest_min", "earliest", "bắt đầu sau (phút)", "bắt đầu sau", "không trước"),
    "cutoff": ("cutoff", "chuyến", "giờ cắt máng"),
    "robot": ("robot", "amr"),
    "held": ("held", "giữ lại", "chờ thả"),
    "load_id": ("load_id", "load", "mã hàng", "sscc", "mã sscc", "số kiện"),
    "reference": ("reference", "số chứng từ", "chứng từ", "số phiếu", "po"),
    "kind": ("kind", "loại hàng"),
    "lot": ("lot", "lô", "số lô"),
    "container": ("container", "công-te-nơ", "cont", "số container"),
    "customer": ("customer", "khách hàng", "chủ hàng"),
    "customs_hold": ("customs_hold", "hải quan giữ"),
    "weight_kg": ("weight_kg", "weight", "khối lượng (kg)", "khối lượng", "trọng lượng"),
}
"""What people call the columns; compared without case, marks and blanks."""
_BY_NAME: Final = {words.key(name): column for column, names in _COLUMNS.items() for name in names}
_CARGO: Final = ("kind", "lot", "container", "customer", "customs_hold", "weight_kg")
_LONGEST_LINE: Final = 200


@dataclass(frozen=True)
class OrderTable:
    """Order bodies and what stood in each row; ignored: titles of columns with something in them that mean nothing."""

    rows: list[dict[str, Any]]
    lines: list[str]
    ignored: list[str]


def read_table(csv: str, workbook: bytes, places: Iterable[Place], now: float) -> OrderTable:
    """Return the rows of a table (comma, semicolon, tab) or of a workbook's first sheet; raise import.bad_table.

    now: fleet seconds, from which "17:30" is reckoned.
    """
    try:
        cells = sheet_cells(workbook) if workbook else csv_cells(csv.removeprefix("\ufeff"))
        table = list(islice((row for row in cells if any(row)), MAX_ROWS + 2))
    except AmrError as error:
        raise _bad(str(error.facts.get("reason", error))) from error
    if not table:
        raise _bad("empty")
    if len(table) - 1 > MAX_ROWS:
        raise _bad(f"more than {MAX_ROWS} rows")
    columns = [_BY_NAME.get(words.key(title)) for title in table[0]]
    for needed in ("pick_place", "drop_place"):
        if needed not in columns:
            raise _bad(f"no column {needed}")
    for column in _COLUMNS:
        if columns.count(column) > 1:
            raise _bad(f"two columns {column}")
    readers = _readers(words.place_finder(places), now)
    rows = [_row(columns, cells, readers) for cells in table[1:]]
    lines = [" · ".join(cell for cell in cells if cell)[:_LONGEST_LINE] for cells in table[1:]]
    return OrderTable(rows, lines, list(_ignored(columns, table)))


def _bad(reason: str) -> AmrError:
    return AmrError("import.bad_table", reason=reason)


def _ignored(columns: list[str | None], table: list[list[str]]) -> Iterator[str]:
    """Yield the titles, or numbers, of columns that are not read although something stands in them."""
    for i in range(max(map(len, table))):
        title = table[0][i] if i < len(table[0]) else ""
        if (columns[i] if i < len(columns) else None) is None and any(i < len(row) and row[i] for row in table[1:]):
            yield title[:_LONGEST_LINE] or f"#{i + 1}"


def _readers(find: Callable[[str], str], now: float) -> Mapping[str, Callable[[str], Any]]:
    def seconds(text: str) -> float | str:
        return words.seconds_from_now(text, now)

    def not_before(text: str) -> float | str:
        wait = seconds(text)  # what has passed holds nothing up any more
        return wait if isinstance(wait, str) else max(0.0, wait)

    return {
        "pick_place": find, "drop_place": find, "priority": words.priority, "deadline_in_s": seconds,
        "earliest_in_s": not_before, "held": words.answer, "kind": words.kind, "customs_hold": words.answer,
        "weight_kg": words.kilograms,
    }  # fmt: skip


def _row(columns: list[str | None], cells: list[str], readers: Mapping[str, Callable[[str], Any]]) -> dict[str, Any]:
    known = {c: cell for c, cell in zip(columns, cells, strict=False) if c and cell}
    read = {column: readers.get(column, str)(cell) for column, cell in known.items()}
    row = {column: value for column, value in read.items() if column not in _CARGO}
    if cargo := {column: value for column, value in read.items() if column in _CARGO}:
        row["cargo"] = cargo
    return row


def parse_rows(rows: Iterable[Mapping[str, Any]], now: float, user: str) -> list[OrderRequest | AmrError]:
    """Return a request or an error for each row."""
    parsed: list[OrderRequest | AmrError] = []
    for row in rows:
        try:
            body = OrderBody.model_validate(row)
            if body.deadline_in_s is not None and body.earliest_in_s >= body.deadline_in_s:
                raise AmrError("order.invalid", where="earliest_in_s", reason="not before the deadline")
            parsed.append(body.request(now, user))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])[:100]
            parsed.append(AmrError("request.invalid", where=where, reason=str(first["msg"])[:200]))
        except AmrError as error:
            parsed.append(error)
    return parsed
