"""mosquitto with the files of `amr mqtt files`: who may say and hear what, seen by what is delivered (M1 to M5)."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography import x509
from typer.testing import CliRunner

from amr_core.errors import AmrError
from amr_core.identity.authority import SiteAuthority, key_pem, new_key, pem, request_for, save
from amr_core.vda5050 import Leader
from amr_core.whole_files import write_private
from amr_interop.cli import mqtt_app
from amr_interop.mqtt.link import Broker, Letter, MqttLink
from amr_interop.mqtt.release import release_seat
from amr_interop.mqtt.seat import BEAT, CLAIM, SEAT, parse
from tests.interop.conftest import MOSQUITTO, Start
from tests.tls_versions import speaks

UNIT = Path(__file__).parents[2] / "systemd" / "amr-mqtt.service"
ROBOTS = ("a=ACME/SN1", "b=ACME/SN2", "c=Other/SN3")


def write(folder: Path, port: int, *robots: str) -> None:
    options = [word for robot in robots or ROBOTS for word in ("--robot", robot)]
    hosts = ["--host", "127.0.0.1", "--host", "localhost"]
    done = CliRunner().invoke(mqtt_app, ["files", str(folder), *options, *hosts, "--port", str(port)])
    assert done.exit_code == 0, done.output
    if os.geteuid() == 0:  # the broker would become another user, who may not read a test's folder
        with (folder / "mosquitto.conf").open("a") as file:
            file.write("user root\n")


class Site:
    """A broker with its files, and clients of it."""

    def __init__(self, folder: Path, port: int, start: Start) -> None:
        self.folder, self.port, self._start = folder, port, start
        write(folder, port)
        self.process = start(folder / "mosquitto.conf")
        self.links: list[MqttLink] = []

    def broker(self, name: str, folder: Path | None = None) -> Broker:
        at = folder or self.folder
        return Broker(
            "127.0.0.1", self.port, str(self.folder / "ca.crt"), str(at / f"{name}.crt"), str(at / f"{name}.key")
        )

    def link(self, name: str, *topics: str, folder: Path | None = None) -> MqttLink:
        broker = self.broker(name, folder)
        link = MqttLink(broker, f"test-{name}-{len(self.links)}", topics)
        self.links.append(link)
        link.start()
        return link

    def robot(self, serial: str, *topics: str) -> MqttLink:
        link = self.link(f"robot-{serial}", *topics)
        assert link.wait_ready(10.0)
        return link

    def restart(self) -> None:
        self.process.terminate()
        self.process.wait(10.0)
        self.process = self._start(self.folder / "mosquitto.conf")


@pytest.fixture
def site(tmp_path: Path, port: int, start: Start) -> Iterator[Site]:
    made = Site(tmp_path, port, start)
    yield made
    for link in made.links:
        link.close()


def heard(link: MqttLink, enough: Callable[[list[str]], bool] = lambda _: False, seconds: float = 1.0) -> list[str]:
    """Return the topics of what arrives within some seconds, or until enough is there."""
    found: list[str] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end and not enough(found):
        found += [message.topic for message in link.take()]
        time.sleep(0.02)
    return found


def test_m1_a_robot_speaks_and_hears_under_its_own_name_only(site: Site) -> None:
    fleet = site.link("amr-fleet", "uagv/v2/+/+/state", "vda5050/v3/+/+/state")
    assert fleet.wait_ready(10.0)
    one = site.robot("SN1")
    two = site.robot("SN2", "#", "uagv/v2/ACME/SN1/order", "uagv/v2/ACME/+/order")
    for link, serial in ((one, "SN1"), (two, "SN1"), (two, "SN2")):
        for topic in ("uagv/v2/ACME", "vda5050/v3/ACME", "uagv/v2/Other"):
            link.send(Letter(f"{topic}/{serial}/state", {}))
    # Another maker's name before its own number leads to no robot: numbers are unique (`site_files.check`).
    names = ("uagv/v2/ACME", "vda5050/v3/ACME", "uagv/v2/Other")
    own = [f"{name}/{serial}/state" for serial in ("SN1", "SN2") for name in names]
    # As often as SN1 itself has said it: nothing came from the robot SN2 under its name.
    assert sorted(heard(fleet, seconds=2.0)) == sorted(own)
    fleet.send(Letter("uagv/v2/ACME/SN1/order", {}))
    fleet.send(Letter("uagv/v2/ACME/SN2/order", {}))
    assert set(heard(two, seconds=1.5)) == {"uagv/v2/ACME/SN2/order"}


def test_m1_a_robot_gives_no_orders_and_the_fleet_says_nothing_for_a_robot(site: Site) -> None:
    two = site.robot("SN2", "uagv/v2/ACME/SN2/order")
    fleet = site.link("amr-fleet", "uagv/v2/+/+/state")
    assert fleet.wait_ready(10.0)
    two.send(Letter("uagv/v2/ACME/SN2/order", {}))
    fleet.send(Letter("uagv/v2/ACME/SN2/state", {}))
    assert heard(two) == []
    assert heard(fleet, seconds=0.2) == []


def test_a_robot_neither_takes_nor_hears_nor_releases_the_fleets_seat(site: Site) -> None:
    ours = {"instance": "journal-a", "epoch": 1, "gateway": "g"}
    fleet = site.link("amr-fleet", SEAT, CLAIM)
    assert fleet.wait_ready(10.0)
    robot = site.robot("SN1", SEAT, CLAIM, "amr/#")
    fleet.send(Letter(SEAT, ours, retain=True, qos=1))
    assert heard(fleet, lambda found: SEAT in found, 5.0) == [SEAT]
    for topic in (SEAT, CLAIM):
        robot.send(Letter(topic, {"instance": "robot", "epoch": 9, "term": 9}, retain=True, qos=1))
    with pytest.raises(AmrError) as caught:
        release_seat(site.broker("robot-SN1"))
    assert caught.value.code == "run.bad_option"
    assert (heard(fleet), heard(robot, seconds=0.1)) == ([], [])
    assert release_seat(site.broker("amr-fleet")) == Leader("journal-a", 1)
    assert release_seat(site.broker("amr-fleet")) is None
    late = site.link("amr-fleet", SEAT)
    assert late.wait_ready(10.0)
    kept: list[bytes] = []
    end = time.monotonic() + 5.0
    while not kept and time.monotonic() < end:
        kept += [message.payload for message in late.take()]
        time.sleep(0.02)
    released = parse(kept[0])
    assert released is not None
    assert (released.leader, released.term) == (Leader(), 2)


def test_a_robot_hears_the_fleets_beats_and_says_none(site: Site) -> None:
    two = MqttLink(site.broker("robot-SN2"), "test-wishes", ["uagv/v2/ACME/SN2/order"], wished=[BEAT])
    site.links.append(two)
    two.start()
    assert two.wait_ready(10.0)
    one = site.robot("SN1", BEAT)
    fleet = site.link("amr-fleet", "uagv/v2/+/+/state")
    assert fleet.wait_ready(10.0)
    one.send(Letter(BEAT, {"instance": "robot", "epoch": 9}))
    one.send(Letter(BEAT, {"instance": "robot", "epoch": 9}, retain=True))
    assert heard(two) == []
    fleet.send(Letter(BEAT, {"instance": "journal-a", "epoch": 1}))
    assert heard(two, bool, 5.0) == heard(one, bool, 5.0) == [BEAT]
    late = site.robot("SN3", BEAT)
    assert heard(late) == [], "no robot leaves a word there for who comes later"


def test_with_an_access_list_of_before_a_robot_hears_no_beat_until_it_is_written_anew(site: Site) -> None:
    today = (site.folder / "access.acl").read_text()
    (site.folder / "access.acl").write_text("".join(x for x in today.splitlines(True) if not x.endswith(f"{BEAT}\n")))
    site.restart()
    fleet = site.link("amr-fleet", "uagv/v2/ACME/SN1/state")
    robot = MqttLink(site.broker("robot-SN1"), "test-wishes", ["uagv/v2/ACME/SN1/order"], wished=[BEAT])
    site.links.append(robot)
    robot.start()
    assert robot.wait_ready(10.0)
    assert fleet.wait_ready(10.0)
    fleet.send(Letter(BEAT, {"instance": "journal-a", "epoch": 1}))
    fleet.send(Letter("uagv/v2/ACME/SN1/order", {}))
    assert heard(robot) == ["uagv/v2/ACME/SN1/order"], "the rest goes on as before"
    (site.folder / "access.acl").write_text(today)
    site.process.send_signal(signal.SIGHUP)
    end, found = time.monotonic() + 10.0, list[str]()
    while not found:
        assert time.monotonic() < end
        fleet.send(Letter(BEAT, {"instance": "journal-a", "epoch": 1}))
        found = heard(robot, bool, 0.5)
    assert set(found) == {BEAT}


def test_m2_a_certificate_of_another_authority_and_no_certificate_are_refused(site: Site, tmp_path: Path) -> None:
    strange = tmp_path / "strange"
    write(strange, site.port)
    assert not site.link("robot-SN1", folder=strange).wait_ready(2.0)
    nobody = MqttLink(Broker("127.0.0.1", site.port, str(site.folder / "ca.crt")), "nobody", [])
    site.links.append(nobody)
    nobody.start()
    assert not nobody.wait_ready(2.0)


def test_m2_a_revoked_and_an_ended_certificate_are_refused_and_the_others_stay(site: Site) -> None:
    authority = SiteAuthority.opened(site.folder)
    lost = x509.load_pem_x509_certificate((site.folder / "robot-SN1.crt").read_bytes())
    (site.folder / "revoked.crl").write_bytes(authority.revocations({lost.serial_number: time.time()}))
    key = new_key()
    (site.folder / "robot-late.crt").write_bytes(pem(authority.sign(request_for("SN3", key), "SN3", days=0)))
    write_private(site.folder / "robot-late.key", key_pem(key))
    site.restart()
    for name in ("robot-SN1", "robot-late"):
        link = site.link(name)
        assert not link.wait_ready(2.0)
        assert link.trouble, "it says why"
    site.robot("SN2")


def test_a_renewed_certificate_is_shown_at_the_next_connection_without_a_new_client(site: Site) -> None:
    link = site.robot("SN1")
    authority, connects = SiteAuthority.opened(site.folder), link.connects
    old = x509.load_pem_x509_certificate((site.folder / "robot-SN1.crt").read_bytes())
    save(site.folder, "robot-SN1", authority.issue("SN1"))
    (site.folder / "revoked.crl").write_bytes(authority.revocations({old.serial_number: time.time()}))
    link.read_again()
    site.restart()
    end = time.monotonic() + 15.0
    while link.connects == connects:
        assert time.monotonic() < end, link.trouble
        time.sleep(0.05)


def test_m3_there_is_no_way_in_without_tls(site: Site) -> None:
    assert (site.folder / "mosquitto.conf").read_text().count("\nlistener ") == 1
    plain = MqttLink(Broker("127.0.0.1", site.port), "plain", [])
    site.links.append(plain)
    plain.start()
    assert not plain.wait_ready(1.5)


def test_m3_nothing_older_than_tls_1_2_is_spoken(site: Site) -> None:
    found = [
        speaks("127.0.0.1", site.port, version, site.folder / "robot-SN1.crt")
        for version in (ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)
    ]
    assert found == [False, True, True]


def test_m4_m5_the_broker_keeps_what_was_kept_over_a_restart_and_replays_no_order(site: Site) -> None:
    own = "uagv/v2/ACME/SN1"
    one = site.robot("SN1", f"{own}/order")
    fleet = site.link("amr-fleet")
    assert fleet.wait_ready(10.0)
    for kind in ("connection", "factsheet"):
        one.send(Letter(f"{own}/{kind}", {}, retain=True, qos=1))
    one.send(Letter(f"{own}/state", {}, qos=1))
    fleet.send(Letter(f"{own}/order", {}, qos=1))
    assert heard(one, bool, 5.0) == [f"{own}/order"]
    time.sleep(0.3)
    connects = one.connects
    site.restart()
    end = time.monotonic() + 10.0
    while one.connects == connects:
        assert time.monotonic() < end
        time.sleep(0.05)
    late = site.link("amr-fleet", *(f"{own}/{kind}" for kind in ("state", "connection", "factsheet")))
    assert late.wait_ready(10.0)
    assert set(heard(late, seconds=1.5)) == {f"{own}/connection", f"{own}/factsheet"}
    assert heard(one, seconds=0.2) == []


def test_keys_are_for_their_owner_and_a_second_call_keeps_certificates(tmp_path: Path, port: int) -> None:
    write(tmp_path, port)
    before = {path.name: path.read_bytes() for path in tmp_path.glob("*.crt")}
    assert {path.stat().st_mode & 0o077 for path in tmp_path.glob("*.key")} == {0}
    write(tmp_path, port, *ROBOTS, "d=ACME/SN4")
    after = {path.name: path.read_bytes() for path in tmp_path.glob("*.crt")}
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == {"robot-SN4.crt"}


@pytest.mark.parametrize("robot", ["a", "a=ACME", "a=AC+ME/1", "a=ACME/1/2", "a=ACME/Số1", "a=ACME/amr-fleet"])
def test_a_robot_that_no_broker_could_know_is_refused(tmp_path: Path, robot: str) -> None:
    done = CliRunner().invoke(mqtt_app, ["files", str(tmp_path), "--robot", robot, "--host", "h"])
    assert getattr(done.exception, "code", "") == "run.bad_option"
    assert not list(tmp_path.iterdir())


def test_the_units_own_lines_start_it_tell_systemd_that_it_listens_and_reload_it(tmp_path: Path, port: int) -> None:
    """Without systemd as process 1: what the unit of the broker says is done as systemd does it."""
    write(tmp_path / "mqtt", port)
    with (tmp_path / "mqtt" / "mosquitto.conf").open("a") as file:
        file.write("log_type information\n")
    lines = dict(line.split("=", 1) for line in UNIT.read_text().splitlines() if "=" in line and line[0] != "#")
    assert (lines["Type"], lines["NotifyAccess"]) == ("notify", "main")
    command = lines["ExecStart"].replace("/etc/amr/mqtt", str(tmp_path / "mqtt")).split()
    log = tmp_path / "log"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd, log.open("wb") as words:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(10.0)
        process = subprocess.Popen(
            [str(MOSQUITTO), *command[1:]], env={"NOTIFY_SOCKET": str(tmp_path / "notify")}, stderr=words
        )
        try:
            assert b"READY=1" in systemd.recv(4096)
            reload = lines["ExecReload"].replace("$MAINPID", str(process.pid)).split()
            assert subprocess.run(reload).returncode == 0
            end = time.monotonic() + 10.0
            while b"Reloading config" not in log.read_bytes():
                assert time.monotonic() < end, log.read_text()
                time.sleep(0.02)
            with socket.create_connection(("127.0.0.1", port), 10.0):
                assert process.poll() is None
        finally:
            process.terminate()
            try:
                assert process.wait(10.0) == 0
            finally:
                process.kill()
