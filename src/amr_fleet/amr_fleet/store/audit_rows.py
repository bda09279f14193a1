"""The audit trail for who only reads it, oldest row first."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import func, select

from amr_fleet.store.accounts import AuditRow
from amr_fleet.store.database import Database
from amr_fleet.store.schema import audit


class AuditRows:
    """Rows of a database of accounts. Every failure is AmrError("store.failed"). Any thread."""

    def __init__(self, where: str | Path) -> None:
        """where: a file's path, or postgresql://user@host/name."""
        self._database = Database(where)

    def last(self) -> int:
        """Return the id of the newest row, 0 = there is none."""
        with self._database.begin() as connection:
            return int(connection.execute(select(func.coalesce(func.max(audit.c.id), 0))).scalar_one())

    def after(self, number: int, limit: int) -> Sequence[AuditRow]:
        """Return at most limit rows behind one."""
        query = select(*(audit.c[name] for name in AuditRow.__dataclass_fields__)).where(audit.c.id > number)
        with self._database.begin() as connection:
            return [AuditRow(**row._mapping) for row in connection.execute(query.order_by(audit.c.id).limit(limit))]

    def close(self) -> None:
        """Close the database."""
        self._database.close()
