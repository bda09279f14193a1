"""The same tests on SQLite and on PostgreSQL; Debian's server is started for them when it is there."""

from __future__ import annotations

import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

_INSTALLED = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
_USER = "postgres"  # the server does not run as root


def _run(folder: Path, *arguments: str | Path) -> None:
    user = _USER if os.geteuid() == 0 else None
    done = subprocess.run([str(a) for a in arguments], cwd=folder, user=user, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the socket folder of a running server, reachable from this machine only."""
    if not _INSTALLED:
        reason = "PostgreSQL is not installed: apt-get install postgresql"
        if os.environ.get("AMR_NEED_POSTGRESQL") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    folder = Path("/tmp") / f"amr-postgresql-{uuid.uuid4().hex[:8]}"  # a socket's path may have 107 characters
    folder.mkdir(mode=0o700)
    if os.geteuid() == 0:
        shutil.chown(folder, _USER)
    bin_folder, data = _INSTALLED[-1].parent, folder / "data"
    try:
        _run(folder, bin_folder / "initdb", "-D", data, "-U", _USER, "-A", "trust", "-N", "--locale=C", "-E", "UTF8")
        options = f"-k {folder} -c listen_addresses='' -c fsync=off"
        _run(folder, bin_folder / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start")
        yield str(folder)
        _run(folder, bin_folder / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the setting of an empty database."""
    if request.param == "sqlite":
        return str(tmp_path / "sub" / "fleet.sqlite3")
    import psycopg

    folder = request.getfixturevalue("postgresql")
    name = f"t{uuid.uuid4().hex[:10]}"
    with psycopg.connect(f"postgresql://{_USER}@/postgres?host={folder}", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return f"postgresql://{_USER}@/{name}?host={folder}"
