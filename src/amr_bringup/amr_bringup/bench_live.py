"""`amr bench live`: the live feed with many robots and clients: age of a snapshot when it arrives, CPU, memory."""

from __future__ import annotations

import asyncio
import json
import math
import multiprocessing
import re
import resource
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, cast

import numpy as np
from rich.console import Console
from rich.table import Table
from websockets.asyncio.client import connect

from amr_core.site import load_site
from amr_fleet.api import server
from amr_fleet.api.live import PERIOD_S
from amr_fleet.api.users import UserStore
from amr_fleet.ports import BookView, FleetPort, FleetSnapshot, Kpi, OrderView, Reason, RobotView

_T = re.compile(r'"t":([\d.]+)')
_PASSWORD = "bench-only-password"


class Moving:
    """A fleet whose robots drive in circles; t is the wall clock, so a client can tell a snapshot's age."""

    def __init__(self, robots: int, orders: int) -> None:
        self._robots, self._orders = robots, orders

    def snapshot(self) -> FleetSnapshot:
        """Return the moment's picture, made as the engine makes it: new values each time."""
        t = time.time()
        robots = tuple(_robot(i, t) for i in range(self._robots))
        orders = tuple(_order(i, t) for i in range(self._orders))
        return FleetSnapshot(
            t=t, rtf=1.0, robots=robots, orders=orders, tracks=(), kpi=Kpi(), all_paused=False, ready=True
        )

    def book(self) -> BookView:
        """Return a book with nothing in it."""
        return BookView()


def _robot(i: int, t: float) -> RobotView:
    turn = t / 20.0 + i
    x, y = 60 + 50 * math.cos(turn), 25 + 20 * math.sin(turn)
    way = [(x + 0.5 * k, y) for k in range(10)]
    return RobotView(
        name=f"amr_{i:03d}", type="lift_amr", status="BUSY", order_id=f"T{i:06d}", x=x, y=y, theta=turn, v=1.0,
        soc=0.8, charging=False, loaded=True, paused=False, online=True, localized=True, node=f"N{i}", path=way,
        base=way, waiting=Reason("wait.traffic", {"robot": "amr_001", "node": "N1"}, t - 4), errors=(),
    )  # fmt: skip


def _order(i: int, t: float) -> OrderView:
    return OrderView(
        order_id=f"T{i:06d}", reference=f"R{i}", load_id=f"PAL-{i}", pick_place="D01", drop_place="A1W", priority=0,
        deadline=t + 900, state="TO_DROP", robot=f"amr_{i:03d}", created=t - 90, assigned=t - 80, picked=t - 10,
        finished=0.0, reason=None,
    )  # fmt: skip


async def _listen(url: str, token: str, clients: int, seconds: float) -> dict[str, float]:
    """Open the clients and one that never reads; return the ages (s) of what arrived, and how much."""
    ages: list[float] = []
    size = opened = 0
    counting = False

    async def one(reads: bool) -> None:
        nonlocal size, opened
        headers = {"Authorization": f"Bearer {token}"}
        async with connect(url, additional_headers=headers, max_size=None, max_queue=2, compression=None) as socket:
            opened += 1
            if not reads:
                await asyncio.Event().wait()
            while True:
                text = str(await socket.recv())
                found = _T.search(text, 0, 100)
                if counting and found is not None:
                    ages.append(time.time() - float(found.group(1)))
                size = len(text)

    tasks = [asyncio.create_task(one(i > 0)) for i in range(clients + 1)]
    while opened <= clients and not any(task.done() for task in tasks):
        await asyncio.sleep(0.05)
    counting = True
    await asyncio.sleep(seconds)
    for task in tasks:
        task.cancel()
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    broken = [e for e in ended[1:] if isinstance(e, Exception)]
    if broken:
        raise broken[0]
    return {"messages": len(ages), "bytes": size, "p50": _rank(ages, 50), "p95": _rank(ages, 95)}


def _rank(values: list[float], q: float) -> float:
    return float(np.percentile(values, q)) if values else math.nan


def _client(url: str, token: str, clients: int, seconds: float, answer: Connection) -> None:
    answer.send(asyncio.run(_listen(url, token, clients, seconds)))


def measure(robots: int, clients: int, seconds: float) -> dict[str, Any]:
    """Run server and clients in two processes; return the figures."""
    with tempfile.TemporaryDirectory(prefix="amr_bench_") as folder:
        users = UserStore(Path(folder) / "users.db")
        users.add("bench", _PASSWORD, "viewer")
        token = users.open_session("bench", "token", "bench")
        fleet = cast(FleetPort, Moving(robots, robots))
        handle = server.start(fleet, load_site("cai_cui"), port_number=0, users=users)
        ours, theirs = multiprocessing.Pipe()
        url = handle.url.replace("http", "ws") + "/api/v1/live"
        spawn = multiprocessing.get_context("spawn")
        process = spawn.Process(target=_client, args=(url, token, clients, seconds, theirs))
        began, cpu = time.monotonic(), time.process_time()
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        process.start()
        got: dict[str, float] = ours.recv() if ours.poll(seconds + 120) else {}
        wall, used = time.monotonic() - began, time.process_time() - cpu
        process.join(10)
        handle.stop()
        users.close()
    return {
        "robots": robots, "clients": clients, "snapshot_bytes": got.get("bytes", 0),
        "messages_per_client_s": round(got.get("messages", 0) / clients / seconds, 2),
        "age_p50_ms": round(1000 * got.get("p50", math.nan), 1),
        "age_p95_ms": round(1000 * got.get("p95", math.nan), 1),
        "server_cpu_cores": round(used / wall, 3),
        "memory_growth_mb": round((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory) / 1024, 1),
    }  # fmt: skip


def run_live_bench(output: Path | None, robots: int, clients: int, seconds: float) -> None:
    """Measure, print a table and, if wanted, write JSON."""
    figures = measure(robots, clients, seconds)
    table = Table("figure", "value", title=f"live feed at {1 / PERIOD_S:g} Hz, one more client never reads")
    for name, value in figures.items():
        table.add_row(name, str(value))
    Console().print(table)
    if output is not None:
        output.write_text(json.dumps(figures, indent=2) + "\n")
