"""Doors over ROS in Open-RMF's words: what the fleet asks for, what it believes, and rubbish."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from rmf_door_msgs.msg import DoorMode, DoorRequest, DoorState
from std_msgs.msg import Bool

from amr_core.conveyors import SimulatedConveyor
from amr_core.doors import SAY_S, SimulatedDoor
from amr_core.errors import AmrError
from amr_fleet.domain.events import BeltReport, DoorCommand, DoorReport, DoorSession, FireGone, FireInput
from amr_fleet.nodes.doors import DoorPort
from amr_fleet.peripherals import DoorView
from amr_interfaces.msg import ConveyorLoad
from amr_ros import qos
from amr_sim.nodes.door_port import DoorPorts


class FakeNode:
    """Keeps what is published and calls who listens."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, Any]] = []
        self.heard: dict[str, Any] = {}
        self.now = 0.0
        self.writers: list[Any] = []

    def get_publishers_info_by_topic(self, _topic: str) -> list[Any]:
        return self.writers

    def create_publisher(self, _kind: Any, topic: str, _qos: Any) -> Any:
        return SimpleNamespace(publish=lambda message: self.sent.append((topic, message)))

    def create_subscription(self, _kind: Any, topic: str, callback: Any, _qos: Any) -> None:
        self.heard[topic] = callback

    def stamp(self) -> Any:
        return DoorRequest().request_time


@pytest.fixture
def rig() -> tuple[FakeNode, DoorPort, list[Any], list[AmrError]]:
    node, posted, errors = FakeNode(), list[Any](), list[AmrError]()
    port = DoorPort(node, ["north"], "amr", posted.append, errors.append)  # type: ignore[arg-type]
    return node, port, posted, errors


def state(door: str, value: int) -> Any:
    return DoorState(door_name=door, current_mode=DoorMode(value=value))


def test_requests_and_heartbeat_go_out_in_rmf_words(rig: Any) -> None:
    node, port, _posted, _errors = rig
    port.send(DoorCommand("north", open=True, fence=3))
    topic, message = node.sent[-1]
    assert (topic, message.door_name, message.requester_id) == ("/door_requests", "north", "amr")
    assert message.requested_mode.value == DoorMode.MODE_OPEN == 2
    port.send(DoorCommand("north", open=False, fence=3))
    assert node.sent[-1][1].requested_mode.value == DoorMode.MODE_CLOSED == 0
    port.beat([DoorView(door_id="north", mode="OPEN", robots=("amr_01",), dead=False, others=("tablet",))])
    topic, beat = node.sent[-1]
    assert topic == "/door_supervisor_heartbeat"
    assert [s.requester_id for s in beat.all_sessions[0].sessions] == ["amr", "tablet"]


def test_states_are_believed_in_the_direction_that_was_asked_for(rig: Any) -> None:
    node, port, posted, errors = rig
    hear = node.heard["/door_states"]
    port.send(DoorCommand("north", open=True, fence=1))
    for value in (0, 1, 2, 3, 4):
        hear(state("north", value))
    port.send(DoorCommand("north", open=False, fence=1))
    hear(state("north", 1))
    modes = [report.mode for report in posted]
    assert modes == ["CLOSED", "OPENING", "OPEN", "OFFLINE", "UNKNOWN", "CLOSING"]
    hear(state("of_others", 2))
    assert len(posted) == 6
    hear(state("north", 77))
    assert posted[-1] == DoorReport("north", "UNKNOWN")
    assert errors[-1].code == "message.invalid"


