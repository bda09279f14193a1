"""Syslog: what is sent, over what, to whom; what one gets that was away; what never waits for it."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from amr_bringup.cli import app
from amr_core.errors import AmrError
from amr_core.identity import authority
from amr_fleet.domain.events import JournalEntry
from amr_fleet.store.accounts import AccountStore, AuditRow
from amr_fleet.store.audit_rows import AuditRows
from amr_fleet.store.database import Database
from amr_fleet.store.journal import JournalStore
from amr_fleet.store.outgoing import OutgoingStore
from amr_fleet.syslog.desk import PAUSES, REPEAT_S, STORE_PAUSE_S, Syslog, send_test
from amr_fleet.syslog.feeds import ALARM_KINDS, ALL_KINDS, AuditFeed, JournalFeed
from amr_fleet.syslog.line import UNHEARD_S, open_line
from amr_fleet.syslog.message import LEAST, SyslogRecord, written
from amr_fleet.syslog.settings import SyslogReceiver, SyslogSettings, load_syslog
from tests.syslog_server import log_server, parse
from tests.waiting import until

NOW = 1_800_000_000.0
PLAIN: dict[str, Any] = {"name": "port", "host": "127.0.0.1", "transport": "tcp", "plain": True}
SEEN = JournalEntry(t=NOW + 0.5, kind="order_created", order_id="T1", facts={"pick_place": "D01", "drop_place": "A1W"})
RAISED = JournalEntry(t=NOW, kind="alarm_raised", robot="amr_01", facts={"alarm": "a1", "code": "alarm.blocked"})


def entry(number: int) -> JournalEntry:
    return replace(SEEN, t=NOW + number, order_id=f"T{number}")


@dataclass
class Rig:
    """A forwarder on clocks of its own, whose journal and audit trail are real ones."""

    folder: Path
    more: dict[str, Any] = field(default_factory=dict)
    clock: float = 100.0
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.journal = JournalStore(str(self.folder / "journal.sqlite3"))
        self.accounts = AccountStore(Database(self.folder / "users.sqlite3"))

    def open(self, *receivers: dict[str, Any]) -> Syslog:
        settings = SyslogSettings.model_validate({"receivers": list(receivers), "loopback": True, **self.more})
        self.desk = Syslog(
            settings,
            {
                "journal": JournalFeed(self.journal, ALL_KINDS, lambda: NOW),
                "alarms": JournalFeed(self.journal, ALARM_KINDS, lambda: NOW),
                "audit": AuditFeed(AuditRows(self.folder / "users.sqlite3")),
            },
            OutgoingStore(str(self.folder / "syslog.sqlite3")), log=self.said.append,
            steady=lambda: self.clock, clock=lambda: NOW,
        )  # fmt: skip
        return self.desk

    def pass_(self, seconds: float = 0.5) -> int:
        self.clock += seconds
        return self.desk.forward("port")


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    yield made
    if hasattr(made, "desk"):
        made.desk.close()
    made.journal.close()
    made.accounts.close()


# Messages -------------------------------------------------------------------------------------------------------------


def record(**more: Any) -> SyslogRecord:
    return replace(SyslogRecord("journal", 7, NOW, "order_created", 6, {"order_id": "T1", "facts": {"a": 1}}), **more)


def test_a_message_is_what_rfc_5424_says() -> None:
    found = parse(written(record(), "local3", "amr-server", 2048))
    assert (found.facility, found.severity, found.host, found.kind) == (19, 6, "amr-server", "order_created")
    assert found.at == "2027-01-15T08:00:00.000000Z"
    assert found.body == {"source": "journal", "seq": 7, "order_id": "T1", "facts": {"a": 1}}


def test_the_audit_trail_has_the_facility_of_audits() -> None:
    assert parse(written(record(source="audit"), "local3", "h", 2048)).facility == 13


def test_texts_stay_in_the_message_whatever_is_in_them() -> None:
    nasty = 'Cái Cui"]\n<13>1 - - - - - forged\r\x00 \U0001f600'
    found = parse(written(record(facts={"text": nasty}, kind="a b\n"), "local0", "máy chủ", 2048))
    assert found.body["text"] == nasty
    assert (found.kind, found.host) == ("a_b_", "m_y_ch_")
    assert parse(written(record(kind="", facts={}), "local0", "", 2048)).host == "-"


@pytest.mark.parametrize("longest", [LEAST, 1000, 2048])
def test_what_is_too_long_says_so_and_keeps_its_number(longest: int) -> None:
    facts = {"t": 1.5, "order_id": "T1", "facts": {"text": "ế" * 3000}, "long": "x" * 50}
    found = parse(written(record(facts=facts), "local0", "h" * 200, longest))
    assert found.octets <= longest
    assert (found.body["seq"], found.body["cut"]) == (7, True)
    assert "facts" not in found.body
    long_name = parse(written(record(facts={f"n{i}": "y" * 39 for i in range(99)}), "local0", "h" * 255, longest))
    assert long_name.octets <= longest
    assert long_name.body["cut"]


# Settings -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"host": ""}, {"host": "a b"}, {"host": "http://x"}, {"port": -1}, {"port": 70000}, {"transport": "carrier"},
        {"plain": False}, {"transport": "tls"}, {"facility": "kern"}, {"facility": "local8"}, {"send": []},
        {"send": ["secrets"]}, {"send": ["journal", "alarms"]}, {"longest": 100}, {"longest": 10**6}, {"name": "A B"},
        {"networks": ["10.0.0.0/99"]}, {"timeout": 0}, {"more": 1}, {"certificate": "/c.pem", "key": "/k.pem"},
        {"transport": "tls", "plain": False, "ca_file": "/nowhere.pem"},
        {"transport": "tls", "plain": False, "certificate": "/c.pem"},
    ],
)  # fmt: skip
def test_settings_that_are_none_are_named(tmp_path: Path, change: dict[str, Any]) -> None:
    path = tmp_path / "syslog.yaml"
    path.write_text(json.dumps({"receivers": [PLAIN]}))
    assert load_syslog(path).receivers[0].at == 601
    path.write_text(json.dumps({"receivers": [PLAIN | change]}))
    with pytest.raises(AmrError, match=r"parameter\.invalid"):
        load_syslog(path)


@pytest.mark.parametrize("text", ["", "[]", "receivers: []", "receivers: {}", "a: [", "\x00", "receivers: 2026-13-45"])
def test_a_file_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "syslog.yaml"
    path.write_text(text)
    with pytest.raises(AmrError, match=r"parameter\.invalid"):
        load_syslog(path)


def test_two_of_one_name_and_five_in_all_are_refused() -> None:
    for receivers in ([PLAIN, PLAIN], [PLAIN | {"name": f"r{i}"} for i in range(5)]):
        with pytest.raises(ValueError, match="receivers"):
            SyslogSettings.model_validate({"receivers": receivers})


# Over the wire --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_journal_and_audit_trail_arrive_in_order_from_now_on(rig: Rig, transport: str) -> None:
    rig.journal.append([SEEN])
    with log_server(transport) as there:
        rig.open(PLAIN | {"port": there.port, "transport": transport})
        rig.journal.append([RAISED, *(entry(i) for i in range(3, 200))])
        done = AuditRow(NOW, "lan", "engineer", "10.0.0.2", "POST /x", "wh\nat", "ok")
        rig.accounts.add_audit([done, replace(done, result="auth.forbidden")])
        rig.pass_()
        assert until(lambda: len(there.came) == 200)
        assert there.wrong == []
        assert there.numbers() == list(range(2, 200))
        assert there.numbers("audit") == [1, 2]
        first, alarm = there.came[0], there.came[-1]
        assert (first.kind, first.severity, first.body["facts"]["code"]) == ("alarm_raised", 3, "alarm.blocked")
        assert (alarm.severity, alarm.body["name"], alarm.body["what"]) == (4, "lan", "wh\nat")
        assert rig.pass_() == 0


def test_only_alarms_where_only_they_are_wanted(rig: Rig) -> None:
    with log_server() as there:
        rig.open(PLAIN | {"port": there.port, "send": ["alarms"]})
        fire = replace(RAISED, facts={"alarm": "a2", "code": "alarm.fire"})
        rig.journal.append([SEEN, RAISED, SEEN, fire, replace(RAISED, kind="alarm_cleared")])
        rig.pass_()
        assert until(lambda: len(there.came) == 3)
        assert [(one.body["seq"], one.severity) for one in there.came] == [(2, 3), (4, 1), (5, 5)]


def test_a_simulation_has_the_time_of_the_computer(rig: Rig) -> None:
    with log_server() as there:
        rig.open(PLAIN | {"port": there.port})
        rig.journal.append([replace(SEEN, t=12.5)])
        rig.pass_()
        assert until(lambda: len(there.came) == 1)
        assert (there.came[0].at, there.came[0].body["t"]) == ("2027-01-15T08:00:00.000000Z", 12.5)


# Away -----------------------------------------------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


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


# TLS and addresses ----------------------------------------------------------------------------------------------------


@dataclass
class Papers:
    folder: Path
    server: ssl.SSLContext

    @property
    def ca(self) -> str:
        return str(self.folder / "ca.crt")


@pytest.fixture
def papers(tmp_path: Path) -> Papers:
    folder = tmp_path / "papers"
    site, _ = authority.SiteAuthority.made(folder)
    authority.save(folder, "server", site.issue("server", ["127.0.0.1"], server=True))
    authority.save(folder, "client", site.issue("fleet"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.crt", folder / "server.key")
    context.load_verify_locations(folder / "ca.crt")
    context.verify_mode = ssl.CERT_REQUIRED
    return Papers(folder, context)


def tls(papers: Papers, port: int, **more: Any) -> dict[str, Any]:
    shows = {"certificate": str(papers.folder / "client.crt"), "key": str(papers.folder / "client.key")}
    return {"name": "port", "host": "127.0.0.1", "port": port, "ca_file": papers.ca, **shows, **more}


def test_over_tls_both_sides_show_who_they_are(rig: Rig, papers: Papers) -> None:
    with log_server(tls=papers.server) as there:
        rig.open(tls(papers, there.port))
        rig.journal.append([entry(i) for i in range(1, 50)])
        assert rig.pass_() == 49
        assert until(lambda: there.numbers() == list(range(1, 50)))
        assert rig.pass_() == 0, "what the server says (tickets of TLS) is thrown away"
        assert rig.desk.standings()[0].connected


@pytest.mark.parametrize("how", ["another authority", "another name", "no certificate"])
def test_nothing_is_said_to_who_is_not_the_server(rig: Rig, papers: Papers, tmp_path: Path, how: str) -> None:
    with log_server(tls=papers.server) as there:
        one = tls(papers, there.port)
        if how == "another authority":
            authority.SiteAuthority.made(tmp_path / "other")
            one["ca_file"] = str(tmp_path / "other" / "ca.crt")
        elif how == "another name":
            one["host"] = "localhost"
        else:
            one["certificate"] = one["key"] = ""
        rig.open(one)
        rig.journal.append([entry(1)])
        assert until(lambda: rig.pass_(PAUSES[-1]) >= 0 and bool(rig.desk.standings()[0].reason))
        assert there.came == []


@pytest.mark.parametrize(
    ("host", "reason"), [("127.0.0.1", "this computer"), ("10.0.0.5", "networks"), ("169.254.169.254", "never")]
)
def test_an_address_that_is_not_the_sites_is_not_called(host: str, reason: str) -> None:
    receiver = SyslogReceiver.model_validate(PLAIN | {"host": host, "port": 9})
    with pytest.raises(AmrError) as raised:
        send_test(receiver, "lan", loopback=False)
    assert raised.value.code == "syslog.failed"
    assert reason in str(raised.value.facts["reason"])


def test_a_name_that_leads_elsewhere_is_not_called() -> None:
    receiver = SyslogReceiver.model_validate(PLAIN | {"host": "log.example", "networks": ["10.20.0.0/16"]})
    with pytest.raises(AmrError, match=r"webhook\.address"):
        open_line(receiver, loopback=True, lookup=lambda _host, _port: ["10.20.0.7", "192.168.1.1"])


# A test by hand -------------------------------------------------------------------------------------------------------


def test_the_command_says_what_is_wrong_and_sends_a_test(tmp_path: Path) -> None:
    path = tmp_path / "syslog.yaml"

    def run(verb: str, *receivers: dict[str, Any]) -> tuple[int, str]:
        path.write_text(json.dumps({"receivers": list(receivers), "loopback": True}))
        done = CliRunner().invoke(app, ["syslog", verb, str(path)])
        return done.exit_code, done.output

    with log_server() as there:
        good, away = PLAIN | {"port": there.port}, PLAIN | {"name": "away", "port": free_port()}
        assert run("check", good) == (0, f"port: journal, audit over tcp to 127.0.0.1 port {there.port}\n")
        code, said = run("test", good, away)
        assert (code, "port: a test was sent" in said, "away: [syslog.failed]" in said) == (1, True, True), said
        assert until(lambda: [one.kind for one in there.came] == ["test"])
        assert there.came[0].body["text"] == "a test"
    code, said = run("check", good | {"host": "127.0.0.1", "networks": []}, PLAIN | {"name": "x", "host": "10.9.9.9"})
    assert (code, "x: [webhook.address]" in said) == (1, True), said
