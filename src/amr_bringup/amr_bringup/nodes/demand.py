"""DemandNode: asks the fleet for transports as they become due, and asks again until the fleet has answered."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from rclpy.client import Client
from rclpy.task import Future

from amr_core.site import load_site
from amr_fleet.demand import Wish, arrivals
from amr_interfaces.srv import CreateOrder
from amr_ros.node import AmrNode
from amr_ros.params import load_params
from amr_ros.ticker import Ticker

RETRY_SECONDS = 5.0  # chosen: the same reference makes no second order, but a busy fleet need not be asked faster
SETTLE_SECONDS = 1.0  # chosen: the first order is sent when the response's way, too, was found by DDS; not measured


class DemandParams(BaseModel):
    """Parameters: orders 0 = for ever, orders_per_hour in fleet time, 0 = none."""

    model_config = ConfigDict(frozen=True)
    site: str
    seed: int = 1
    orders: int = Field(default=0, ge=0)
    orders_per_hour: float = Field(default=60.0, ge=0)


class DemandNode(AmrNode):
    """Sends each wish once it is due; a wish without an answer is sent again under the same reference."""

    def __init__(self, name: str = "demand", *, ticker: Ticker, **node_kwargs: Any) -> None:
        super().__init__(name, ticker=ticker, **node_kwargs)
        params = load_params(self, DemandParams)
        self._wishes = arrivals(
            load_site(params.site), seed=params.seed, orders_per_hour=params.orders_per_hour, count=params.orders
        )
        self._next: Wish | None = next(self._wishes, None)
        self._start: float | None = None
        self._unanswered: dict[str, tuple[Wish, float]] = {}
        self._client: Client[CreateOrder.Request, CreateOrder.Response] = self.create_client(
            CreateOrder, "/fleet/create_order"
        )
        ticker.add(self.tick, 0.5)

    def tick(self, now: float) -> None:
        """Send what is due and what was not answered."""
        if not self._client.service_is_ready():
            return
        if self._start is None:
            self._start = now + SETTLE_SECONDS
        while self._next is not None and self._start + self._next.due <= now:
            self._send(self._next, now)
            self._next = next(self._wishes, None)
        for wish, sent in list(self._unanswered.values()):
            if now - sent > RETRY_SECONDS:
                self._send(wish, now)

    def _send(self, wish: Wish, now: float) -> None:
        self._unanswered[wish.reference] = (wish, now)
        request = CreateOrder.Request(
            reference=wish.reference,
            load_id=wish.load_id,
            pick_place=wish.pick_place,
            drop_place=wish.drop_place,
            priority=wish.priority,
        )
        self._client.call_async(request).add_done_callback(lambda future: self._answered(wish, future))

    def _answered(self, wish: Wish, future: Future[CreateOrder.Response]) -> None:
        response = future.result()
        if response is None:
            return
        if response.code in ("request.too_many", "fleet.no_answer"):
            return  # it is sent again as if nobody had answered
        self._unanswered.pop(wish.reference, None)
        if not response.accepted:
            self.get_logger().error(f"order {wish.reference} refused: {response.code} {response.facts}")
