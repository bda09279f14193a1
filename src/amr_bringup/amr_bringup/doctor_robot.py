"""`amr doctor robot`: what is wrong with a robot's computer: disk, clock, certificate, address, MTU, broker, site,
scans.

Each check is a function of plain values; what it reads of the computer is in Probe, so that tests say what is there.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal

from amr_bringup.doctor_scans import HeardScan, judge
from amr_core.addresses import host_port
from amr_core.errors import AmrError
from amr_core.identity.own import days_left, fault
from amr_core.identity.tls import trusting
from amr_core.robots import robot_type
from amr_core.site import archive, load_site, site_dir

Ailing = Literal["good", "warning", "bad"]
_SMALLEST_MTU: Final = 1280
_LEAST_FREE: Final = 1_000_000_000
_RENEW_DAYS: Final = 30.0  # renewal is tried daily with 275 days left: it failed for long; chosen: a month to mend it
_PATIENCE_S: Final = 5.0  # chosen: a broker on the site's network answers in far less; a person waits at the terminal
_TIME_ERROR: Final = 5  # of adjtimex(2): no time service has set this clock
_IP_MTU: Final = 14  # linux/in.h


@dataclass(frozen=True)
class Ailment:
    """One check. what: clock, address, ...; words: for a person."""

    what: str
    verdict: Ailing
    words: str


@dataclass(frozen=True)
class RobotEnvironment:
    """What robot.env says; empty = not said."""

    robot: str = ""
    site: str = ""
    broker: str = ""
    ca: str = ""
    certificate: str = ""
    key: str = ""
    domain: str = ""

    @classmethod
    def read(cls, file: Path, environment: Mapping[str, str]) -> RobotEnvironment:
        """Return the settings of a file of NAME=VALUE lines, else of the environment. Raises run.bad_option."""
        values = dict(environment)
        if file.exists():
            try:
                lines = file.read_text(encoding="utf-8").splitlines()
            except (OSError, ValueError) as error:
                raise AmrError("run.bad_option", option="--env", value=str(file), reason=str(error)[:100]) from None
            pairs = (line.split("=", 1) for line in lines if "=" in line and not line.lstrip().startswith("#"))
            values |= {name.strip(): value.strip().strip("\"'") for name, value in pairs}
        names = ("robot", "site", "broker", "ca", "certificate", "key")
        own = {name: values.get(f"AMR_{name.upper()}", "") for name in names}
        return cls(**own, domain=values.get("ROS_DOMAIN_ID", ""))


class Probe:
    """What is read of this computer."""

    def now(self) -> float:
        """Return s since 1970."""
        return time.time()

    def clock_is_set(self) -> bool:
        """Return whether a time service has set the clock (adjtimex, which reads only)."""
        state = int(ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512)))
        return state not in (-1, _TIME_ERROR)

    def free_bytes(self) -> int:
        """Return what is free where the robot writes. Raises OSError."""
        folder = os.environ.get("STATE_DIRECTORY", "").split(":")[0] or str(Path.home())
        return shutil.disk_usage(folder).free

    def route(self, host: str, port: int) -> tuple[str, int]:
        """Return our address on the way to a host, and the MTU of that way as far as it is known. Raises OSError."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
            way.connect((host, port))
            return str(way.getsockname()[0]), way.getsockopt(socket.IPPROTO_IP, _IP_MTU)

    def shake_hands(self, host: str, port: int, own: RobotEnvironment) -> None:
        """Open a connection to the broker and, with certificates, wait for its word on ours. Raises OSError."""
        with socket.create_connection((host, port), _PATIENCE_S) as plain:
            if not own.ca:
                return
            context = trusting(own.ca)
            context.load_cert_chain(own.certificate, own.key)
            with context.wrap_socket(plain, server_hostname=host) as line:
                line.settimeout(1.0)
                # TLS 1.3: a refusal of our certificate comes after the handshake; silence for a second is consent.
                try:
                    if line.recv(1) == b"":
                        raise ConnectionError(errno.ECONNRESET, "it ends the connection")
                except TimeoutError:
                    return

    def scans(self, own: RobotEnvironment, kind: str) -> Mapping[str, Sequence[HeardScan]]:
        """Return what its lidars send, by topic; kind: of robot. Raises ImportError where ROS is not."""
        from amr_bringup.launch_support import keep_inside
        from amr_bringup.nodes.scan_look import listen

        keep_inside()  # as the robot's launch does: its ROS graph is on the loopback
        lidars = [lidar.name for lidar in robot_type(kind).lidars]
        return listen(own.robot, lidars, int(own.domain) if own.domain.isdecimal() else None)


