"""API and engine at the two ends of a link: requests, news, refusals, rubbish, a side that stands still."""

from __future__ import annotations

import json
import pickle
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import pytest

from amr_core.errors import AmrError
from amr_fleet.api_process import codec
from amr_fleet.api_process.calls import TREE, EngineCall
from amr_fleet.api_process.engine_side import MOST_QUESTION, MOST_WAITING
from amr_fleet.api_process.frames import (
    HEAD,
    LISTENS,
    QUESTION,
    SEND_SECONDS,
    UP,
    send,
)
from amr_fleet.api_process.news import PART
from amr_fleet.api_process.remote import RemoteFleet
from amr_fleet.ports import OrderRequest, Request
from amr_fleet.requests import AddNote, CreateOrder, ImportOrders, SetPaused
from amr_fleet.visit_requests import SetCutoff
from tests.unit.link_rig import Pair
from tests.waiting import until

WISH = OrderRequest(pick_place="D1", drop_place="A1", reference="Đơn 1", deadline=0.1 + 0.2)


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
