"""Ends the process, with its traceback, when a callback of the middleware raises.

EventsExecutor of rclpy 7.1.6 reads a null pointer when a callback of an action raises, and a task that
raises is silent. A node with a broken callback must not go on: the supervisor starts it again.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
EXIT_CODE = 70


def fatal(callback: Callable[P, R]) -> Callable[P, R]:
    """Return callback, but with an exception in it printed and the process ended."""

    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return callback(*args, **kwargs)
        except Exception:
            traceback.print_exc()
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(EXIT_CODE)

    return guarded
