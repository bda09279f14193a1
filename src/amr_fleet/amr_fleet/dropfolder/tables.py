"""Tables of partners: CSV (comma, semicolon, tab; Unicode or an old Vietnamese code page) and Excel, as texts."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from amr_core.errors import AmrError
from amr_fleet.dropfolder.settings import Partner
from amr_fleet.dropfolder.workbooks import check_workbook

MOST_ROWS: Final = 10_000
_MOST_COLUMNS: Final = 200
_MOST_EXACT: Final = 1e15  # Excel keeps 15 digits: from 16 on the last ones may be made up
_LAST_ROW: Final = 1_048_576  # of Excel; what a sheet itself says to be its last row may be wrong


def bad_file(reason: str) -> AmrError:
    """Return the error for a file that cannot be read."""
    return AmrError("drop.bad_file", reason=reason)


def read_table(name: str, data: bytes, partner: Partner) -> list[tuple[int, dict[str, str]]]:
    """Return the rows with their numbers as people count them (the header is 1), by our columns' names.

    Raises drop.bad_file for a file that is none, a header without what is needed, no rows or too many.
    """
    rows = sheet_cells(data) if name.lower().endswith(".xlsx") else csv_cells(_text(data, partner))
    numbered: list[tuple[int, list[str]]] = []
    for i, row in enumerate(rows, 1):
        if not any(row):
            continue
        if len(numbered) > MOST_ROWS:
            raise bad_file(f"more than {MOST_ROWS} rows")
        numbered.append((i, row))
    if not numbered:
        raise bad_file("it is empty")
    header = {_key(cell): k for k, cell in reversed(list(enumerate(numbered[0][1])))}
    places: dict[str, int] = {}
    for column, title in partner.columns.items():
        if _key(title) in header:
            places[column] = header[_key(title)]
        elif column in ("pick_place", "drop_place"):
            raise bad_file(f"there is no column {title!r}")
    if len(numbered) < 2:
        raise bad_file("there is a header and no row")
    return [(i, {c: row[k] if k < len(row) else "" for c, k in places.items()}) for i, row in numbered[1:]]


def _key(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _text(data: bytes, partner: Partner) -> str:
    encodings = ["utf-16"] if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ["utf-8-sig", partner.encoding]
    for encoding in encodings:
        try:
            text = data.decode("cp1258" if encoding == "windows-1258" else encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            raise bad_file("it is no text")
        return text
    raise bad_file(f"it is neither UTF-8, UTF-16 nor {partner.encoding}")


def csv_cells(text: str) -> Iterator[list[str]]:
    """Yield the rows of a table with comma, semicolon or tab, in NFC; raise drop.bad_file for one that is none."""
    text = unicodedata.normalize("NFC", text)
    first = text.partition("\n")[0]
    separator = max(";,\t", key=first.count)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            yield [cell.strip() for cell in row[:_MOST_COLUMNS]]
    except csv.Error as error:
        raise bad_file(str(error)) from error


def sheet_cells(data: bytes) -> Iterator[list[str]]:
    """Yield the rows of a workbook's first sheet as texts; raise drop.bad_file for bytes that are no workbook."""
    from openpyxl import load_workbook  # few sites get workbooks, and every start of a fleet would wait for it

    try:
        check_workbook(data)
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=False)
        sheet = book.worksheets[0]
        rows = sheet.iter_rows(max_row=_LAST_ROW, max_col=_MOST_COLUMNS, values_only=True)
        for row in rows:
            yield [] if row.count(None) == len(row) else _trimmed(map(_cell, row))
    except AmrError:
        raise
    except Exception as error:  # the libraries raise many kinds for bytes that were changed
        raise bad_file("it is no Excel workbook (.xlsx)") from error


def _trimmed(cells: Iterable[str]) -> list[str]:
    made = list(cells)
    while made and not made[-1]:
        made.pop()
    return made


def _cell(value: object) -> str:
    """Return a cell as text; a formula stays the text of the formula, since its value may be of another day."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return f"{value.total_seconds() / 60.0:g} min"
    if isinstance(value, (int, float)) and abs(value) >= _MOST_EXACT:
        raise bad_file(f"the number {value:.0f} has lost digits, Excel keeps 15: format its column as text")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return unicodedata.normalize("NFC", str(value)).strip()
