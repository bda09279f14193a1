"""Lists of visits: tables as people make them, row by row as bodies of PUT /visits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import ValidationError

from amr_core.errors import AmrError
from amr_core.site.model import Place
from amr_fleet.api import order_words as words
from amr_fleet.api.models.visits import MOST_ROWS, VisitRow
from amr_fleet.api.tables import Columns, Rows, read_rows
from amr_fleet.visit_requests import SetCutoff

_COLUMNS: Final[Columns] = {
    "name": ("name", "visit", "cutoff", "chuyến", "tên chuyến", "biển số", "số hiệu", "tên tàu", "sà lan", "tàu"),
    "kind": ("kind", "loại", "loại chuyến", "phương tiện", "loại phương tiện"),
    "closes_in_s": ("closes", "closing time", "cut-off", "giờ cắt máng", "cắt máng", "hạn", "deadline"),
    "begins_in_s": ("begins", "arrives", "eta", "giờ đến", "dự kiến đến", "giờ cập", "bắt đầu"),
    "planned": ("planned", "plan", "loads", "pallets", "kế hoạch", "số lượng", "số kiện", "số pallet"),
    "place": ("place", "door", "cửa", "vị trí", "nơi đỗ", "cửa xuất nhập"),
}
_KINDS: Final[Mapping[str, str]] = {
    "truck": "truck", "xe": "truck", "xetai": "truck", "xecontainer": "truck", "xedaukeo": "truck",
    "barge": "barge", "salan": "barge", "xalan": "barge",
    "ship": "ship", "vessel": "ship", "tau": "ship", "taubien": "ship",
}  # fmt: skip


def read_table(csv: str, workbook: bytes, places: Iterable[Place], now: float) -> Rows:
    """Return the rows of a table or a workbook's first sheet; raise import.bad_table. now: fleet seconds."""

    def begins(text: str) -> float | str:
        wait = words.seconds_from_now(text, now)  # what was expected before now is here
        return wait if isinstance(wait, str) else max(0.0, wait)

    readers = {
        "kind": lambda text: _KINDS.get(words.key(text), text), "planned": _count,
        "closes_in_s": lambda text: words.seconds_from_now(text, now), "begins_in_s": begins,
        "place": words.place_finder(places),
    }  # fmt: skip
    return read_rows(csv, workbook, _COLUMNS, ("name", "kind", "closes_in_s"), readers, MOST_ROWS)


def _count(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() else text


def parse_rows(rows: Iterable[Mapping[str, Any]], now: float, user: str) -> list[SetCutoff | AmrError]:
    """Return a request or an error for each row."""
    parsed: list[SetCutoff | AmrError] = []
    for row in rows:
        try:
            body = VisitRow.model_validate(row)
            parsed.append(body.request(body.name, now, user))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])[:100] or "begins_in_s"
            parsed.append(AmrError("request.invalid", where=where, reason=str(first["msg"])[:200]))
        except AmrError as error:
            parsed.append(error)
    return parsed
