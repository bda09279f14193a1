"""A PostgreSQL server for a test or bench, where Debian's is installed; reachable by its socket, and as it is told."""

from __future__ import annotations

import os
import shutil
import subprocess
import uuid
from pathlib import Path
from typing import Final

from amr_core.errors import AmrError

INSTALLED: Final = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
_USER: Final = "postgres"  # the server does not run as root


class PostgresServer:
    """A server with a folder of its own, which `remove` takes away. safe: each commit waits for the disk.

    address: at which it listens from its next start on, beside its socket; "" = nowhere.
    """

    def __init__(self, *, safe: bool) -> None:
        """Make and start it. Raises store.failed."""
        self.address = ""
        self.folder = Path("/tmp") / f"amr-postgresql-{uuid.uuid4().hex[:8]}"  # a socket's path may have 107 characters
        self.folder.mkdir(mode=0o700)
        if os.geteuid() == 0:
            shutil.chown(self.folder, _USER)
        self._bin, self._data, self._safe = INSTALLED[-1].parent, self.folder / "data", safe
        self._run(self._bin / "initdb", "-D", self._data, "-U", _USER, "-A", "trust", "-N", "--locale=C", "-E", "UTF8")
        self.start()

    def _run(self, *arguments: str | Path) -> None:
        user = _USER if os.geteuid() == 0 else None
        done = subprocess.run([str(a) for a in arguments], cwd=self.folder, user=user, capture_output=True, text=True)
        if done.returncode != 0:
            raise AmrError("store.failed", reason=(done.stdout + done.stderr)[-300:])

    def _control(self, *words: str | Path) -> None:
        self._run(self._bin / "pg_ctl", "-D", self._data, "-w", *words)

    def start(self) -> None:
        """Start it."""
        options = f"-k {self.folder} -c listen_addresses='{self.address}' -c fsync={'on' if self._safe else 'off'}"
        self._control("-l", self.folder / "log", "-o", options, "start")

    def let_in(self, network: str) -> None:
        """Believe who comes from a network (10.77.0.0/24), from the next start on."""
        with (self._data / "pg_hba.conf").open("a") as file:
            file.write(f"host all all {network} trust\n")

    def stop(self) -> None:
        """Stop it in the midst of whatever it does."""
        self._control("-m", "immediate", "stop")

    def database(self) -> str:
        """Return the setting of a new database."""
        import psycopg

        name = f"t{uuid.uuid4().hex[:10]}"
        with psycopg.connect(f"postgresql://{_USER}@/postgres?host={self.folder}", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return f"postgresql://{_USER}@/{name}?host={self.folder}"

    def seconds(self) -> float:
        """Return what its processes have used of the processor, s."""
        found = 0.0
        head = int((self._data / "postmaster.pid").read_text().split()[0])
        for path in Path("/proc").glob("[0-9]*"):
            try:
                words = (path / "stat").read_text().rpartition(")")[2].split()
            except OSError:  # no process, or one that has ended
                continue
            if int(path.name) == head or int(words[1]) == head:
                used = words[11:15] if int(path.name) == head else words[11:13]  # the head has those that ended
                found += sum(map(int, used)) / os.sysconf("SC_CLK_TCK")
        return found

    def remove(self) -> None:
        """Take its folder away."""
        shutil.rmtree(self.folder, ignore_errors=True)
