"""Judges and tries drafts in processes of their own, with limits: what an engineer draws never holds up the fleet."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Final, TypeVar

from amr_core.errors import AmrError
from amr_fleet.one_process import OneProcess, TooHeavyError

START_S: Final = 120.0
"""s for the start of the process: a busy computer takes long, and what was killed then would have to begin again."""
WAITING: Final = 8
T = TypeVar("T")


class LayoutWorker(OneProcess):
    """One process, started with the first draft and kept; what takes longer than its seconds ends it.

    Safe to call from several threads. inside: no process at all, for tests of what stands around it.
    """

    def __init__(self, seconds: float, *, inside: bool = False, loads: str = "") -> None:
        """Start nothing yet. seconds: for an answer, the start of the process not counted.

        loads: the module that the process loads at its start, "" = that of the function that is asked.
        """
        super().__init__("fleet_layout")
        self._seconds, self._inside, self._loads = seconds, inside, loads
        self._lock = threading.Lock()
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
        try:
            if self._pool is None:
                self._call(START_S, _load, self._loads or call.__module__)
            return self._call(self._seconds, call, *args)
        except TooHeavyError as error:
            raise AmrError("layout.too_long", seconds=round(self._seconds)) from error


def _load(module: str) -> None:
    importlib.import_module(module)
