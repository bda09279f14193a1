"""Tables as people make them (CSV or a workbook) as rows of named values; no column is left out in silence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from amr_core.errors import AmrError
from amr_fleet.api import order_words as words
from amr_fleet.dropfolder.tables import csv_cells, sheet_cells

_LONGEST_LINE: Final = 200
Columns = Mapping[str, Sequence[str]]
"""Column -> what people call it; compared without case, marks and blanks."""


@dataclass(frozen=True)
class Rows:
    """Rows by column and what stood in each; ignored: titles of columns with something in them that mean nothing."""

    rows: list[dict[str, Any]]
    lines: list[str]
    ignored: list[str]


def read_rows(
    csv: str,
    workbook: bytes,
    columns: Columns,
    needed: Sequence[str],
    readers: Mapping[str, Callable[[str], Any]],
    most: int,
) -> Rows:
    """Return the rows of a table (comma, semicolon, tab) or of a workbook's first sheet; raise import.bad_table.

    readers: what makes of a cell's text what is meant, by column; most: rows beyond it are refused.
    """
    try:
        cells = sheet_cells(workbook) if workbook else csv_cells(csv.removeprefix("\ufeff"))
        table = list(islice((row for row in cells if any(row)), most + 2))
    except AmrError as error:
        raise _bad(str(error.facts.get("reason", error))) from error
    if not table:
        raise _bad("empty")
    if len(table) - 1 > most:
        raise _bad(f"more than {most} rows")
    titles = _titles(columns, needed, table[0])
    rows = [_row(titles, cells, readers) for cells in table[1:]]
    lines = [" · ".join(cell for cell in cells if cell)[:_LONGEST_LINE] for cells in table[1:]]
    return Rows(rows, lines, list(_ignored(titles, table)))


def _bad(reason: str) -> AmrError:
    return AmrError("import.bad_table", reason=reason)


def _titles(columns: Columns, needed: Sequence[str], header: list[str]) -> list[str | None]:
    by_name = {words.key(name): column for column, names in columns.items() for name in names}
    titles = [by_name.get(words.key(title)) for title in header]
    for column in needed:
        if column not in titles:
            raise _bad(f"no column {column}")
    for column in columns:
        if titles.count(column) > 1:
            raise _bad(f"two columns {column}")
    return titles


def _row(titles: list[str | None], cells: list[str], readers: Mapping[str, Callable[[str], Any]]) -> dict[str, Any]:
    known = {title: cell for title, cell in zip(titles, cells, strict=False) if title and cell}
    return {title: readers.get(title, str)(cell) for title, cell in known.items()}


def _ignored(titles: list[str | None], table: list[list[str]]) -> Iterator[str]:
    """Yield the titles, or numbers, of columns that are not read although something stands in them."""
    for i in range(max(map(len, table))):
        title = table[0][i] if i < len(table[0]) else ""
        if (titles[i] if i < len(titles) else None) is None and any(i < len(row) and row[i] for row in table[1:]):
            yield title[:_LONGEST_LINE] or f"#{i + 1}"