def test_what_lies_on_a_conveyor_is_heard_while_it_is_new(rig: Any) -> None:
    node, _, posted, errors = rig
    assert "/conveyor_loads" not in node.heard, "no conveyor of the site has a sensor"
    DoorPort(node, ["C1"], "amr", posted.append, errors.append, belts=["C1"])
    hear = node.heard["/conveyor_loads"]
    for value in (0, 1, 2):
        hear(ConveyorLoad(conveyor="C1", load=value))
    assert posted == [BeltReport("C1", belt) for belt in ("UNKNOWN", "FREE", "LOAD")]
    hear(ConveyorLoad(conveyor="of_others", load=1))
    assert len(posted) == 3
    hear(ConveyorLoad(conveyor="C1", load=77))
    assert (posted[-1], errors[-1].code) == (BeltReport("C1", "UNKNOWN"), "message.invalid")
    for now, stamp, load in ((1000.0, 5000, 2), (1001.0, 5001, 1), (1002.0, 5000, 2)):
        node.now = now
        message = ConveyorLoad(conveyor="C1", load=load)
        message.stamp.sec = stamp
        hear(message)
    assert posted[-1] == BeltReport("C1", "FREE"), "one that another overtook says nothing of now"


def test_p7_states_that_come_late_or_overtaken_say_nothing_of_now(rig: Any) -> None:
    node, _port, posted, _errors = rig
    hear = node.heard["/door_states"]

    def heard_at(now: float, stamp: int, value: int) -> None:
        node.now = now
        message = state("north", value)
        message.door_time.sec = stamp
        hear(message)

    heard_at(1000.0, 5000, 2)  # the door's clock is not ours
    heard_at(1001.0, 5001, 0)
    heard_at(1001.1, 5000, 2)  # overtaken: it was open a second ago
    heard_at(1010.0, 5004, 2)  # six seconds under way
    assert [report.mode for report in posted] == ["OPEN", "CLOSED"]
    heard_at(1010.5, 5010, 2)
    assert [report.mode for report in posted] == ["OPEN", "CLOSED", "OPEN"]


def test_a_door_whose_clock_was_set_back_is_believed_again_and_both_are_said() -> None:
    node, posted, logged = FakeNode(), list[Any](), list[str]()
    DoorPort(node, ["north"], "amr", posted.append, list[AmrError]().append, logged.append)  # type: ignore[arg-type]
    for k in range(40):
        node.now = 1000.0 + k
        message = state("north", 2)
        message.door_time.sec = 1000 + k - (5 if k >= 10 else 0)
        node.heard["/door_states"](message)
    assert len(posted) == 10 + 21
    assert logged[0] == "door north: overtaken or too long under way, does not count (1 in all)"
    assert logged[-1] == "door north: its clock was set by -5.0 s: it counts again"


def test_other_requesters_have_sessions_and_rubbish_is_refused(rig: Any) -> None:
    node, _port, posted, errors = rig
    hear = node.heard["/adapter_door_requests"]

    def ask(who: str, door: str, value: int) -> None:
        hear(DoorRequest(requester_id=who, door_name=door, requested_mode=DoorMode(value=value)))

    ask("tablet", "north", 2)
    ask("tablet", "north", 0)
    assert posted == [DoorSession("tablet", "north", open=True), DoorSession("tablet", "north", open=False)]
    ask("amr", "north", 2)
    ask("tablet", "elsewhere", 2)
    assert len(posted) == 2
    for who, value in (("", 2), ("x" * 129, 2), ("tablet", 1), ("tablet", 99)):
        ask(who, "north", value)
    assert len(posted) == 2
    assert [e.code for e in errors] == ["message.invalid"] * 4


def test_the_simulated_door_answers_and_speaks_regularly() -> None:
    node, door = FakeNode(), SimulatedDoor("north", open_s=1.0)
    ports = DoorPorts(node, {"north": door})  # type: ignore[arg-type]
    stamp = DoorRequest().request_time
    ports.publish(0.0, stamp)
    ports.publish(0.1, stamp)
    assert [m.current_mode.value for _, m in node.sent] == [DoorMode.MODE_CLOSED]
    node.heard["/door_requests"](DoorRequest(door_name="north", requested_mode=DoorMode(value=DoorMode.MODE_OPEN)))
    node.heard["/door_requests"](DoorRequest(door_name="gone", requested_mode=DoorMode(value=DoorMode.MODE_OPEN)))
    node.heard["/door_requests"](DoorRequest(door_name="north", requested_mode=DoorMode(value=9)))
    for i in range(2, 14):
        door.step(i / 10, 0.1)
        ports.publish(i / 10, stamp)
    assert [m.current_mode.value for _, m in node.sent][:3] == [0, 1, 1]
    assert node.sent[-1][1].current_mode.value == DoorMode.MODE_OPEN
    assert node.sent[-1][0] == "/door_states"
    before = len(node.sent)
    door.silent = True
    ports.publish(5.0 + SAY_S, stamp)
    assert len(node.sent) == before


