"""Numbers in JSON, YAML and facts that others wrote. A whole number of 400 digits is none: no float holds it."""

from __future__ import annotations

import sys
from typing import TypeGuard


def is_number(value: object) -> TypeGuard[int | float]:
    """Return whether a value is a number that a finite float holds; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def number(value: object) -> float:
    """Return a value as a finite float, true as 1, 0 for anything that is no number."""
    return float(value) if isinstance(value, bool) or is_number(value) else 0.0
