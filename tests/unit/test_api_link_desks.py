"""Webhooks, escalation and log servers asked over the link; news of long lists."""

from __future__ import annotations

import contextlib
import pickle
import random
import socket
import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from amr_core.errors import AmrError
from amr_fleet.api_process.calls import TREE, EngineCall, calls_of
from amr_fleet.api_process.desks import RemoteEscalation, RemoteSyslog, RemoteWebhooks
from amr_fleet.api_process.engine_side import MOST_SLOW
from amr_fleet.api_process.frames import (
    ANSWER,
    HEAD,
    NEWS,
    QUESTION,
    LinkGoneError,
    Reader,
    send,
)
from amr_fleet.api_process.news import PART, NewsReader, NewsWriter
from amr_fleet.api_process.remote import RemoteFleet
from amr_fleet.ports import ANSWER_SECONDS, AlarmView, Reason
from amr_fleet.service import FleetService
from amr_fleet.syslog.settings import SyslogReceiver
from tests.unit.link_rig import STANDING, Alarms, LogServers, Pair
from tests.waiting import until


@pytest.fixture
def pair() -> Iterator[Pair]:
    one = Pair()
    yield one
    one.close()


@pytest.fixture
def remote(pair: Pair) -> RemoteFleet:
    fleet = RemoteFleet(pair.theirs)
    fleet.wait(10.0)
    return fleet


def test_webhooks_are_asked_where_their_threads_are(pair: Pair, remote: RemoteFleet) -> None:
    hooks = RemoteWebhooks(remote.call)
    assert (hooks.hosts(), hooks.standings()) == ({"wms": "wms.example"}, [STANDING])
    assert [event.row for event in hooks.dead(3)] == [0, 1, 2]
    assert hooks.resend("wms") == 2
    assert hooks.resend("wms", 5) == 2
    hooks.drop("wms", 6)
    assert pair.hooks.told == [("resend", "wms", None), ("resend", "wms", 5), ("drop", "wms", 6)]
    with pytest.raises(AmrError, match=r"webhook\.not_found"):
        hooks.resend("other")
    with pytest.raises(AmrError, match=r"request\.invalid"):
        remote.call("webhooks.drop", "wms", None)


def test_escalation_is_asked_where_its_threads_are(pair: Pair, remote: RemoteFleet) -> None:
    desk = RemoteEscalation(remote.call)
    assert (desk.plan(), desk.on_duty(), desk.standings()) == (Alarms.made, ["Lan"], [STANDING])
    assert desk.deliveries() == [Alarms.message]
    desk.test("sms", "Lan", "chief")
    assert pair.alarms.told == [("sms", "Lan", "chief")]
    assert desk.push_standing("lan") == Alarms.browsers
    assert desk.push_on("lan", "s", "x", "e" * 1000, "p", "a") == Alarms.browsers.devices[0]
    desk.push_off("lan", "0")
    desk.push_test("lan", "0")
    assert pair.alarms.told[1:] == [("lan", "s", "x", "e" * 1000, "p", "a"), ("off", "lan", "0"), ("try", "lan", "0")]
    with pytest.raises(AmrError, match=r"request\.invalid"):
        remote.call("escalation.push_on", "lan", "s", "x", "e" * 1001, "p", "a")


def test_log_servers_are_asked_where_their_threads_are(pair: Pair, remote: RemoteFleet) -> None:
    desk = RemoteSyslog(remote.call)
    assert desk.standings() == [LogServers.made]
    desk.test("port", "chief")
    assert pair.servers.told == [("port", "chief")]
    with pytest.raises(AmrError, match=r"syslog\.not_found"):
        desk.test("other", "chief")
    with pytest.raises(AmrError, match=r"request\.invalid"):
        remote.call("syslog.test", "port", 5)


@pytest.mark.parametrize("call", ["syslog.test", "escalation.test", "webhooks.resend", "webhooks.drop"])
def test_what_waits_for_another_computer_holds_up_no_read(pair: Pair, remote: RemoteFleet, call: str) -> None:
    """A log server behind a firewall that drops: its test took 15 s, and every list of orders was refused meanwhile."""
    began, go_on = threading.Event(), threading.Event()

    def waits(*_arguments: object) -> None:
        began.set()
        assert go_on.wait(20.0)
        raise AmrError("syslog.failed", receiver="port", reason="timed out")

    pair.side._calls[call] = replace(pair.side._calls[call], run=waits)
    arguments = {"escalation.test": ("sms", "Lan", "chief"), "webhooks.drop": ("wms", 6)}.get(call, ("wms", None))
    if call == "syslog.test":
        arguments = ("port", "chief")
    asked = [remote._question(call, list(arguments)) for _ in range(MOST_SLOW)]
    assert began.wait(10.0)
    assert remote.orders("open", 5) == []
    assert remote.cargo() == {}
    with pytest.raises(AmrError, match=r"request\.too_many"):
        remote.call(call, *arguments)
    go_on.set()
    for one in asked:
        with pytest.raises(AmrError, match=r"syslog\.failed"):
            one.result(10.0)


