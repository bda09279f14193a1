"""No message ends a process: a guarded callback counts what it cannot use; a short run of the fuzzer over all nodes."""

from __future__ import annotations

from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import PoseStamped
from nav_msgs.msg import Odometry
from std_msgs.msg import String
from std_srvs.srv import SetBool

from amr_lab.fleet_bench.nodes.fuzz import fuzz
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


def test_no_node_ends_by_a_message_that_nobody_would_send(domain_id: int) -> None:
    report = fuzz("lab", 1500, 3, domain_id)
    assert report.targets > 100
    assert report.inputs > 1300
    assert report.goals["sent"] > 60
    assert report.goals["accepted"] > 20
    assert report.goals["cancelled"] > 3
    assert not report.goals["unanswered"]
    assert not report.crashes, "\n".join(report.examples)
    assert report.refused > 0, "the messages are bad enough"
