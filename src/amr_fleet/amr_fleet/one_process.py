"""Heavy work in a process of its own, with limits: what one person asks for never holds up the fleet.

The process is started with the first call and kept. It is nice, may use so much memory and so much time for a call,
and is the first that the kernel ends when memory runs out.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Final, TypeVar

from amr_core.child_process import die_with_parent, stay_small

MEBIBYTES: Final = 1024  # above what the process needs before it has read anything
T = TypeVar("T")


class TooHeavyError(Exception):
    """A call took too long or too much memory, and the process was ended."""


class OneProcess:
    """The process, and the one thread that waits for it: calls are answered one after the other."""

    def __init__(self, name: str, mebibytes: int = MEBIBYTES) -> None:
        """Start nothing yet. name: of the thread."""
        self._mebibytes = mebibytes
        self._turn = ThreadPoolExecutor(1, name)
        self._pool: ProcessPoolExecutor | None = None

    def _call(self, seconds: float, call: Callable[..., T], *args: Any) -> T:
        """Call a function of a module over there, from the one thread; raise TooHeavyError, and what it raises."""
        if self._pool is None:
            # spawn: a fork would inherit ROS threads and sockets.
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(1, mp_context=context, initializer=_limit, initargs=(self._mebibytes,))
        try:
            return self._pool.submit(call, *args).result(seconds)
        except (TimeoutError, BrokenProcessPool, MemoryError) as error:
            self._end_process()
            raise TooHeavyError from error

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


def _limit(mebibytes: int) -> None:
    """Be nice, small, and gone with the fleet."""
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(OSError):  # a sandbox may forbid it
        os.nice(10)
    stay_small(mebibytes, oom_score=1000)