def test_who_tests_waits_for_longer_than_what_is_tested(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the answer is that the fleet is silent, and not what is wrong with the log server."""
    longest = next(one.le for one in SyslogReceiver.model_fields["timeout"].metadata if hasattr(one, "le"))
    told: dict[str, float] = {}

    def call(name: str, *_arguments: object, seconds: float = ANSWER_SECONDS) -> Any:
        told[name] = seconds

    RemoteSyslog(call).test("port", "chief")
    RemoteEscalation(call).test("sms", "Lan", "chief")
    RemoteEscalation(call).push_on("lan", "s", "x", "e", "p", "a")
    RemoteEscalation(call).push_off("lan", "0")
    RemoteEscalation(call).push_test("lan", "0")
    RemoteWebhooks(call).resend("wms")
    RemoteWebhooks(call).drop("wms", 6)
    assert set(told) == {
        *("syslog.test", "escalation.test", "webhooks.resend", "webhooks.drop"),
        *("escalation.push_on", "escalation.push_off", "escalation.push_test"),
    }
    assert all(seconds > 2 * longest for seconds in told.values())


def test_a_call_may_be_waited_for_longer_or_shorter(pair: Pair, remote: RemoteFleet) -> None:
    go_on = threading.Event()
    pair.side._calls["syslog.test"] = EngineCall(lambda: go_on.wait(20.0), slow=True)
    with pytest.raises(AmrError, match=r"fleet\.no_answer") as error:
        remote.call("syslog.test", seconds=0.05)
    assert error.value.facts == {"seconds": 0.05}
    go_on.set()


@pytest.mark.parametrize("slow", [False, True])
def test_a_link_that_ends_waits_for_no_call(pair: Pair, remote: RemoteFleet, slow: bool) -> None:
    """The keeper starts the next process as soon as the link has ended, not when a disk has answered."""
    began, go_on = threading.Event(), threading.Event()

    def waits() -> bool:
        began.set()
        return go_on.wait(60.0)

    pair.side._calls["waits"] = EngineCall(waits, slow=slow)
    remote._question("waits", [])
    assert began.wait(10.0)
    try:
        pair.side.close()
        pair.thread.join(20.0)
        assert not pair.thread.is_alive()
    finally:
        go_on.set()


def test_a_desk_that_is_not_there_has_no_calls() -> None:
    assert set(calls_of(lambda: cast(Any, None))) == {TREE}


def test_long_lists_of_the_news_come_in_parts_and_are_whole_again(pair: Pair) -> None:
    alarms = tuple(AlarmView(alarm_id=f"A{i}", reason=Reason("x"), robot="", order_id="") for i in range(2 * PART + 5))
    whole = replace(pair.service.snapshot(), alarms=alarms)
    fleet = SimpleNamespace(
        snapshot=lambda: whole, book=pair.service.book, trials=pair.service.trials, condition=pair.service.condition
    )
    writer, reader = NewsWriter(cast(Any, fleet)), NewsReader()
    new, frames = writer.look()
    contents = list(frames)
    assert (new, len(contents)) == (True, 3)
    assert max(len(pickle.loads(one).snapshot.get("alarms", ())) for one in contents) == PART
    for content in contents[:-1]:
        reader.hear(content)
        assert reader.snapshot is None, "half a snapshot is none"
    reader.hear(contents[-1])
    assert reader.snapshot == whole
    new, frames = writer.look()
    assert not new
    (quiet,) = frames
    assert len(quiet) < 1000
    seen = reader.snapshot
    reader.hear(quiet)
    assert reader.snapshot is seen, "a page is told nothing new"
    fleet.snapshot = lambda: replace(whole, t=9.0)
    (short,) = writer.look()[1]
    reader.hear(short)
    assert (reader.snapshot, len(short) < 1000) == (replace(whole, t=9.0), True)


class Told:
    """The news of a fleet whose snapshots a test makes, and what a reader makes of them."""

    def __init__(self, service: FleetService) -> None:
        self._now = service.snapshot()
        fleet = SimpleNamespace(
            snapshot=lambda: self._now, book=service.book, trials=service.trials, condition=service.condition
        )
        self._writer, self.reader = NewsWriter(cast(Any, fleet)), NewsReader()
        self.tell()

    def tell(self, **changed: Any) -> list[bytes]:
        """Tell of a snapshot in which this is different; return the frames."""
        self._now = replace(self._now, **changed)
        frames = list(self._writer.look()[1])
        for frame in frames:
            self.reader.hear(frame)
        assert self.reader.snapshot == self._now
        return frames


def views(numbers: Iterable[int]) -> tuple[AlarmView, ...]:
    return tuple(AlarmView(alarm_id=f"A{i}", reason=Reason("x", {"n": i}), robot="", order_id="") for i in numbers)


def test_of_a_long_list_only_what_changed_is_told(pair: Pair) -> None:
    told, queue = Told(pair.service), views(range(5000))
    assert len(told.tell(alarms=queue)) == 25
    one = replace(queue[2500], acked_by="Lan")
    for changed in (
        (*queue[:2500], one, *queue[2501:]),  # one is another
        queue[1:],  # the oldest went
        (*queue[:70], *queue[71:], one),  # one went, one came
        (*queue[:10], one, *queue[10:]),
        (*queue[2500:], *queue[:2500]),
    ):
        told.tell(alarms=queue)
        (frame,) = told.tell(alarms=changed)
        assert len(frame) < 1500


def test_a_list_that_was_made_anew_is_told_where_it_differs(pair: Pair) -> None:
    """Robots are looked at for each snapshot: of those that stand nothing is new."""
    told = Told(pair.service)
    told.tell(alarms=views(range(100)))
    kept = told.reader.snapshot
    assert kept is not None
    (frame,) = told.tell(alarms=views(range(100)), t=5.0)
    assert len(frame) < 500
    assert told.reader.snapshot is not None
    assert told.reader.snapshot.alarms is kept.alarms
    moved = views([*range(50), 777, *range(51, 100)])
    (frame,) = told.tell(alarms=moved)
    assert len(frame) < 1000
    told.tell(alarms=())
    told.tell(alarms=views([3]))


def test_whatever_becomes_of_a_list_it_is_the_same_at_the_other_end(pair: Pair) -> None:
    rng = random.Random(7)
    told, pool = Told(pair.service), views(range(3 * PART))
    for _ in range(100):
        chosen = rng.sample(pool, rng.choice((0, 1, 5, PART, 2 * PART)))
        if rng.random() < 0.7:  # mostly in order, as lists are
            chosen.sort(key=lambda view: int(view.alarm_id[1:]))
        anew = [replace(view) if rng.random() < 0.3 else view for view in chosen]
        told.tell(alarms=tuple(anew + rng.choices(anew, k=2) if anew else anew), t=rng.random())


def test_a_fleet_that_breaks_ends_the_link(pair: Pair, remote: RemoteFleet) -> None:
    def broken() -> Any:
        raise RuntimeError("secret")

    pair.service.snapshot = broken  # type: ignore[method-assign]
    assert remote.gone.wait(10.0)
    assert until(lambda: pair.side.fault == "the news broke off: RuntimeError: secret")


def test_frames_are_whole_however_they_come_and_a_long_one_is_refused() -> None:
    ours, theirs = socket.socketpair()
    sent = [(NEWS, b"n" * 300_000), (ANSWER, b""), (ANSWER, b"a"), (NEWS, b"x" * 70_000)]

    def drip() -> None:
        send(ours, NEWS, sent[0][1])
        send(ours, ANSWER, b"", b"a")
        raw = HEAD.pack(NEWS, 70_000) + sent[3][1]
        for begin in (0, 1, 3, 6, 40_000):
            ours.sendall(raw[begin : {0: 1, 1: 3, 3: 6, 6: 40_000}.get(begin)])
        with contextlib.suppress(LinkGoneError):  # who refuses it may have gone
            send(ours, QUESTION, b"too long" * 50_000)
        ours.close()

    writer = threading.Thread(target=drip)
    writer.start()
    reader = Reader(theirs, 300_000)
    assert [reader.receive() for _ in sent] == sent
    with pytest.raises(LinkGoneError, match="400000 bytes"):
        reader.receive()
    theirs.close()
    writer.join()