def examine(own: RobotEnvironment, probe: Probe) -> Iterator[Ailment]:
    """Yield what each check finds, those first that explain what fails later."""
    yield _disk(probe)
    yield _clock(probe)
    yield _certificate(own, probe)
    yield from _network(own, probe)
    yield _site(own)
    yield from _scans(own, probe)


def _disk(probe: Probe) -> Ailment:
    try:
        free = probe.free_bytes()
    except OSError as error:
        return Ailment("disk", "bad", f"where the robot writes: {error.strerror or error}")
    return Ailment("disk", "bad" if free < _LEAST_FREE else "good", f"{free / 1e9:.1f} GB free")


def _clock(probe: Probe) -> Ailment:
    if probe.clock_is_set():
        return Ailment("clock", "good", "a time service keeps it")
    return Ailment("clock", "bad", "no time service has set it: start chrony or systemd-timesyncd (UDP 123)")


def _certificate(own: RobotEnvironment, probe: Probe) -> Ailment:
    if not own.certificate:
        return Ailment("certificate", "warning", "none: the line to the broker is open (amr robot enrol)")
    now = probe.now()
    wrong = fault(Path(own.certificate), Path(own.key), Path(own.ca), now, own.robot)
    if wrong:
        return Ailment("certificate", "bad", wrong)
    left = days_left(Path(own.certificate), now)
    verdict: Ailing = "warning" if left < _RENEW_DAYS else "good"
    return Ailment("certificate", verdict, f"of {own.robot}, valid for {left:.0f} days")


def _network(own: RobotEnvironment, probe: Probe) -> Iterator[Ailment]:
    broker = host_port(own.broker)
    if broker is None:
        yield Ailment("broker", "bad", f"AMR_BROKER is {own.broker!r}: give HOST:PORT")
        return
    host, port = broker
    try:
        address, mtu = probe.route(host, port)
    except OSError as error:
        yield Ailment("address", "bad", f"no way to {host}: {error.strerror or error}")
        return
    yield Ailment("address", "good", f"{address} towards {host}")
    small = mtu < _SMALLEST_MTU
    yield Ailment("MTU", "bad" if small else "good", f"{mtu} bytes" + (f", less than {_SMALLEST_MTU}" if small else ""))
    try:
        probe.shake_hands(host, int(port), own)
    except (OSError, ValueError) as error:
        yield Ailment("broker", "bad", f"{own.broker}: {str(error)[:120]}")
        return
    yield Ailment("broker", "good", f"{own.broker} lets us in")


def _site(own: RobotEnvironment) -> Ailment:
    try:
        site = load_site(own.site)
        version = archive.version(site_dir(own.site))
    except (AmrError, OSError) as error:
        return Ailment("site", "bad", str(error)[:200])
    if own.robot not in {robot.name for robot in site.fleet}:
        return Ailment("site", "bad", f"{site.id} has no robot {own.robot!r}")
    return Ailment("site", "good", f"{site.id}, version {version[:12]}")


def _scans(own: RobotEnvironment, probe: Probe) -> Iterator[Ailment]:
    try:
        kind = next(robot.type for robot in load_site(own.site).fleet if robot.name == own.robot)
        heard = probe.scans(own, kind)
    except (AmrError, OSError, StopIteration):
        return  # the site was named already
    except ImportError as error:
        yield Ailment("scans", "warning", f"ROS 2 is not known to this shell ({error.name}): source its set-up")
        return
    for topic, verdict, words in judge(heard):
        yield Ailment(topic, verdict, words)


def as_json(findings: list[Ailment]) -> dict[str, Any]:
    """Return plain values for `amr doctor robot --json`."""
    return {"well": all(one.verdict != "bad" for one in findings), "findings": [asdict(one) for one in findings]}
