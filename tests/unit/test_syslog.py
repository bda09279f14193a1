"""Syslog: what is sent, over what, to whom; what one gets that was away; what never waits for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from amr_core.errors import AmrError
from amr_fleet.domain.events import JournalEntry
from amr_fleet.store.accounts import AuditRow
from amr_fleet.syslog.message import LEAST, SyslogRecord, written
from amr_fleet.syslog.settings import SyslogSettings, load_syslog
from tests.syslog_server import log_server, parse
from tests.unit.syslog_rig import NOW, PLAIN, SEEN, Rig, entry
from tests.waiting import until

RAISED = JournalEntry(t=NOW, kind="alarm_raised", robot="amr_01", facts={"alarm": "a1", "code": "alarm.blocked"})


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with closing(Rig(tmp_path)) as made:
        yield made


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