def test_the_simulated_conveyor_says_what_lies_on_it_at_once_and_regularly() -> None:
    node, belt = FakeNode(), SimulatedConveyor("C1", open_s=1.0)
    ports = DoorPorts(node, {"C1": belt})  # type: ignore[arg-type]
    stamp = DoorRequest().request_time

    def loads(now: float) -> list[int]:
        ports.publish(now, stamp)
        return [m.load for topic, m in node.sent if topic == "/conveyor_loads"]

    assert loads(0.0) == loads(0.1) == [ConveyorLoad.FREE]
    belt.fixed = True
    assert loads(0.2) == [ConveyorLoad.FREE, ConveyorLoad.LOAD]
    assert len(loads(0.2 + SAY_S)) == 3
    belt.blind = True
    assert len(loads(9.0)) == 3


class FireRig:
    """The fire contact of a fleet that starts; writers: publishers that keep their words."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, writers: int) -> None:
        self.node, self.posted = FakeNode(), list[Any]()
        asked: list[tuple[Any, Any]] = []
        monkeypatch.setattr(
            self.node, "create_subscription", lambda _kind, _topic, callback, how: asked.append((callback, how))
        )
        self.port = DoorPort(self.node, [], "amr", self.posted.append, list[AmrError]().append)  # type: ignore[arg-type]
        self.node.writers = [SimpleNamespace(qos_profile=qos.LATCHED, endpoint_gid=[i]) for i in range(writers)]
        (self.live, live), (self.keep, kept) = asked
        assert (live.durability, kept.durability) == (qos.RELIABLE.durability, qos.LATCHED.durability)
        assert kept.depth >= 100, "a word of one publisher must not take the place of one of another"

    def kept(self, *words: tuple[int, int, bool]) -> list[Any]:
        """Have words of before (number of its publisher, when, on) come, and return what the engine is told."""
        for number, said, on in words:
            self.keep(Bool(data=on), {"publication_sequence_number": number, "source_timestamp": said})
            self.port.look()
        self.node.now += 1.1
        self.port.look()
        return [event.on for event in self.posted if isinstance(event, FireInput)]

    def says(self, number: int, said: int, on: bool) -> None:
        """Have a word come that is said now: it comes over both subscriptions."""
        for take in (self.live, self.keep):
            take(Bool(data=on), {"publication_sequence_number": number, "source_timestamp": said})


@pytest.mark.parametrize(
    ("writers", "words", "told"),
    [
        (1, [(1, 10, True)], [True]),
        (1, [(1, 10, False), (2, 20, True), (3, 30, False)], []),
        (1, [(7, 10, True), (8, 20, False)], []),
        (1, [(8, 20, False), (9, 30, True)], [True]),
        (2, [(5, 10, True), (1, 50, False)], [True]),  # the panel, and a page of people of last week
        (2, [(1, 50, False), (5, 10, True)], [True]),
        (2, [(1, 10, True), (1, 20, True), (2, 30, False)], [True]),  # whose the OFF is nobody can tell
        (2, [(1, 10, True), (2, 20, False)], [True]),  # of one, or the last words of two
        (2, [(1, 10, False), (2, 20, True), (3, 30, False)], []),  # of one, and one that has said nothing yet
        (2, [(1, 10, False), (2, 20, True), (3, 30, False), (1, 5, False)], []),
        (2, [(1, 10, False), (2, 20, True), (3, 30, False), (9, 5, True)], [True]),
    ],
)
def test_a_fleet_that_starts_takes_the_newest_word_of_each_fire_contact_and_no_off(
    monkeypatch: pytest.MonkeyPatch, writers: int, words: list[tuple[int, int, bool]], told: list[bool]
) -> None:
    """An OFF that a web page kept let people end the alarm of a panel that was on; a test of last week raised one."""
    assert FireRig(monkeypatch, writers).kept(*words) == told


def test_what_a_fire_contact_says_now_counts_at_once_and_in_its_order(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = FireRig(monkeypatch, 1)
    rig.says(1, 10, on=True)
    assert rig.posted == [FireInput("fire_alarm_trigger", on=True)]
    rig.node.now += 0.9
    rig.says(2, 20, on=False)
    assert rig.kept() == [True, False]
    rig.says(3, 30, on=True)
    rig.node.now += 1.1
    rig.live(Bool(data=False), {"publication_sequence_number": 4, "source_timestamp": 40})
    assert rig.kept() == [True, False, True, False], "its OFF came over one of two subscriptions first"


def test_a_publisher_of_the_fire_contact_that_is_gone_since_it_may_have_said_on_is_told_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rig = FireRig(monkeypatch, 2)

    def told() -> int:
        rig.node.now += 1.1
        rig.port.look()
        return sum(isinstance(event, FireGone) for event in rig.posted)

    rig.says(1, 10, on=True)
    assert told() == 0
    rig.node.writers = rig.node.writers[1:]
    assert [told(), told()] == [1, 1]
    rig.says(2, 20, on=True)
    assert told() == 1, "it says it again"
    rig.node.writers = []
    assert [told(), told()] == [2, 2]


def test_nobody_is_kept_from_saying_that_a_contact_is_off_by_a_kept_on_that_only_may_be_its_last_word(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A panel that was tested once and another publisher that never spoke: an alarm that nobody could end."""
    rig = FireRig(monkeypatch, 2)
    assert rig.kept((1, 10, True), (2, 20, False)) == [True]
    assert rig.posted == [FireInput("fire_alarm_trigger", on=True), FireGone("fire_alarm_trigger")]
    sure = FireRig(monkeypatch, 2)
    sure.kept((5, 10, True), (1, 50, False))
    assert sure.posted == [FireInput("fire_alarm_trigger", on=True)], "nothing came after it"
    live = FireRig(monkeypatch, 2)
    live.says(9, 5, on=True)
    live.node.now += 30.0
    live.port.look()
    live.kept((1, 10, True), (2, 20, False))
    assert FireGone("fire_alarm_trigger") not in live.posted, "it said ON itself"


