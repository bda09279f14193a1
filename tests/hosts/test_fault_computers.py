"""Every fault of servers, robots' computers, certificates and clocks under a whole site of two robots (`make real`)."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from tests.hosts.conftest import Saw
from tests.hosts.driving import codes, delivered_once, robot_of
from tests.hosts.site import ROBOTS, Site, until

pytestmark = [pytest.mark.hosts_long, pytest.mark.timeout(600), pytest.mark.usefixtures("_possible")]


@pytest.mark.fault("server killed while a robot drives, back later")
def test_the_server_is_killed(site: Site, saw: Saw) -> None:
    order = site.order("X1", "D1")
    name = robot_of(site, order)
    site.kill("fleet")
    until(lambda: abs(site.now(name)["v"]) < 0.01, 40, "it stands at a node of its base", site.words)
    began = time.monotonic()
    site.start_fleet()
    until(site.ready, 90, "ready", site.words)
    saw("ready after, s", round(time.monotonic() - began, 1))
    delivered_once(site, order)


@pytest.mark.fault("server killed while a robot drives; its standby, on another computer, takes over")
def test_the_standby_takes_over_with_the_robots_at_the_same_broker(site: Site, saw: Saw) -> None:
    """The journal's file stands for the database that two servers share; the broker stays. Nothing is done twice."""
    standby = Site(site.network, site.network.host("server2"), of=site)
    standby.token = site.token  # accounts lie beside the journal
    sent = f"sent_folder:={site.folder / 'vda5050'}"
    standby.start_fleet("standby:=true", sent, journal=site.folder)
    try:
        until(lambda: "standby: takes over" in standby.words(), 180, "it waits for the journal", standby.words)
        order = site.order("X1", "D1")
        robot_of(site, order)
        raised = len(site.journal("alarm_raised"))
        began = time.monotonic()
        site.kill("fleet")
        until(standby.ready, 90, "the standby is ready", standby.words)
        saw("standby ready after, s", round(time.monotonic() - began, 1))
        until(lambda: all(map(standby.online, ROBOTS)), 60, "its robots obey it", standby.words)
        saw("robots lead by it after, s", round(time.monotonic() - began, 1))
        delivered_once(site, order)
        assert site.alarmed("alarm.second_fleet", raised) == []
    finally:
        standby.server.close()
        site.network.hosts.pop("server2")


@pytest.mark.fault("server and robot killed while it drives, both started again")
def test_server_and_robot_are_killed(site: Site, saw: Saw) -> None:
    order = site.order("X1", "D1")
    name = robot_of(site, order)
    site.kill(name)
    site.kill("fleet")
    began = time.monotonic()
    site.start_fleet()
    restart(site, name)
    until(lambda: site.online(name), 120, "back", site.words)
    until(lambda: site.robot(name).get("localized"), 60, "its note and its lidars find it", site.words)
    saw("robot at work after, s", round(time.monotonic() - began, 1))
    delivered_once(site, order)


@pytest.mark.fault("broker killed while a robot drives, back after 5 s")
def test_the_broker_is_killed(site: Site) -> None:
    order = site.order("X1", "D1")
    robot_of(site, order)
    site.kill("broker")
    time.sleep(5.0)
    site.start_broker()
    delivered_once(site, order)


@pytest.mark.fault("second server by mistake, with a journal of its own")
def test_a_second_server_is_refused_and_both_say_so(site: Site, saw: Saw) -> None:
    order = site.order("X1", "D1")
    robot_of(site, order)
    raised = len(site.journal("alarm_raised"))
    began = time.monotonic()
    other = Site(site.network, site.network.host("server2"), of=site)
    other.start_fleet()
    try:
        until(lambda: site.alarmed("alarm.second_fleet", raised), 120, "the first one says it", other.words)
        saw("alarm at the first after, s", round(time.monotonic() - began, 1))
        until(lambda: other.alarmed("alarm.second_fleet"), 60, "the second one says it", other.words)
        saw("alarm at the second after, s", round(time.monotonic() - began, 1))
        stuck = other.order("A1", "D1")
        delivered_once(site, order)
        delivered_once(site, site.order("A1", "D1"))
        assert other.journal("order_assigned") == []
        assert not other.done(stuck)
    finally:
        other.server.close()
        site.network.hosts.pop("server2")
    until(lambda: codes_of_alarms(site).isdisjoint({"alarm.second_fleet"}), 60, "the alarm ends", site.words)


