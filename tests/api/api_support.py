"""Names that the API tests share."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import httpx

PASSWORD = "correct-horse-battery"
Connect = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]
