"""Names that the API tests share."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import httpx
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

PASSWORD = "correct-horse-battery"
FAST = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1),))  # the tests are not about its cost
Connect = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]
