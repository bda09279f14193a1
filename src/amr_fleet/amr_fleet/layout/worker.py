"""Judges and tries drafts in processes of their own, with limits: what an engineer draws never holds up the fleet."""

from __future__ import annotations

import contextlib
import importlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Final, TypeVar

from amr_core.child_process import die_with_parent, stay_small
from amr_core.errors import AmrError

MEBIBYTES: Final = 1024
START_S: Final = 120.0
"""s for the start of the process: a busy computer takes long, and what was killed then would have to begin again."""
WAITING: Final = 8
T = TypeVar("T")


class LayoutWorker:
    """One process, started with the first draft and kept; what takes longer than its seconds ends it.

    Safe to call from several threads. inside: no process at all, for tests of what stands around it.
    """

    def __init__(self, seconds: float, *, inside: bool = False) -> None:
        """Start nothing yet. seconds: for an answer, the start of the process not counted."""
        self._seconds, self._inside = seconds, inside
        self._lock = threading.Lock()
        self._turn = ThreadPoolExecutor(1, "fleet_layout")
        self._pool: ProcessPoolExecutor | None = None
        self._open = 0

    def ask(self, call: Callable[..., T], *args: Any) -> Future[T]:
        """Return the answer to come of a function of a module.

        Raises request.too_many; it fails with layout.too_long when it takes too long or too much memory.
        """
        with self._lock:
            if self._open >= WAITING:
                raise AmrError("request.too_many", seconds=round(self._seconds))
            self._open += 1
            future = self._turn.submit(self._run, call, args)
        future.add_done_callback(self._done)
        return future

    def _done(self, _: object) -> None:
        with self._lock:
            self._open -= 1

    def _run(self, call: Callable[..., T], args: tuple[Any, ...]) -> T:
        if self._inside:
            return call(*args)
        fresh = False
        if self._pool is None:
            # spawn: a fork would inherit ROS threads and sockets.
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(1, mp_context=context, initializer=_limit)
            fresh = True
        try:
            if fresh:
                self._pool.submit(_load, call.__module__).result(START_S)
            return self._pool.submit(call, *args).result(self._seconds)
        except (TimeoutError, BrokenProcessPool, MemoryError) as error:
            self._end_process()
            raise AmrError("layout.too_long", seconds=round(self._seconds)) from error

    def _end_process(self) -> None:
        pool, self._pool = self._pool, None
        if pool is None:
            return
        for process in list((pool._processes or {}).values()):
            process.kill()
        pool.shutdown(wait=False, cancel_futures=True)

    def close(self) -> None:
        """End the process; what was asked for fails."""
        self._turn.shutdown(wait=False, cancel_futures=True)
        self._end_process()


def _load(module: str) -> None:
    importlib.import_module(module)


def _limit() -> None:
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(OSError):  # a sandbox may forbid it
        os.nice(10)
    stay_small(MEBIBYTES, oom_score=1000)
