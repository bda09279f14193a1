"""`amr bench halls`: a site in parts, as 1,000 robots need it, and what each part carries.

Each hall has a broker, a fleet engine with its master control, a journal of its own in one PostgreSQL, and kinematic
robots that always work. Brokers are bridged in a ring by the topics of guests: robots whose line is at the broker next
door, as of one that drove through the gate, and who obey their own hall's engine all the same. Then floods say what one
broker, one bridge and the database carry at most.

A machine with few cores drives many halls at a slower pace: figures are per second of the site, of which each takes
1 / speed real ones, so that no part is ever late for want of a core.
"""

from __future__ import annotations

import contextlib
import json
import math
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from amr_core.errors import AmrError
from amr_core.roadmap import build_roadmap
from amr_fleet.rehearsal.validate import violations
from amr_interop.mqtt.link import Broker
from amr_interop.vda.versions import V2_1
from amr_lab.mqtt_bench import floods
from amr_lab.mqtt_bench.brokers import START_S, free_port, installed, start_mosquitto
from amr_lab.mqtt_bench.crowd import MOST_LOST, SETUP_S, WRONG, CrowdSetup, answer, live, serve
from amr_lab.mqtt_bench.wire import MANUFACTURER, SitePace
from amr_lab.postgresql import INSTALLED, PostgresServer

MANY: Final = 1000
# chosen: short of it one pause of the disk is a tenth of the figure; longer costs time, of three floods each
_FLOOD_S: Final = 10.0
_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass
class HallBroker:
    """One hall's broker. process: mosquitto."""

    name: str
    address: Broker
    process: subprocess.Popen[bytes]

    def seconds(self) -> float:
        """Return what its broker has used of the processor, s."""
        words = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / _TICKS


def bridge(port: int, name: str, guests: Sequence[str]) -> str:
    """Return the lines of a broker's configuration that bring it its guests' words from a broker at a port.

    Only these robots' topics pass, each one way: what a robot says comes in, what it is told goes out.
    """
    lines = [f"connection {name}", f"address 127.0.0.1:{port}", "restart_timeout 1", "notifications false"]
    for guest in guests:
        topic = f"{V2_1.root}/{MANUFACTURER}/{guest}"
        lines += [f"topic {topic}/{kind} in {qos}" for kind, qos in (("state", 0), ("connection", 1), ("factsheet", 1))]
        lines += [f"topic {topic}/{kind} out 0" for kind in ("order", "instantActions")]
    return "\n".join([*lines, "topic flood/state out 0", ""])


@contextlib.contextmanager
def brokers(program: str, setups: Sequence[CrowdSetup]) -> Iterator[list[HallBroker]]:
    """Yield a broker for each hall, bridged with the next one."""
    halls: list[HallBroker] = []
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        for number, setup in enumerate(setups):
            place = Path(folder, str(number))
            place.mkdir()
            more = bridge(setup.next_door.port, setup.hall, setup.away()) if setup.next_door is not None else ""
            process = start_mosquitto(program, place, setup.address.port, more)
            stack.callback(process.wait, START_S)
            stack.callback(process.terminate)
            halls.append(HallBroker(setup.hall, setup.address, process))
        yield halls


@contextlib.contextmanager
def journals(count: int, folder: Path) -> Iterator[tuple[list[str], PostgresServer | None]]:
    """Yield so many empty journals: databases of one PostgreSQL, files where none is installed."""
    if not INSTALLED:
        yield [str(folder / f"{number}.sqlite3") for number in range(count)], None
        return
    server = PostgresServer(safe=True)
    try:
        yield [server.database() for _ in range(count)], server
        server.stop()
    finally:
        server.remove()


def planned(robots: int, guests: int, seconds: float, databases: Sequence[str], speed: float = 1.0) -> list[CrowdSetup]:
    """Return what each hall's processes need; one hall a database."""
    halls = len(databases)
    addresses = [Broker(port=free_port()) for _ in range(halls)]
    pace = SitePace(time.monotonic(), speed)
    return [
        CrowdSetup(
            robots, addresses[n], pace, seconds, hall=f"{chr(ord('a') + n)}_", database=databases[n], guests=guests,
            next_door=addresses[(n + 1) % halls] if guests and halls > 1 else None,
        )
        for n in range(halls)
    ]  # fmt: skip


