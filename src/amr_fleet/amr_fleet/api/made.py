"""Wait for what the process of reports makes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

from fastapi import Request

from amr_fleet.api.auth import client_of
from amr_fleet.api.context import ApiContext
from amr_fleet.report.worker import HeavyOrder, ReportWorker

MINUTE: Final = 60.0
"""s of patience with what may fold a year's journal several times, or waits for a signature in the reader thread."""
MadeT = TypeVar("MadeT")


async def made(
    request: Request,
    context: ApiContext,
    worker: ReportWorker | None,
    order: HeavyOrder[MadeT],
    here: Callable[[], MadeT],
    seconds: float = 0.0,
) -> MadeT:
    """Return what the worker process makes of an order; without one it is made by `here`, in s, 0 = as every read."""
    if worker is None:
        return await context.read(here, seconds)
    # Others may wait for the same: who hangs up must not cancel theirs.
    return await asyncio.shield(asyncio.wrap_future(worker.ask(order, client_of(request))))