def codes_of_alarms(site: Site) -> set[str]:
    return {str(alarm.get("code") or alarm["reason"]["code"]) for alarm in site.alarms()}


def restart(site: Site, name: str, *words: str) -> tuple[float, float]:
    """Start a killed robot where it really stands, its computer knowing nothing of that; return x, y (m)."""
    at = site.now(name)
    stands = f"base_pose:={at['x']},{at['y']},{at['theta']}"
    site.start_robot(site.network.hosts[name], name, stands, "initial_pose:=none", *words)
    return at["x"], at["y"]


def is_found(site: Site, name: str, x: float, y: float) -> bool:
    said = site.robot(name)
    return bool(said.get("localized")) and math.hypot(said["x"] - x, said["y"] - y) < 0.5


@pytest.mark.fault("a robot's computer killed on a lane, started again")
def test_a_robot_restarts_on_a_lane(site: Site, saw: Saw) -> None:
    """Its old hold stays until it is found: nobody is led through the place where it really stands."""
    order = site.order("X1", "D1")
    name = robot_of(site, order)
    held = set(site.held(name))
    raised = len(site.journal("alarm_raised"))
    site.kill(name)
    until(lambda: not site.online(name), 60, "missed", site.words)
    began = time.monotonic()
    x, y = restart(site, name)
    until(lambda: site.online(name), 90, "back", site.words)
    until(lambda: site.alarmed("alarm.robot_restarted", raised), 20, "the restart is told", site.words)
    first = site.robot(name)
    found = is_found(site, name, x, y)
    assert found or not first["localized"], f"it says that it is at {first['x']}, {first['y']}; it is at {x}, {y}"
    assert found or held <= set(site.held(name)), "its old hold is kept"
    until(lambda: site.robot(name)["localized"], 60, "its note and its lidars find it", site.words)
    saw("knows where it is after, s", round(time.monotonic() - began, 1))
    assert is_found(site, name, x, y)
    delivered_once(site, order)


@pytest.mark.fault("a robot's computer stands still for 15 s in mid-mission, and goes on")
def test_a_robots_computer_stands_still_for_a_while(site: Site, saw: Saw) -> None:
    """It is where it was, as after a kill: it proves that and works on; until then it stands."""
    order = site.order("X1", "D1")
    name = robot_of(site, order)
    site.network.hosts[name].freeze(15.0)
    began = time.monotonic()
    until(lambda: site.online(name) and is_found(site, name, *_place(site, name)), 60, "found", site.words)
    saw("knows where it is after, s", round(time.monotonic() - began, 1))
    delivered_once(site, order)
    assert site.now(name)["collisions"] == 0


def _place(site: Site, name: str) -> tuple[float, float]:
    at = site.now(name)
    return at["x"], at["y"]


@pytest.mark.fault("the same without its note, a person says on the page where it is")
def test_a_robot_without_its_note_is_placed_on_the_page(site: Site, saw: Saw) -> None:
    name = "amr_02"
    site.kill(name)
    until(lambda: not site.online(name), 60, "missed", site.words)
    state = site.network.hosts[name].folder / "state"
    for file in state.iterdir():
        file.unlink()
    x, y = restart(site, name)
    until(lambda: site.online(name), 90, "back", site.words)
    if not is_found(site, name, x, y):
        pose = {"x": x, "y": y, "theta": site.now(name)["theta"]}
        until(lambda: site.ask(f"robots/{name}/relocalise", pose), 30, "it is told where it is", site.words)
    until(lambda: is_found(site, name, x, y), 60, "it knows where it is", site.words)
    end = time.monotonic() + 15.0
    while time.monotonic() < end:
        assert site.robot(name)["localized"], "it was lost again"
        time.sleep(0.5)


