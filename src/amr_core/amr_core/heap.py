"""Millions of objects that all live to the end: looking for cycles among them again and again helps nobody.

And large blocks that are needed for a moment: they go back at once.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

LARGE: Final = 8 * 2**20  # bytes
_M_TRIM_THRESHOLD: Final = -1  # of glibc's malloc.h
_M_MMAP_THRESHOLD: Final = -3


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


def imports_stay() -> None:
    """What is there now is for good: no search for cycles goes through it again, which takes 0.2 s with all modules.

    To be called when a process has imported what it needs, before it works; only the first call counts. A process
    that was forked shares these objects with its parent for as long as nothing goes through them.
    """
    if not gc.get_freeze_count():
        gc.freeze()


def give_large_back() -> None:
    """Have glibc give each block of LARGE bytes and more back when it is freed.

    By itself it does so with the first one only: from then on it keeps what is as large, for each thread that needed
    it once. Elsewhere this does nothing.
    """
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        libc.mallopt(_M_MMAP_THRESHOLD, LARGE)
        libc.mallopt(_M_TRIM_THRESHOLD, LARGE)  # as much at the end of the heap may stay for what comes next
