"""`amr bench intake`: orders a second that are in the journal before they are answered, and the restart from it."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import tempfile
import time
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table

from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.domain.events import JournalEntry
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal import Rehearsal, units_of
from amr_fleet.store.journal import JournalStore, read_entries
from amr_lab.fleet_bench.host import FleetProcess, Setup, headers, make_users
from amr_lab.fleet_bench.yard import Yard

Figures = npt.NDArray[np.float64]
_STEP = 0.1  # s, as the fleet node's
_TICKS = os.sysconf("SC_CLK_TCK")


async def _connection(address: tuple[str, int], head: bytes, bodies: list[bytes], took: list[float]) -> int:
    """Send the bodies one after the other over one connection; return how many were answered 201."""
    reader, writer = await asyncio.open_connection(*address)
    good = 0
    for body in bodies:
        began = time.perf_counter()
        writer.write(head + b"%d\r\n\r\n" % len(body) + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = int(answer.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        await reader.readexactly(length)
        took.append(time.perf_counter() - began)
        good += answer.startswith(b"HTTP/1.1 201")
    writer.close()
    return good


async def _send_all(url: str, token: str, bodies: list[bytes], connections: int) -> tuple[int, float, list[float]]:
    parts = urlsplit(url)
    head = (
        f"POST /api/v1/orders HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: application/json\r\nContent-Length: "
    ).encode()
    took: list[float] = []
    address = (str(parts.hostname), int(parts.port or 80))
    began = time.perf_counter()
    shares = [bodies[i::connections] for i in range(connections)]
    good = await asyncio.gather(*(_connection(address, head, share, took) for share in shares))
    return sum(good), time.perf_counter() - began, took


def _client(link: Connection, url: str, token: str, bodies: list[bytes], connections: int) -> None:
    link.send(asyncio.run(_send_all(url, token, bodies, connections)))


def cpu_seconds(pid: int, *, of: str = "stat") -> float:
    """Return the s of CPU that a process has taken; of: `task/<id>/stat` for one of its threads."""
    fields = Path(f"/proc/{pid}/{of}").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _shares(engine: int, servers: list[int]) -> Figures:
    """Return the s of CPU of the engine, which is the first thread of its process, and of all that serves."""
    return np.array((cpu_seconds(engine, of=f"task/{engine}/stat"), sum(map(cpu_seconds, servers))))


def _bodies(places: list[str], orders: int) -> list[bytes]:
    n = len(places)
    wishes = (
        {"pick_place": places[i % n], "drop_place": places[(i + 1 + i // n % (n - 1)) % n], "reference": f"W{i}"}
        for i in range(orders)
    )
    return [json.dumps(wish).encode() for wish in wishes]


def measure_intake(
    site: str, orders: int, connections: int, journal: str = "", *, apart: bool = False
) -> dict[str, Any]:
    """Give orders one by one over HTTP, then kill -9 and count what is in the journal; return the figures.

    apart: the API has a process of its own, whose CPU counts, too. What is not the engine's is the API's: HTTP,
    log-in, answers, audit trail, and apart the link between the two.
    """
    with tempfile.TemporaryDirectory(prefix="amr_intake_") as folder:
        users = Path(folder) / "users.sqlite3"
        token = make_users(users)
        setup = Setup(site, journal or str(Path(folder) / "journal.sqlite3"), str(users), apart=apart)
        yard = Yard(site, 0, 1)
        process = FleetProcess(setup)
        process.wait_ready()
        servers = [pid for pid in (process.pid, process.api) if pid]
        ours, theirs = multiprocessing.Pipe()
        work = (theirs, process.url, token, _bodies(yard.places, orders), connections)
        client = multiprocessing.get_context("spawn").Process(target=_client, args=work, daemon=True)
        _run(process, yard, 2.0)
        before = _shares(process.pid, servers)
        client.start()
        while not ours.poll(0):
            _run(process, yard, _STEP)
        good, wall, took = ours.recv()
        engine, cpu = _shares(process.pid, servers) - before
        process.close(kill=True)
        client.join(5.0)
        kept = sum(entry.kind == "order_created" for entry in read_entries(setup.journal))
    return {
        "orders_answered": good, "in_the_journal_after_kill": kept, "orders_per_s": round(good / wall, 1),
        "orders_per_server_cpu_s": round(good / cpu, 1), "server_cpu_cores": round(cpu / wall, 2),
        "engine_us_per_order": round(1e6 * engine / good), "api_us_per_order": round(1e6 * (cpu - engine) / good),
        "answer_p50_ms": round(1000 * float(np.percentile(took, 50)), 1),
        "answer_p95_ms": round(1000 * float(np.percentile(took, 95)), 1),
    }  # fmt: skip


def _run(process: FleetProcess, yard: Yard, seconds: float) -> None:
    """Step the fleet at its real pace; the robots stand: every CPU second of the server is the intake's."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.monotonic()
        process.step(yard.now, yard.step(_STEP))
        time.sleep(max(0.0, began + _STEP - time.monotonic()))


