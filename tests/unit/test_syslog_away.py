"""A log server that is away, broken, slow or full loses nothing that is not said, and holds up nobody."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from amr_core.errors import AmrError
from amr_fleet.store.accounts import AuditRow
from amr_fleet.syslog.desk import PAUSES, REPEAT_S, STORE_PAUSE_S
from amr_fleet.syslog.line import UNHEARD_S
from amr_fleet.syslog.message import SyslogRecord
from tests.syslog_server import log_server
from tests.unit.syslog_rig import NOW, PLAIN, SEEN, Rig, entry, free_port
from tests.waiting import until


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with closing(Rig(tmp_path)) as made:
        yield made


def test_who_was_away_gets_all_of_it_when_it_is_back_also_over_a_restart(rig: Rig) -> None:
    port = free_port()
    one = PLAIN | {"port": port}
    rig.open(one)
    rig.journal.append([entry(i) for i in range(1, 301)])
    for _ in range(3):
        assert rig.pass_(100.0) == 0
    (standing,) = rig.desk.standings()
    assert (standing.connected, standing.behind, standing.lost) == (False, 300, 0)
    assert "refused" in standing.reason
    rig.desk.close()
    rig.open(one)
    rig.journal.append([entry(i) for i in range(301, 401)])
    with log_server(port=port) as there:
        assert rig.pass_() == 400
        assert until(lambda: len(there.came) == 400)
        assert there.numbers() == list(range(1, 401))
        rig.pass_(UNHEARD_S)
        (standing,) = rig.desk.standings()
        assert (standing.sent, standing.behind, standing.reason) == (400, 0, "")


def test_it_is_left_alone_for_longer_and_longer(rig: Rig) -> None:
    rig.open(PLAIN | {"port": free_port()})
    tries = [rig.clock]
    while len(tries) < 9:
        rig.pass_(0.5)
        way = rig.desk._ways["port"]
        if way.failures >= len(tries):
            tries.append(rig.clock)
    waits = [round(b - a, 1) for a, b in pairwise(tries[1:])]
    assert waits == [*PAUSES, PAUSES[-1]]
    assert len([text for text in rig.said if "refused" in text]) == 1, "once, not with every try"


def test_what_a_broken_line_may_have_swallowed_is_sent_again(rig: Rig) -> None:
    with log_server() as there:
        rig.open(PLAIN | {"port": there.port})
        rig.journal.append([entry(1)])
        rig.pass_()
        rig.clock += REPEAT_S + 1.0
        rig.journal.append([entry(2), entry(3)])
        rig.pass_()
        assert until(lambda: len(there.came) == 3)
        there.hang_up()
        assert until(lambda: rig.pass_(0.01) == 0 and not rig.desk.standings()[0].connected)
        rig.journal.append([entry(4)])
        rig.pass_(PAUSES[0] + 0.1)
        assert until(lambda: len(there.came) == 6)
        assert there.numbers() == [1, 2, 3, 2, 3, 4], "the last 30 s again, not what is older"
        assert rig.desk.standings()[0].repeated == 2


@contextmanager
def swallower() -> Iterator[tuple[int, Callable[[], None]]]:
    """Run a server that takes connections and reads nothing; yield its port and what kills it."""
    server = socket.create_server(("127.0.0.1", 0))
    taken: list[socket.socket] = []

    def take() -> None:
        with suppress(OSError):
            while True:
                taken.append(server.accept()[0])

    def kill() -> None:
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
        server.close()
        while taken:
            one = taken.pop()
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # what it has not read is gone
            one.close()

    threading.Thread(target=take, daemon=True).start()
    try:
        yield server.getsockname()[1], kill
    finally:
        kill()


def test_all_that_a_dead_line_has_swallowed_is_sent_again_however_much(rig: Rig) -> None:
    many = 5000
    with swallower() as (port, kill):
        rig.open(PLAIN | {"port": port, "timeout": 1.0})
        rig.journal.append([entry(i) for i in range(1, many + 1)])
        rig.pass_()
        assert rig.desk.standings()[0].sent > 2000
        kill()
    assert until(lambda: rig.pass_(0.01) == 0 and not rig.desk.standings()[0].connected)
    (standing,) = rig.desk.standings()
    assert (standing.repeated, standing.behind) == (standing.sent, many)
    with log_server(port=port) as there:
        rig.pass_(PAUSES[-1])
        assert until(lambda: len(there.came) == many)
        assert there.numbers() == list(range(1, many + 1))


@pytest.mark.parametrize("killed", [False, True])
def test_a_restart_sends_again_what_is_not_sure_and_not_what_is_older(rig: Rig, killed: bool) -> None:
    with swallower() as (port, kill):
        rig.open(PLAIN | {"port": port})
        rig.journal.append([entry(1), entry(2)])
        assert rig.pass_() == 2
        rig.pass_(REPEAT_S + 1.0)
        rig.journal.append([entry(3), entry(4)])
        assert rig.pass_() == 2
        before = rig.desk
        if not killed:
            before.close()
        kill()
    with log_server(port=port) as there:
        rig.open(PLAIN | {"port": port})
        assert rig.desk.standings()[0].behind == 2
        rig.pass_()
        assert until(lambda: there.numbers() == [3, 4])
    if killed:
        before.close()


def test_a_server_that_takes_a_connection_and_ends_it_is_left_alone_for_longer_and_longer(rig: Rig) -> None:
    """Such as a load balancer with nothing behind it: that a connection comes about does not mean that it is well."""
    with log_server() as there:
        rig.open(PLAIN | {"port": there.port})
        rig.journal.append([entry(1)])
        for failures in range(1, 5):
            assert rig.pass_(PAUSES[-1]) == 1
            assert until(lambda: bool(there.lines))
            there.hang_up()
            assert until(lambda: rig.pass_(0.001) == 0 and not rig.desk.standings()[0].connected)
            way = rig.desk._ways["port"]
            assert way.failures == failures
            assert way.resume - rig.clock == pytest.approx(PAUSES[failures - 1])
        assert "all was sent" not in " ".join(rig.said)
        assert len(rig.said) <= 4
        rig.pass_(PAUSES[-1])
        assert rig.desk.standings()[0].reason, "not well yet"
        rig.pass_(UNHEARD_S)
        assert (rig.desk.standings()[0].reason, rig.desk._ways["port"].failures) == ("", 0)
        assert "all was sent" in rig.said[-1]


def test_a_datagram_that_nobody_took_is_sent_again_once_somebody_listens(rig: Rig) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        port = int(one.getsockname()[1])
    rig.open(PLAIN | {"port": port, "transport": "udp"})
    rig.journal.append([entry(1)])

    def noticed() -> bool:
        rig.pass_(0.01)
        return bool(rig.desk.standings()[0].reason)

    assert until(noticed)
    with log_server("udp", port=port) as there:
        rig.pass_(PAUSES[-1])
        assert until(lambda: there.numbers() == [1])


def test_what_is_too_far_behind_is_lost_counted_and_said(rig: Rig) -> None:
    rig.more["most_behind"] = 100
    port = free_port()
    rig.open(PLAIN | {"port": port})
    rig.journal.append([entry(i) for i in range(1, 351)])
    rig.pass_()
    with log_server(port=port) as there:
        rig.pass_(PAUSES[0] + 0.1)
        assert until(lambda: len(there.came) == 101)
        first = there.came[0]
        assert (first.kind, first.severity) == ("lost", 4)
        assert {k: first.body[k] for k in ("lost", "of", "from", "to")} == {
            "lost": 250, "of": "journal", "from": 1, "to": 250,
        }  # fmt: skip
        assert there.numbers() == list(range(251, 351))
        assert rig.desk.standings()[0].lost == 250
        assert any("250 entries of the journal are lost" in text for text in rig.said)


def test_a_journal_that_was_restored_from_before_goes_on_at_its_end(rig: Rig) -> None:
    with log_server() as there:
        rig.open(PLAIN | {"port": there.port})
        rig.desk._store.add("syslog:port:journal", [], 5000)
        rig.desk._store.add("syslog:port:audit", [], 70)
        rig.desk.close()
        rig.open(PLAIN | {"port": there.port})
        rig.journal.append([entry(1), entry(2)])
        rig.pass_()
        rig.journal.append([entry(3)])
        rig.pass_()
        assert until(lambda: there.numbers() == [3])
        assert any("shorter than before (2 of 5000" in text for text in rig.said)


def test_a_receiver_that_takes_nothing_holds_up_nobody(rig: Rig) -> None:
    """Its connection fills up; journal and other receivers go on, and it ends in time."""
    with socket.create_server(("127.0.0.1", 0)) as silent, log_server() as there:
        silent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stuck = PLAIN | {"name": "stuck", "port": silent.getsockname()[1], "timeout": 1.0, "longest": 60_000}
        rig.open(stuck, PLAIN | {"port": there.port})
        big = replace(SEEN, facts={"text": "x" * 50_000})
        rig.journal.append([big] * 250)
        thread = threading.Thread(target=rig.desk.forward, args=("stuck",), daemon=True)
        thread.start()
        begin = time.monotonic()
        rig.journal.append([entry(i) for i in range(100)])
        assert rig.pass_() == 350
        assert time.monotonic() - begin < 20.0
        thread.join(30.0)
        assert not thread.is_alive()
        assert "timed out" in rig.desk.standings()[0].reason


def test_its_threads_start_and_end(rig: Rig) -> None:
    with log_server() as there:
        desk = rig.open(PLAIN | {"port": there.port})
        desk._steady = time.monotonic
        desk.start()
        rig.journal.append([entry(1)])
        assert until(lambda: there.numbers() == [1])
        desk.end()
        assert not [t for t in threading.enumerate() if t.name.startswith("syslog_")]


def test_a_database_that_fails_is_not_taken_for_the_receiver(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    with log_server() as there:
        rig.open(PLAIN | {"port": there.port})

        def broken(_number: int, _limit: int) -> tuple[Sequence[SyslogRecord], int]:
            raise AmrError("store.failed", reason="disk")

        monkeypatch.setattr(rig.desk._feeds["journal"], "after", broken)
        with pytest.raises(AmrError, match=r"store\.failed"):
            rig.pass_()
        assert rig.desk._ways["port"].failures == 0
        assert rig.pass_() == 0, "it is left alone for a while"


def test_a_place_that_cannot_be_kept_repeats_nothing_and_is_kept_later(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    with log_server() as there:
        rig.open(PLAIN | {"port": there.port})
        rig.journal.append([entry(i) for i in range(1, 251)])
        tries = 0

        def full(*_given: object) -> None:
            nonlocal tries
            tries += 1
            raise AmrError("store.failed", reason="the disk is full")

        with monkeypatch.context() as broken:
            broken.setattr(rig.desk._store, "add", full)
            for _ in range(2 * round(REPEAT_S) + 40):
                with suppress(AmrError):
                    rig.pass_(0.5)
            assert rig.desk.standings()[0].behind == 0
            assert 0 < tries <= 12, "not twice a second"
            rig.journal.append([entry(i) for i in range(251, 501)])
            rig.accounts.add_audit([AuditRow(NOW, "lan", "engineer", "10.0.0.2", "POST /x", "what", "ok")])
            with pytest.raises(AmrError, match=r"store\.failed"):
                rig.pass_(STORE_PAUSE_S)
            assert until(lambda: len(there.came) == 501)
        assert there.numbers() == list(range(1, 501))
        assert there.numbers("audit") == [1], "the other source does not wait"
        rig.pass_(REPEAT_S + 1.0)
        assert rig.desk._store.begin("syslog:port:journal", 0) == 500
        monkeypatch.setattr(rig.desk._store, "add", full)
        assert rig.pass_() == 0, "what is kept already is not written again"
        assert len(there.came) == 501
