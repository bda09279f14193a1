"""Twelve robots on four computers and a server, over a clean network or over one as bad as a port's Wi-Fi.

Usage (as root): python -m tests.hosts.wifi [ORDERS [SPEED [SEED]]]: both side by side, figures as JSON. One world
judges: where each robot really was, by one clock, with the outlines of robots and loads. SPEED: seconds of the site in
a real one; delays and cuts of the Wi-Fi are shortened with it, TCP's and the client's own timers are not.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import numpy as np
from shapely.geometry import Polygon

from amr_core.geometry import Pose2D, transform
from amr_core.robots import robot_type
from amr_core.site import load_site
from amr_interop.mqtt.site_files import write_files
from amr_lab.mqtt_bench.wire import SitePace
from tests.hosts.network import Host, Network, lacking
from tests.hosts.site import MOSQUITTO, PORT

SITE: Final = "cai_cui"
ROBOTS: Final = 12
COMPUTERS: Final = 4
SEED: Final = 7
WIFI: Final = {"loss": 0.02, "delay": 0.005, "jitter": 0.075}
"""Share of frames, s, s: 5 to 80 ms each way, the order of the frames kept as one radio link keeps it."""
CUT_EVERY_S, CUT_S = 60.0, (1.0, 5.0)
_LEAST_SHARE: Final = 0.02
Row = dict[str, Any]


class NotJudgedError(Exception):
    """Where the robots were is not known of all computers, in one sentence."""


class Fleet:
    """A broker, a server and the robots' computers in one network."""

    def __init__(self, network: Network, folder: Path, orders: int, seed: int, pace: SitePace) -> None:
        self.folder, self.keys = folder, folder / "mqtt"
        server = network.host("server")
        names = [unit.name for unit in load_site(SITE).fleet][:ROBOTS]
        write_files(self.keys, {name: ("AMR", name) for name in names}, [server.address], PORT)
        with (self.keys / "mosquitto.conf").open("a") as file:
            file.write("user root\n")
        assert MOSQUITTO is not None
        server.start("broker", MOSQUITTO, "-c", str(self.keys / "mosquitto.conf"))
        given = {"site": SITE, "keys": str(self.keys), "broker": f"{server.address}:{PORT}", "seed": seed}
        given["pace"] = {"base": pace.base, "speed": pace.speed}
        self.server = server
        self._start(server, "wifi_server", {**given, "robots": ROBOTS, "orders": orders})
        self.computers = [network.host(f"computer{n + 1}") for n in range(COMPUTERS)]
        for n, host in enumerate(self.computers):
            self._start(host, "wifi_robots", {**given, "robots": names[n::COMPUTERS]})

    @staticmethod
    def _start(host: Host, module: str, given: Row) -> None:
        text = json.dumps({**given, "folder": str(host.folder)})
        host.start(module, sys.executable, "-m", f"tests.hosts.{module}", text)

    def figures(self) -> Row:
        """Return what the server says, {} before its first word."""
        file = self.server.folder / "figures.json"
        return json.loads(file.read_text()) if file.exists() else {}

    def loads(self) -> tuple[Counter[str], Counter[str]]:
        """Return how often each load was really picked and really dropped."""
        picked, dropped = Counter[str](), Counter[str]()
        for host in self.computers:
            file = host.folder / "loads.json"
            for one in json.loads(file.read_text()).values() if file.exists() else ():
                picked.update(one["picked"])
                dropped.update(one["dropped"])
        return picked, dropped

    def lateness(self) -> Row:
        """Return how late (s of the site) the slowest process was, and what all left out to be on time again."""
        told = [self.figures()]
        for host in self.computers:
            file = host.folder / "beat.json"
            told.append(json.loads(file.read_text()) if file.exists() else {})
        each = {key: [one.get(key, 0.0) for one in told] for key in ("latest_s", "lost_s")}
        return {"latest_s": max(each["latest_s"]), "lost_s": round(sum(each["lost_s"]), 2)}

    def words(self) -> str:
        """The end of what all computers said."""
        logs = [log for host in (self.server, *self.computers) for log in sorted(host.folder.glob("*.log"))]
        return "\n".join(f"--- {log.parent.name}/{log.name}\n{log.read_text(errors='replace')[-1500:]}" for log in logs)


