"""The API's side of the link: the fleet as `FleetPort`, from the news and by questions. Any thread may call."""

from __future__ import annotations

import contextlib
import itertools
import pickle
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import Any, cast

from amr_core.errors import AmrError
from amr_fleet.api_process import codec
from amr_fleet.api_process.frames import ANSWER, BEAT, LISTENS, NEWS, QUESTION, LinkGoneError, Reader, patient, send
from amr_fleet.api_process.news import NewsReader
from amr_fleet.cargo_views import CargoView
from amr_fleet.ports import (
    ANSWER_SECONDS,
    AnswerT,
    BookView,
    EngineCondition,
    FleetSnapshot,
    HistoryEntry,
    OrderView,
    Request,
)
from amr_fleet.sandbox.book import TrialBook


class RemoteFleet:
    """Implements ports.FleetPort over a link. gone: set once the engine's process or the link has ended."""

    def __init__(self, link: socket.socket, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Take the link; nothing is known before `wait` returned. clock: real s."""
        self._link, self._clock = patient(link), clock
        self._tokens = itertools.count(1)
        self._waiting: dict[int, Future[Any]] = {}
        self._parts: dict[int, list[Any]] = {}
        self._lock = threading.Lock()
        self._first = threading.Event()
        self._news, self._heard = NewsReader(), clock()
        self.gone = threading.Event()
        threading.Thread(target=self._listen, name="fleet_news", daemon=True).start()
        with contextlib.suppress(LinkGoneError):  # then the listener says so
            self.tell(LISTENS, b"")

    def wait(self, seconds: float) -> None:
        """Wait for the first news, or raise fleet.no_answer."""
        if not self._first.wait(seconds):
            raise AmrError("fleet.no_answer", seconds=seconds)

    # --- news

    def snapshot(self) -> FleetSnapshot:
        """Return the last snapshot; never blocks."""
        assert self._news.snapshot is not None, "wait() first"
        return self._news.snapshot

    def condition(self) -> EngineCondition:
        """Return how the engine is now; one that is not heard of has not stepped."""
        told, heard = self._news.condition, self._heard
        return replace(told, step_age=told.step_age + self._clock() - heard)

    def book(self) -> BookView:
        """Return cut-off groups, templates and schedules."""
        return self._news.book

    def trials(self) -> TrialBook:
        """Return the controlled trials."""
        return self._news.trials

    # --- questions

    def ask(self, request: Request[AnswerT]) -> Future[AnswerT]:
        """Hand a request to the engine; done once what it changed is in the journal."""
        try:
            return cast("Future[AnswerT]", self._question("ask", codec.encode(request)))
        except AmrError as error:
            refused: Future[AnswerT] = Future()
            refused.set_exception(error)
            return refused

    def cargo(self) -> Mapping[str, CargoView]:
        """Return all loads by their ids, in the order in which they came; blocks."""
        return dict(self.call("cargo") or ())

    def orders(self, state: str, limit: int, reference: str = "", visit: str = "") -> Sequence[OrderView]:
        """Return the newest orders first; state is open, ended or all; reference, visit "": any; blocks."""
        return cast("list[OrderView]", self.call("orders", state, limit, reference, visit) or [])

    def order(self, order_id: str) -> OrderView:
        """Return one order, or raise order.not_found; blocks."""
        return cast(OrderView, self.call("order", order_id))

    def order_history(self, order_id: str) -> Sequence[HistoryEntry]:
        """Return what the journal says about an order, oldest first, or raise order.not_found; blocks."""
        return cast("list[HistoryEntry]", self.call("order_history", order_id) or [])

    def call(self, name: str, *arguments: object, seconds: float = ANSWER_SECONDS) -> Any:
        """Ask and wait for the answer for so long; raise what it is, or fleet.no_answer."""
        future = self._question(name, list(arguments))
        try:
            return future.result(seconds)
        except TimeoutError as error:
            raise AmrError("fleet.no_answer", seconds=seconds) from error

    def _question(self, call: str, arguments: object) -> Future[Any]:
        token, future = next(self._tokens), Future[Any]()
        content = codec.dumps({"token": token, "call": call, "with": arguments})
        self._waiting[token] = future
        try:
            self.tell(QUESTION, content)
        except LinkGoneError:
            self._end()
        if self.gone.is_set():  # after the question was noted: either this or the listener fails it
            self._fail(token)
        return future

    def tell(self, kind: bytes, content: bytes) -> None:
        """Send a frame; raise LinkGoneError."""
        with self._lock:
            send(self._link, kind, content)

    def beat(self) -> None:
        """Say that the event loop turns."""
        with contextlib.suppress(LinkGoneError):  # the listener says so
            self.tell(BEAT, b"")

    # --- the listener

    def _listen(self) -> None:
        reader = Reader(self._link)
        try:
            while True:
                kind, content = reader.receive()
                if kind == NEWS:
                    self._news.hear(content)
                    self._heard = self._clock()
                    if self._news.snapshot is not None:
                        self._first.set()
                elif kind == ANSWER:
                    self._settle(*pickle.loads(content))  # from the engine, which started this process
        except LinkGoneError:
            self._end()

    def _settle(self, token: int, word: str, value: Any) -> None:
        if word == "part":
            self._parts.setdefault(token, []).extend(value)
            return
        parts, future = self._parts.pop(token, None), self._waiting.pop(token, None)
        if future is None or not future.set_running_or_notify_cancel():
            return
        if word == "error":
            future.set_exception(value)
        else:
            future.set_result(value if parts is None else parts)

    def _fail(self, token: int) -> None:
        future = self._waiting.pop(token, None)
        if future is not None and future.set_running_or_notify_cancel():
            future.set_exception(AmrError("fleet.no_answer", seconds=0))

    def _end(self) -> None:
        self.gone.set()
        if self._news.snapshot is not None:
            self._news.snapshot = replace(self._news.snapshot, ready=False)
        for token in list(self._waiting):
            self._fail(token)
