"""What has to be done to a journal again and again: empty the write-ahead log, sign, look for damage. One thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from amr_core.errors import AmrError
from amr_fleet.store.database import Database, failing
from amr_fleet.store.joined import note_accounts
from amr_fleet.store.ledger import Ledger, folder_of, key_of
from amr_fleet.store.verify import check
from amr_fleet.store.where import file_of

EMPTY_EVERY: Final = 10.0  # s; so much of the journal is in the write-ahead log only
# s; chosen: so much of a journal could be changed unseen by who has the disk; each costs a signature and a write
SIGN_EVERY: Final = 900.0
NOTE_EVERY: Final = 60.0  # s; so long old accounts pass for new after a kill; it costs 0.2 s of 100,000 leaves
# s; chosen: a damaged page is known before the next day's backup is made of it; each look reads the whole file
LOOK_EVERY: Final = 3600.0


class Keeper:
    """Runs from `start` until `close`. blame(error) is called, in its thread, for each thing that went wrong."""

    def __init__(
        self, database: Database, ledger: Ledger, blame: Callable[[AmrError], None],
        accounts: Path | None = None, evidence: Path | None = None,
    ) -> None:  # fmt: skip
        """accounts: their file, where they are in one of their own; the journal's tree keeps how far they had come.

        evidence: folder of key and marks, None = beside each file.
        """
        self._database = database
        self._accounts = accounts if file_of(database.where) not in (None, accounts) else None
        self._evidence = evidence
        self._ledger = ledger
        self._blame = blame
        self._over = threading.Event()
        self._soon = threading.Event()
        self._owed = False  # that signature failed, and its failure was said
        self._thread = threading.Thread(target=self._run, name="journal_keeper", daemon=True)
        now = time.monotonic()
        work: list[tuple[float, Callable[[], object]]] = [
            (NOTE_EVERY, self._note),
            (SIGN_EVERY, ledger.checkpoint),
        ]
        if database.where != ":memory:":  # nothing there can be damaged, and its one connection writes meanwhile
            work.append((LOOK_EVERY, lambda: check(database, ledger)))
        if self._accounts is not None:
            work.append((LOOK_EVERY, self._look_at_accounts))
        if file_of(database.where) is not None:
            work.append((EMPTY_EVERY, self.empty))
        self._due = [(now + period, period, do) for period, do in work]

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def empty(self) -> None:
        """Move what is in the write-ahead log of a SQLite file into the main file."""
        with failing(), self._database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")

    def sign_soon(self) -> None:
        """Have its thread sign within a second: something was written that others will ask a signature for."""
        self._soon.set()

    def tick(self, now: float) -> None:
        """Do what is due at monotonic time now (s)."""
        if self._soon.is_set():
            self._soon.clear()  # before it signs: what is written meanwhile may be in no signature yet
            self._owed = not self._do(self._ledger.checkpoint, quiet=self._owed)
            if self._owed:
                self._soon.set()
        for number, (at, period, do) in enumerate(self._due):
            if now < at:
                continue
            self._due[number] = (now + period, period, do)
            self._do(do)

    def _do(self, work: Callable[[], object], *, quiet: bool = False) -> bool:
        """Return whether it went well. quiet: what fails again has been said."""
        try:
            work()
        except AmrError as error:
            found = error
        except Exception as error:  # a thread that ended would sign and look no more, and tell nobody
            found = AmrError("internal", reason=f"{type(error).__name__}: {error}"[:200])
        else:
            return True
        if not quiet:
            self._blame(found)
        return False

    def _run(self) -> None:
        while not self._over.wait(1.0):
            self.tick(time.monotonic())

    def close(self) -> None:
        """End, and sign once more."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()
        self._do(self._note)
        self._do(self._ledger.checkpoint)

    def _look_at_accounts(self) -> None:
        """Look at all rows of accounts in a file of their own, as at the start of what serves them."""
        if self._accounts is None or not self._accounts.is_file():  # `_note` tells of accounts that are gone
            return
        with closing(Database(self._accounts)) as accounts:
            folder = self._evidence or folder_of(accounts)
            with closing(Ledger(accounts, "accounts", folder if key_of(folder) is not None else None)) as ledger:
                check(accounts, ledger)

    def _note(self) -> None:
        if self._accounts is not None:
            note_accounts(self._database, self._ledger, self._accounts, self._evidence)
