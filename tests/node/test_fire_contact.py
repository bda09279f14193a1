"""The fire contact: several publishers, words that were kept, words without numbers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from std_msgs.msg import Bool

from amr_core.errors import AmrError
from amr_fleet.domain.events import FireGone, FireInput
from amr_fleet.nodes.doors import DoorPort
from amr_ros import qos
from tests.node.test_doors import FakeNode


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


@pytest.mark.parametrize("later", [1.1, 60.0])
def test_the_off_of_a_web_page_is_never_one_of_a_panel_that_is_gone_later(
    monkeypatch: pytest.MonkeyPatch, later: float
) -> None:
    """The network fails, or the panel's adapter an hour after somebody tried the page: the panel is on still."""
    page = SimpleNamespace(qos_profile=qos.LATCHED, endpoint_gid=[9])
    nobody, hour = FireRig(monkeypatch, 1), FireRig(monkeypatch, 1)
    for rig in (nobody, hour):
        off_after(rig, (7, True))
        rig.node.writers = [*rig.node.writers, page]
        off_after(rig, (1, False))
    nobody.node.now += later
    nobody.node.writers = []
    assert off_after(nobody) == [True], "nobody is left to say so"
    off_after(nobody)
    nobody.node.writers = [page]
    assert off_after(nobody) == [True], "the page was found again first"
    soon = FireRig(monkeypatch, 1)
    off_after(soon, (7, True))
    soon.node.writers = [*soon.node.writers, page]
    soon.says(1, 100, on=False)
    soon.node.writers = []
    assert off_after(soon) == [True], "nobody is left a moment later"
    hour.node.now += 60.0
    off_after(hour)
    hour.node.writers = [page]
    assert off_after(hour) == [True], "a process that was killed is known to be gone sooner"


@pytest.mark.parametrize("before", [[], [SimpleNamespace(qos_profile=qos.LATCHED, endpoint_gid=[9])]])
def test_a_panel_that_is_found_just_after_its_on_was_there_when_it_said_so(
    monkeypatch: pytest.MonkeyPatch, before: list[Any]
) -> None:
    rig = FireRig(monkeypatch, 1)
    panel, page = rig.node.writers, [SimpleNamespace(qos_profile=qos.LATCHED, endpoint_gid=[9])]
    rig.node.writers = before
    rig.says(7, 10, on=True)
    rig.node.writers = [*panel, *before]
    off_after(rig)
    rig.node.writers = [*panel, *page]
    off_after(rig, (1, False))
    rig.node.writers = panel
    assert off_after(rig) == [True]


def test_a_lost_word_of_the_only_adapter_holds_no_fire_contact_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """An adapter that says ON again and again, and a network that lost some: nobody could end the alarm."""
    assert off_after(FireRig(monkeypatch, 1), (6, True), (40, True), (41, False)) == [True, True, False]
    beats = FireRig(monkeypatch, 1)
    assert off_after(beats, (6, True), (40, True), (41, False), (42, False)) == [True, True, False]


@pytest.mark.parametrize("found", [False, True])
@pytest.mark.parametrize(("first", "seen"), [(1, True), (1, False), (20, True)])
def test_a_page_that_says_on_and_off_and_leaves_says_no_off_of_a_panel(
    monkeypatch: pytest.MonkeyPatch, found: bool, first: int, seen: bool
) -> None:
    """found: the panel, a moment after its word only; seen: whether the page ever is."""
    rig = FireRig(monkeypatch, 1)
    panel, page = rig.node.writers, [SimpleNamespace(qos_profile=qos.LATCHED, endpoint_gid=[9])]
    rig.node.writers = [] if found else panel
    rig.says(7, 10, on=True)
    rig.node.writers = panel
    off_after(rig)
    off_after(rig)
    rig.node.writers = [*panel, *page] if seen else panel
    off_after(rig, (first, True), (first + 1, False))
    rig.node.writers = panel
    assert [off_after(rig), off_after(rig)] == [[True, True]] * 2


def test_an_adapter_that_says_on_again_after_its_crash_says_off_for_the_one_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rig = FireRig(monkeypatch, 1)
    off_after(rig, (57, True))
    new = [SimpleNamespace(qos_profile=qos.LATCHED, endpoint_gid=[9])]
    rig.node.writers = [*rig.node.writers, *new]  # the one that crashed is not known to be gone
    assert off_after(rig, (1, True), (2, True), (3, False), (4, False))[-1], "two may be there"
    rig.node.writers = new
    assert off_after(rig) == [True] * 3 + [False]


def test_a_person_may_look_where_an_on_may_be_of_an_adapter_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two adapters one crashed after its ON; at the next fire neither people nor the contact could end it."""
    rig = FireRig(monkeypatch, 2)
    off_after(rig, (57, True))
    rig.node.writers = [*rig.node.writers[1:], SimpleNamespace(qos_profile=qos.LATCHED, endpoint_gid=[9])]
    off_after(rig)
    told = off_after(rig, (1, True), (8, True), (2, False), (9, False))
    assert told == [True] * 3
    assert rig.posted[-1] == FireGone("fire_alarm_trigger")
    silent = FireRig(monkeypatch, 2)
    off_after(silent, (57, True))
    silent.node.writers = [*silent.node.writers[1:], SimpleNamespace(qos_profile=qos.LATCHED, endpoint_gid=[9])]
    off_after(silent)
    off_after(silent, (8, True), (9, False))
    assert silent.posted[-1] == FireGone("fire_alarm_trigger"), "the one that came back has said nothing yet"
    lost = FireRig(monkeypatch, 2)
    off_after(lost, (6, True), (3, True), (40, True), (41, False), (4, False))
    assert lost.posted[-1] == FireGone("fire_alarm_trigger"), "three words of two"
    anew = FireRig(monkeypatch, 2)
    off_after(anew, (1, False), (1, True), (2, False))  # a page of before, an adapter that was started anew
    assert anew.posted[-1] == FireGone("fire_alarm_trigger")
    both = FireRig(monkeypatch, 2)
    off_after(both, (7, True), (3, True), (8, False))
    assert FireGone("fire_alarm_trigger") not in both.posted, "the other one is there, and says ON"


def test_a_middleware_that_gives_words_no_numbers_knows_one_publisher_only(monkeypatch: pytest.MonkeyPatch) -> None:
    for writers, told in ((1, [True, False]), (2, [True])):
        rig = FireRig(monkeypatch, writers)
        for on in (True, False):
            rig.live(Bool(data=on), {"source_timestamp": 10})
        assert [event.on for event in rig.posted if isinstance(event, FireInput)] == told
