"""Every fault of the link between server and robots under a whole site of two robots: one long run (`make real`)."""

from __future__ import annotations

import json
import math
import sys
import time
from functools import partial

import pytest

from tests.hosts.conftest import Saw
from tests.hosts.driving import delivered_once, robot_hosts, robot_of
from tests.hosts.site import ROBOTS, Site, until

pytestmark = [pytest.mark.hosts_long, pytest.mark.timeout(600), pytest.mark.usefixtures("_possible")]


@pytest.mark.parametrize("seconds", [3, 10, 30, 75])
@pytest.mark.fault("both ways of one robot cut for {seconds} s while it drives")
def test_a_cut_of_both_ways(site: Site, saw: Saw, seconds: int) -> None:
    order = site.order("X1", "D1")
    name = robot_of(site, order)
    raised, back = len(site.journal("alarm_raised")), len(site.journal("order_requeued"))
    port = site.network.hosts[name].port
    port.set(cut=True)
    began = time.monotonic()
    if seconds >= 30:
        until(lambda: not site.online(name), 20, "missed")
        saw("offline after, s", round(time.monotonic() - began, 1))
        held = site.robot(name)["base"]
        until(lambda: abs(site.now(name)["v"]) < 0.01, 30, "it stands at a node of its base", site.words)
        assert site.robot(name)["base"] == held
        until(lambda: site.alarmed("alarm.robot_offline", raised), 20, "its silence is an alarm", site.words)
        saw("alarm after, s", round(time.monotonic() - began, 1))
    until(lambda: time.monotonic() - began > seconds, seconds + 10, "the cut")
    if seconds > 40:
        saw("order back in the queue", [r["order_id"] for r in site.journal("order_requeued")[back:]] == [order])
    port.set(cut=False)
    mended = time.monotonic()
    until(lambda: site.online(name), 20, "back", site.words)
    saw("back after, s", round(time.monotonic() - mended, 1))
    delivered_once(site, order)
    assert seconds >= 10 or not site.alarmed("alarm.robot_offline", raised)


@pytest.mark.fault("both robots cut for 120 s")
def test_all_robots_fall_silent_at_once(site: Site, saw: Saw) -> None:
    """One alarm that names the network, none about a robot; the order goes on."""
    raised = len(site.journal("alarm_raised"))
    order = site.order("X1", "D1")
    robot_of(site, order)
    began = time.monotonic()
    for host in robot_hosts(site):
        host.port.set(cut=True)
    until(lambda: site.alarmed("alarm.network", raised), 30, "the network is named", site.words)
    saw("alarm.network after, s", round(time.monotonic() - began, 1))
    until(lambda: time.monotonic() - began > 120, 130, "the cut")
    assert site.alarmed("alarm.robot_offline", raised) == []
    mended = time.monotonic()
    for host in robot_hosts(site):
        host.port.set(cut=False)
    for name in ROBOTS:
        until(partial(site.online, name), 30, f"{name} is back", site.words)
    saw("back after, s", round(time.monotonic() - mended, 1))
    delivered_once(site, order)


@pytest.mark.parametrize("deaf", ["server", "robot"])
@pytest.mark.fault("one way cut: the {deaf} hears nothing")
def test_a_cut_of_one_way(site: Site, saw: Saw, deaf: str) -> None:
    order = site.order("X1", "D1")
    name = robot_of(site, order)
    port = site.network.hosts[name].port
    way = port.up if deaf == "server" else port.down
    way.cut = True
    began = time.monotonic()
    until(lambda: not site.online(name), 60, "missed", site.words)
    saw("offline after, s", round(time.monotonic() - began, 1))
    until(lambda: time.monotonic() - began > 40, 50, "the cut")
    way.cut = False
    mended = time.monotonic()
    until(lambda: site.online(name), 30, "back", site.words)
    saw("back after, s", round(time.monotonic() - mended, 1))
    delivered_once(site, order)


@pytest.mark.parametrize("loss", [5, 20])
@pytest.mark.fault("{loss} % of the frames lost, 10 to 80 ms")
def test_loss_raises_no_alarm(site: Site, saw: Saw, loss: int) -> None:
    raised, offline = len(site.journal("alarm_raised")), len(site.journal("robot_offline"))
    for host in robot_hosts(site):
        host.port.set(loss=loss / 100.0, delay=0.01, jitter=0.07)
    order = site.order("X1", "D1")
    delivered_once(site, order)
    saw("times offline", len(site.journal("robot_offline")) - offline)
    assert site.alarmed("alarm.robot_offline", raised) == []


@pytest.mark.parametrize(
    ("delay", "jitter", "loss", "in_order"), [(200, 100, 0, True), (250, 0, 2, True), (500, 300, 0, False)]
)
@pytest.mark.fault("{delay} ms each way + 0 to {jitter} ms, {loss} % lost, frames in order: {in_order}")
def test_a_delay(site: Site, delay: int, jitter: int, loss: int, in_order: bool) -> None:
    raised = len(site.journal("alarm_raised"))
    for host in robot_hosts(site):
        host.port.set(delay=delay / 1000.0, jitter=jitter / 1000.0, loss=loss / 100.0, in_order=in_order)
    delivered_once(site, site.order("X1", "D1"))
    assert site.alarmed("alarm.robot_offline", raised) == []


@pytest.mark.fault("frames above 576 bytes lost on the way, without a word")
def test_a_small_mtu_on_the_way(site: Site, saw: Saw) -> None:
    """As in a tunnel: MQTT asks for segments that pass it, and no computer has to probe for the size."""
    raised = len(site.journal("alarm_raised"))
    for host in robot_hosts(site):
        host.port.set(mtu=576)
    delivered_once(site, site.order("X1", "D1"))
    saw("frames lost", sum(way.dropped for host in robot_hosts(site) for way in (host.port.up, host.port.down)))
    assert site.alarmed("alarm.robot_offline", raised) == []


@pytest.mark.fault("a robot gets another address while it drives")
def test_another_address_while_it_drives(site: Site, saw: Saw) -> None:
    order = site.order("X1", "D1")
    name = robot_of(site, order)
    raised = len(site.journal("alarm_raised"))
    began = time.monotonic()
    site.network.hosts[name].join("10.77.0.99")
    until(lambda: site.alarmed("alarm.address", raised), 60, "its new address is told", site.words)
    saw("alarm.address after, s", round(time.monotonic() - began, 1))
    assert site.alarmed("alarm.address", raised)[0]["address"] == "10.77.0.99"
    delivered_once(site, order)
    assert site.online(name)


@pytest.mark.fault("a third computer on the robots' network, without a certificate")
def test_a_stranger_on_the_network_sees_and_moves_nothing(site: Site) -> None:
    """It asks for ROS by multicast and at a robot's own address, and sends velocities; the broker lets it not in."""
    host = site.network.hosts["amr_01"]
    before = site.now("amr_01")
    stranger = site.network.host("stranger")
    try:
        peers = {"ROS_AUTOMATIC_DISCOVERY_RANGE": "SUBNET", "ROS_STATIC_PEERS": host.address, "ROS_DOMAIN_ID": "77"}
        asked = stranger.start("stranger", sys.executable, "-m", "tests.hosts.stranger", site.address, **peers)
        until(lambda: not asked.running, 90, "it has tried", asked.words)
        told = json.loads(asked.words().splitlines()[-1])
        assert told == {"topics": [], "broker": "refused"}, told
    finally:
        stranger.close()
        site.network.hosts.pop("stranger")
    after = site.now("amr_01")
    assert math.hypot(after["x"] - before["x"], after["y"] - before["y"]) < 0.05
