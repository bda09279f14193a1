"""A connection that does not come says why: a certificate that cannot be used, a broker that never answers."""

from __future__ import annotations

import contextlib
import datetime
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from amr_core.identity.authority import SiteAuthority, save
from amr_core.identity.own import days_left, fault
from amr_interop.mqtt import link as link_module
from amr_interop.mqtt.line import LOOK_S, PATIENCE_S, REPEAT_S, LineWatch
from amr_interop.mqtt.link import Broker, Letter, MqttLink

NOW = time.time()
YEAR_S = 365 * 86400.0


class Line:
    """Looks like a link."""

    def __init__(self) -> None:
        self.ready, self.trouble, self.read = False, "", 0
        self.bad = False

    def read_again(self) -> None:
        self.read += 1
        if self.bad:
            raise OSError("key values mismatch")


def watch(line: Line, said: list[str], broker: Broker | None = None, name: str = "") -> LineWatch:
    return LineWatch(line, broker or Broker("b", 1), said.append, name)  # type: ignore[arg-type]


def test_a_broker_that_is_soon_back_is_not_spoken_of() -> None:
    line, said = Line(), list[str]()
    w = watch(line, said)
    for t in (0.0, 5.0, PATIENCE_S - 0.1):
        w.step(NOW + t)
    line.ready = True
    w.step(NOW + PATIENCE_S)
    line.ready = False
    w.step(NOW + PATIENCE_S + 0.1)  # the patience begins anew
    w.step(NOW + 2 * PATIENCE_S)
    assert said == []


def test_a_reason_is_said_once_in_a_while_a_new_one_at_once_and_the_end_of_it() -> None:
    line, said = Line(), list[str]()
    line.trouble = "timed out"
    w = watch(line, said)
    for t in range(0, 60):
        w.step(NOW + t)
    assert len(said) == 1
    assert said[0].endswith("The MQTT broker b:1 cannot be reached: timed out")
    line.trouble = "refused"
    w.step(NOW + 61.0)
    assert "refused" in said[-1]
    w.step(NOW + 62.0 + REPEAT_S)
    assert len(said) == 3
    line.ready = True
    w.step(NOW + 63.0 + REPEAT_S)
    assert said[-1] == "connected with the broker b:1"
    w.step(NOW + 64.0 + REPEAT_S)
    assert len(said) == 4


def test_a_clock_that_steps_back_starts_anew_and_is_not_silent_for_ever() -> None:
    line, said = Line(), list[str]()
    w = watch(line, said)
    w.step(NOW)
    w.step(NOW - 7200.0)
    w.step(NOW - 7200.0 + PATIENCE_S)
    assert len(said) == 1


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    authority, _ = SiteAuthority.made(folder)
    save(folder, "robot", authority.issue("amr_01"))
    save(folder, "other", authority.issue("amr_02"))
    strange, _ = SiteAuthority.made(folder / "strange")
    save(folder / "strange", "robot", strange.issue("amr_01"))
    return folder


def judged(files: Path, certificate: str = "robot", key: str = "robot", at: float = NOW, name: str = "amr_01") -> str:
    return fault(files / f"{certificate}.crt", files / f"{key}.key", files / "ca.crt", at, name)


def test_each_fault_of_a_certificate_has_its_words(files: Path) -> None:
    assert judged(files) == ""
    assert judged(files, name="") == ""
    assert "ended on" in judged(files, at=NOW + 3 * YEAR_S)
    assert "clock is behind" in judged(files, at=NOW - YEAR_S)
    assert judged(files, "other", "other") == "it is of amr_02, not of amr_01"
    assert "key is another" in judged(files, key="other")
    assert "another authority" in judged(files, "strange/robot", "strange/robot")
    assert "cannot be read" in judged(files, "nowhere")
    assert "cannot be read" in fault(files / "ca.key", files / "robot.key", files / "ca.crt", NOW)
    assert 820 < days_left(files / "robot.crt", datetime.datetime.now(datetime.UTC).timestamp()) < 826


@pytest.mark.parametrize("ready", [False, True])
def test_the_certificate_is_blamed_at_once_also_where_the_broker_lets_us_in(files: Path, ready: bool) -> None:
    said, line = list[str](), Line()
    line.ready = ready
    broker = Broker("b", 1, str(files / "ca.crt"), str(files / "other.crt"), str(files / "other.key"))
    w = watch(line, said, broker, "amr_01")
    w.step(NOW)
    assert "it is of amr_02, not of amr_01" in said[0]
    w.step(NOW + 1.0)
    assert len(said) == 1


