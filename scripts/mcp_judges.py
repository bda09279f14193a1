"""`make nightly`: judges that we did not write look at our MCP server: the MCP conformance suite and the MCP Inspector.

Usage: mcp_judges.py   (the fleet of the lab is started as people start it, in a folder that goes when it is over)

.venv-validators/mcp: both programs from npm, with the versions and hashes of judges/mcp/package-lock.json; what they
want to run while they are installed does not run. The suite knows no log-in: a proxy on the loopback adds the token to
its requests and changes nothing else of them. Exits with 1 if one scenario or call fails, or is in neither list here.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import httpx
from stamps import digest
from validators import BIN, JUDGES, PLACE, show

LOCK: Final = JUDGES / "mcp"
APPLIES: Final = (
    "server-initialize", "ping", "tools-list", "tools-call-error", "resources-list", "prompts-list",
    "completion-complete", "dns-rebinding-protection",
)  # fmt: skip
"""Scenarios of the suite that ask for nothing but what the protocol promises of a server like ours."""
_EXAMPLE: Final = "wants a tool, resource or prompt of the suite's own example server"
_STREAM: Final = "wants a stream of messages: ours answers each request by itself, in JSON"
_RETIRED: Final = "we declare no logging, which the protocol gave up on 2026-07-28"
_NOT_OFFERED: Final = "we declare no subscriptions: a program reads a resource when it wants to know"
NOT_OURS: Final[Mapping[str, str]] = {
    "logging-set-level": _RETIRED,
    "tools-call-simple-text": _EXAMPLE,
    "tools-call-image": _EXAMPLE,
    "tools-call-audio": _EXAMPLE,
    "tools-call-embedded-resource": _EXAMPLE,
    "tools-call-mixed-content": _EXAMPLE,
    "tools-call-with-logging": _EXAMPLE,
    "tools-call-with-progress": _EXAMPLE,
    "tools-call-sampling": _EXAMPLE,
    "tools-call-elicitation": _EXAMPLE,
    "json-schema-2020-12": _EXAMPLE,
    "elicitation-sep1034-defaults": _EXAMPLE,
    "elicitation-sep1330-enums": _EXAMPLE,
    "server-sse-polling": _STREAM,
    "server-sse-multiple-streams": _STREAM,
    "resources-read-text": _EXAMPLE,
    "resources-read-binary": _EXAMPLE,
    "resources-templates-read": _EXAMPLE,
    "resources-subscribe": _NOT_OFFERED,
    "resources-unsubscribe": _NOT_OFFERED,
    "prompts-get-simple": _EXAMPLE,
    "prompts-get-with-args": _EXAMPLE,
    "prompts-get-embedded-resource": _EXAMPLE,
    "prompts-get-with-image": _EXAMPLE,
}
TOOLS: Final = 27
CALLS: Final[Sequence[tuple[str, Sequence[str], int, str]]] = (
    ("tools/list", ("--strict",), 0, "tools"),
    ("tools/call", ("--tool-name", "fleet_status"), 0, "structuredContent"),
    ("tools/call", ("--tool-name", "robot_get", "--tool-arg", "robot=1"), 0, "structuredContent"),
    ("tools/call", ("--tool-name", "robot_pause", "--tool-arg", "robot=AMR-01"), 0, "structuredContent"),
    ("tools/call", ("--tool-name", "robot_pause", "--tool-arg", "robot=AMR-99"), 5, "isError"),
    ("resources/list", (), 0, "resources"),
    ("resources/read", ("--uri", "fleet://robots"), 0, "contents"),
    ("prompts/list", (), 0, "prompts"),
    ("prompts/get", ("--prompt-name", "vi_sao_dung", "--prompt-args", "robot=1"), 0, "messages"),
)
"""What the inspector asks: method, its options, its exit code (5: the tool said that it is an error), the field."""
_AS_LOCKED: Final = ("--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund")
"""With the lock beside it; `npm ci` wants it to name a part for Windows, too, which no registry need have."""
_PATIENCE: Final = 300.0
_PASSED: Final = re.compile(r"Passed: (\d+)/(\d+), (\d+) failed, (\d+) warnings")


def installed() -> Path:
    """Return the folder with both judges; make it anew when its lock has changed."""
    folder, lock = PLACE / "mcp", LOCK / "package-lock.json"
    stamp, wanted = folder / "lock.sha256", digest((lock,), "")
    if not stamp.exists() or stamp.read_text(encoding="ascii") != wanted:
        print(f"Setting up {folder.name} (a minute, once)", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(LOCK / name, folder)
        call: list[str | Path] = [BIN / "npm", "install", "--no-save", "--silent", *_AS_LOCKED]
        subprocess.run(call, cwd=folder, check=True, env=_surroundings())
        stamp.write_text(wanted, encoding="ascii")
    return folder / "node_modules" / "@modelcontextprotocol"


def _surroundings(**more: str) -> dict[str, str]:
    """Return the environment of a judge: our Node before any other."""
    return {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", **more}


def _said(call: Sequence[str | Path], home: Path) -> subprocess.CompletedProcess[str]:
    words = [str(word) for word in (BIN / "node", *call)]
    around = _surroundings(HOME=str(home), NO_COLOR="1")  # a home folder that it may write into
    return subprocess.run(words, capture_output=True, text=True, cwd=home, env=around, timeout=_PATIENCE)


@contextmanager
def fleet(folder: Path) -> Iterator[tuple[str, httpx.Client]]:
    """Start the lab as a person would; yield its address and a client that an admin is logged in with."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    state = folder / "state"
    call: list[str | Path] = [
        BIN / "amr",
        "demo",
        "--site",
        "lab",
        "--robots",
        "1",
        "--orders-per-hour",
        "1",
        "--port",
        str(port),
    ]
    with (folder / "demo.txt").open("wb") as output:
        demo = subprocess.Popen([*call, "--state", state], stdout=output, stderr=subprocess.STDOUT)
    try:
        end = time.monotonic() + _PATIENCE
        while not (state / "ready.json").is_file():
            if demo.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"the fleet did not start:\n{(folder / 'demo.txt').read_text(errors='replace')}")
            time.sleep(0.2)
        ready = json.loads((state / "ready.json").read_text(encoding="utf-8"))
        with httpx.Client(base_url=ready["url"], timeout=60.0) as person:
            login = {"user": ready["user"], "password": ready["password"]}
            person.post("/api/v1/login", json=login).raise_for_status()
            yield ready["url"], person
    finally:
        demo.terminate()
        with suppress(subprocess.TimeoutExpired):
            demo.wait(30.0)
        demo.kill()


