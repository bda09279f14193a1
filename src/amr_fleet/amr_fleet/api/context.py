"""What the routes share: fleet, site, users, the live broadcaster; and how they ask the fleet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final, TypeVar

from amr_core.errors import AmrError
from amr_core.site import Site
from amr_fleet.api.hosts import Hosts
from amr_fleet.api.limits import ClientLimit
from amr_fleet.api.live import LiveFeed
from amr_fleet.api.metrics import Metrics
from amr_fleet.api.photos import PhotoStore
from amr_fleet.api.sign_on import SignOn
from amr_fleet.api.trail import Trail
from amr_fleet.api.users import UserStore
from amr_fleet.assistant.desk import Desk
from amr_fleet.assistant.language_model import LanguageModel
from amr_fleet.enrolment import EnrolmentDesk
from amr_fleet.ops import Ops
from amr_fleet.ports import ANSWER_SECONDS, FleetPort, OrderView

PICTURE_S: Final = 20.0
"""s of patience for a picture: a large one takes a small computer seconds to make anew."""
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class ApiContext:
    """The one object behind app.state.context."""

    fleet: FleetPort
    site: Site
    users: UserStore
    live: LiveFeed
    secure_cookies: bool = False
    answer_seconds: float = ANSWER_SECONDS
    ops: Ops | None = None
    enrolment: EnrolmentDesk | None = None
    metrics: Metrics
    trail: Trail
    hosts: Hosts = field(default_factory=Hosts)
    assistant: Desk = field(default_factory=Desk)
    photos: PhotoStore = field(default_factory=PhotoStore)
    # What one worker may send: calls of robots, and pictures.
    calls: ClientLimit = field(default_factory=lambda: ClientLimit(burst=10.0, per_s=1 / 30))
    pictures: ClientLimit = field(default_factory=lambda: ClientLimit(burst=20.0, per_s=1 / 15))
    setups: ClientLimit = field(default_factory=lambda: ClientLimit(burst=30.0, per_s=2.0))
    escalation_tests: ClientLimit = field(default_factory=lambda: ClientLimit(burst=6.0, per_s=1 / 60))
    push_changes: ClientLimit = field(default_factory=lambda: ClientLimit(burst=20.0, per_s=1 / 10))
    logins: ClientLimit = field(default_factory=lambda: ClientLimit(burst=30.0, per_s=1.0))
    language_model: LanguageModel | None = None
    sign_on: SignOn | None = None
    consultations: ClientLimit = field(default_factory=lambda: ClientLimit(burst=6.0, per_s=0.2))
    # Two questions to a language model at once: one on the site's own computer answers one after another anyway.
    consulting: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(2, "language_model"))
    # Journal reads leave the event loop, one at a time: the store sees a single reader thread.
    reader: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "fleet_read"))
    # Making a picture anew takes longer than a read: nobody's read waits for it.
    painter: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "photos"))

    async def read(self, call: Callable[[], T], seconds: float = 0.0) -> T:
        """Run a blocking read of the fleet outside the event loop; seconds: patience, 0 = as for everything."""
        return await self._within(asyncio.get_running_loop().run_in_executor(self.reader, call), seconds)

    async def with_pictures(self, call: Callable[[], T]) -> T:
        """Run what works on pictures beside the reads of the fleet; fleet.no_answer after PICTURE_S."""
        return await self._within(asyncio.get_running_loop().run_in_executor(self.painter, call), PICTURE_S)

    async def answer(self, future: Future[T]) -> T:
        """Wait for the fleet's answer, or raise fleet.no_answer."""
        return await self._within(asyncio.wrap_future(future))

    async def _within(self, future: asyncio.Future[T], seconds: float = 0.0) -> T:
        patience = seconds or self.answer_seconds
        try:
            # The shield keeps the engine's future alive: whoever answers late must not meet a cancelled one.
            return await asyncio.wait_for(asyncio.shield(future), patience)
        except TimeoutError as error:
            future.add_done_callback(lambda f: f.cancelled() or f.exception())
            raise AmrError("fleet.no_answer", seconds=patience) from error

    async def order(self, order_id: str) -> OrderView:
        """Return one order, or raise order.not_found."""
        return await self.read(lambda: self.fleet.order(order_id))
