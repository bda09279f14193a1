"""The engine's side of the link: gives news of the fleet, and answers a closed list of calls. Four threads a link, and
one for each call that waits for something else.

Nothing that the other side does holds up the engine: it only puts answers into a queue. Who takes nothing for some
seconds, asks too much at once or says what is no frame is cut off, and started again by the keeper.
"""

from __future__ import annotations

import pickle
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final

from amr_core.errors import AmrError
from amr_fleet.api_process import codec
from amr_fleet.api_process.calls import Calls, EngineCall
from amr_fleet.api_process.frames import ANSWER, BEAT, LISTENS, NEWS, QUESTION, LinkGoneError, Reader, patient, send
from amr_fleet.api_process.news import PART, NewsWriter
from amr_fleet.api_process.pulse import BEAT_S, HUNG_SECONDS, Pulse
from amr_fleet.ports import FleetPort

LOOK_S: Final = 0.02  # chosen: a tenth of the live feed's period is the most that it adds to a snapshot's age
# as often as the live feed tells a snapshot (PERIOD_S): then the other side sees that the link lives
TELL_S: Final = 0.2
MOST_WAITING: Final = 1000
MOST_SLOW: Final = 4  # calls at once that wait for something else than the engine, each on a thread of its own
MOST_QUESTION: Final = 16 * 2**20  # bytes: a list of 5,000 orders has 2 MB

Answer = tuple[int, str, object]