def _write_history(journal: str, site: str, events: int) -> int:
    """Fill a journal with real history: the rehearsal's own entries, over and over under new ids; return orders."""
    yard = Yard(site, 0, 1)
    rehearsal = Rehearsal(build_roadmap(load_site(site)), units_of(load_site(site)), seed=1, dt=0.5, watch=False)
    rehearsal.run(lambda r: r.engine.ready, 60.0)
    n = len(yard.places)
    wishes = [OrderRequest(pick_place=yard.places[i % n], drop_place=yard.places[(i + 5) % n]) for i in range(24)]
    first = len(rehearsal.journal)
    rehearsal.create(wishes)
    rehearsal.run(lambda r: r.done, 20000.0)
    day = rehearsal.journal[first:]
    length = day[-1].t - day[0].t + 1.0
    store = JournalStore(journal)
    written = rounds = 0
    while written < events:
        again = [_again(entry, rounds, length, len(wishes)) for entry in day[: events - written]]
        store.append(again)
        written += len(again)
        rounds += 1
    created = sum(e.kind == "order_created" for e in store.read())
    store.close()
    return created


def _again(entry: JournalEntry, rounds: int, length: float, orders: int) -> JournalEntry:
    """Return an entry as it would be written some rounds later: its orders have later numbers."""
    if not entry.order_id:
        return replace(entry, t=entry.t + rounds * length)
    number = int(entry.order_id[1:]) + rounds * orders
    return replace(entry, t=entry.t + rounds * length, order_id=f"T{number:06d}")


def measure_restart(site: str, events: int, journal: str = "") -> dict[str, Any]:
    """Start the fleet process on a journal of so many events; full truth = the API tells of every order in it."""
    with tempfile.TemporaryDirectory(prefix="amr_restart_") as folder:
        users = Path(folder) / "users.sqlite3"
        token = make_users(users)
        setup = Setup(site, journal or str(Path(folder) / "journal.sqlite3"), str(users))
        created = _write_history(setup.journal, site, events)
        FleetProcess(setup).close(kill=True)  # the fork server is up: what follows is the restart alone
        began = time.monotonic()
        process = FleetProcess(setup)
        process.wait_ready(120.0)
        counted = httpx.get(f"{process.url}/metrics", headers=headers(token), timeout=30.0).text
        seconds = time.monotonic() - began
        cpu = cpu_seconds(process.pid)
        process.close(kill=True)
    ended = sum(float(line.rpartition(" ")[2]) for line in counted.splitlines() if line.startswith("amr_orders_ended"))
    known = ended + sum(float(line.split()[-1]) for line in counted.splitlines() if line.startswith("amr_orders_open{"))
    return {
        "events": events, "orders_in_the_journal": created, "orders_known_after_start": int(known),
        "restart_s": round(seconds, 2), "restart_cpu_s": round(cpu, 2),
    }  # fmt: skip


def run_intake_bench(
    output: Path | None, site: str, orders: int, events: int, journal: str, *, apart: bool = False
) -> bool:
    """Measure both, print a table and, if wanted, write JSON; return whether nothing was lost."""
    intake = measure_intake(site, orders, 96, journal, apart=apart)
    restart = measure_restart(site, events) if not journal else {}
    table = Table("figure", "value", title="orders over HTTP, one a request; restart from a journal")
    for name, value in (intake | restart).items():
        table.add_row(name, str(value))
    Console().print(table)
    if output is not None:
        output.write_text(json.dumps({"intake": intake, "restart": restart}, indent=2) + "\n")
    kept = intake["orders_answered"] == intake["in_the_journal_after_kill"] == orders
    return bool(kept and restart.get("orders_in_the_journal") == restart.get("orders_known_after_start"))
