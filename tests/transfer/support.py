"""What the tests of the archive share: namespaces, and waiting until a demo has delivered."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest

DELIVERY = 1500.0
"""Seconds within which the first order must be delivered, on a machine that does other things."""


def need_namespaces() -> None:
    """Skip where no computer without network can be made; fail where AMR_NEED_HOSTS says that it can."""
    if why := _lacking():
        pytest.fail(why, pytrace=False) if os.environ.get("AMR_NEED_HOSTS") == "1" else pytest.skip(why)


def _lacking() -> str:
    if os.geteuid() != 0:
        return "needs root: a namespace without network and without this checkout"
    done = subprocess.run(["unshare", "--net", "--mount", "ip", "link", "set", "lo", "up"], capture_output=True)
    return "" if done.returncode == 0 else f"no namespaces here: {done.stderr.decode()[:200]}"


def delivered(journal: Path) -> int:
    """Return how many orders a journal says were delivered."""
    if not journal.exists():
        return 0
    with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as connection:
        try:
            return int(connection.execute("SELECT count(*) FROM journal WHERE kind = 'order_done'").fetchone()[0])
        except sqlite3.OperationalError:
            return 0  # its tables are just being made


def wait_for_delivery(process: subprocess.Popen[bytes], state: Path, log: Path, more: int = 1) -> None:
    """Wait until a demo has delivered more orders than its journal had; its end or too long a wait is a failure."""
    wanted, until = delivered(state / "journal.sqlite3") + more, time.monotonic() + DELIVERY
    while delivered(state / "journal.sqlite3") < wanted:
        assert process.poll() is None, log.read_text(encoding="utf-8", errors="replace")[-3000:]
        assert time.monotonic() < until, log.read_text(encoding="utf-8", errors="replace")[-3000:]
        time.sleep(1.0)
