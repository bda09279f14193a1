"""The one way this package compiles hot loops: cached machine code, GIL released."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., object])


def kernel(function: F) -> F:
    """Compile a function of scalars and arrays with Numba; the compiled code is cached on disk."""
    return cast(F, numba.njit(cache=True, nogil=True)(function))
