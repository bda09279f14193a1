"""One place that says how the kernels are compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba

F = TypeVar("F", bound=Callable[..., Any])


def njit(function: F) -> F:
    """Compile without the interpreter and keep the machine code on disk."""
    compiled: F = numba.njit(cache=True)(function)
    return compiled
