"""No message ends a process: a guarded callback counts what it cannot use; a short run of the fuzzer over all nodes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import PoseStamped
from nav_msgs.msg import Odometry
from std_msgs.msg import String
from std_srvs.srv import SetBool

from amr_lab.fleet_bench.nodes.fuzz import FuzzReport, fuzz, fuzz_behind, judge
from amr_lab.fleet_bench.nodes.fuzz_messages import MessageMaker
from amr_ros import qos
from amr_ros.host import ProcessHost
from amr_ros.node import AmrNode

TIMEOUT_S = 20.0


class _Fragile(AmrNode):
    """Fails on every word but "good"."""

    def __init__(self, name: str = "fragile", **kwargs: Any) -> None:
        super().__init__(name, **kwargs)
        self.good = 0
        self.create_subscription(String, "words", self._on_word, qos.RELIABLE)
        self.share(String, "shared", self._on_word, qos.RELIABLE)
        self.create_service(SetBool, "ask", self._on_ask)

    def _on_word(self, message: Any) -> None:
        if message.data != "good":
            raise RecursionError(message.data)
        self.good += 1

    def _on_ask(self, _request: Any, _response: Any) -> Any:
        raise KeyError("nobody thought of this")


def test_what_a_callback_fails_on_is_counted_said_and_forgotten(host: ProcessHost) -> None:
    node: _Fragile = host.build(_Fragile, "fragile")
    told: list[Any] = []
    other: AmrNode = host.build(AmrNode, "other")
    other.create_subscription(DiagnosticArray, "/diagnostics", told.append, 10)
    talkers = [other.create_publisher(String, topic, qos.RELIABLE) for topic in ("words", "shared")]
    client = other.create_client(SetBool, "ask")
    assert host.spin_until(lambda: all(t.get_subscription_count() for t in talkers), TIMEOUT_S)
    assert host.spin_until(client.service_is_ready, TIMEOUT_S)

    def said() -> bool:
        for talker in talkers:
            talker.publish(String(data="bad"))
        return bool(told) and min(node.malformed["words"], node.malformed["shared"]) >= 3

    assert host.spin_until(said, TIMEOUT_S)
    status = told[-1].status[0]
    assert status.name == "/fragile: malformed messages"
    assert "RecursionError" in status.message
    for talker in talkers:
        talker.publish(String(data="good"))
    assert host.spin_until(lambda: node.good >= 2, TIMEOUT_S), "it goes on"
    answer = client.call_async(SetBool.Request())
    assert host.spin_until(answer.done, TIMEOUT_S)
    assert answer.result().success is False


def test_the_same_seed_gives_the_same_messages_and_half_of_them_look_right() -> None:
    one, two = (MessageMaker(7, ("amr_01",)) for _ in range(2))
    kinds = [Odometry, PoseStamped, DiagnosticArray] * 30
    assert [str(one.make(k)) for k in kinds] == [str(two.make(k)) for k in kinds]


def test_what_a_callback_did_not_foresee_is_a_crash_of_the_fuzzer_though_the_node_goes_on(host: ProcessHost) -> None:
    """Else "none raised" is true of any code: the guard takes a KeyError of ours for a message that is no use."""

    class Careless(AmrNode):
        def __init__(self, name: str = "careless", **kwargs: Any) -> None:
            super().__init__(name, **kwargs)
            self.create_subscription(String, "keys", lambda m: {}[m.data], qos.RELIABLE)
            self.create_subscription(String, "texts", lambda _m: "\ud83d".encode(), qos.RELIABLE)
            self.create_subscription(String, "numbers", lambda m: float(m.data), qos.RELIABLE)

    node, report = host.build(Careless, "careless"), FuzzReport(1)
    judge(node, report)
    for subscription in node.subscriptions:
        if subscription.topic_name.startswith(("/keys", "/texts", "/numbers")):
            subscription.callback(String(data="no number \U0001f6a2"))
    assert sorted(name.partition(":")[0] for name in report.crashes) == ["careless keys", "careless texts"]
    assert sum(node.malformed.values()) == 3, "and it goes on"


def test_what_comes_over_mqtt_breaks_neither_gateway_nor_fleet_nor_journal_nor_page(domain_id: int) -> None:
    report = FuzzReport(5)
    fuzz_behind(report, 900, domain_id)
    assert not report.crashes, "\n".join(report.examples)
    assert report.mqtt_states > 100, "states come through to the fleet"
    assert report.journaled > 3, "and something of them is written"


def test_a_text_that_nobody_can_write_would_be_found(domain_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the decoder of before, the gateway could not publish such a state."""

    def as_before(said: str | bytes, decode: Any = json.loads) -> Any:
        return decode(said.decode() if isinstance(said, bytes) else said)

    monkeypatch.setattr("amr_interop.vda.reading.read_json", as_before)
    report = FuzzReport(5)
    fuzz_behind(report, 1500, domain_id)
    assert any("UnicodeEncodeError" in crash for crash in report.crashes)


def test_no_node_ends_by_a_message_that_nobody_would_send(domain_id: int) -> None:
    report = fuzz("lab", 1500, 3, domain_id)
    assert report.targets > 200
    assert report.inputs > 1300
    assert report.goals["sent"] > 60
    assert report.goals["accepted"] > 20
    assert report.goals["cancelled"] > 3
    assert not report.goals["unanswered"]
    assert report.answers["sent"] == 75
    assert min(report.answers[outcome] for outcome in ("succeeded", "aborted", "canceled", "rejected")) > 0
    assert not report.answers["unanswered"]
    assert not report.answers["told twice"]
    assert not report.crashes, "\n".join(report.examples)
    assert report.refused > 0, "the messages are bad enough"