def measured(
    setups: Sequence[CrowdSetup], halls: Sequence[HallBroker], database: PostgresServer | None
) -> list[dict[str, Any]]:
    """Return each hall's figures: server and robots in a process of their own, all halls at the same time."""
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    lines, processes = [], []
    for setup in setups:
        names = [unit.name for unit in setup.site().fleet]
        for work, given in ((serve, (setup, stop)), (live, (setup, names, stop))):
            ours, theirs = context.Pipe(duplex=False)
            processes.append(context.Process(target=work, args=(*given, theirs), daemon=True))
            processes[-1].start()
            lines.append(ours)
    speed = setups[0].pace.speed
    patience = SETUP_S / min(1.0, speed)
    try:
        for line in lines:
            answer(line, patience)
        online = [answer(line, patience) for line in lines[::2]]
        began, used = time.monotonic(), [hall.seconds() for hall in halls]
        stored = database.seconds() if database is not None else 0.0
        found = [answer(line, setups[0].seconds / speed + patience) for line in lines[::2]]
        passed = (time.monotonic() - began) * speed
        for row, hall, before in zip(found, halls, used, strict=True):
            row["broker_core"] = round((hall.seconds() - before) / passed, 3)
            row["database_core"] = round((database.seconds() - stored) / passed, 3) if database is not None else None
        stop.set()
        told = [answer(line, patience) for line in lines[1::2]]
    finally:
        stop.set()
        for process in processes:
            process.join(20.0)
            process.kill()
    for row, setup, (stays, latest, lost, _), there in zip(found, setups, told, online, strict=True):
        met = violations(build_roadmap(setup.site()), stays)
        row |= {"hall": setup.hall, "collisions": len(met), "robots_latest_s": latest, "online_at_first": there}
        row["robots_lost_s"] = lost
    return found


def limits(found: Sequence[dict[str, Any]], robots: int, flooded: dict[str, float]) -> list[dict[str, Any]]:
    """Return, for each part, what one of it carried here, what it carries at most, and how many MANY robots need.

    Measured at most: floods. By its share of a core: what a whole core would carry, since each is one thread.
    """
    mean = {
        name: sum(row[name] for row in found) / len(found) for name in ("engine_core", "gateway_core", "broker_core")
    }
    states = sum(row["states_s"] for row in found) / len(found)
    commits = sum(row["commits_s"] for row in found) / len(found)
    share = MANY / robots
    rows: list[dict[str, Any]] = []

    def add(part: str, here: float, most: float, unit: str, how: str) -> None:
        needed = math.ceil(here * share / most) if most > 0 else None
        rows.append(
            {"part": part, "here": round(here, 1), "most": round(most), "unit": unit, "how": how, "needed": needed}
        )

    add("engine", robots, robots / max(mean["engine_core"], 1e-3), "robots", "by its share of a core")
    add("master control", states, states / max(mean["gateway_core"], 1e-3), "states/s", "by its share of a core")
    add("broker", states, flooded["broker"], "states/s", "flood")
    if "bridge" in flooded:
        add("bridge", states, flooded["bridge"], "states/s", "flood, all robots guests")
    add("journal", commits, flooded["commits"], "transactions/s", "flood, one writer a hall")
    return rows


def _table(rows: Sequence[dict[str, Any]]) -> str:
    lines = [f"| part | a hall here | at most | how | {MANY} robots need |", "|---|---|---|---|---|"]
    lines += [f"| {r['part']} | {r['here']} {r['unit']} | {r['most']} | {r['how']} | {r['needed']} |" for r in rows]
    return "\n".join(lines)


def passed(found: Sequence[dict[str, Any]], robots: int) -> bool:
    """Return whether in each hall all robots, guests too, were led, nothing was done twice or given away.

    And whether servers and robots were on time: else the machine was too busy to say what they need.
    """
    return all(
        row["online"] == robots and not row["offline"] and not any(row[wrong] for wrong in WRONG)
        and max(row["lost_s"], row["robots_lost_s"]) <= MOST_LOST * row["seconds"]
        for row in found
    )  # fmt: skip


def run_halls(halls: int, robots: int, guests: int, seconds: float, speed: float, output: Path | None) -> bool:
    """Measure and print JSON and a table; False when something was wrong in a hall. Raises mqtt.unreachable."""
    program = installed()
    if program is None:
        raise AmrError("mqtt.unreachable", broker="127.0.0.1", reason="mosquitto is not installed: brokers are bridged")
    with tempfile.TemporaryDirectory() as folder, journals(2 * halls, Path(folder)) as (databases, server):
        setups = planned(robots, guests, seconds, databases[:halls], speed)
        with brokers(program, setups) as own:
            found = measured(setups, own, server)
            flooded = {"broker": floods.messages(own[0].address, own[0].address, _FLOOD_S)}
            if setups[0].next_door is not None:
                flooded["bridge"] = floods.messages(own[0].address, setups[0].next_door, _FLOOD_S)
            flooded["commits"] = floods.commits(databases[halls:], _FLOOD_S)
        kind = "PostgreSQL" if server is not None else "SQLite: no PostgreSQL is installed"
    rows = limits(found, robots, flooded)
    text = json.dumps(
        {"halls": found, "robots": robots, "guests": guests, "speed": speed, "database": kind, "limits": rows,
         "load": round(os.getloadavg()[0], 1)}, indent=2,
    )  # fmt: skip
    sys.stdout.write(f"{text}\n\n{_table(rows)}\n")
    if output is not None:
        output.write_text(text + "\n", encoding="utf-8")
    return passed(found, robots)