class Weather:
    """The Wi-Fi of each computer: losses all the time, and cut for 1 to 5 s once a minute, each at its own moment."""

    def __init__(self, hosts: list[Host], seed: int = SEED, speed: float = 1.0) -> None:
        """speed: s of the site in a real one."""
        self._hosts = hosts
        self._chance = random.Random(seed)
        self._cuts = [self._next(0.0) for _ in hosts]
        self.cuts = 0
        for host in hosts:
            host.port.set(loss=WIFI["loss"], delay=WIFI["delay"] / speed, jitter=WIFI["jitter"] / speed)

    def _next(self, after: float) -> tuple[float, float]:
        minute = (after // CUT_EVERY_S + 1.0) * CUT_EVERY_S
        begin = minute + self._chance.uniform(0.0, CUT_EVERY_S - CUT_S[1])
        return begin, begin + self._chance.uniform(*CUT_S)

    def blow(self, seconds: float) -> None:
        """Cut and mend what is due, seconds of the site after the start."""
        for n, host in enumerate(self._hosts):
            begin, end = self._cuts[n]
            host.port.set(cut=begin <= seconds < end)
            if seconds >= end:
                self.cuts += 1
                self._cuts[n] = self._next(seconds)


def judged(folders: list[Path], types: dict[str, str]) -> tuple[int, int]:
    """Return (samples, collisions): pairs of robots whose outlines, with their loads, met; each meeting counts once.

    Raises NotJudgedError for a computer that wrote nothing, and when there is no time at which all were seen.
    """
    tracks: dict[str, list[tuple[float, list[float]]]] = {}
    for folder in folders:
        file = folder / "truth.jsonl"
        lines = [line for line in (file.read_text() if file.exists() else "").splitlines() if line.endswith("]")]
        if not lines:
            raise NotJudgedError(f"{folder.name} wrote no {file.name}")
        for t, robots in map(json.loads, lines):
            for name, at in robots.items():
                tracks.setdefault(name, []).append((t, at))
    begin = max(track[0][0] for track in tracks.values())
    end = min(track[-1][0] for track in tracks.values())
    if begin >= end:
        raise NotJudgedError("at no time all robots were seen")
    times = np.arange(begin, end, 0.1)
    where = {name: _at(track, times) for name, track in tracks.items()}
    radius = {name: robot_type(types[name]).circumscribed_radius(loaded=True) for name in tracks}
    meetings = 0
    for a, b in itertools.combinations(sorted(tracks), 2):
        apart = np.hypot(where[a][:, 0] - where[b][:, 0], where[a][:, 1] - where[b][:, 1])
        near = np.flatnonzero(apart < radius[a] + radius[b])
        met = [k for k in near if _meet(types[a], where[a][k], types[b], where[b][k])]
        meetings += sum(1 for n, k in enumerate(met) if n == 0 or k - met[n - 1] > 10)
    return len(times), meetings


def _at(track: list[tuple[float, list[float]]], times: np.ndarray) -> np.ndarray:
    """Return x, y, theta and load [n, 4] at times (s); between two samples on the line, with the earlier heading."""
    t = np.array([sample[0] for sample in track])
    values = np.array([sample[1] for sample in track], dtype=float)
    index = np.clip(np.searchsorted(t, times, side="right") - 1, 0, len(t) - 1)
    between = np.column_stack([np.interp(times, t, values[:, k]) for k in (0, 1)])
    return np.column_stack([between, values[index, 2:]])


def _meet(a_type: str, a: np.ndarray, b_type: str, b: np.ndarray) -> bool:
    one, two = (
        Polygon(transform(robot_type(kind).footprint(loaded=bool(at[3])), Pose2D(*at[:3])))
        for kind, at in ((a_type, a), (b_type, b))
    )
    return bool(one.intersection(two).area > _LEAST_SHARE * min(one.area, two.area))


def runs(folder: Path, orders: int, patience: float, *, bad: bool, speed: float = 1.0, seed: int = SEED) -> Row:
    """Run one fleet until all orders are delivered; bad: over Wi-Fi; patience: real s without a delivery.

    collisions is None when the run could not be judged; words then begin with why.
    """
    name = "wifi" if bad else "clean"
    pace = SitePace(time.monotonic(), speed)
    with Network(folder / name, seed, name) as network:
        fleet = Fleet(network, folder / name, orders, seed, pace)
        weather = Weather(fleet.computers, seed, speed) if bad else None
        last = (0, time.monotonic())
        while True:
            now = time.monotonic()
            found = fleet.figures()
            if found.get("delivered", 0) != last[0]:
                last = (found["delivered"], now)
            if found.get("delivered", 0) >= orders or now - last[1] > patience:
                break
            if weather is not None:
                weather.blow(pace.now())
            time.sleep(0.02)
        late = fleet.lateness()
        picked, dropped = fleet.loads()
        kinds = {unit.name: unit.type for unit in load_site(SITE).fleet}
        folders = [host.folder for host in fleet.computers]
        traffic = sum(host.port.up.sent for host in fleet.computers)
    delivered, meetings = found.get("delivered", 0), None
    samples, why = 0, ""
    try:
        samples, meetings = judged(folders, kinds)
    except NotJudgedError as error:
        why = f"not judged: {error}\n"
    return {
        **found, **late, "delivered": delivered, "cuts": 0 if weather is None else weather.cuts,
        "samples": samples, "collisions": meetings,
        "picked_twice": sum(n > 1 for n in picked.values()), "dropped_twice": sum(n > 1 for n in dropped.values()),
        "really_dropped": len(dropped), "per_hour": throughput(found.get("done_at", [])),
        "up_bytes_per_robot_s": round(traffic / max(1.0, found.get("t", 1.0)) / ROBOTS),
        "words": why + fleet.words() if why or delivered < orders else "",
    }  # fmt: skip


def throughput(done: list[float]) -> float:
    """Return orders an hour between the first tenth and the last tenth of the deliveries: neither ramp nor tail."""
    a, b = len(done) // 10, len(done) - 1 - len(done) // 10
    return round(3600.0 * (b - a) / (done[b] - done[a]), 1) if b > a and done[b] > done[a] else 0.0


def both(
    folder: Path, orders: int, patience: float = 300.0, speed: float = 1.0, seed: int = SEED
) -> Iterator[tuple[str, Row]]:
    """Yield the figures of the clean network and of the bad one, run side by side: the machine is the same for both."""
    with ThreadPoolExecutor(2) as pool:
        jobs = {
            bad: pool.submit(runs, folder, orders, patience, bad=bad, speed=speed, seed=seed) for bad in (False, True)
        }
    for bad, name in ((False, "clean"), (True, "wifi")):
        yield name, jobs[bad].result()


def main() -> None:
    """Print the figures."""
    if why := lacking():
        raise SystemExit(why)
    given = dict(enumerate(sys.argv[1:]))
    orders, speed, seed = int(given.get(0, 100)), float(given.get(1, 1.0)), int(given.get(2, SEED))
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="amr-wifi-") as folder:
        found: Row = dict(both(Path(folder), orders, speed=speed, seed=seed))
    for row in found.values():
        row.pop("done_at", None)
    clean = found["clean"]["per_hour"]
    found["share_of_clean"] = round(found["wifi"]["per_hour"] / clean, 3) if clean else None
    found |= {"orders": orders, "speed": speed, "seed": seed, "load": round(os.getloadavg()[2], 1)}
    found["minutes"] = round((time.monotonic() - began) / 60.0, 1)
    sys.stdout.write(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