def test_an_on_whose_publisher_is_not_there_any_more_keeps_nobody_from_saying_that_it_is_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = [FireInput("fire_alarm_trigger", on=True), FireGone("fire_alarm_trigger")]
    none = FireRig(monkeypatch, 0)
    none.says(1, 10, on=True)
    none.node.now += 1.1
    none.port.look()
    assert none.posted == told
    one = FireRig(monkeypatch, 2)
    one.node.now += 1.1
    one.port.look()
    one.node.writers = one.node.writers[1:]
    one.says(1, 10, on=True)
    one.node.now += 1.1
    one.port.look()
    assert one.posted == told, "it may have been the one that was there a moment ago"
    late = FireRig(monkeypatch, 1)
    writers, late.node.writers = late.node.writers, []
    late.says(1, 10, on=True)
    late.node.writers = writers
    late.node.now += 1.1
    late.port.look()
    assert late.posted == told[:1], "it was found a moment after its word"


def test_a_word_whose_two_callbacks_come_before_and_after_a_look_is_no_second_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rig = FireRig(monkeypatch, 1)
    word = {"publication_sequence_number": 2, "source_timestamp": 20}
    rig.says(1, 10, on=False)
    rig.node.now += 1.05
    rig.live(Bool(data=True), word)
    rig.port.look()
    rig.keep(Bool(data=True), word)
    rig.live(Bool(data=False), {"publication_sequence_number": 3, "source_timestamp": 30})
    assert rig.kept() == [False, True, False]


