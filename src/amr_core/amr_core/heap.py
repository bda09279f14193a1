"""Millions of objects that all live to the end: looking for cycles among them again and again helps nobody."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def millions_of_objects() -> Iterator[None]:
    """Let the search for cycles rest; a month of a journal takes a third of its time otherwise."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()
