"""Threads that do one thing again and again until they are ended, whatever it raises."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable

from amr_core.errors import AmrError


class Threads:
    """Some threads with one end. name: what their names begin with; wrong(thread, text): told of what was raised."""

    def __init__(self, name: str, wrong: Callable[[str, str], object]) -> None:
        self._name, self._tell = name, wrong
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def _thread(self, name: str, work: Callable[[], object], every: float) -> None:
        thread = threading.Thread(target=self._again, args=(work, every), name=f"{self._name}_{name}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _again(self, work: Callable[[], object], every: float) -> None:
        while not self._stop.is_set():
            try:
                work()
            except AmrError as error:  # the database: it may come back
                self._tell(threading.current_thread().name, str(error))
            except Exception as error:  # nothing may end a thread without a word
                last = traceback.extract_tb(error.__traceback__)[-1]  # not its text, in which an address might be
                said = f"{type(error).__name__} in {last.name}, line {last.lineno}"
                self._tell(threading.current_thread().name, said)
            self._stop.wait(every)

    def end(self) -> None:
        """End the threads."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=2.0)
