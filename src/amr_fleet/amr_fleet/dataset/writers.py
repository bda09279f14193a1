"""Tables as Parquet and CSV, row by row in bounded memory. Needs pyarrow, the extra `dataset`."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from amr_core.errors import AmrError
from amr_fleet.dataset.release import Cell, DataRow
from amr_fleet.dataset.schema import DataTable, TableField
from amr_fleet.fleet_time import LOCAL

MOST_CSV: Final = 1_000_000
"""A table with more rows is Parquet only: spreadsheets take no more."""

_GROUP: Final = 16_384  # rows that are held and become one row group


def arrow() -> Any:
    """Return pyarrow, or raise dataset.no_pyarrow with what to install."""
    try:
        import pyarrow as pa
        import pyarrow.parquet
    except ImportError:
        raise AmrError("dataset.no_pyarrow") from None
    return pa


def _type(pa: Any, field: TableField) -> Any:
    return {
        "string": pa.string(), "integer": pa.int64(), "number": pa.float64(), "boolean": pa.bool_(),
        "datetime": pa.timestamp("ms", tz="Asia/Ho_Chi_Minh"),
    }[field.type]  # fmt: skip


def text_of(cell: Cell, field: TableField) -> str:
    """Return a cell as CSV has it: times in ISO 8601 with +07:00, true and false, "" for nothing."""
    if cell is None:
        return ""
    if field.type == "datetime" and isinstance(cell, int):
        return datetime.fromtimestamp(cell / 1000, UTC).astimezone(LOCAL).isoformat(timespec="milliseconds")
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return f"{cell:.10g}" if isinstance(cell, float) else str(cell)


class TableWriter:
    """One table into FOLDER/NAME.parquet and .csv."""

    def __init__(self, table: DataTable, folder: Path) -> None:
        self._pa = arrow()
        self.table, self.rows = table, 0
        self.parquet, self.csv = folder / f"{table.name}.parquet", folder / f"{table.name}.csv"
        fields = [self._pa.field(f.name, _type(self._pa, f), nullable=f.null) for f in table.fields]
        self._schema = self._pa.schema(fields)
        self._writer = self._pa.parquet.ParquetWriter(self.parquet, self._schema, compression="zstd")
        self._text: io.TextIOWrapper | None = self.csv.open("w", encoding="utf-8", newline="")
        self._lines = csv.writer(self._text, lineterminator="\n")
        self._lines.writerow(table.names)
        self._held: list[DataRow] = []

    def add(self, row: DataRow) -> None:
        """Add one row."""
        self._held.append(row)
        self.rows += 1
        if len(self._held) >= _GROUP:
            self._flush()

    def _flush(self) -> None:
        if self._held:
            columns = [[row[name] for row in self._held] for name in self.table.names]
            arrays = [self._pa.array(c, type=f.type) for c, f in zip(columns, self._schema, strict=True)]
            self._writer.write_table(self._pa.table(arrays, schema=self._schema))
        if self._text is not None:
            self._lines.writerows([text_of(row[f.name], f) for f in self.table.fields] for row in self._held)
            if self.rows > MOST_CSV:
                self._text.close()
                self._text = None
                self.csv.unlink()
        self._held = []

    def close(self) -> None:
        """Write what is left and end the files."""
        self._flush()
        self._writer.close()
        if self._text is not None:
            self._text.close()

    def abandon(self) -> None:
        """Let go of the files without finishing them."""
        self._held = []
        for part in (self._writer, self._text):
            try:
                if part is not None:
                    part.close()
            except OSError:  # the disk is full: what is wrong was said already
                pass


class TableWriters:
    """Writers of several tables; finished on a clean end, let go on an error."""

    def __init__(self, tables: Sequence[DataTable], folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._writers = {table.name: TableWriter(table, folder) for table in tables}

    def add(self, table: str, row: DataRow) -> None:
        """Add one row to a table."""
        self._writers[table].add(row)

    @property
    def rows(self) -> Mapping[str, int]:
        """Rows of each table so far."""
        return {name: writer.rows for name, writer in self._writers.items()}

    def __enter__(self) -> TableWriters:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for writer in self._writers.values():
            writer.close() if kind is None else writer.abandon()
