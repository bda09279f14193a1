"""Many robots on one gateway: each with a connection of its own, their states as long as those of a robot at work."""

from __future__ import annotations

import json
import multiprocessing
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

from amr_core.vda5050 import ActionState
from amr_interop.mqtt.gateway import Gateway
from amr_interop.mqtt.link import Broker, Letter, MqttLink
from amr_interop.vda import encode
from amr_interop.vda.master import Master
from amr_interop.vda.messages import Header, Reached, WireState
from amr_interop.vda.outbox import HeaderWriter
from amr_interop.vda.sent import FileShelf
from amr_interop.vda.versions import SPELLINGS
from amr_lab.mqtt_bench.brokers import broker

MANUFACTURER = "ACME"
GOAL_CORE, GOAL_AGE_S = 0.15, 0.25  # cores of the gateway, s: the goals of docs/vda5050.md
_TICK_S = 0.1  # as the gateway's own tick (amr_interop.nodes.gateway)
_NODES = 12
_CONNECT_S = 60.0  # chosen: a hundred connections on a full machine; only what never comes ends the bench


def _state(number: int) -> WireState:
    """Return a state of about 2.8 kB: a robot at work, with a base and a horizon before it."""
    nodes = tuple(Reached(f"N{number}-{i}", 2 * i, i < _NODES // 2) for i in range(1, _NODES))
    edges = tuple(Reached(f"N{number}-{i}>N{number}-{i + 1}", 2 * i + 1, i < _NODES // 2) for i in range(_NODES - 1))
    actions = tuple(ActionState(f"1-T{number:06d}:{name}", name, "WAITING") for name in ("pick", "drop"))
    return WireState(
        header=Header(0, None, "", "", ""), order_id=f"M{number}", last_node_id=f"N{number}-0", nodes=nodes,
        edges=edges, actions=actions, x=float(number), y=1.0, map_id="site", localized=True, score=0.9, v=1.0,
        driving=True, soc=0.7, loads=("PALLET-0001",), distance_since_last=0.5,
    )  # fmt: skip


def _robots(address: Broker, count: int, rate: float, ready: Event, stop: Event) -> None:
    """Say the states of all robots, spread over the interval, until told to stop."""
    links = [MqttLink(address, f"{MANUFACTURER}-{n}", []) for n in range(count)]
    for link in links:
        link.start()
    end = time.monotonic() + _CONNECT_S
    while not all(link.ready for link in links) and time.monotonic() < end:
        time.sleep(0.05)
    spellings = [SPELLINGS[n % len(SPELLINGS)] for n in range(count)]
    outboxes = [HeaderWriter(MANUFACTURER, str(n)) for n in range(count)]
    bodies = [encode.state(_state(n), spelling) for n, spelling in enumerate(spellings)]
    ready.set()
    begin, number = time.monotonic(), 0
    while not stop.is_set():
        wait = begin + number / (rate * count) - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        n = number % count
        out = outboxes[n].seal("state", bodies[n], time.time(), spellings[n])
        links[n].send(Letter(out.topic, out.message))
        number += 1
    for link in links:
        link.close()


def _gateway(address: Broker, count: int, seconds: float, ready: Event, answer: Connection) -> None:
    """Run the masters of all robots and measure: CPU, and how old a state is when a master has read it."""
    with tempfile.TemporaryDirectory() as folder:
        shelf = FileShelf(Path(folder))
        masters = [Master(f"r{n}", MANUFACTURER, str(n), map_id="site", shelf=shelf) for n in range(count)]
        gateway = Gateway(address, "amr-bench-gateway", masters)
        gateway.link.start()
        gateway.link.wait_ready(_CONNECT_S)
        ready.wait(_CONNECT_S)
        _settle(gateway, 3.0)
        ages: list[float] = []
        cpu, began = time.process_time(), time.monotonic()
        while time.monotonic() - began < seconds:
            due = time.monotonic() + _TICK_S
            for master, _ in gateway.tick(time.time()):
                if master.fresh and master.heard is not None and master.heard.header.stamp is not None:
                    ages.append(time.time() - master.heard.header.stamp)
            time.sleep(max(0.0, due - time.monotonic()))
        core = (time.process_time() - cpu) / (time.monotonic() - began)
        gateway.link.close()
    answer.send((core, sorted(ages)))


def _settle(gateway: Gateway, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for _ in gateway.tick(time.time()):
            pass
        time.sleep(_TICK_S)


def run_mqtt_load(robots: int, rate: float, seconds: float, given: str, output: Path | None) -> bool:
    """Measure and print; True when the gateway took at most GOAL_CORE of a core and p99 of the ages is GOAL_AGE_S."""
    context = multiprocessing.get_context("spawn")
    with broker(given) as (address, name):
        ready, stop = context.Event(), context.Event()
        ours, theirs = context.Pipe(duplex=False)
        many = context.Process(target=_robots, args=(address, robots, rate, ready, stop), daemon=True)
        one = context.Process(target=_gateway, args=(address, robots, seconds, ready, theirs), daemon=True)
        many.start()
        one.start()
        patience = seconds + 3.0 * _CONNECT_S
        core, ages = ours.recv() if ours.poll(patience) else (float("nan"), [])
        stop.set()
        for process in (one, many):
            process.join(10.0)
            if process.is_alive():
                process.terminate()
    found: dict[str, Any] = {
        "robots": robots, "rate": rate, "broker": name, "seconds": seconds, "states": len(ages),
        "expected": round(robots * rate * seconds), "gateway_core": round(core, 3),
        "age_p50": _share(ages, 0.5), "age_p99": _share(ages, 0.99), "goal_core": GOAL_CORE, "goal_age_p99": GOAL_AGE_S,
    }  # fmt: skip
    text = json.dumps(found, indent=2)
    sys.stdout.write(text + "\n")
    if output is not None:
        output.write_text(text + "\n", encoding="utf-8")
    return bool(ages) and core <= GOAL_CORE and found["age_p99"] <= GOAL_AGE_S


def _share(ages: list[float], share: float) -> float:
    return round(ages[min(len(ages) - 1, int(share * len(ages)))], 3) if ages else float("nan")
