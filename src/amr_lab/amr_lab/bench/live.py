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
import zlib
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from rich.console import Console
from rich.table import Table
from websockets.asyncio.client import connect

from amr_core.site import load_site
from amr_fleet.api import server
from amr_fleet.api.live import PERIOD_S
from amr_fleet.api.users import UserStore
from amr_fleet.ports import BookView, EngineCondition, FleetPort, FleetSnapshot, Kpi, OrderView, Reason, RobotView

if TYPE_CHECKING:
    from amr_lab.fleet_bench.crowd import Crowd

_T = re.compile(rb'"t":([\d.]+)')
_PASSWORD = "bench-only-password"
_CONNECT_S = 120.0  # chosen: on a full machine hundreds of clients take long; only one that never comes ends the bench
_MEMORY_EVERY_S = 1.0  # chosen: a slope over a minute has 60 points; more often would take part of what is measured
_SETTLED_S = 30.0  # by then every client has had its first snapshots


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

    def condition(self) -> EngineCondition:
        """Return that of an engine that is well."""
        return EngineCondition()


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


async def _listen(
    url: str, token: str, clients: int, stuck: int, seconds: float, begun: Callable[[], None]
) -> dict[str, float]:
    """Open the clients and those that never read; return the ages (s) of what arrived, and how much.

    begun is called when all are connected.
    """
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
                frame = await socket.recv(decode=False)
                found = _T.search(zlib.decompressobj().decompress(frame, 100))
                if counting and found is not None:
                    ages.append(time.time() - float(found.group(1)))
                size = len(frame)

    tasks = [asyncio.create_task(one(i >= stuck)) for i in range(clients + stuck)]
    while opened < clients + stuck and not any(task.done() for task in tasks):
        await asyncio.sleep(0.05)
    counting = True
    begun()
    await asyncio.sleep(seconds)
    for task in tasks:
        task.cancel()
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    broken = [e for e in ended[stuck:] if isinstance(e, Exception)]
    if broken:
        raise broken[0]
    return {"messages": len(ages), "bytes": size, "p50": _rank(ages, 50), "p95": _rank(ages, 95)}


def _rank(values: list[float], q: float) -> float:
    return float(np.percentile(values, q)) if values else math.nan


def _client(url: str, token: str, clients: int, stuck: int, seconds: float, answer: Connection) -> None:
    answer.send(asyncio.run(_listen(url, token, clients, stuck, seconds, lambda: answer.send(None))))


def _resident_mb() -> float:
    """Return the memory of this process that is in RAM."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


def _until_answer(link: Connection, seconds: float) -> tuple[dict[str, float], list[tuple[float, float]]]:
    """Wait for the clients' figures; return them and (s, MB) of this process since all were connected."""
    if not link.poll(_CONNECT_S):
        return {}, []
    link.recv()
    began, cpu = time.monotonic(), time.process_time()
    memory: list[tuple[float, float]] = []
    while (passed := time.monotonic() - began) < seconds + _CONNECT_S:
        memory.append((passed, _resident_mb()))
        if link.poll(_MEMORY_EVERY_S):
            used = (time.process_time() - cpu) / (time.monotonic() - began)
            return {**link.recv(), "cores": used}, memory
    return {}, memory


def _memory_figures(memory: list[tuple[float, float]]) -> dict[str, float]:
    """Return memory once the clients are served, at the end, at most, and the slope between (least squares)."""
    if not memory:
        return {}
    settled = [(t, mb) for t, mb in memory if t >= min(_SETTLED_S, memory[-1][0] / 2)]
    figures = {
        "memory_begin_mb": settled[0][1],
        "memory_end_mb": settled[-1][1],
        "memory_most_mb": max(m[1] for m in memory),
    }
    if len(settled) > 2:
        slope = float(np.polyfit([t for t, _ in settled], [mb for _, mb in settled], 1)[0])
        figures["memory_slope_mb_per_10_min"] = 600 * slope
    return {name: round(value, 2) for name, value in figures.items()}


def _crowd(robots: int, journal: str) -> Crowd:
    from amr_lab.fleet_bench.crowd import Crowd  # the engine: without it the figures are those of the API alone

    return Crowd(robots, journal)


def measure(robots: int, clients: int, seconds: float, stuck: int = 1, *, engine: bool = False) -> dict[str, Any]:
    """Run server and clients in two processes; return the figures. engine: a real fleet instead of a made-up one."""
    with tempfile.TemporaryDirectory(prefix="amr_bench_") as folder:
        users = UserStore(Path(folder) / "users.db")
        users.add("bench", _PASSWORD, "viewer")
        token = users.open_session("bench", "token", "bench")
        crowd = _crowd(robots, str(Path(folder) / "journal.sqlite3")) if engine else None
        fleet = cast(FleetPort, Moving(robots, robots)) if crowd is None else crowd.service
        site = load_site("cai_cui") if crowd is None else crowd.site
        handle = server.start(fleet, site, port_number=0, users=users)
        ours, theirs = multiprocessing.Pipe()
        url = handle.url.replace("http", "ws") + "/api/v1/live?packed=1"
        spawn = multiprocessing.get_context("spawn")
        process = spawn.Process(target=_client, args=(url, token, clients, stuck, seconds, theirs))
        process.start()
        got, memory = _until_answer(ours, seconds)
        process.join(10)
        robots = len(fleet.snapshot().robots)
        handle.stop()
        if crowd is not None:
            crowd.close()
        users.close()
    return {
        "robots": robots, "clients": clients, "clients_that_never_read": stuck, "seconds": seconds,
        "snapshot_bytes": got.get("bytes", 0),
        "messages_per_client_s": round(got.get("messages", 0) / clients / seconds, 2),
        "age_p50_ms": round(1000 * got.get("p50", math.nan), 1),
        "age_p95_ms": round(1000 * got.get("p95", math.nan), 1),
        "server_cpu_cores": round(got.get("cores", math.nan), 3),
        **_memory_figures(memory),
    }  # fmt: skip


def run_live_bench(output: Path | None, robots: int, clients: int, seconds: float, stuck: int, engine: bool) -> None:
    """Measure, print a table and, if wanted, write JSON."""
    figures = measure(robots, clients, seconds, stuck, engine=engine)
    table = Table("figure", "value", title=f"live feed at {1 / PERIOD_S:g} Hz")
    for name, value in figures.items():
        table.add_row(name, str(value))
    Console().print(table)
    if output is not None:
        output.write_text(json.dumps(figures, indent=2) + "\n")
