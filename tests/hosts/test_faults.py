"""Every fault of network, computers and clocks under a whole site of two robots: one long run (`make real`)."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.hosts.network import Host, Network
from tests.hosts.site import Site, until

pytestmark = [pytest.mark.hosts_long, pytest.mark.timeout(600), pytest.mark.usefixtures("_possible")]
DELIVERY_S = 240.0
LIBFAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)


@pytest.fixture(scope="module")
def site(_possible: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The laboratory with two robots online; each test leaves a clean network behind."""
    with Network(tmp_path_factory.mktemp("site")) as network:
        made = Site(network, network.host("server"))
        made.start_broker()
        made.start_fleet()
        for name in ("amr_01", "amr_02"):
            made.start_robot(network.host(name), name)
        for name in ("amr_01", "amr_02"):
            until(partial(made.online, name), 90, f"{name} online", made.words)
        yield made


@pytest.fixture(autouse=True)
def _clean(site: Site) -> Iterator[None]:
    yield
    for host in site.network.hosts.values():
        host.port.set(loss=0.0, delay=0.0, jitter=0.0, mtu=0, cut=False, in_order=True)


def hosts(site: Site) -> list[Host]:
    return [site.network.hosts[name] for name in ("amr_01", "amr_02")]


def robot_of(site: Site, order: str) -> str:
    """Return the robot that has an order, once it drives."""

    def look() -> str:
        rows = [row["robot"] for row in site.journal("order_assigned") if row["order_id"] == order]
        return str(rows[-1]) if rows and site.driving(rows[-1]) else ""

    return str(until(look, 90, f"somebody drives for {order}", site.words))


def codes(site: Site, name: str) -> set[str]:
    return {error["code"] for error in site.robot(name).get("errors", [])}


def delivered_once(site: Site, order: str) -> None:
    until(lambda: site.done(order), DELIVERY_S, f"{order} is delivered", site.words)
    assert [row["order_id"] for row in site.journal("order_done")].count(order) == 1
    assert not [row for row in site.journal("order_failed") if row["order_id"] == order]
    for name in ("amr_01", "amr_02"):
        assert site.now(name)["collisions"] == 0


@pytest.mark.parametrize("seconds", [3, 10, 30, 60])
def test_a_cut_of_both_ways(site: Site, seconds: int) -> None:
    order = site.order("X1", "D1")
    name = robot_of(site, order)
    raised = len(site.journal("alarm_raised"))
    port = site.network.hosts[name].port
    port.set(cut=True)
    began = time.monotonic()
    if seconds >= 30:
        until(lambda: not site.online(name), 20, "missed")
        held = site.robot(name)["base"]
        until(lambda: abs(site.now(name)["v"]) < 0.01, 30, "it stands at the end of its base", site.words)
        assert site.robot(name)["base"] == held
    until(lambda: time.monotonic() - began > seconds, seconds + 10, "the cut")
    port.set(cut=False)
    until(lambda: site.online(name), 20, "back", site.words)
    delivered_once(site, order)
    assert bool(site.alarmed("alarm.robot_offline", raised)) == (seconds > 20) or 3 < seconds <= 20


@pytest.mark.parametrize("deaf", ["server", "robot"])
def test_a_cut_of_one_way(site: Site, deaf: str) -> None:
    order = site.order("X1", "D1")
    name = robot_of(site, order)
    port = site.network.hosts[name].port
    way = port.up if deaf == "server" else port.down
    way.cut = True
    until(lambda: not site.online(name), 60, "missed", site.words)
    way.cut = False
    until(lambda: site.online(name), 30, "back", site.words)
    delivered_once(site, order)


def test_all_robots_fall_silent_at_once(site: Site) -> None:
    """One alarm that names the network, none about a robot; the order goes on."""
    raised = len(site.journal("alarm_raised"))
    order = site.order("X1", "D1")
    robot_of(site, order)
    for host in hosts(site):
        host.port.set(cut=True)
    until(lambda: site.alarmed("alarm.network", raised), 30, "the network is named", site.words)
    assert site.alarmed("alarm.robot_offline", raised) == []
    for host in hosts(site):
        host.port.set(cut=False)
    for host in hosts(site):
        until(partial(site.online, host.name), 30, f"{host.name} is back", site.words)
    delivered_once(site, order)


@pytest.mark.parametrize("loss", [0.05, 0.2])
def test_loss_raises_no_alarm(site: Site, loss: float) -> None:
    raised = len(site.journal("alarm_raised"))
    for host in hosts(site):
        host.port.set(loss=loss, delay=0.01, jitter=0.07)
    order = site.order("X1", "D1")
    delivered_once(site, order)
    assert site.alarmed("alarm.robot_offline", raised) == []


def test_a_delay_of_half_a_second_and_frames_out_of_order(site: Site) -> None:
    raised = len(site.journal("alarm_raised"))
    for host in hosts(site):
        host.port.set(delay=0.5, jitter=0.3, in_order=False)
    delivered_once(site, site.order("X1", "D1"))
    assert site.alarmed("alarm.robot_offline", raised) == []


def test_a_small_mtu_on_the_way(site: Site) -> None:
    """Frames above it are lost without a word, as in a tunnel; a computer that probes for it finds the size."""
    for host in (site.network.hosts["server"], *hosts(site)):
        host.tune("net.ipv4.tcp_mtu_probing", 1)
    for host in hosts(site):
        host.port.set(mtu=576)
    delivered_once(site, site.order("X1", "D1"))