def test_a_contact_without_numbers_is_on_where_it_ever_was(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = FireRig(monkeypatch, 1)
    for on in (True, False):
        rig.keep(Bool(data=on), {"publication_sequence_number": None, "source_timestamp": 0})
    assert rig.kept() == [True]


def off_after(rig: FireRig, *words: tuple[int, bool]) -> list[bool]:
    """Have words (number of its publisher, on) be said, and return what the engine is told."""
    for at, (number, on) in enumerate(words):
        rig.says(number, 10 * at, on=on)
    rig.node.now += 1.1
    rig.port.look()
    return [event.on for event in rig.posted if isinstance(event, FireInput)]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([(7, True), (1, False)], [True]),  # the panel, and a page that was opened
        ([(7, True), (1, False), (2, False), (3, False)], [True]),
        ([(7, True), (1, False), (8, False)], [True, False]),
        ([(7, True), (3, True), (8, False)], [True, True]),
        ([(7, True), (3, True), (8, False), (4, False)], [True, True, False]),
        ([(4, True), (4, False), (5, False)], [True]),  # whose the second OFF is nobody can tell
        ([(4, True), (4, False), (5, False), (5, False)], [True, False]),
        ([(1, False), (2, False)], []),  # it may have been on before the fleet's start
    ],
)
def test_a_fire_contact_is_on_until_each_that_said_on_has_said_off(
    monkeypatch: pytest.MonkeyPatch, words: list[tuple[int, bool]], told: list[bool]
) -> None:
    """The OFF of a web page let people end the alarm while the panel's contact was on."""
    assert off_after(FireRig(monkeypatch, 2), *words) == told


def test_who_cannot_tell_whose_off_it_is_may_look_and_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = FireRig(monkeypatch, 2)
    off_after(rig, (7, True), (1, False))
    assert FireGone("fire_alarm_trigger") in rig.posted
    other = FireRig(monkeypatch, 2)
    off_after(other, (1, False), (7, True), (2, False))
    assert other.posted[-1] == FireInput("fire_alarm_trigger", on=True), "that OFF is of the one that said no ON"


def test_an_adapter_that_was_started_again_says_off_for_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says so once, perhaps while the one that crashed is not known to be gone."""
    rig = FireRig(monkeypatch, 1)
    assert off_after(rig, (7, True)) == [True]
    new = SimpleNamespace(qos_profile=qos.LATCHED, endpoint_gid=[9])
    rig.node.writers = [*rig.node.writers, new]
    assert off_after(rig, (1, False)) == [True]
    rig.node.writers = [new]
    assert off_after(rig) == [True, False]
    one = FireRig(monkeypatch, 1)
    off_after(one, (7, True))
    one.node.writers = [new]
    assert off_after(one, (1, False)) == [True, False]
    page = FireRig(monkeypatch, 1)
    off_after(page, (7, True))
    panel = page.node.writers
    page.node.writers = [*panel, new]
    off_after(page, (1, False))
    page.node.writers = panel
    assert off_after(page) == [True], "it is the panel that is left"
    began = FireRig(monkeypatch, 1)  # after it had said ON
    panel = began.node.writers
    began.node.writers = [*panel, new]
    off_after(began, (1, False))
    began.node.writers = panel
    assert off_after(began) == []


def test_a_middleware_that_gives_words_no_numbers_knows_one_publisher_only(monkeypatch: pytest.MonkeyPatch) -> None:
    for writers, told in ((1, [True, False]), (2, [True])):
        rig = FireRig(monkeypatch, writers)
        for on in (True, False):
            rig.live(Bool(data=on), {"source_timestamp": 10})
        assert [event.on for event in rig.posted if isinstance(event, FireInput)] == told
