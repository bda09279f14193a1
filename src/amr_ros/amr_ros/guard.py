"""Ends the process, with its traceback, when a callback of the middleware raises.

EventsExecutor of rclpy 7.1.6 reads a null pointer when a callback of an action raises, and a task that
raises is silent. A node with a broken callback must not go on: the supervisor starts it again.
What a neighbour's message brings about is no such fault: it is refused and counted (`guarded`, `actions`).
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
EXIT_CODE = 70
_ends: list[Callable[[int], object]] = [os._exit]


def fatal(callback: Callable[P, R]) -> Callable[P, R]:
    """Return callback, but with an exception in it printed and the process ended."""

    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return callback(*args, **kwargs)
        except Exception:
            traceback.print_exc()
            sys.stdout.flush()
            sys.stderr.flush()
            _ends[-1](EXIT_CODE)
            return None  # type: ignore[return-value]  # only where a fuzzer goes on

    return guarded


@contextmanager
def survived(told: Callable[[], object]) -> Iterator[None]:
    """For fuzzers: told() is called, with the exception in flight, where the process would end."""
    _ends.append(lambda _code: told())
    try:
        yield
    finally:
        _ends.pop()
