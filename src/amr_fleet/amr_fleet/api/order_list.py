"""Lists of orders: tables as people make them, row by row as bodies of POST /orders."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from pydantic import ValidationError

from amr_core.errors import AmrError
from amr_core.site.model import Site
from amr_fleet.api import order_words as words
from amr_fleet.api.models.orders import MAX_ROWS, OrderBody
from amr_fleet.api.tables import Columns, Rows, read_rows
from amr_fleet.ports import OrderRequest

_COLUMNS: Final[Columns] = {
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
    "load_type": ("load_type", "load type", "loại kiện", "loại tải"),
}
_CARGO: Final = ("kind", "lot", "container", "customer", "customs_hold", "weight_kg", "load_type")


def read_table(csv: str, workbook: bytes, site: Site, now: float) -> Rows:
    """Return the order bodies of a table or of a workbook's first sheet; raise import.bad_table.

    now: fleet seconds, from which "17:30" is reckoned.
    """
    load_type = words.load_type_finder(site.load_types)
    readers = {**_readers(words.place_finder(site.places), now), "load_type": load_type}
    table = read_rows(csv, workbook, _COLUMNS, ("pick_place", "drop_place"), readers, MAX_ROWS)
    return replace(table, rows=[_nested(row) for row in table.rows])


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


def _nested(read: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row as a body: what is said of the cargo stands in it."""
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
