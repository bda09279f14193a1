"""Writing of what is nice to have: in a thread of its own, in order, and never waited for by who gives it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from amr_core.errors import AmrError

MOST_WAITING: Final = 10
"""Chunks that wait for a disk that hangs; what comes then is lost, and said."""


class WriteBehind:
    """All methods belong to one thread. write(begin, end, payload) runs in another."""

    def __init__(
        self, name: str, write: Callable[[float, float, bytes], None], blame: Callable[[AmrError], None]
    ) -> None:
        """name: of the thread; blame: told of what could not be written, by `put`, `busy` and `close`."""
        self._write, self._blame = write, blame
        self._worker = ThreadPoolExecutor(1, name)
        self._waiting: deque[Future[None]] = deque()

    @property
    def busy(self) -> bool:
        """Whether something is not written yet."""
        while self._waiting and self._waiting[0].done():
            self._say(self._waiting.popleft())
        return bool(self._waiting)

    def put(self, begin: float, end: float, payload: bytes) -> None:
        """Have a chunk written."""
        if self.busy and len(self._waiting) >= MOST_WAITING:
            self._blame(AmrError("store.failed", reason=f"{MOST_WAITING} chunks wait for the disk; one is lost"))
            return
        self._waiting.append(self._worker.submit(self._write, begin, end, payload))

    def close(self) -> None:
        """Wait for what is left, and stop the thread."""
        self._worker.shutdown(wait=True)
        while self._waiting:
            self._say(self._waiting.popleft())

    def _say(self, done: Future[None]) -> None:
        try:
            done.result()
        except AmrError as error:
            self._blame(error)
