"""Names that the API tests share."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import httpx
import structlog
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

PASSWORD = "correct-horse-battery"
FAST = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1),))  # the tests are not about its cost
Connect = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


def plain_logs() -> None:
    """Log without locals: structlog's own default prints those of every frame, which takes half a minute here."""
    render = structlog.processors.JSONRenderer(default=str)
    structlog.reset_defaults()
    structlog.configure(processors=[structlog.processors.format_exc_info, render])