class EngineSide:
    """One link. serve() runs until it is gone. calls: what else may be asked than the fleet's port.

    fault: why this side cut it off, "" = it did not.
    """

    def __init__(self, fleet: FleetPort, link: socket.socket, calls: Calls) -> None:
        self._fleet, self._link = fleet, patient(link)
        self._news = NewsWriter(fleet)
        self._calls = {
            "cargo": EngineCall(lambda: iter(fleet.cargo().items())),
            "orders": EngineCall(lambda *given: iter(fleet.orders(*given)), (str, int, str, str)),
            "order": EngineCall(fleet.order, (str,)),
            "order_history": EngineCall(lambda order_id: iter(fleet.order_history(order_id)), (str,)),
            **calls,
        }
        self.fault = ""
        self._answers: deque[Answer] = deque()
        self._wake = threading.Event()
        self._over = threading.Event()
        self._pulse = Pulse()
        self._waiting = 0
        self._lock = threading.Lock()
        # A read that waits for a disk must not keep what is asked of the engine.
        self._reader = ThreadPoolExecutor(1, "api_reads")
        self._slow = threading.BoundedSemaphore(MOST_SLOW)

    def serve(self, other: Callable[[bytes, bytes], None]) -> None:
        """Answer until the link is gone; other(kind, content): frames that are no questions.

        Nothing is told before the other side listens: on a busy machine it may take its time to start.
        """
        teller = threading.Thread(target=self._tell, name="api_news", daemon=True)
        threading.Thread(target=self._feel, name="api_pulse", daemon=True).start()
        reader = Reader(self._link, MOST_QUESTION)
        try:
            while True:
                kind, content = reader.receive()
                if kind == LISTENS and teller.ident is None:
                    teller.start()
                elif kind == QUESTION:
                    self._take(content)
                elif kind == BEAT:
                    self._pulse.beat()
                else:
                    other(kind, content)
        except LinkGoneError:
            pass
        finally:
            self.close()
            self._reader.shutdown(wait=False, cancel_futures=True)
            if teller.ident is not None:
                teller.join()

    def close(self) -> None:
        """Cut the link."""
        self._over.set()
        self._wake.set()
        try:
            self._link.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    # --- out

    def _tell(self) -> None:
        told = -TELL_S
        under_way: list[Iterator[bytes]] = []
        try:
            while not self._over.is_set():
                if not under_way:
                    self._wake.wait(LOOK_S)
                self._wake.clear()
                under_way += [_parts(self._answers.popleft()) for _ in range(len(self._answers))]
                new, frames = self._news.look()  # after that: who was answered sees what came of it
                now = time.monotonic()
                if new or now - told >= TELL_S:
                    for content in frames:
                        send(self._link, NEWS, content)
                    told = now
                # One part of each: neither news nor a short answer waits for the end of a long one.
                under_way = self._send_parts(under_way)
        except LinkGoneError:
            pass
        except Exception as error:  # a link without news would look like an engine that hangs: rather a new one
            self.fault = f"the news broke off: {type(error).__name__}: {error}"
        self.close()

    def _feel(self) -> None:
        while not self._over.wait(BEAT_S):
            if not self._pulse.look():
                self.fault = f"its event loop has not turned for {HUNG_SECONDS:g} s, or never did"
                self.close()

    def _send_parts(self, answers: Sequence[Iterator[bytes]]) -> list[Iterator[bytes]]:
        """Send the next part of each; return the answers of which there may be another one."""
        parts = [(answer, content) for answer in answers if (content := next(answer, None)) is not None]
        if parts:
            send(self._link, ANSWER, *(content for _, content in parts))
        with self._lock:
            self._waiting -= len(answers) - len(parts)
        return [answer for answer, _ in parts]

    def _answer(self, token: int, word: str, value: object) -> None:
        self._answers.append((token, word, value))
        self._wake.set()

    # --- in

    def _take(self, content: bytes) -> None:
        token, name, given = codec.question(content)
        with self._lock:
            self._waiting += 1
            busy = self._waiting > MOST_WAITING
        call = self._calls.get(name)
        if busy:
            self._answer(token, "error", AmrError("request.too_many", seconds=1))
        elif name == "ask":
            self._ask(token, given)
        elif call is not None and call.slow:
            self._read_aside(token, name, given)
        else:
            self._reader.submit(self._read, token, name, given)

    def _ask(self, token: int, given: object) -> None:
        try:
            future: Future[Any] = self._fleet.ask(codec.decode(given))
        except AmrError as error:
            self._answer(token, "error", error)
            return
        future.add_done_callback(lambda done: self._settled(token, done))

    def _settled(self, token: int, done: Future[Any]) -> None:
        error = done.exception()
        if error is None:
            self._answer(token, "done", done.result())
        else:
            self._answer(token, "error", _known(error))

    def _read_aside(self, token: int, name: str, given: object) -> None:
        """Answer on a thread that nobody waits for, neither reads nor the end of the link."""
        if not self._slow.acquire(blocking=False):
            self._answer(token, "error", AmrError("request.too_many", seconds=5))
            return

        def read() -> None:
            try:
                self._read(token, name, given)
            finally:
                self._slow.release()

        threading.Thread(target=read, name="api_slow", daemon=True).start()

    def _read(self, token: int, name: str, given: object) -> None:
        try:
            call = self._calls.get(name)
            if call is None:
                raise AmrError("request.invalid", where="call", reason=name[:64])
            self._answer(token, "done", call(given))
        except Exception as error:  # whatever it is: the engine goes on, and so does the link
            self._answer(token, "error", _known(error))


def _known(error: BaseException) -> AmrError:
    return error if isinstance(error, AmrError) else AmrError("internal", reason=type(error).__name__)


def _parts(answer: Answer) -> Iterator[bytes]:
    """Yield one frame, or several small ones where the value is an iterator."""
    token, _, value = answer
    if not isinstance(value, Iterator):
        yield _pickled(answer)
        return
    for part in _slices(value):
        yield _pickled((token, "part", part))
    yield _pickled((token, "done", None))


def _pickled(answer: Answer) -> bytes:
    try:
        return pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        return pickle.dumps((answer[0], "error", AmrError("internal", reason=str(error)[:100])))


def _slices(items: Iterable[object]) -> Iterator[list[object]]:
    part: list[object] = []
    for item in items:
        part.append(item)
        if len(part) == PART:
            yield part
            part = []
    if part:
        yield part
