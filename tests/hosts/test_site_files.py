"""From the click to the restarted robot: other site files on a robot that enrolled, and the way back (`make real`)."""

from __future__ import annotations

import contextlib
import shutil
import socket
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from amr_core.identity.authority import SiteAuthority, save
from amr_core.site import site_dir
from amr_core.site.archive import version
from tests.hosts.conftest import Saw
from tests.hosts.network import Host, Network
from tests.hosts.site import API, Site, until

pytestmark = [pytest.mark.hosts_long, pytest.mark.timeout(900), pytest.mark.usefixtures("_possible")]
ROBOT = "amr_01"
CLI = "from amr_bringup.cli import main; main()"


class Service:
    """The robot's service: reads robot.env as systemd does, is told its words, starts the launch anew when it ends."""

    def __init__(self, site: Site, host: Host, systemd: socket.socket) -> None:
        self.site, self.host, self.etc = site, host, host.folder / "etc"
        (host.folder / "state").mkdir()
        self._systemd = systemd
        systemd.bind(str(host.folder / "notify"))
        systemd.setblocking(False)

    def enrol(self) -> None:
        """Become a robot with the code that an administrator's page shows; the dashboard has the site's own TLS."""
        offer = f"enrolments/{ROBOT}"
        code = until(lambda: self.site.ask(offer, {}, token=self.site.boss), 120, "a code", self.site.words)["text"]
        self.etc.mkdir()
        shutil.copy(self.site.keys / "ca.crt", self.etc)  # by a person
        url = f"https://{self.site.address}:{API}"
        call = ("robot", "enrol", url, "--code", code, "--folder", str(self.etc))
        enrolling = self.host.start("enrol", sys.executable, "-c", CLI, *call)
        until(lambda: not enrolling.running, 90, "it enrols", enrolling.words)
        assert (self.etc / "robot.env").exists(), enrolling.words()

    def start(self) -> None:
        """Start it as amr-robot.service with docker/entrypoint.sh does."""
        lines = (self.etc / "robot.env").read_text().splitlines()
        said = dict(line.split("=", 1) for line in lines)
        names = ("site", "robot", "broker", "ca", "certificate", "key", "server")
        words = [f"{name}:={said[f'AMR_{name.upper()}']}" for name in names]
        words += ["base:=simulated", "navigation:=embedded", f"state_dir:={self.host.folder / 'state'}"]
        launch = (sys.executable, "-m", "tests.hosts.start", "robot", str(self.host.folder / "run"), *words)
        notify = {"NOTIFY_SOCKET": str(self.host.folder / "notify"), "WATCHDOG_USEC": "20000000"}
        again = 'while :; do "$@"; echo "the launch ended, $?"; sleep 1; done'
        self.host.start("service", "sh", "-c", again, "sh", *launch, ROS_DOMAIN_ID="77", **notify)

    def told(self) -> set[str]:
        """What the service was told since it was asked last, as READY=1 and WATCHDOG=1."""
        words: set[str] = set()
        with contextlib.suppress(BlockingIOError):
            while True:
                words |= set(self._systemd.recv(4096).decode().splitlines())
        return words

    @property
    def restarts(self) -> int:
        """How often the launch has ended."""
        return (self.host.folder / "service.log").read_text().count("the launch ended")

    @property
    def version(self) -> str:
        """Of the site files on its disk."""
        return version(self.etc / "site")


@pytest.fixture
def systemd() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as made:
        yield made


@pytest.fixture
def site(network: Network, tmp_path: Path) -> Site:
    """A server with site files of its own that enrols robots, its dashboard on the network with a real certificate."""
    made = Site(network, network.host("server"))
    signed = SiteAuthority.opened(made.keys).issue("dashboard", ["127.0.0.1", made.address], server=True)
    save(made.keys, "dashboard", signed)
    shutil.copytree(site_dir("lab"), tmp_path / "lab")
    made.tls = True
    made.start_broker()
    return made


def start_fleet(site: Site, files: Path) -> None:
    site.start_fleet(
        f"site:={files}", f"enrolment:={site.keys}", "dashboard_host:=0.0.0.0", f"dashboard_names:={site.address}",
        f"dashboard_certificate:={site.keys / 'dashboard.crt'}", f"dashboard_key:={site.keys / 'dashboard.key'}",
    )  # fmt: skip
    until(site.ready, 120, "the server is ready", site.words)


def click(site: Site, kind: str, patience: float = 40.0) -> str:
    """Press a button of the robot's page until it is taken; return how it ended, with the code of why not."""

    def ended() -> str:
        rows = (site.ask(f"robots/{ROBOT}/errands") or {"errands": []})["errands"]
        row = next((row for row in rows if row["kind"] == kind), {"state": "asked", "code": ""})
        return "" if row["state"] in ("asked", "running") else f"{row['state']} {row['code'] or ''}".strip()

    until(lambda: site.ask(f"robots/{ROBOT}/errands/{kind}", {}), patience, f"the button {kind}", site.words)
    return str(until(ended, 120, f"{kind} ends", site.words))


@pytest.mark.fault("other site files on the server: one click in the bay, and the way back")
def test_a_click_brings_other_site_files_and_another_the_old_ones(
    site: Site, network: Network, systemd: socket.socket, tmp_path: Path, saw: Saw
) -> None:
    """With no order for a robot of another version, and the launch started anew by its service each time."""
    start_fleet(site, tmp_path / "lab")
    robot = Service(site, network.host(ROBOT), systemd)
    robot.enrol()
    old = robot.version
    assert old == version(tmp_path / "lab")
    robot.start()
    until(partial(site.online, ROBOT), 120, "it is online", site.words)
    site.kill("fleet")
    with (tmp_path / "lab" / "site.yaml").open("a") as file:
        file.write("# the yard was measured anew\n")
    new = version(tmp_path / "lab")
    start_fleet(site, tmp_path / "lab")
    until(lambda: site.alarmed("alarm.site_version"), 60, "the page says that it has others", site.words)
    assert click(site, "site_update") == "done"
    comes_back(site, robot, new, 1, saw)
    assert click(site, "site_back") == "done"
    comes_back(site, robot, old, 2, saw)
    until(lambda: len(site.alarmed("alarm.site_version")) > 1, 60, "the page says so again", site.words)
    order = site.order("X1", "D1")
    assert click(site, "site_update") == "done"
    assert site.journal("order_assigned") == []
    comes_back(site, robot, new, 3, saw)
    (assigned,) = until(lambda: site.journal("order_assigned"), 60, "only now it gets the order", site.words)
    assert (assigned["order_id"], assigned["robot"]) == (order, ROBOT)
    until(lambda: site.driving(ROBOT), 60, "it drives", site.words)
    assert site.ask(f"robots/{ROBOT}/errands/site_back", {}) is None, "not while it has an order"


def comes_back(site: Site, robot: Service, files: str, restarts: int, saw: Saw) -> None:
    """Wait until the robot that took other files has been started anew and says that it has them."""
    began = time.monotonic()
    until(lambda: robot.restarts == restarts, 60, "the launch ends", site.words)
    robot.told()
    until(lambda: site.robot(ROBOT).get("site_version") == files, 120, "it is back with those files", site.words)
    assert robot.version == files
    until(lambda: {"READY=1", "WATCHDOG=1"} & robot.told(), 30, "systemd is told that the agent steps", site.words)
    saw(f"back after start {restarts}, s", round(time.monotonic() - began, 1))
