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


class Server:
    """A PostgreSQL server of a test's own, reachable from this machine only."""

    def __init__(self) -> None:
        self.folder = Path("/tmp") / f"amr-postgresql-{uuid.uuid4().hex[:8]}"  # a socket's path may have 107 characters
        self.folder.mkdir(mode=0o700)
        if os.geteuid() == 0:
            shutil.chown(self.folder, _USER)
        self._bin, self._data = _INSTALLED[-1].parent, self.folder / "data"
        init = ("-D", self._data, "-U", _USER, "-A", "trust", "-N", "--locale=C", "-E", "UTF8")
        _run(self.folder, self._bin / "initdb", *init)
        self.start()

    def start(self) -> None:
        """Start it."""
        options = f"-k {self.folder} -c listen_addresses='' -c fsync=off"
        _run(self.folder, *self._control("-l", self.folder / "log", "-o", options, "start"))

    def stop(self) -> None:
        """Stop it in the midst of whatever it does."""
        _run(self.folder, *self._control("-m", "immediate", "stop"))

    def _control(self, *words: str | Path) -> tuple[str | Path, ...]:
        return (self._bin / "pg_ctl", "-D", self._data, "-w", *words)

    def database(self) -> str:
        """Return the setting of a new database."""
        import psycopg

        name = f"t{uuid.uuid4().hex[:10]}"
        with psycopg.connect(f"postgresql://{_USER}@/postgres?host={self.folder}", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return f"postgresql://{_USER}@/{name}?host={self.folder}"


def _server() -> Iterator[Server]:
    if not _INSTALLED:
        reason = "PostgreSQL is not installed: apt-get install postgresql"
        if os.environ.get("AMR_NEED_POSTGRESQL") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    server = Server()
    try:
        yield server
        server.stop()
    finally:
        shutil.rmtree(server.folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """Return a running server for all tests."""
    yield from _server()


@pytest.fixture
def own_postgresql() -> Iterator[Server]:
    """Return a running server that one test may stop and start."""
    yield from _server()


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the setting of an empty database."""
    if request.param == "sqlite":
        return str(tmp_path / "sub" / "fleet.sqlite3")
    server: Server = request.getfixturevalue("postgresql")
    return server.database()
