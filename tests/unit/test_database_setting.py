"""What a database setting names, and that who only asks it imports no database."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from amr_fleet.store.where import file_of, is_postgresql


@pytest.mark.parametrize("where", ["postgresql://amr@host/fleet", "postgres://host/fleet"])
def test_a_server_is_no_file(where: str) -> None:
    assert is_postgresql(where)
    assert file_of(where) is None


@pytest.mark.parametrize("where", ["state/journal.sqlite3", "postgresql", "postgresql.sqlite3"])
def test_anything_else_is_a_file(where: str) -> None:
    assert not is_postgresql(where)
    assert file_of(where) == Path(where)


def test_memory_is_neither() -> None:
    assert not is_postgresql(":memory:")
    assert file_of(":memory:") is None


def test_what_launches_imports_no_database() -> None:
    look = "import sys, amr_bringup.launch_choice, amr_bringup.cli; print({'sqlalchemy', 'alembic'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("set()\n", "")
