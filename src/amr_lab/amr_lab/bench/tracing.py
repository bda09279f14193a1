"""What OpenTelemetry's traces cost the server: journal entries and goals of many robots, to a collector on loopback."""

from __future__ import annotations

import json
import logging
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

from amr_core.errors import Fact
from amr_fleet.domain.events import JournalEntry
from amr_fleet.neighbours.order_traces import ACTIONS, SUCCEEDED
from amr_fleet.neighbours.sending import SpanSender
from amr_fleet.neighbours.settings import Tracing
from amr_fleet.neighbours.tracing_desk import TracingDesk
from amr_fleet.store.journal import JournalStore
from amr_fleet.vocabulary import JournalKind

GOAL_CORE: Final = 0.02  # share of a core with 200 robots: the goal of docs/neighbours.md
ORDER_S: Final = 300.0
"""s that an order keeps a robot, with pick, drop and the way between them."""
_OTHERS: Final = 10
"""Entries of other kinds for each mission: what robots hold, states. They are passed over."""
_STATUSES: Final = (1, 2, 2, SUCCEEDED)
_FOLLOW_S: Final = 0.5
"""s between two looks of the desk at the journal."""


class _Taker(BaseHTTPRequestHandler):
    """A collector that takes everything."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Answer as OTLP has it: an empty message says that all was taken."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args: Any) -> None:
        """Say nothing."""


def _collect(ready: Connection) -> None:
    server = HTTPServer(("127.0.0.1", 0), _Taker)
    ready.send(server.server_port)
    server.serve_forever()


def life(robot: str, number: int, t: float) -> list[list[JournalEntry]]:
    """Return what the journal says of one order: until its pick begins, its drop begins, its end."""
    order = f"T{number}"

    def entry(name: JournalKind, **facts: Fact) -> JournalEntry:
        return JournalEntry(t=t, kind=name, order_id=order, robot=robot, facts=facts)

    def others() -> list[JournalEntry]:
        return [JournalEntry(t=t, kind="robot_holds", robot=robot, facts={"held": "a b c"}) for _ in range(_OTHERS)]

    def begins(kind: str) -> JournalEntry:
        mission = f"M{number}-{kind}"
        return entry("mission_started", mission=mission, kind=kind, goal="D1_1", action=f"{order}:{kind}")

    request: dict[str, Fact] = {
        "pick_place": "D1",
        "drop_place": "A1",
        "reference": f"PO-{number}",
        "load_id": "",
        "priority": 0,
    }
    return [
        [entry("order_created", **request), entry("order_assigned"), begins("pick"), *others()],
        [
            entry("order_picked", place="D1"), entry("mission_ended", mission=f"M{number}-pick", why="finished"),
            begins("drop"), *others(),
        ],
        [entry("order_done", place="A1"), entry("mission_ended", mission=f"M{number}-drop", why="finished")],
    ]  # fmt: skip


def run_tracing(robots: int, seconds: float, output: Path | None) -> bool:
    """Measure and print; True when traces of robots that always work take at most GOAL_CORE of a core.

    seconds: of the site's time. It is not waited for: what the desk and its threads do in that time is done at once.
    """
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    collector = context.Process(target=_collect, args=(theirs,), daemon=True)
    collector.start()
    try:
        found = _measure(robots, seconds, f"http://127.0.0.1:{ours.recv()}/v1/traces")
    finally:
        collector.terminate()
        collector.join(10.0)
    text = json.dumps(found, indent=2)
    sys.stdout.write(text + "\n")
    if output is not None:
        output.write_text(text + "\n", encoding="utf-8")
    return bool(found["core"] <= GOAL_CORE and found["lost"] == 0)


def _measure(robots: int, seconds: float, url: str) -> dict[str, Any]:
    settings = Tracing(url=url, plain=True, loopback=True)
    with tempfile.TemporaryDirectory() as folder:
        journal = JournalStore(str(Path(folder) / "journal.sqlite3"))
        sender = SpanSender(settings, "bench", lambda text: sys.stderr.write(f"{text}\n"))
        now = 1.8e9
        desk = TracingDesk(journal, "bench", sender, lambda: now, clock=lambda: now)
        steps, per_step, orders, used = round(seconds / _FOLLOW_S), robots * _FOLLOW_S / ORDER_S, 0, 0.0
        for step in range(steps):
            due, robot, now = int((step + 1) * per_step), f"amr_{step % robots:03d}", now + _FOLLOW_S
            parts = [life(robot, number, now) for number in range(orders, due)]
            used += _spent(desk.follow)  # as often as there is nothing new
            for part in range(3):
                for told in parts:
                    journal.append(told[part])
                used += _spent(desk.follow)
                if part < 2:
                    used += _spent(partial(_goals, desk, robot, range(orders, due), part))
            used += _spent(sender.send)
            orders = due
        sender.send()
        journal.close()
        return {
            "robots": robots, "site_seconds": seconds, "orders": orders, "spans": sender.sent, "lost": sender.lost,
            "cpu_s": round(used, 3), "ms_an_order": round(1e3 * used / max(1, orders), 2),
            "core": round(used / seconds, 5), "goal_core": GOAL_CORE,
        }  # fmt: skip


def _goals(desk: TracingDesk, robot: str, numbers: range, part: int) -> None:
    for number in numbers:
        for action in ACTIONS:
            for status in _STATUSES:
                desk.goal(robot, action, f"{number}-{part}-{action}", status)
    desk.follow()


def _spent(what: Callable[[], object]) -> float:
    began = time.process_time()
    what()
    return time.process_time() - began
