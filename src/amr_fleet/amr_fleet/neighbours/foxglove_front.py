"""The way in for Foxglove: a WebSocket that asks the fleet's API who comes, then passes on what the feed says.

A client shows a token of the fleet's accounts: `Authorization: Bearer`, or, as Foxglove's app cannot do that, `?token=`
in the address. An address is kept in histories and logs, so there only tokens of people who may do nothing but look
(viewer, authority) are taken. The token is asked for again every CHECK_S. Of what clients say only `subscribe` and
`unsubscribe` are passed on: nobody publishes, calls or sets anything.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import logging
import ssl
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import WebSocketException
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from amr_core.identity.tls import pinning

PROTOCOL: Final = Subprotocol("foxglove.sdk.v1")
CHECK_S: Final = 10.0  # as the live feed (CHECK_SECONDS): so long sees on who was logged out
SEND_S: Final = 10.0
"""s for which a client may take nothing before it is dropped."""
ASK_S: Final = 5.0  # as long as the API has to answer (ANSWER_SECONDS); then nobody gets in
LOOKERS: Final = frozenset(("viewer", "authority"))
ALL: Final = frozenset((*LOOKERS, "operator", "engineer", "admin"))
_LONGEST: Final = 65_536
_MOST_CHECKS: Final = 4
_PASSED: Final = frozenset(("subscribe", "unsubscribe"))


@dataclass(frozen=True)
class FoxgloveWay:
    """host, port: where clients come in; context: TLS, None = none; most: clients at once."""

    host: str
    port: int
    context: ssl.SSLContext | None = None
    most: int = 4


class FoxgloveFront:
    """Runs in a thread of its own. ask: returns the role that a token has, "" = none; raises OSError (no answer)."""

    def __init__(self, way: FoxgloveWay, feed_port: int, ask: Callable[[str], str]) -> None:
        self._way, self._feed_port, self._ask = way, feed_port, ask
        self.counts: Counter[str] = Counter()
        self.port = 0
        self.trouble: OSError | None = None
        self._inside = 0
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._end = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="foxglove", daemon=True)

    def start(self) -> None:
        """Listen; raise OSError when the port is taken."""
        self._thread.start()
        self._ready.wait(10.0)
        if self.trouble is not None:
            raise self.trouble

    def close(self) -> None:
        """End all connections."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(5.0)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._listen())
        except OSError as error:
            self.trouble = error
        finally:
            self._ready.set()
            self._loop.close()

    async def _listen(self) -> None:
        self._checks = asyncio.Semaphore(_MOST_CHECKS)
        quiet = logging.getLogger("amr.foxglove")
        quiet.setLevel(logging.CRITICAL)  # what clients do wrong is counted
        async with serve(
            self._serve, self._way.host, self._way.port, ssl=self._way.context, subprotocols=[PROTOCOL],
            process_request=self._admit, max_size=_LONGEST, compression=None, logger=quiet, close_timeout=1.0,
            server_header=None,
        ) as server:  # fmt: skip
            self.port = server.sockets[0].getsockname()[1]
            self._ready.set()
            await self._end.wait()

    async def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        """Return why somebody does not come in, None: they do."""
        token, shown = token_of(request.path, request.headers.get("Authorization", ""))
        if not token:
            return self._refuse(connection, HTTPStatus.UNAUTHORIZED, "a token of the fleet is needed")
        if self._inside >= self._way.most or self._checks.locked():
            return self._refuse(connection, HTTPStatus.SERVICE_UNAVAILABLE, "too many viewers")
        roles = LOOKERS if shown else ALL
        try:
            role = await self._role(token)
        except OSError:
            return self._refuse(connection, HTTPStatus.SERVICE_UNAVAILABLE, "the fleet does not answer")
        if not role:
            return self._refuse(connection, HTTPStatus.UNAUTHORIZED, "the token shows nothing")
        if role not in roles:
            said = "in an address only a token of a viewer or authority" if shown else "not with this role"
            return self._refuse(connection, HTTPStatus.FORBIDDEN, said)
        connection.token, connection.roles = token, roles  # type: ignore[attr-defined]
        return None

    def _refuse(self, connection: ServerConnection, status: HTTPStatus, reason: str) -> Response:
        self.counts["refused"] += 1
        return connection.respond(status, f"{reason}\n")

    async def _role(self, token: str) -> str:
        async with self._checks:
            return await asyncio.get_running_loop().run_in_executor(None, self._ask, token)

    async def _serve(self, connection: ServerConnection) -> None:
        if connection.subprotocol != PROTOCOL or self._inside >= self._way.most:
            await connection.close(1002 if connection.subprotocol != PROTOCOL else 1013)
            return
        self._inside += 1
        self.counts["served"] += 1
        try:
            async with connect(
                f"ws://127.0.0.1:{self._feed_port}", subprotocols=[PROTOCOL], proxy=None, compression=None,
                max_size=None, max_queue=8, ping_interval=None, close_timeout=1.0,
            ) as feed:  # fmt: skip
                await self._pass(connection, feed)
        except (OSError, WebSocketException, TimeoutError):
            self.counts["lost"] += 1
        finally:
            self._inside -= 1

    async def _pass(self, client: ServerConnection, feed: Any) -> None:
        """Pass messages on until one side goes, the client takes nothing, or its token counts no more."""
        tasks = [
            asyncio.create_task(work)
            for work in (self._down(client, feed), self._up(client, feed), self._watch(client))
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if client.state.name == "OPEN":
                with suppress(TimeoutError, WebSocketException, OSError):
                    await asyncio.wait_for(client.close(), 2.0)
            client.transport.abort()

    async def _down(self, client: ServerConnection, feed: Any) -> None:
        async for message in feed:
            try:
                await asyncio.wait_for(client.send(message), SEND_S)
            except TimeoutError:
                self.counts["slow"] += 1
                client.transport.abort()
                return

    async def _up(self, client: ServerConnection, feed: Any) -> None:
        async for message in client:
            if passes(message):
                await feed.send(message)
            else:
                self.counts["dropped"] += 1

    async def _watch(self, client: Any) -> None:
        while True:
            await asyncio.sleep(CHECK_S)
            with suppress(OSError):  # the fleet restarts: who is in stays until it says no
                if await self._role(client.token) not in client.roles:
                    self.counts["ended"] += 1
                    return


def token_of(path: str, header: str) -> tuple[str, bool]:
    """Return the token that a client shows, "" = none, and whether its address shows it."""
    scheme, _, bearer = header.partition(" ")
    if scheme.lower() == "bearer" and bearer.strip():
        return bearer.strip()[:512], False
    try:
        given = parse_qs(urlsplit(path).query, max_num_fields=8).get("token", [""])
    except ValueError:
        return "", True
    return given[0][:512], True


def passes(message: str | bytes) -> bool:
    """Return whether what a client says may reach the feed: it asks to see something, or no more."""
    if isinstance(message, bytes):
        return False
    try:
        said = json.loads(message)
    except (ValueError, RecursionError):
        return False
    operation = said.get("op") if isinstance(said, dict) else None
    return isinstance(operation, str) and operation in _PASSED


def role_at(api: str, token: str, certificate: str = "") -> str:
    """Return the role as which a token may look now, asked of the fleet's API (http://127.0.0.1:PORT), "" = none.

    certificate: PEM file of the API's own TLS: read anew each time, since it may have been renewed. Raises OSError when
    it does not answer, or shows another one.
    """
    place = urlsplit(api)
    host, port = place.hostname or "", place.port or 80
    connection = http.client.HTTPConnection(host, port, timeout=ASK_S)
    if certificate:
        connection = http.client.HTTPSConnection(host, port, timeout=ASK_S, context=pinning(certificate))
    try:
        connection.request("GET", "/api/v1/me", headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        said = json.loads(answer.read(_LONGEST)) if answer.status == HTTPStatus.OK else {}
    except (http.client.HTTPException, ValueError) as error:
        raise OSError(str(error)) from error
    finally:
        connection.close()
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        raise OSError(f"HTTP {answer.status}")
    role = said.get("role") if isinstance(said, dict) else None
    # As for the live feed: nothing is shown before a password that somebody else gave was changed.
    return role if isinstance(role, str) and not (said.get("must_change") or said.get("must_enrol")) else ""
