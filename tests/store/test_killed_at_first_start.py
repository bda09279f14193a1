"""A process that is killed while it makes the tables leaves a database that the next one can open."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from sqlalchemy import inspect

from amr_fleet.store.database import Database

KILLED = """
import os, sys
from alembic import command
upgrade = command.upgrade

def and_die(*words):
    upgrade(*words)
    os._exit(9)  # as kill -9: nothing is committed, nothing is closed

command.upgrade = and_die
from amr_fleet.store.database import Database
Database(sys.argv[1])
"""


def test_the_next_start_makes_the_tables(tmp_path: Path) -> None:
    file = tmp_path / "journal.sqlite3"
    done = subprocess.run([sys.executable, "-c", KILLED, str(file)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 9, done.stderr
    database = Database(file)
    assert "journal" in inspect(database.engine).get_table_names()
    database.close()