def test_another_address_while_it_drives(site: Site) -> None:
    order = site.order("X1", "D1")
    name = robot_of(site, order)
    raised = len(site.journal("alarm_raised"))
    site.network.hosts[name].join("10.77.0.99")
    until(lambda: site.alarmed("alarm.address", raised), 60, "its new address is told", site.words)
    assert site.alarmed("alarm.address", raised)[0]["address"] == "10.77.0.99"
    delivered_once(site, order)
    assert site.online(name)


def test_the_server_is_killed(site: Site) -> None:
    order = site.order("X1", "D1")
    name = robot_of(site, order)
    site.kill("fleet")
    until(lambda: abs(site.now(name)["v"]) < 0.01, 40, "it stands at the end of its base", site.words)
    site.start_fleet()
    delivered_once(site, order)


def test_the_broker_is_killed(site: Site) -> None:
    order = site.order("X1", "D1")
    robot_of(site, order)
    site.kill("broker")
    time.sleep(5.0)
    site.start_broker()
    delivered_once(site, order)


def test_a_robot_restarts_on_a_lane(site: Site) -> None:
    """Its old hold stays until it is found: nobody is led through the place where it really stands."""
    order = site.order("X1", "D1")
    name = robot_of(site, order)
    held = set(site.held(name))
    raised = len(site.journal("alarm_raised"))
    site.kill(name)
    until(lambda: not site.online(name), 60, "missed", site.words)
    at = site.now(name)
    stands = f"{at['x']},{at['y']},{at['theta']}"
    site.start_robot(site.network.hosts[name], name, f"base_pose:={stands}", "initial_pose:=none")
    until(lambda: site.online(name), 90, "back", site.words)
    until(lambda: site.alarmed("alarm.robot_restarted", raised), 20, "the restart is told", site.words)
    first = site.robot(name)
    found = math.hypot(first["x"] - at["x"], first["y"] - at["y"]) < 0.5
    assert found or not first["localized"], f"it says that it is at {first['x']}, {first['y']}; it is at {stands}"
    assert found or held <= set(site.held(name)), "its old hold is kept"
    until(lambda: site.robot(name)["localized"], 60, "its note and its lidars find it", site.words)
    delivered_once(site, order)


def test_two_robots_with_one_name(site: Site) -> None:
    twin = site.network.host("twin")
    site.start_robot(twin, "amr_01", "base_pose:=8.0,4.0,0.0", "initial_pose:=8.0,4.0,0.0")
    try:
        until(lambda: "vda.duplicate_identity" in codes(site, "amr_01"), 60, "both are noticed", site.words)
        assert "vda.duplicate_identity" not in codes(site, "amr_02")
        assert site.now("amr_02")["collisions"] == 0
    finally:
        twin.close()
        site.network.hosts.pop("twin")
    until(lambda: "vda.duplicate_identity" not in codes(site, "amr_01"), 60, "one is left", site.words)
    delivered_once(site, site.order("X1", "D1"))


@pytest.mark.parametrize("fault", ["of another robot", "of another authority"])
def test_a_certificate_that_is_not_this_robots(site: Site, fault: str) -> None:
    """It stands, says why in its log, and touches nobody; with its own it is back."""
    at = site.now("amr_02")
    site.kill("amr_02")
    until(lambda: not site.online("amr_02"), 60, "gone", site.words)
    strange = site.folder / "strange"
    if not strange.exists():
        site.certify(strange)
    key = site.keys / "robot-amr_01" if fault == "of another robot" else strange / "robot-amr_02"
    host = site.network.hosts["amr_02"]
    log = host.folder / "run" / "robot.log"
    told = log.stat().st_size if log.exists() else 0  # what it said before is not of this certificate
    where = f"{at['x']},{at['y']},{at['theta']}"
    files = (f"certificate:={key}.crt", f"key:={key}.key")
    site.start_robot(host, "amr_02", f"base_pose:={where}", f"initial_pose:={where}", *files)
    until(lambda: b"mqtt.unreachable" in log.read_bytes()[told:], 60, "it says why", site.words)
    assert not site.online("amr_02")
    assert site.online("amr_01")
    site.kill("amr_02")
    site.start_robot(host, "amr_02", f"base_pose:={where}", f"initial_pose:={where}")
    until(lambda: site.online("amr_02"), 60, "back", site.words)


@pytest.mark.skipif(LIBFAKETIME is None, reason="needs libfaketime: apt install faketime")
def test_a_clock_that_is_a_minute_ahead_is_named(site: Site) -> None:
    host = site.network.hosts["amr_02"]
    pose = site.now("amr_02")
    site.kill("amr_02")
    until(lambda: not site.online("amr_02"), 60, "gone")
    where = f"{pose['x']},{pose['y']},{pose['theta']}"
    site.start_robot(
        host, "amr_02", f"base_pose:={where}", f"initial_pose:={where}", LD_PRELOAD=str(LIBFAKETIME),
        FAKETIME="+60s", FAKETIME_DONT_FAKE_MONOTONIC="1", DONT_FAKE_MONOTONIC="1",
    )  # fmt: skip
    until(lambda: site.online("amr_02"), 60, "online", site.words)
    until(lambda: "vda.clock_skew" in codes(site, "amr_02"), 60, "its clock is named", site.words)
    alarms = until(lambda: site.alarmed("alarm.clock"), 20, "and an alarm", site.words)
    assert (alarms[0]["computer"], alarms[0]["seconds"] > 55) == ("amr_02", True)
