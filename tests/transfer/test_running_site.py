"""A running site goes from release 0.1.0 to the present one and back, by the steps of docs/transfer.md.

Both run as `amr demo` on the same state folder, 0.1.0 out of git's history on the libraries of .venv. Journal, accounts
and what people have set are kept; orders that were under way are delivered by whoever runs next. `make nightly`.
"""

from __future__ import annotations

import contextlib
import http.cookiejar
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import release_state

from tests.transfer.support import wait_for_delivery

pytestmark = [pytest.mark.transfer_long, pytest.mark.timeout(3600)]
NAME, WORD = "lan", "correct-horse-battery"
CLI = "import sys; sys.argv[0] = 'amr'; from amr_bringup.cli import main; raise SystemExit(main())"
ADD = """
import sys; from pathlib import Path; from amr_fleet.api.users import UserStore
users = UserStore(Path(sys.argv[1]) / "users.sqlite3")
users.add("lan", "correct-horse-battery", "operator")
users.close()
"""
CLOSED = {"kind": "closed", "polygon": [[18.5, 0.3], [19.5, 0.3], [19.5, 1.3]], "text": "Sàn ướt", "zone_id": "san-uot"}

_ORDER = {"pick_place": "D1", "drop_place": "A1", "priority": 1}
BOOK = {
    "/templates/hang-khan": _ORDER,
    "/schedules/hang-dem": {"order": _ORDER, "first_in_s": 500_000.0, "every_s": 86_400.0},
    "/cutoffs/sa-lan-7": {"kind": "barge", "in_s": 400_000.0},
}


def environment(release: Path | None) -> dict[str, str]:
    """Return the variables with which a release's packages go before those of .venv; None: the present one."""
    found = {key: value for key, value in os.environ.items() if not key.startswith(("AMR_", "PYTHONPATH"))}
    if release is not None:
        found["PYTHONPATH"] = os.pathsep.join(str(package) for package in sorted((release / "src").glob("amr_*")))
    return found


def amr(release: Path | None, *words: str | Path) -> str:
    """Run a command of a release; return what it prints."""
    call = [sys.executable, "-c", CLI, *map(str, words)]
    done = subprocess.run(call, env=environment(release), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class Site:
    """A demo that runs, with somebody logged in."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, state: Path, log: Path) -> None:
        self.process, self.state, self.log = process, state, log
        self._url = f"http://127.0.0.1:{port}/api/v1"
        self._web = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def ask(self, path: str, body: object | None = None, method: str | None = None) -> Any:
        """GET, or POST (or another method) a body; return the answer."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "Idempotency-Key": uuid.uuid4().hex}
        request = urllib.request.Request(self._url + path, data, headers, method=method)
        with self._web.open(request, timeout=60) as answer:
            return json.load(answer)

    def log_in(self) -> None:
        self.ask("/login", {"user": NAME, "password": WORD})

    def settings(self) -> dict[str, Any]:
        """Return what people have set: closed zones, templates, recurring orders, cut-offs."""
        zones, book = self.ask("/zones")["zones"], self.ask("/book")
        return {
            "zones": [(zone["zone_id"], zone["text"]) for zone in zones if zone["text"]],
            "templates": [
                (one["name"], one["order"]["pick_place"], one["order"]["priority"]) for one in book["templates"]
            ],
            "schedules": [(one["name"], one["every"], one["next_at"]) for one in book["schedules"]],
            "cutoffs": [(one["name"], one["kind"], one["at"]) for one in book["cutoffs"]],
        }

    def deliver(self) -> None:
        wait_for_delivery(self.process, self.state, self.log)

    def next_order(self) -> None:
        """Wait until the robot is on its way to another load: nothing is on board, so nobody has to unload it."""
        until = time.monotonic() + 600.0
        while _last(self.state) != "order_assigned":
            assert time.monotonic() < until, self.log.read_text(encoding="utf-8")[-3000:]
            time.sleep(0.1)


def _last(state: Path) -> str:
    """Return what was the newest step of an order with the robot."""
    steps = ("order_assigned", "order_picked", "order_done")
    return next((row[2] for row in reversed(rows(state)) if row[2] in steps), "")


@contextlib.contextmanager
def running(release: Path | None, state: Path) -> Iterator[Site]:
    """Start a release's demo on a state folder; end it as a person does."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = ["demo", "--site", "lab", "--robots", "1", "--rtf", "3", "--orders-per-hour", "60", "--state", state,
             "--port", port]  # fmt: skip
    log = state.with_suffix(f".{'new' if release is None else 'old'}.log")
    with log.open("wb") as out:
        call = [sys.executable, "-c", CLI, *map(str, words)]
        process = subprocess.Popen(call, env=environment(release), cwd=release, stdout=out, stderr=out)
        site = Site(process, port, state, log)
        try:
            site.deliver()
            site.log_in()
            yield site
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(120)


def rows(state: Path) -> list[tuple[Any, ...]]:
    """Return the journal as it lies in the file."""
    with closing(sqlite3.connect(f"file:{state / 'journal.sqlite3'}?mode=ro", uri=True)) as connection:
        query = "SELECT seq, t, kind, order_id, robot, payload FROM journal ORDER BY seq"
        return connection.execute(query).fetchall()


def finished(state: Path) -> set[str]:
    return {row[3] for row in rows(state) if row[2] in ("order_done", "order_cancelled", "order_failed")}


def created(state: Path) -> set[str]:
    return {row[3] for row in rows(state) if row[2] == "order_created"}


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """Return the packages of 0.1.0."""
    if not release_state.has_history():
        pytest.skip("git does not have the commit of 0.1.0 here (a shallow clone)")
    folder = tmp_path / "release"
    folder.mkdir()
    release_state.extract(folder)
    return folder


def test_a_running_site_is_upgraded_keeps_all_and_can_be_rolled_back(release: Path, tmp_path: Path) -> None:
    state, backup, back = tmp_path / "state", tmp_path / "backup", tmp_path / "back"
    state.mkdir()
    subprocess.run([sys.executable, "-c", ADD, state], env=environment(release), check=True)
    with running(release, state) as site:
        site.ask("/zones", CLOSED)
        for path, body in BOOK.items():
            site.ask(path, body, "PUT")
        kept = site.settings()
        assert all(kept.values()), kept
        site.next_order()
    before = rows(state)
    open_orders = created(state) - finished(state)
    assert open_orders, "something was under way"
    assert "whole" in amr(release, "journal", "verify", state)
    amr(release, "journal", "backup", state, backup)
    # A real robot stands where it stood; the simulated one of 0.1.0 begins in its bay again and must not know better.
    for noted in state.glob("*.pose.json"):
        noted.unlink()

    with running(None, state) as site:
        assert site.settings() == kept
    after = rows(state)
    assert after[: len(before)] == before, "what 0.1.0 wrote is untouched"
    assert open_orders & (finished(state) - {row[3] for row in before if row[2] == "order_done"}), "and went on"
    assert {row[2] for row in after if row[3] in open_orders}.isdisjoint({"order_failed", "order_cancelled"})
    assert ": whole" in amr(None, "journal", "verify", state)

    back.mkdir()
    shutil.copy(state / "evidence.key", back)
    for name in ("journal.sqlite3", "users.sqlite3"):
        amr(release, "journal", "restore", backup / name, back / name, "--by", NAME)
    with running(release, back) as site:
        assert site.settings() == kept
    assert rows(back)[: len(before)] == before
    assert open_orders & finished(back), "0.1.0 delivers them, too"
    assert "whole" in amr(release, "journal", "verify", back)