@pytest.mark.fault("two computers with one robot's name and certificate")
def test_two_robots_with_one_name(site: Site, saw: Saw) -> None:
    twin = site.network.host("twin")
    began = time.monotonic()
    site.start_robot(twin, "amr_01", "base_pose:=8.0,4.0,0.0", "initial_pose:=8.0,4.0,0.0")
    site.processes["amr_01"] = site.network.hosts["amr_01"].processes[-1]
    try:
        until(lambda: "vda.duplicate_identity" in codes(site, "amr_01"), 90, "both are noticed", site.words)
        saw("told after, s", round(time.monotonic() - began, 1))
        assert "vda.duplicate_identity" not in codes(site, "amr_02")
        assert site.now("amr_02")["collisions"] == 0
    finally:
        twin.close()
        site.network.hosts.pop("twin")
    until(lambda: "vda.duplicate_identity" not in codes(site, "amr_01"), 60, "one is left", site.words)
    delivered_once(site, site.order("X1", "D1"))


@pytest.mark.parametrize("fault", ["of another robot", "of another authority"])
@pytest.mark.fault("a robot with the certificate {fault}")
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


@contextmanager
def nobody_is_missed(site: Site) -> Iterator[None]:
    """No robot is counted out and no order taken back meanwhile."""
    before = {kind: len(site.journal(kind)) for kind in ("robot_offline", "order_requeued")}
    yield
    for kind, count in before.items():
        assert site.journal(kind)[count:] == []


@pytest.mark.parametrize("seconds", [60, -60])
@pytest.mark.fault("a robot's clock set by {seconds} s while it drives")
def test_a_robots_clock_is_set(site: Site, saw: Saw, seconds: int) -> None:
    order = site.order("X1", "D1")
    name = robot_of(site, order)
    raised = len(site.journal("alarm_raised"))
    with nobody_is_missed(site):
        began = time.monotonic()
        site.clocks[name].set(seconds)
        alarms = until(lambda: site.alarmed("alarm.clock", raised), 60, "its clock is named", site.words)
        saw("alarm.clock after, s", round(time.monotonic() - began, 1))
        assert alarms[0]["computer"] == name
        assert abs(abs(alarms[0]["seconds"]) - 60) < 5
        delivered_once(site, order)


@pytest.mark.parametrize("seconds", [60, -60])
@pytest.mark.fault("the server's clock set by {seconds} s while a robot drives")
def test_the_servers_clock_is_set(site: Site, saw: Saw, seconds: int) -> None:
    order = site.order("X1", "D1")
    robot_of(site, order)
    raised = len(site.journal("alarm_raised"))
    with nobody_is_missed(site):
        began = time.monotonic()
        site.clocks["server"].set(seconds)
        end = began + 10.0
        while time.monotonic() < end:
            assert site.ready()
            time.sleep(0.5)
        until(lambda: site.alarmed("alarm.clock", raised), 60, "a clock is named", site.words)
        saw("alarm.clock after, s", round(time.monotonic() - began, 1))
        delivered_once(site, order)


@pytest.mark.fault("a robot's computer starts with a clock 60 s ahead")
def test_a_clock_that_is_a_minute_ahead_is_named(site: Site) -> None:
    raised = len(site.journal("alarm_raised"))
    site.kill("amr_02")
    until(lambda: not site.online("amr_02"), 60, "gone")
    site.clocks["amr_02"].set(60.0)
    restart(site, "amr_02")
    until(lambda: site.online("amr_02"), 90, "online", site.words)
    until(lambda: "vda.clock_skew" in codes(site, "amr_02"), 60, "its clock is named", site.words)
    alarms = until(lambda: site.alarmed("alarm.clock", raised), 20, "and an alarm", site.words)
    assert (alarms[0]["computer"], alarms[0]["seconds"] > 55) == ("amr_02", True)
    until(partial(site.online, ROBOTS[0]), 5, "the other one is untouched", site.words)
