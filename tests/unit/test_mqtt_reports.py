"""A robot's report in parts: slowly, after all else, whole at the other end, and rubbish moves nothing."""

from __future__ import annotations

import base64
import gzip
import json
import random
from typing import Any

import pytest

from amr_core.errors import AmrError
from amr_core.robot_report import MOST, RobotReport
from amr_interop.mqtt.gateway import Gateway
from amr_interop.mqtt.link import Broker, Received
from amr_interop.mqtt.reports import PART, PART_S, TOPIC, ReportCollector, ReportSender
from amr_interop.vda.versions import V3_0
from tests.unit.vda_desk import Desk

NOISE = random.Random(1).randbytes(3 * PART)
LOG = RobotReport("log", gzip.compress(NOISE, mtime=0))
ADDRESS = ("AMR", "amr_01")
HEAD = {"headerId": 1, "version": "3.0.0", "manufacturer": "AMR", "serialNumber": "amr_01"}


def parts(sender: ReportSender) -> list[dict[str, Any]]:
    found = []
    for second in range(100):
        part = sender.due(second * PART_S, quiet=True)
        found += [part] if part is not None else []
    return found


def sealed(part: dict[str, Any], /, **other: object) -> bytes:
    return json.dumps({**HEAD, **part, **other}).encode()


def test_a_report_goes_a_part_a_second_and_only_when_nothing_else_does() -> None:
    sender = ReportSender()
    assert sender.due(0.0, quiet=True) is None
    sender.begin(LOG)
    assert sender.due(0.0, quiet=False) is None
    first = sender.due(0.1, quiet=True)
    assert first is not None
    assert len(sealed(first)) < 3000
    assert sender.due(0.1 + 0.9 * PART_S, quiet=True) is None
    assert sender.due(0.1 + 5 * PART_S, quiet=False) is None
    assert sender.due(0.1 + 5 * PART_S, quiet=True) is not None
    assert sender.due(-100.0, quiet=True) is not None  # a clock that was set back does not stop it
    assert [part["part"] for part in parts(sender)] == [3]


def test_it_is_whole_at_the_other_end_whatever_comes_twice_or_late() -> None:
    sender, collector = ReportSender(), ReportCollector(ADDRESS)
    sender.begin(LOG)
    sent = [sealed(part) for part in parts(sender)]
    assert len(sent) == 4
    order = [sent[2], sent[0], sent[0], sent[3]]
    assert [collector.receive(1.0, one, retained=False) for one in order] == [None] * 4
    assert collector.receive(2.0, sent[1], retained=False) == LOG
    assert collector.receive(3.0, sent[1], retained=False) is None  # of the next one, should it ever come


def test_who_asks_again_gets_the_new_one_and_what_is_stale_is_forgotten() -> None:
    sender, collector = ReportSender(), ReportCollector(ADDRESS)
    sender.begin(LOG)
    old = [sealed(part) for part in parts(sender)]
    collector.receive(0.0, old[0], retained=False)
    sender.begin(LOG)
    new = [sealed(part) for part in parts(sender)]
    assert [collector.receive(1.0, one, retained=False) for one in new][-1] == LOG
    for one in old[:3]:
        collector.receive(2.0, one, retained=False)
    assert collector.receive(500.0, old[3], retained=False) is None


BAD: list[dict[str, object]] = [
    {"part": 9}, {"part": -1}, {"part": 0.5}, {"parts": 0}, {"parts": 10**6}, {"parts": None}, {"content": "ä"},
    {"content": 7},
    {"content": "x" * 5000}, {"what": "film"}, {"what": None}, {"reportId": ["a"]}, {"reportId": "x" * 99},
    {"serialNumber": "amr_02"}, {"manufacturer": "X"},
]  # fmt: skip


@pytest.mark.parametrize("wrong", BAD, ids=str)
def test_a_part_that_makes_no_sense_is_refused_and_the_others_still_become_whole(wrong: dict[str, object]) -> None:
    sender, collector = ReportSender(), ReportCollector(ADDRESS)
    sender.begin(LOG)
    first, *rest = parts(sender)
    with pytest.raises(AmrError):
        collector.receive(0.0, sealed(first, **wrong), retained=False)
    assert [collector.receive(0.0, sealed(one), retained=False) for one in (first, *rest)][-1] == LOG


def test_a_kept_part_another_report_under_one_name_and_no_gzip_file_are_refused() -> None:
    collector = ReportCollector(ADDRESS)
    part = {"reportId": "a", "what": "log", "part": 0, "parts": 2, "content": base64.b64encode(b"xx").decode()}
    with pytest.raises(AmrError, match=r"vda\.retained"):
        collector.receive(0.0, sealed(part), retained=True)
    for payload in (b"", b"[]", b"\xff", b"{}"):
        with pytest.raises(AmrError):
            collector.receive(0.0, payload, retained=False)
    collector.receive(0.0, sealed(part), retained=False)
    with pytest.raises(AmrError, match="another report"):
        collector.receive(0.0, sealed(part, parts=3), retained=False)
    with pytest.raises(AmrError, match="no log"):
        collector.receive(0.0, sealed(part, part=1), retained=False)
    assert MOST // PART == 24  # what a whole one takes: half a minute


def test_the_gateway_hands_it_on_and_counts_what_is_no_part(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(V3_0)
    gateway = Gateway(Broker(port=1), "amr-fleet", [desk.master])
    manufacturer, serial = desk.master.address
    sender = ReportSender()
    sender.begin(LOG)
    topic = f"vda5050/v3/{manufacturer}/{serial}/{TOPIC}"
    own = {"manufacturer": manufacturer, "serialNumber": serial}
    inbox = [Received(topic, sealed(part, **own), False) for part in parts(sender)]
    monkeypatch.setattr(gateway.link, "take", lambda: [Received(topic, b"{", False), *inbox])
    list(gateway.tick(1.0))
    assert gateway.reports() == [(desk.master.name, LOG)]
    assert gateway.reports() == []
    assert desk.master.counts["message.invalid"] == 1
