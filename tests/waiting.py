"""Waiting for what comes by itself."""

from __future__ import annotations

import time
from collections.abc import Callable


def until(holds: Callable[[], object], seconds: float = 100.0) -> bool:
    """Return whether something has come to hold; a test that can only pass on a quiet machine is a fault."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.02)
    return bool(holds())
