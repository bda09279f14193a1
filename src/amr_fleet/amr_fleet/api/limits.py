"""How much one client may ask for: a bucket of requests for each address, refilled slowly."""

from __future__ import annotations

import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from amr_core.errors import AmrError

MOST_CLIENTS: Final = 4096
_NETWORK: Final = 64
"""Bits of an IPv6 address that a provider gives to one customer, who has all 2^64 addresses behind them."""


def one_client(address: str) -> str:
    """Return who is counted as one client: an address, or of public IPv6 its network; what is no address stays."""
    if ":" not in address:
        return address
    try:
        found = ipaddress.IPv6Address(address)
    except ValueError:
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    if not found.is_global:  # all computers of a site may be in one network of its own
        return str(found)
    return str(ipaddress.IPv6Network((int(found) >> _NETWORK << _NETWORK, _NETWORK)))


class ClientLimit:
    """burst: requests at once; per_s: how fast they come back. Safe to call from several threads."""

    def __init__(self, burst: float, per_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._burst, self._per_s, self._clock = burst, per_s, clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, client: str) -> None:
        """Count one request of a client, or raise request.too_many."""
        client = one_client(client)
        with self._lock:
            now = self._clock()
            left, at = self._left.pop(client, (self._burst, now))
            left = min(self._burst, left + (now - at) * self._per_s)
            admitted = left >= 1.0
            self._left[client] = (left - 1.0 if admitted else left, now)
            while len(self._left) > MOST_CLIENTS:
                self._left.popitem(last=False)
        if not admitted:
            raise AmrError("request.too_many", seconds=max(1, round((1.0 - left) / self._per_s)))
