"""One delivery: a signed POST to an address that was judged before.

One time limit is over TLS, request and answer as a whole; before it each address has as long.
Only 2xx counts. Redirects are not followed: they would lead past the judgement.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from amr_core.errors import AmrError
from amr_core.identity.tls import trusting
from amr_fleet.store.outgoing import OutgoingEvent
from amr_fleet.webhooks.endpoint import HttpEndpoint
from amr_fleet.webhooks.guard import allowed_addresses, resolve
from amr_fleet.webhooks.settings import WebhookTarget
from amr_fleet.webhooks.signing import signature

DeliveryVerdict = Literal["taken", "refused", "away", "gone", "moot"]
"""taken: 2xx; refused: this event (4xx); away: the target (no answer, 3xx, 408, 429, 5xx); gone: 410, nothing more;
moot: nobody needs the event any more, nothing was sent."""

_LARGEST_ANSWER: Final = 65_536
_LONGEST_WAIT: Final = 86_400.0  # s, a day: a longer Retry-After is taken for a mistake
_GONE, _TIMEOUT, _TOO_MANY = 410, 408, 429


@dataclass(frozen=True)
class DeliveryOutcome:
    """What came of a try. reason: in words, without anything secret; wait: s that the target asked for, 0 = none."""

    verdict: DeliveryVerdict
    reason: str = ""
    wait: float = 0.0


def deliver(
    target: WebhookTarget,
    event: OutgoingEvent,
    now: float,
    *,
    loopback: bool = False,
    lookup: Callable[[str, int], list[str]] = resolve,
) -> DeliveryOutcome:
    """Send an event (now: Unix seconds); never raises for what the network, the receiver or a secret does."""
    body = event.body.encode()
    host = target.parts.hostname or ""
    try:
        secrets = target.secrets()
        addresses = allowed_addresses(host, target.port, target.allowed(), loopback=loopback, lookup=lookup)
    except AmrError as error:
        return DeliveryOutcome("away", f"{error.code}: {error.facts.get('reason', '')}"[:200])
    headers = {
        "Content-Type": "application/json", "User-Agent": "amr-webhooks/1", "Connection": "close",
        "webhook-id": event.event_id, "webhook-timestamp": str(int(now)),
        "webhook-signature": signature(event.event_id, int(now), body, secrets),
    }  # fmt: skip
    try:
        status, retry_after, _ = post(target, host, addresses, body, headers)
        return judged(status, retry_after)
    except (OSError, http.client.HTTPException, ValueError) as error:
        return DeliveryOutcome("away", f"{type(error).__name__}: {' '.join(str(error).split())}"[:200])


def judged(status: int, retry_after: str) -> DeliveryOutcome:
    """Return what a status of HTTP says; retry_after: that header, "" = none."""
    wait = min(float(retry_after), _LONGEST_WAIT) if retry_after.isascii() and retry_after.isdigit() else 0.0
    reason = f"HTTP {status}"
    if 200 <= status < 300:
        return DeliveryOutcome("taken")
    if status == _GONE:
        return DeliveryOutcome("gone", reason)
    if 400 <= status < 500 and status not in (_TIMEOUT, _TOO_MANY):
        return DeliveryOutcome("refused", reason, wait)
    return DeliveryOutcome("away", reason, wait)


def post(
    target: HttpEndpoint, host: str, addresses: list[str], body: bytes, headers: dict[str, str]
) -> tuple[int, str, bytes]:
    """Send a body to one of the addresses; return status, Retry-After and the answer's first 64 kB. Raises OSError."""
    return exchange(target, host, addresses, "POST", body, headers)


def exchange(
    target: HttpEndpoint, host: str, addresses: list[str], method: str, body: bytes, headers: dict[str, str]
) -> tuple[int, str, bytes]:
    """Ask one of the addresses; return status, Retry-After and the answer's first 64 kB. Raises OSError."""
    connection = http.client.HTTPConnection(host, target.port, timeout=target.timeout)
    sock = connect(addresses, target.port, target.timeout)
    try:
        with time_limit(sock, target.timeout) as over:
            if target.parts.scheme == "https":
                sock = secured(sock, host, target.ca_file)
            connection.sock = sock
            path = target.parts.path or "/"
            connection.request(method, f"{path}?{target.parts.query}" if target.parts.query else path, body, headers)
            answer = connection.getresponse()
            said = answer.read(_LARGEST_ANSWER)
            if over.is_set():  # an answer without a length ends where it is cut
                raise TimeoutError("cut")
            return answer.status, answer.getheader("Retry-After", ""), said
    finally:
        connection.close()
        sock.close()


@contextlib.contextmanager
def time_limit(sock: socket.socket, seconds: float) -> Iterator[threading.Event]:
    """Cut a connection after some seconds, whatever is spoken on it; raises TimeoutError then. The event: it was cut.

    A time limit of the socket starts anew with every byte that comes: who drips would hold us for ever.
    """
    line = sock.dup()  # TLS takes the socket over, also half-way; its double stays the same line
    over, begin = threading.Event(), time.monotonic()
    alarm = threading.Timer(seconds, cut, (line, over))
    alarm.start()
    try:
        yield over
    except (OSError, http.client.HTTPException):
        # The socket's own limit is as long: where the computer is busy it ends before the alarm comes.
        if over.is_set() or time.monotonic() - begin >= seconds:
            raise TimeoutError(f"not done within {seconds:g} s") from None
        raise
    finally:
        alarm.cancel()
        line.close()


def cut(sock: socket.socket, over: threading.Event) -> None:
    """End a connection from another thread."""
    over.set()
    with contextlib.suppress(OSError):  # it is closed already
        sock.shutdown(socket.SHUT_RDWR)


def connect(addresses: list[str], port: int, timeout: float) -> socket.socket:
    """Return a connection to the first address that answers. Raises OSError."""
    failure: OSError | None = None
    for address in addresses[:4]:
        try:
            return socket.create_connection((address, port), timeout=timeout)
        except OSError as error:
            failure = error
    raise failure or OSError("there is no address")


def secured(sock: socket.socket, host: str, ca_file: str) -> ssl.SSLSocket:
    """Return a connection under TLS whose certificate is the host's; it is closed where that fails. Raises OSError."""
    try:
        return trusting(ca_file).wrap_socket(sock, server_hostname=host)
    except OSError:
        sock.close()
        raise
