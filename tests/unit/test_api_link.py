"""API and engine at the two ends of a link: requests, news, refusals, rubbish, a side that stands still."""

from __future__ import annotations

import contextlib
import json
import pickle
import random
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from amr_core.errors import AmrError
from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.api_process import codec
from amr_fleet.api_process.calls import TREE, EngineCall, calls_of
from amr_fleet.api_process.desks import RemoteEscalation, RemoteSyslog, RemoteWebhooks
from amr_fleet.api_process.engine_side import MOST_QUESTION, MOST_SLOW, MOST_WAITING, EngineSide
from amr_fleet.api_process.frames import (
    ANSWER,
    HEAD,
    LISTENS,
    NEWS,
    QUESTION,
    SEND_SECONDS,
    UP,
    LinkGoneError,
    Reader,
    send,
)
from amr_fleet.api_process.news import PART, NewsReader, NewsWriter
from amr_fleet.api_process.remote import ANSWER_SECONDS, RemoteFleet
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.escalation.desk import ChannelPlan, Delivery, EscalationPlan
from amr_fleet.escalation.settings import OnCallShift, StepAfter
from amr_fleet.ports import AlarmView, OrderRequest, Reason, Request
from amr_fleet.rehearsal import units_of
from amr_fleet.requests import AddNote, CreateOrder, ImportOrders, SetPaused
from amr_fleet.service import FleetService
from amr_fleet.store.journal import JournalStore
from amr_fleet.store.outgoing import OutgoingEvent, TargetStanding
from amr_fleet.syslog.desk import SyslogStanding
from amr_fleet.syslog.settings import SyslogReceiver
from amr_fleet.visit_requests import SetCutoff
from tests.waiting import until

SITE = load_site("lab")
WISH = OrderRequest(pick_place="D1", drop_place="A1", reference="Đơn 1", deadline=0.1 + 0.2)
STANDING = TargetStanding("wms", 7, "", 1, 2, 3, 4.5)


class Hooks:
    """A desk of webhooks that remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def hosts(self) -> dict[str, str]:
        return {"wms": "wms.example"}

    def standings(self) -> list[TargetStanding]:
        return [STANDING]

    def dead(self, limit: int = 200) -> list[OutgoingEvent]:
        return [OutgoingEvent("wms", "evt_1", "order.created", "order:T1", "{}", row=row) for row in range(limit)]

    def resend(self, target: str, row: int | None = None) -> int:
        if target != "wms":
            raise AmrError("webhook.not_found", target=target)
        self.told.append(("resend", target, row))
        return 2

    def drop(self, target: str, row: int) -> None:
        self.told.append(("drop", target, row))


class Alarms:
    """A desk of escalation that remembers what it was told."""

    made = EscalationPlan(
        [ChannelPlan("sms", "http", "sms.example", ["Lan"])], [StepAfter(after=5.0, channels=["sms"])],
        [OnCallShift(begin="06:00", end="14:00", people=["Lan"])], ["alarm.storage"],
    )  # fmt: skip
    message = Delivery(1.0, "sms", "Lan", "escalation.test", "x", "sent", 1, "")

    def __init__(self) -> None:
        self.told: list[object] = []

    def plan(self) -> EscalationPlan:
        return self.made

    def on_duty(self) -> list[str]:
        return ["Lan"]

    def standings(self) -> list[TargetStanding]:
        return [STANDING]

    def deliveries(self) -> list[Delivery]:
        return [self.message]

    def test(self, channel: str, person: str, user: str) -> None:
        self.told.append((channel, person, user))


class LogServers:
    """A desk of syslog that remembers what it was told."""

    made = SyslogStanding("port", "log.example", "tls", True, 5, 1, 0, 2, "")

    def __init__(self) -> None:
        self.told: list[object] = []

    def standings(self) -> list[SyslogStanding]:
        return [self.made]

    def test(self, name: str, user: str) -> None:
        if name != "port":
            raise AmrError("syslog.not_found", receiver=name)
        self.told.append((name, user))


class Pair:
    """A fleet service with desks, the engine's side of the link, and the other end of it."""

    def __init__(self) -> None:
        self.store = JournalStore(":memory:")
        engine = FleetEngine(build_roadmap(SITE), units_of(SITE, 0))
        self.service = FleetService(engine, self.store, lambda _command: None)
        self.hooks, self.alarms, self.servers = Hooks(), Alarms(), LogServers()
        ours, self.theirs = socket.socketpair()
        self.side = EngineSide(self.service, ours, calls_of(self.store.tree, self.hooks, self.alarms, self.servers))
        self.others: list[tuple[bytes, bytes]] = []
        self.thread = threading.Thread(target=self.side.serve, args=(lambda *said: self.others.append(said),))
        self.thread.start()
        self.now = 0.0

    def step(self) -> None:
        self.now += 0.1
        self.service.advance(self.now)

    def answer(self, future: Future[Any]) -> Any:
        """Step until it is answered."""
        end = time.monotonic() + 20.0
        while not future.done() and time.monotonic() < end:
            self.step()
            time.sleep(0.005)
        return future.result(0.0)

    def close(self) -> None:
        self.side.close()
        self.thread.join(10.0)
        assert not self.thread.is_alive()
        self.theirs.close()
        self.store.close()


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


