"""A site on computers of its own: a broker with certificates, a server with its fleet, robots with simulated bases."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import httpx
from typer.testing import CliRunner

from amr_core.identity.tls import trusting
from amr_fleet.api.users import UserStore
from amr_interop.cli import mqtt_app
from amr_lab.fleet_bench.host import headers
from tests.hosts.clock import HostClock
from tests.hosts.network import Host, Network, Process

PORT: Final = 8883
API: Final = 8080
ROBOTS: Final = ("amr_01", "amr_02")
MOSQUITTO: Final = shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin")
Row = dict[str, Any]


def until(look: Callable[[], Any], seconds: float, what: str, words: Callable[[], str] = lambda: "") -> Any:
    """Return the first true answer of look, or fail with what was expected and what the computers said."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, f"never within {seconds:.0f} s: {what}\n{words()}"
        time.sleep(0.1)
    return found


class Site:
    """The laboratory on one server and some robots. clocks: of computers that have one of their own, by their name."""

    def __init__(self, network: Network, server: Host, of: Site | None = None, database: str = "") -> None:
        """of: the site at whose broker, with whose certificates, this is one more server.

        database: PostgreSQL's, as this server reaches it; "" = a file of the site's folder.
        """
        self.network, self.server, self.database = network, server, database
        self.folder = network.folder / ("site" if of is None else f"site-{server.name}")
        self.folder.mkdir(parents=True)
        self.processes: dict[str, Process] = {}
        self.clocks: dict[str, HostClock] = {}
        self.tls = False
        """Whether the dashboard has TLS of its own."""
        self.address: str = server.address if of is None else of.address
        self.keys: Path = self.folder / "mqtt" if of is None else of.keys
        if of is None:
            self.certify(self.keys)
            with (self.keys / "mosquitto.conf").open("a") as file:
                file.write("user root\n")  # it would become another user, who may not read a test's folder
        users = UserStore(self.folder / "users.sqlite3")
        users.add("bench", os.urandom(12).hex(), "engineer")
        users.add("boss", os.urandom(12).hex(), "admin")
        self.boss = users.open_session("boss", "token", "bench")
        self.token = users.open_session("bench", "token", "bench")
        users.close()

    def certify(self, folder: Path, *names: str) -> None:
        """Write an authority and certificates, as `amr mqtt files` does it."""
        options = [word for name in names or ROBOTS for word in ("--robot", f"{name}=AMR/{name}")]
        call = ["files", str(folder), *options, "--host", self.server.address, "--port", str(PORT)]
        done = CliRunner().invoke(mqtt_app, call)
        assert done.exit_code == 0, done.output

    # Processes --------------------------------------------------------------------------------------------------------

    def start_broker(self) -> None:
        """Start mosquitto on the server."""
        assert MOSQUITTO is not None
        self.processes["broker"] = self.server.start("broker", MOSQUITTO, "-c", str(self.keys / "mosquitto.conf"))

    def start_fleet(self, *words: str, journal: Path | None = None) -> None:
        """Start fleet, dashboard and gateway. journal: of another site's folder, for a standby."""
        file = self.database or (journal or self.folder) / "journal.sqlite3"
        self.processes["fleet"] = self._start(
            self.server, "server", "amr-fleet", "mode:=real", f"robots:={len(ROBOTS)}", f"port:={API}",
            f"database:={file}", f"ready_file:={self.folder / 'ready.json'}", *words,
        )  # fmt: skip

    def start_robot(self, host: Host, name: str, *words: str, **environment: str) -> Process:
        """Start a robot's computer."""
        own = (f"robot:={name}", "base:=simulated", "navigation:=embedded", f"state_dir:={host.folder / 'state'}")
        (host.folder / "state").mkdir(exist_ok=True)
        started = self._start(
            host, "robot", f"robot-{name}", *own, *words, **environment
        )  # fmt: skip
        self.processes[name] = started
        return started

    def _start(self, host: Host, kind: str, key: str, *words: str, **environment: str) -> Process:
        uplink = (
            f"broker:={self.address}:{PORT}", f"ca:={self.keys / 'ca.crt'}",
            f"certificate:={self.keys / key}.crt", f"key:={self.keys / key}.key",
        )  # fmt: skip
        call = (sys.executable, "-m", "tests.hosts.start", kind, str(host.folder / "run"), "site:=lab")
        own = {"ROS_DOMAIN_ID": "77", "AMR_PARENT_PID": str(os.getpid())}
        own |= self.clocks[host.name].environment if host.name in self.clocks else {}
        own |= environment
        return host.start(kind, *call, *uplink, *words, **own)

    # What the server says ---------------------------------------------------------------------------------------------

    def _http(self, method: str, path: str, body: Row | None = None, token: str = "") -> httpx.Response | None:
        """Return what the server answers well on its own loopback, None while it does not."""
        url = f"http{'s' if self.tls else ''}://127.0.0.1:{API}/{path}"
        trust: Any = trusting(str(self.keys / "ca.crt")) if self.tls else True

        def call() -> httpx.Response | None:
            with contextlib.suppress(httpx.TransportError):
                named = headers(token or self.token)
                answer = httpx.request(method, url, headers=named, json=body, timeout=20.0, verify=trust)
                return answer if answer.is_success else None
            return None

        return self.server.call(call)

    def ask(self, path: str, body: Row | None = None, *, token: str = "") -> Any:
        """Return what the API answers, None while it does not. token: of whom, "" = an engineer."""
        answer = self._http("GET" if body is None else "POST", f"api/v1/{path}", body, token)
        return None if answer is None else answer.json()

    def text(self, path: str) -> str:
        """Return the text that the API answers, "" while it does not."""
        answer = self._http("GET", f"api/v1/{path}")
        return "" if answer is None else answer.text

    def ready(self) -> bool:
        """Return whether the server says that it is ready."""
        return self._http("GET", "ready") is not None

    def order(self, pick: str, drop: str) -> str:
        """Place an order and return its id."""
        body = {"pick_place": pick, "drop_place": drop, "key": f"order-{time.monotonic_ns()}"}
        made = until(lambda: self.ask("orders", body), 20, "an order", self.words)
        return str(made["order_id"])

    def robot(self, name: str) -> Row:
        """Return what the fleet knows of a robot, {} while it does not answer."""
        listed = self.ask("robots") or {}
        rows: list[Row] = listed.get("robots", []) if isinstance(listed, dict) else listed
        return next((row for row in rows if row["name"] == name), {})

    def held(self, name: str) -> list[str]:
        """Return the nodes and edges that the fleet keeps for a robot, by its journal."""
        rows = [row for row in self.journal("robot_holds") if row["robot"] == name]
        return str(rows[-1]["held"]).split() if rows else []

    def alarms(self) -> list[Row]:
        """Return the open alarms."""
        answer = self.ask("alarms") or {}
        rows: list[Row] = answer.get("alarms", []) if isinstance(answer, dict) else answer
        return rows

    def journal(self, kind: str) -> list[Row]:
        """Return all entries of a kind, oldest first."""
        file = self.folder / "journal.sqlite3"
        if not file.is_file():
            return []
        with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
            try:
                rows = "select t, order_id, robot, payload from journal where kind = ? order by seq"
                found = database.execute(rows, (kind,)).fetchall()
            except sqlite3.OperationalError as error:
                if "no such table" in str(error) or "locked" in str(error):
                    return []
                raise
        return [{"t": t, "order_id": o, "robot": r, **json.loads(payload)} for t, o, r, payload in found]

    def done(self, order: str) -> bool:
        """Return whether an order is delivered."""
        return any(row["order_id"] == order for row in self.journal("order_done"))

    def state(self, order: str) -> str:
        """Return the last state of an order in the journal, "" before its first."""
        states = [row["state"] for row in self.journal("order_state") if row["order_id"] == order]
        return str(states[-1]) if states else ""

    def alarmed(self, code: str, since: int = 0) -> list[Row]:
        """Return the alarms of a code that were raised, after the first `since` of all."""
        return [row for row in self.journal("alarm_raised")[since:] if row["code"] == code]

    # What really is ---------------------------------------------------------------------------------------------------

    def truth(self, name: str) -> list[Row]:
        """Return where a robot really was, oldest first."""
        file = self.network.hosts[name].folder / "run" / "truth.jsonl"
        lines = file.read_text().splitlines() if file.exists() else []
        return [json.loads(line) for line in lines if line.endswith("}")]

    def now(self, name: str) -> Row:
        """Return where a robot really is."""
        rows = self.truth(name)
        return rows[-1] if rows else {"t": 0.0, "x": 0.0, "y": 0.0, "theta": 0.0, "v": 0.0, "picked": 0, "dropped": 0}

    def driving(self, name: str) -> bool:
        """Return whether a robot drives fast, as on a lane."""
        return abs(float(self.now(name)["v"])) > 0.6

    def words(self) -> str:
        """What all computers said last."""
        logs = [log for host in self.network.hosts.values() for log in sorted(host.folder.rglob("*.log"))]
        return "\n".join(f"--- {log.parent.name}/{log.name}\n{log.read_text(errors='replace')[-1500:]}" for log in logs)

    def online(self, name: str) -> bool:
        """Return whether the fleet counts on a robot."""
        return bool(self.robot(name).get("online"))

    def kill(self, name: str) -> None:
        """Take the power from a computer's programs."""
        self.processes.pop(name).end(signal.SIGKILL)
