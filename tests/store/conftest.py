"""The same tests on SQLite and on PostgreSQL; Debian's server is started for them when it is there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from amr_lab.postgresql import INSTALLED, PostgresServer


class Server(PostgresServer):
    """A PostgreSQL server of a test's own; nothing waits for the disk."""

    def __init__(self) -> None:
        super().__init__(safe=False)


def _server() -> Iterator[Server]:
    if not INSTALLED:
        reason = "PostgreSQL is not installed: apt-get install postgresql"
        if os.environ.get("AMR_NEED_POSTGRESQL") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    server = Server()
    try:
        yield server
        server.stop()
    finally:
        server.remove()


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