class Homemade(Request[None]):
    """Not on the list."""


def test_a_request_is_answered_once_it_is_decided(pair: Pair, remote: RemoteFleet) -> None:
    asked = remote.ask(CreateOrder(order=WISH))
    time.sleep(0.05)
    assert not asked.done(), "the engine has not stepped"
    order = pair.answer(asked)
    assert (order.reference, order.deadline) == ("Đơn 1", 0.1 + 0.2)
    assert remote.order(order.order_id).order_id == order.order_id
    assert [o.order_id for o in remote.orders("all", 10)] == [order.order_id]
    assert [e.event for e in remote.order_history(order.order_id)] == ["order_created"]
    assert dict(remote.cargo()) == dict(pair.service.cargo())
    assert until(lambda: [o.order_id for o in remote.snapshot().orders] == [order.order_id])
    assert remote.book() == pair.service.book()
    assert remote.trials().version == pair.service.trials().version
    assert remote.call(TREE).size == 1


def test_refusals_keep_their_code_and_facts(pair: Pair, remote: RemoteFleet) -> None:
    with pytest.raises(AmrError) as error:
        pair.answer(remote.ask(CreateOrder(order=OrderRequest(pick_place="nowhere", drop_place="A1"))))
    assert (error.value.code, error.value.facts) == ("order.unknown_place", {"place": "nowhere"})
    with pytest.raises(AmrError, match=r"order\.not_found"):
        remote.order("T404")
    for name, arguments in (("advance", (1.0,)), ("post", ()), ("__class__", ()), ("orders", ("all", "many"))):
        with pytest.raises(AmrError, match=r"request\.invalid"):
            remote.call(name, *arguments)
    with pytest.raises(AmrError, match=r"request\.invalid"):
        remote.ask(cast(Any, Homemade())).result(1.0)


def test_nothing_is_a_list_too(remote: RemoteFleet) -> None:
    assert remote.orders("open", 5) == []
    assert remote.cargo() == {}


def test_long_lists_come_in_parts(pair: Pair, remote: RemoteFleet) -> None:
    count = 2 * PART + 7
    wishes = tuple(OrderRequest(pick_place="D1", drop_place="A1", reference=f"r{i}") for i in range(count))
    pair.answer(remote.ask(ImportOrders(orders=wishes)))
    assert [o.reference for o in remote.orders("all", 10_000)] == [f"r{i}" for i in reversed(range(count))]


def test_a_long_answer_leaves_room_for_news_and_other_answers(pair: Pair, remote: RemoteFleet) -> None:
    """60,000 orders took seconds to send: pages stood meanwhile, and notes were answered with fleet.no_answer."""
    began, over = threading.Event(), threading.Event()
    end = time.monotonic() + 60.0

    def endless() -> Iterator[int]:
        while not over.is_set() and time.monotonic() < end:
            yield 1
            time.sleep(0.0002)
            began.set()

    pair.side._calls["endless"] = EngineCall(endless)
    asked = remote._question("endless", [])
    assert began.wait(10.0)
    assert pair.answer(remote.ask(CreateOrder(order=WISH))).reference == WISH.reference
    assert [o.reference for o in remote.orders("all", 10)] == [WISH.reference]
    before = remote.snapshot().t
    for _ in range(2):  # a snapshot is taken with every second step
        pair.step()
    assert until(lambda: remote.snapshot().t > before)
    assert not asked.done()
    over.set()
    assert set(asked.result(10.0)) == {1}


def test_an_order_is_looked_for_by_its_reference_where_they_are(pair: Pair, remote: RemoteFleet) -> None:
    wishes = tuple(OrderRequest(pick_place="D1", drop_place="A1", reference=f"r{i}") for i in range(5))
    pair.answer(remote.ask(ImportOrders(orders=wishes)))
    assert [o.reference for o in remote.orders("all", 1, "r3")] == ["r3"]
    assert remote.orders("all", 10, "r9") == []
    assert [o.reference for o in remote.orders("all", 2)] == ["r4", "r3"]
    assert remote.call("orders", "open", 10, "r2", "")[0].reference == "r2", "nothing else crosses the link"


def test_the_orders_of_a_visit_are_looked_for_where_they_are(pair: Pair, remote: RemoteFleet) -> None:
    pair.answer(remote.ask(SetCutoff(name="SL-12", kind="barge", at=90_000.0, planned=2)))
    wishes = tuple(OrderRequest(pick_place="D1", drop_place="A1", cutoff="SL-12" if i else "") for i in range(3))
    pair.answer(remote.ask(ImportOrders(orders=wishes)))
    assert until(lambda: [v.loads for v in remote.snapshot().visits] == [2])
    (visit,) = remote.snapshot().visits
    assert [o.order_id for o in remote.orders("all", 10, "", visit.visit_id)] == ["T000003", "T000002"]
    assert remote.orders("all", 10, "", "V000099") == []


