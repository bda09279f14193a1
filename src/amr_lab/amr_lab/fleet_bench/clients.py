"""Other systems that give orders over HTTP, and give them again when the answer does not come."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, field

import httpx

V1 = "/api/v1"
_PAUSE = 0.02  # s between two tries


@dataclass
class Promises:
    """What the clients were promised. sent: references; made: reference -> order id of each answer 201 or 200.

    cancelled: order ids whose cancelling was answered 200; repeats: requests that were sent again.
    """

    sent: set[str] = field(default_factory=set)
    made: dict[str, str] = field(default_factory=dict)
    cancelled: set[str] = field(default_factory=set)
    repeats: int = 0
    wrong: list[str] = field(default_factory=list)


class Clients:
    """A few threads, each with one request under way.

    url: where the living fleet process answers; limit: how many orders may have been given by now; pause: s between
    two tries.
    """

    def __init__(
        self, places: list[str], headers: dict[str, str], *, threads: int, seed: int, pause: float = _PAUSE
    ) -> None:
        self.ledger = Promises()
        self.url = ""
        self.limit = 0
        self._places, self._headers = places, headers
        self._next, self._ending, self._pause = 0, False, pause
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._work, args=(seed + i,), daemon=True) for i in range(threads)]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Give up what is not answered."""
        self._stop.set()
        for thread in self._threads:
            thread.join(10.0)

    @property
    def done(self) -> bool:
        """After `finish`: everything is answered."""
        return not any(thread.is_alive() for thread in self._threads)

    def finish(self) -> None:
        """Give no further orders; wait until the last one is answered."""
        with self._lock:
            self.limit, self._ending = self._next, True

    def _take(self) -> int | None:
        with self._lock:
            if self._next >= self.limit:
                return None
            self._next += 1
            return self._next

    def _work(self, seed: int) -> None:
        rng = random.Random(seed)
        with httpx.Client(headers=self._headers, timeout=5.0) as http:
            while not self._stop.is_set():
                number = self._take()
                if number is None:
                    if self._ending:
                        return
                    self._stop.wait(self._pause)
                    continue
                self._order(http, number, rng)

    def _order(self, http: httpx.Client, number: int, rng: random.Random) -> None:
        pick, drop = rng.sample(self._places, 2)
        reference, held = f"W{number}", number % 5 == 0
        self.ledger.sent.add(reference)
        body = {"pick_place": pick, "drop_place": drop, "reference": reference, "load_id": f"L{number}", "held": held}
        answer = self._until_answered(http, "/orders", body)
        if answer is None:
            return
        order_id = str(answer["order_id"])
        self.ledger.made[reference] = order_id
        if held and self._until_answered(http, f"/orders/{order_id}/cancel", {}) is not None:
            self.ledger.cancelled.add(order_id)

    def _until_answered(self, http: httpx.Client, path: str, body: dict[str, object]) -> dict[str, object] | None:
        """Send a request until an answer comes, as a system does that lost the connection."""
        first = True
        while not self._stop.is_set():
            try:
                answer = http.post(f"{self.url}{V1}{path}", json=body)
            except httpx.HTTPError:
                pass
            else:
                if answer.status_code in (200, 201):
                    return dict(answer.json())
                code = answer.json().get("code")
                if not first and code == "order.finished":
                    return {}  # the first try did it, only its answer was lost
                if code not in ("fleet.no_answer", "store.failed"):
                    self.ledger.wrong.append(f"{path}: {code} {answer.text[:120]}")
                    return None
            self.ledger.repeats += first
            first = False
            self._stop.wait(self._pause)
        return None
