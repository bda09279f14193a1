"""What `amr demo` and `amr run` do: check, start, show progress, report."""

from __future__ import annotations

import dataclasses
import json
import time
from functools import partial
from pathlib import Path

from rich.console import Console

from amr_bringup.run_options import RunOptions
from amr_bringup.runner.session import RunSession, require_port
from amr_bringup.spec import NodeSpec
from amr_bringup.stack import fleet_robots, stack
from amr_core.errors import AmrError
from amr_core.site import Site
from amr_core.site.lint import load_checked_site

console = Console(stderr=True, highlight=False)
REPORT_SECONDS = 10.0  # chosen: often enough to see that a run goes on, and 360 lines an hour can still be read
_TAIL = 4096


def _prepare(options: RunOptions, session: RunSession) -> RunOptions:
    _check_records(session.folder)
    for stale in ("ready.json", "report.json", "report.json.progress"):
        (session.folder / stale).unlink(missing_ok=True)
    return dataclasses.replace(
        options,
        database=str(session.folder / "journal.sqlite3"),
        ready_file=str(session.folder / "ready.json"),
        report_file=str(session.folder / "report.json"),
        mqtt_folder=str(session.folder / "vda5050") if options.vda5050 else "",
        mqtt_epoch=time.time() if options.vda5050 else 0.0,
    )


def _check_records(folder: Path) -> None:
    """Raise store.damaged before anything starts, when a kept state is not what was written."""
    from amr_fleet.store.copies import look  # the database takes half a second to import

    for name in ("journal.sqlite3", "users.sqlite3"):
        if (folder / name).is_file() and (faults := look(str(folder / name)).faults):
            first = f"{name}: {faults[0]} (amr journal verify {folder})"
            raise AmrError("store.damaged", count=len(faults), first=first)


def _check(site: Site, options: RunOptions) -> None:
    fleet_robots(site, options.robots)
    least = 1 if options.orders else 0
    if not least <= options.orders_per_hour <= 10000:
        raise AmrError(
            "run.bad_option", option="--orders-per-hour", value=options.orders_per_hour, reason=f"give {least} to 10000"
        )
    load_checked_site(options.site)
    if options.port or not options.orders:  # a demo always has its dashboard
        require_port(options.port)


def _start(session: RunSession, site: Site, options: RunOptions) -> None:
    specs = stack(site, options)
    secured = _secured(specs, session.folder) if options.secure else {}
    session.start(specs, partial(_say_restart, session.folder), secured)


def _secured(specs: list[NodeSpec], folder: Path) -> dict[str, str]:
    """Make the keystore of a run, and return what makes its processes use it, if the Fast DDS that is here can."""
    from amr_bringup.security.check import has_plugins
    from amr_bringup.security.keystore import Keystore
    from amr_bringup.security.policy import processes

    store = Keystore(folder / "keystore")
    if not store.folder.exists():
        store.create("amr run")
    store.add(processes(specs, simulated=True))
    if not has_plugins():
        console.print(
            "SROS 2: the Fast DDS that is here has no security plugin, so nothing is signed or encrypted; "
            f"isolated by interface (loopback) and domain; the keystore is in {store.folder}"
        )
        return {}
    console.print(f"SROS 2: enforced with the keystore {store.folder}")
    return {
        "ROS_SECURITY_KEYSTORE": str(store.folder.absolute()), "ROS_SECURITY_ENABLE": "true",
        "ROS_SECURITY_STRATEGY": "Enforce",
    }  # fmt: skip


def _say_restart(folder: Path, group: str, code: int) -> None:
    log = folder / f"{group}.log"
    console.print(f"process {group} ended with code {code}; starting it again ({log})", soft_wrap=True)
    if code > 0 and (said := _last_line(log)):  # a signal says nothing
        console.print(f"  {said}", soft_wrap=True, markup=False)


def _last_line(log: Path) -> str:
    """Return the last line of a log that is not empty, at most 300 characters of it: what ended a process."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _TAIL))
            lines = file.read(_TAIL).decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "")


class _Progress:
    """Prints when the stack is ready and, now and then, how far it is."""

    def __init__(self, options: RunOptions, domain: int) -> None:
        self._options = options
        self._domain = domain
        self._ready = options.port == 0
        if options.vda5050:
            broker = f"127.0.0.1{options.mqtt}" if options.mqtt.startswith(":") else options.mqtt
            console.print(f"{options.vda5050} robots are led over VDA 5050; MQTT broker: {broker}")
        self._last = 0.0

    def __call__(self, folder: Path) -> None:
        ready = folder / "ready.json"
        if not self._ready and ready.is_file():
            self._ready = True
            facts = json.loads(ready.read_text())
            print(
                f"Dashboard {facts['url']}  user {facts['user']}  password {facts['password']}"
                f"  (ROS_DOMAIN_ID={self._domain}, Ctrl-C stops)",
                flush=True,
            )
        now = time.monotonic()
        status = folder / "report.json.progress"
        if self._options.orders and now - self._last > REPORT_SECONDS and status.is_file():
            self._last = now
            console.print(status.read_text().strip())


def run_demo(site: Site, options: RunOptions, state: Path | None) -> int:
    """Run until interrupted; exit code 0 after Ctrl-C."""
    _check(site, options)
    with RunSession(keep=state) as session:
        options = _prepare(options, session)
        console.print(f"Starting {site.name_en} with {options.robots} robots ...")
        _start(session, site, options)
        code = _wait(session, options)
    return 0 if code == 130 else code


def _wait(session: RunSession, options: RunOptions) -> int:
    try:
        return session.wait(Path(options.report_file), _Progress(options, session.domain))
    except AmrError:
        session.keep_logs = True
        raise


def run_orders(site: Site, options: RunOptions, state: Path | None, report: Path | None) -> int:
    """Run until every order is delivered or the time limit; write the report; 0 only if all were delivered."""
    _check(site, options)
    if report is not None and not report.resolve().parent.is_dir():
        raise AmrError("run.bad_option", option="--report", value=str(report), reason="its folder does not exist")
    with RunSession(keep=state) as session:
        options = _prepare(options, session)
        _start(session, site, options)
        code = _wait(session, options)
        figures = session.figures(Path(options.report_file))
        session.keep_logs = code not in (0, 130)
        figures.update(site=site.id, robots=options.robots, seed=options.seed, exit_code=code)
        text = json.dumps(figures, indent=2)
        if report is not None:
            report.write_text(text + "\n")
        print(text)
        if session.keep_logs:
            console.print(f"Not every order was delivered (exit code {code}); logs are in {session.folder}")
    return code