def test_an_engine_that_hangs_is_seen_to_hang(pair: Pair, remote: RemoteFleet) -> None:
    pair.step()
    assert until(lambda: remote.condition().step_age < 0.5)
    assert until(lambda: remote.condition().step_age > 0.6), "the news go on while it does not step"
    pair.step()
    assert until(lambda: remote.condition().step_age < 0.5)


def test_when_the_engine_is_gone_everything_says_so(pair: Pair, remote: RemoteFleet) -> None:
    asked = remote.ask(AddNote(text="x"))
    pair.side.close()
    with pytest.raises(AmrError, match=r"fleet\.no_answer"):
        asked.result(5.0)
    assert remote.gone.wait(5.0)
    assert not remote.snapshot().ready
    with pytest.raises(AmrError, match=r"fleet\.no_answer"):
        remote.ask(AddNote(text="x")).result(5.0)
    with pytest.raises(AmrError, match=r"fleet\.no_answer"):
        remote.orders("all", 1)


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b'{"token": "1", "call": "ask", "with": []}', b'{"token": true, "call": "x", "with": 1}',
     b'{"token": 1, "call": 2, "with": []}', pickle.dumps({"token": 1})],
)  # fmt: skip
def test_who_talks_rubbish_is_cut_off_and_the_engine_steps_on(pair: Pair, content: bytes) -> None:
    send(pair.theirs, QUESTION, content)
    pair.thread.join(10.0)
    assert not pair.thread.is_alive()
    pair.step()


def test_who_asks_too_much_at_once_is_refused(pair: Pair, remote: RemoteFleet) -> None:
    asked = [remote.ask(SetPaused(pause=False, robots=("amr_01",))) for _ in range(MOST_WAITING + 5)]
    assert until(lambda: sum(one.done() for one in asked) == 5)
    with pytest.raises(AmrError, match=r"request\.too_many"):
        next(one for one in asked if one.done()).result()
    for one in asked:
        if not one.done():
            pair.answer(one)


def test_one_that_takes_nothing_never_holds_up_the_engine(pair: Pair) -> None:
    """Its process was stopped: the buffers fill, the engine's steps do not notice.

    A step that waited for the link would take as long as a send does before it gives up.
    """
    send(pair.theirs, LISTENS, b"")
    for i in range(300):
        body = codec.encode(CreateOrder(order=OrderRequest(pick_place="D1", drop_place="A1", reference=f"r{i}")))
        send(pair.theirs, QUESTION, json.dumps({"token": i, "call": "ask", "with": body}).encode())
    worst, end = 0.0, time.monotonic() + 60.0
    while len(pair.service.orders("all", 1000)) < 300 and time.monotonic() < end:
        time.sleep(0.001)  # the link's thread hands them over while the engine steps
        began = time.monotonic()
        pair.step()
        worst = max(worst, time.monotonic() - began)
    assert len(pair.service.orders("all", 1000)) == 300
    for _ in range(30):
        began = time.monotonic()
        pair.step()
        worst = max(worst, time.monotonic() - began)
    assert worst < SEND_SECONDS / 2, "a step of its own may take seconds on a busy machine"


def test_one_that_takes_its_time_to_start_is_not_cut_off(pair: Pair) -> None:
    """Found on a machine with 36 processes on two cores: news filled the buffers before it read the first."""
    for _ in range(20):
        pair.step()
        time.sleep(0.02)
    pair.theirs.setblocking(False)
    with pytest.raises(BlockingIOError):
        pair.theirs.recv(1)
    pair.theirs.setblocking(True)
    RemoteFleet(pair.theirs).wait(10.0)


def test_a_frame_that_is_too_large_is_not_read(pair: Pair) -> None:
    pair.theirs.sendall(HEAD.pack(QUESTION, MOST_QUESTION + 1))
    pair.thread.join(10.0)
    assert not pair.thread.is_alive()


def test_what_is_no_question_goes_to_the_keeper(pair: Pair) -> None:
    send(pair.theirs, UP, b"{}")
    assert until(lambda: pair.others == [(UP, b"{}")])


def test_who_was_answered_sees_what_came_of_it(pair: Pair, remote: RemoteFleet) -> None:
    """As in one process: the snapshot with a new order is there before the answer is."""
    for i in range(20):
        order = pair.answer(remote.ask(CreateOrder(order=replace(WISH, reference=f"r{i}"))))
        assert order.order_id in [o.order_id for o in remote.snapshot().orders]


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
    RemoteWebhooks(call).resend("wms")
    RemoteWebhooks(call).drop("wms", 6)
    assert set(told) == {"syslog.test", "escalation.test", "webhooks.resend", "webhooks.drop"}
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


# --- the news


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
