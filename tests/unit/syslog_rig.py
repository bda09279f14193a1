"""A log server and what is told to it."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from amr_fleet.domain.events import JournalEntry
from amr_fleet.store.accounts import AccountStore
from amr_fleet.store.audit_rows import AuditRows
from amr_fleet.store.database import Database
from amr_fleet.store.journal import JournalStore
from amr_fleet.store.outgoing import OutgoingStore
from amr_fleet.syslog.desk import Syslog
from amr_fleet.syslog.feeds import ALARM_KINDS, ALL_KINDS, AuditFeed, JournalFeed
from amr_fleet.syslog.settings import SyslogSettings

NOW = 1_800_000_000.0
PLAIN: dict[str, Any] = {"name": "port", "host": "127.0.0.1", "transport": "tcp", "plain": True}
SEEN = JournalEntry(t=NOW + 0.5, kind="order_created", order_id="T1", facts={"pick_place": "D01", "drop_place": "A1W"})


def entry(number: int) -> JournalEntry:
    return replace(SEEN, t=NOW + number, order_id=f"T{number}")


@dataclass
class Rig:
    """A forwarder on clocks of its own, whose journal and audit trail are real ones."""

    folder: Path
    more: dict[str, Any] = field(default_factory=dict)
    clock: float = 100.0
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.journal = JournalStore(str(self.folder / "journal.sqlite3"))
        self.accounts = AccountStore(Database(self.folder / "users.sqlite3"))

    def open(self, *receivers: dict[str, Any]) -> Syslog:
        settings = SyslogSettings.model_validate({"receivers": list(receivers), "loopback": True, **self.more})
        self.desk = Syslog(
            settings,
            {
                "journal": JournalFeed(self.journal, ALL_KINDS, lambda: NOW),
                "alarms": JournalFeed(self.journal, ALARM_KINDS, lambda: NOW),
                "audit": AuditFeed(AuditRows(self.folder / "users.sqlite3")),
            },
            OutgoingStore(str(self.folder / "syslog.sqlite3")), log=self.said.append,
            steady=lambda: self.clock, clock=lambda: NOW,
        )  # fmt: skip
        return self.desk

    def close(self) -> None:
        if hasattr(self, "desk"):
            self.desk.close()
        self.journal.close()
        self.accounts.close()

    def pass_(self, seconds: float = 0.5) -> int:
        self.clock += seconds
        return self.desk.forward("port")


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
