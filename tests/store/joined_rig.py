"""A folder of a fleet whose journal and accounts are two files, and copies of the accounts that somebody kept."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from typer.testing import CliRunner, Result

from amr_bringup.cli import app
from amr_core.errors import AmrError
from amr_fleet.api.users import UserStore
from amr_fleet.store.joined import journal_beside
from amr_fleet.store.journal import JournalStore
from tests.api.api_support import FAST, PASSWORD
from tests.store.ledger_rig import entries

ACCOUNTS, JOURNAL = "users.sqlite3", "journal.sqlite3"


class State:
    """A --state folder whose fleet runs until `end`, and whose accounts were once copied."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.blamed: list[AmrError] = []
        self.store = JournalStore(str(folder / JOURNAL))
        self.store.own(site="lab")
        self.store.append(entries(5))
        self.users = UserStore(folder / ACCOUNTS, hasher=FAST)
        self.users.add("sep", PASSWORD, "admin")
        self.users.add("lan", PASSWORD, "admin")
        self.keeper = self.store.keeper(self.blamed.append, folder / ACCOUNTS)

    def keep(self, name: str) -> Path:
        """Copy the accounts with their mark, as whoever reaches the disk can."""
        kept = self.folder / name
        kept.mkdir()
        with closing(sqlite3.connect(self.folder / ACCOUNTS)) as now, closing(sqlite3.connect(kept / ACCOUNTS)) as then:
            now.backup(then)
        for mark in self.folder.glob(f"{ACCOUNTS}*.mark"):
            shutil.copy(mark, kept / mark.name)
        return kept

    def put_back(self, kept: Path) -> None:
        for end in ("-wal", "-shm"):
            (self.folder / f"{ACCOUNTS}{end}").unlink(missing_ok=True)
        for file in kept.iterdir():
            shutil.copy(file, self.folder / file.name)

    def end(self) -> None:
        self.users.close()
        self.keeper.close()
        self.store.close()

    def run(self) -> list[str]:
        """Start a fleet and end it; return the codes of what it was refused with and of what its keeper blamed."""
        told: list[AmrError] = []
        with closing(JournalStore(str(self.folder / JOURNAL))) as store:
            store.own(site="lab")
            keeper = store.keeper(told.append, self.folder / ACCOUNTS)
            try:
                self.start()
            except AmrError as error:
                told.append(error)
            keeper.close()
        return [error.code for error in told]

    def add(self, *names: str) -> None:
        with closing(UserStore(self.folder / ACCOUNTS, hasher=FAST)) as users:
            for name in names:
                users.add(name, PASSWORD, "viewer")

    def start(self) -> None:
        """Check as a start of the API does; raises what it is refused with."""
        with closing(UserStore(self.folder / ACCOUNTS, hasher=FAST)) as users:
            users.rows.check(journal_beside(str(self.folder / JOURNAL), self.folder / ACCOUNTS))

    def amr_journal(self, command: str, *more: str) -> Result:
        return CliRunner().invoke(app, ["journal", command, str(self.folder), *more])