class _Adder(BaseHTTPRequestHandler):
    """Hands a request on as it came, with the token; Host and Origin are the judge's own."""

    protocol_version = "HTTP/1.1"

    def __init__(self, port: int, token: str, *arguments: Any) -> None:
        self._port, self._token = port, token
        super().__init__(*arguments)

    def do_POST(self) -> None:
        """Hand it on, and the answer back."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        there = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_PATIENCE)
        there.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in ("connection", "authorization"):
                there.putheader(name, value)
        there.putheader("Authorization", f"Bearer {self._token}")
        there.endheaders(body)
        answer = there.getresponse()
        told = answer.read()
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)
        there.close()

    def do_GET(self) -> None:
        """The same."""
        self.do_POST()

    def do_DELETE(self) -> None:
        """The same."""
        self.do_POST()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def with_token(url: str, token: str) -> Iterator[str]:
    """Yield an address where every request gets the token and goes on to the fleet."""
    port = int(url.rpartition(":")[2])
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Adder, port, token))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def suite(judges: Path, address: str, home: Path) -> Iterator[tuple[str, bool, str]]:
    """Run the suite's scenarios that apply; a scenario that nobody has looked at yet is a failure."""
    program = judges / "conformance" / "dist" / "index.js"
    listed = _said((program, "list"), home).stdout.partition("Client scenarios")[0]
    names = re.findall(r"^  - ([\w-]+)", listed, re.MULTILINE)
    for name in names:
        if name in NOT_OURS:
            continue
        done = _said((program, "server", "--url", f"{address}/mcp", "--scenario", name), home)
        counted = _PASSED.search(done.stdout)
        passed, checks, failed, warned = map(int, counted.groups()) if counted else (0, 0, 1, 0)
        good = done.returncode == 0 and passed == checks > 0 and not failed and not warned and name in APPLIES
        yield f"conformance {name}", good, f"{passed} of {checks} checks" if good else (done.stdout + done.stderr)[:600]
    gone = sorted({*APPLIES, *NOT_OURS} - set(names))
    yield "conformance: all scenarios looked at", not gone, f"{len(names)}, gone {gone}"


def inspector(judges: Path, url: str, token: str, home: Path) -> Iterator[tuple[str, bool, str]]:
    """Let the inspector's command line list, call and read, and come in without a token, which must fail."""
    program = judges / "inspector" / "clients" / "launcher" / "build" / "index.js"
    base: tuple[str | Path, ...] = (program, "--cli", f"{url}/mcp", "--transport", "http", "--connect-timeout", "60000")
    for method, options, code, field in CALLS:
        call = (*base, "--header", f"Authorization: Bearer {token}", "--method", method, *options)
        done = _said(call, home)
        try:
            found = json.loads(done.stdout)[field]
        except (ValueError, KeyError):
            found = None
        enough = len(found) == TOOLS if field == "tools" else bool(found)
        told = f"{len(found)} {field}" if isinstance(found, list) else field
        good = done.returncode == code and enough
        yield (
            f"inspector {method} {' '.join(options)}",
            good,
            told if good else (done.stdout[-300:] + done.stderr[:300]),
        )
    done = _said((*base, "--stored-auth-only", "--method", "tools/list"), home)
    yield "inspector tools/list without a token", done.returncode != 0 and "tools" not in done.stdout, done.stderr[:100]


def unchanged(person: httpx.Client) -> tuple[str, bool, str]:
    """Look whether the command that a judge called waits for a person, and has done nothing."""
    waiting = person.get("/api/v1/assistant/proposals").raise_for_status().json()["proposals"]
    paused = [
        robot["name"] for robot in person.get("/api/v1/robots").raise_for_status().json()["robots"] if robot["paused"]
    ]
    return "the pause waits for its person", bool(waiting) and not paused, f"{len(waiting)} waiting, paused {paused}"


def main() -> int:
    """Ask both judges; 0 only if they are content."""
    judges = installed()
    with tempfile.TemporaryDirectory() as temporary, fleet(Path(temporary)) as (url, person):
        home = Path(temporary)
        user = person.get("/api/v1/me").raise_for_status().json()["user"]
        token = person.post(f"/api/v1/users/{user}/token").raise_for_status().json()["token"]
        verdicts = list(inspector(judges, url, token, home))
        verdicts.append(unchanged(person))
        with with_token(url, token) as address:
            verdicts += suite(judges, address, home)
    pinned = json.loads((LOCK / "package.json").read_text(encoding="utf-8"))["dependencies"]
    told = ", ".join(f"{name.rpartition('/')[2]} {version}" for name, version in pinned.items())
    good = show(f"our MCP server ({told})", verdicts)
    print("  not ours:")
    for name, reason in NOT_OURS.items():
        print(f"         {name}: {reason}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