def test_a_renewed_certificate_is_read_once_and_a_bad_one_is_said(tmp_path: Path) -> None:
    authority, _ = SiteAuthority.made(tmp_path)
    save(tmp_path, "robot", authority.issue("amr_01"))
    file, key = tmp_path / "robot.crt", tmp_path / "robot.key"
    line, said = Line(), list[str]()
    line.ready = True
    w = watch(line, said, Broker("b", 1, str(tmp_path / "ca.crt"), str(file), str(key)))
    w.step(NOW)
    assert (line.read, said) == (0, [])
    os.utime(file, ns=(1, 1))
    w.step(NOW + LOOK_S / 2.0)
    assert line.read == 0
    w.step(NOW + LOOK_S)
    w.step(NOW + 2 * LOOK_S)
    assert line.read == 1
    assert "from the next connection on" in said[-1]
    line.bad = True
    os.utime(file, ns=(2, 2))
    w.step(NOW + 3 * LOOK_S)
    assert "cannot be used: key values mismatch" in said[-1]
    file.unlink()
    w.step(NOW + 4 * LOOK_S)
    assert line.read == 2


@pytest.fixture
def silent() -> Iterator[int]:
    """A broker that accepts and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(8)
        yield int(listener.getsockname()[1])


def until(look: Callable[[], str]) -> str:
    end = time.monotonic() + 40.0
    while not (found := look()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return found


@pytest.mark.parametrize("tls", [False, True])
def test_a_broker_that_accepts_and_never_answers(
    silent: int, files: Path, tls: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_module, "KEEPALIVE_S", 1)
    own = (str(files / "ca.crt"), str(files / "robot.crt"), str(files / "robot.key")) if tls else ()
    link = MqttLink(Broker("127.0.0.1", silent, *own), "one", ["a"])
    link.start()
    try:
        assert until(lambda: link.trouble)
        assert not link.ready
    finally:
        link.close()


def test_nobody_at_the_port_and_no_such_host_are_told_apart() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    link = MqttLink(Broker("127.0.0.1", port), "one", ["a"])
    link.start()
    try:
        assert "refused" in until(lambda: link.trouble)
    finally:
        link.close()


@pytest.fixture
def unwilling() -> Iterator[tuple[int, threading.Event]]:
    """A broker that lets nobody in: it says "not authorized", from the event on it only hangs up."""
    silent = threading.Event()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(8)

        def serve() -> None:
            while True:
                try:
                    line, _ = listener.accept()
                except OSError:
                    return
                with line:
                    line.recv(1024)
                    if not silent.is_set():
                        line.sendall(bytes((0x20, 2, 0, 5)))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield int(listener.getsockname()[1]), silent
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5.0)


def test_a_broker_that_refuses_us_is_told_from_one_that_hangs_up(
    unwilling: tuple[int, threading.Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_module, "_RECONNECT_S", (1, 1))
    port, silent = unwilling
    link = MqttLink(Broker("127.0.0.1", port, user="nobody", password="x"), "one", ["a"])
    link.start()
    try:
        until(lambda: "2" if link.counts["disconnected"] >= 2 else "")
        assert link.trouble.startswith("it refuses us: ")
        assert "uthorized" in link.trouble
        silent.set()
        until(lambda: link.trouble if link.trouble.startswith("it ends the connection before it lets us in") else "")
    finally:
        link.close()


def test_segments_are_asked_for_that_pass_every_tunnel() -> None:
    """Both ways: what the broker's side of the connection may send is what ours has asked for."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        link = MqttLink(Broker("127.0.0.1", int(listener.getsockname()[1])), "one", ["a"])
        link.start()
        try:
            line, _ = listener.accept()
            with line:
                assert line.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG) <= link_module.SEGMENT
        finally:
            link.close()


def test_a_line_that_takes_nothing_any_more_is_clogged_until_it_does() -> None:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        link = MqttLink(Broker("127.0.0.1", int(listener.getsockname()[1])), "one", [])
        assert not link.clogged
        link.start()
        try:
            line, _ = listener.accept()
            with line:
                line.recv(1024)
                line.sendall(bytes((0x20, 2, 0, 0)))
                assert link.wait_ready(5.0)
                assert link.send(Letter("a", {"state": "small"}))
                until(lambda: "" if link.clogged else "clear")
                for _ in range(40):
                    link.send(Letter("a", {"state": "x" * 2000}))
                until(lambda: "clogged" if link.clogged else "")

                def drained() -> str:
                    line.setblocking(False)
                    with contextlib.suppress(BlockingIOError):
                        line.recv(65536)
                    return "" if link.clogged else "drained"

                until(drained)
        finally:
            link.close()
        assert not link.clogged
