"""What is forwarded, read from where it is kept: the journal and the audit trail, each by its own numbers."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from typing import Any, Final, Protocol, get_args

from amr_fleet.domain.events import JournalEntry
from amr_fleet.fleet_time import UNIX
from amr_fleet.store.accounts import AuditRow
from amr_fleet.store.audit_rows import AuditRows
from amr_fleet.syslog.message import ALERT, ERROR, INFO, NOTICE, WARNING, SyslogRecord
from amr_fleet.vocabulary import JournalKind

ALL_KINDS: Final[tuple[str, ...]] = get_args(JournalKind)
ALARM_KINDS: Final = ("alarm_raised", "alarm_acked", "alarm_cleared")
_ALERTS: Final = ("alarm.fire", "alarm.e_stop")
"""Beginnings of codes of alarms that somebody must look at at once."""


class SyslogFeed(Protocol):
    """Entries with rising numbers."""

    def last(self) -> int:
        """Return the number of the newest entry, 0 = there is none."""

    def after(self, number: int, limit: int) -> tuple[Sequence[SyslogRecord], int]:
        """Return at most limit entries behind one, and the number up to which that is all."""

    def close(self) -> None:
        """End what belongs to it alone."""


class SyslogJournal(Protocol):
    """What this needs of the journal."""

    def last_seq(self) -> int:
        """Return the number of the last entry."""

    def after(self, seq: int, kinds: Collection[str], limit: int) -> tuple[list[tuple[int, JournalEntry]], int]:
        """Return entries of some kinds behind entry seq, and up to which entry that is all there is."""


class JournalFeed:
    """Entries of some kinds. Fleet time is Unix time but in simulation, where an entry has the time of its reading."""

    def __init__(self, journal: SyslogJournal, kinds: Collection[str], clock: Callable[[], float] = time.time) -> None:
        self._journal, self._kinds, self._clock = journal, kinds, clock

    def last(self) -> int:
        """Return the number of the newest entry of any kind."""
        return self._journal.last_seq()

    def after(self, number: int, limit: int) -> tuple[Sequence[SyslogRecord], int]:
        """Return at most limit entries behind one, and the number up to which that is all. Raises store.failed."""
        found, until = self._journal.after(number, self._kinds, limit)
        return [self._record(seq, entry) for seq, entry in found], until

    def close(self) -> None:
        """Leave the journal open: it is the fleet's."""

    def _record(self, seq: int, entry: JournalEntry) -> SyslogRecord:
        facts: dict[str, Any] = {"t": entry.t, "kind": entry.kind, "order_id": entry.order_id, "robot": entry.robot}
        at = entry.t if entry.t >= UNIX else self._clock()
        return SyslogRecord("journal", seq, at, entry.kind, _severity(entry), {**facts, "facts": dict(entry.facts)})


class AuditFeed:
    """The audit trail of a database of accounts; it only reads."""

    def __init__(self, rows: AuditRows) -> None:
        self._rows = rows

    def last(self) -> int:
        """Return the number of the newest row. Raises store.failed."""
        return self._rows.last()

    def after(self, number: int, limit: int) -> tuple[Sequence[SyslogRecord], int]:
        """Return at most limit rows behind one, and the number up to which that is all. Raises store.failed."""
        rows = self._rows.after(number, limit)
        # A trail that is shorter than before was restored from a back-up: its newest row is where it goes on.
        return [_of_audit(row) for row in rows], rows[-1].id if rows else min(number, self.last())

    def close(self) -> None:
        """Close the database."""
        self._rows.close()


def _of_audit(row: AuditRow) -> SyslogRecord:
    facts = {name: value for name, value in vars(row).items() if name not in ("id", "at")}
    return SyslogRecord("audit", row.id, row.at, "audit", INFO if row.result == "ok" else WARNING, facts)


def _severity(entry: JournalEntry) -> int:
    if entry.kind == "alarm_raised":
        return ALERT if str(entry.facts.get("code", "")).startswith(_ALERTS) else ERROR
    return NOTICE if entry.kind in ALARM_KINDS else INFO
