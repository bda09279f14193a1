"""HTTP/1.1 for a server that is not patient for ever: who sends no whole request head in time is hung up on."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

HEAD_SECONDS: Final = 10.0  # chosen: a head is a few kB; longer lets few slow clients hold all sockets
CONNECTIONS_OF_A_CLIENT: Final = 100  # browsers keep 6
CONNECTIONS_OF_THE_PROXY: Final = 500  # those of everybody; of them one has what `gate` gives
SOCKETS_OF_A_CLIENT: Final = 200  # WebSockets, of which a page keeps one; all of a site may come from one address
SOCKETS_OF_THE_PROXY: Final = 500  # those of everybody


class CountedSocket(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket, counted for its client until its transport is closed: also one that was refused."""

    open_sockets: Counter[str] = Counter()  # noqa: RUF012 one for the process, as uvicorn makes a protocol each

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count it."""
        super().connection_made(transport)
        self._client = str((self.client or ("",))[0])
        self.open_sockets[self._client] += 1

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        _less(self.open_sockets, self._client)
        super().connection_lost(exc)


def _less(counted: Counter[str], client: str) -> None:
    counted[client] -= 1
    if counted[client] <= 0:
        del counted[client]


class ImpatientProtocol(H11Protocol):
    """uvicorn's protocol with a time limit for each request head and a limit of connections for each client."""

    open_connections: Counter[str] = Counter()  # noqa: RUF012 one for the process, as uvicorn makes a protocol each

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, or close it when its client has too many."""
        super().connection_made(transport)
        self._head: asyncio.TimerHandle | None = None
        self._client = str((self.client or ("",))[0])
        self._proxy = self.config.proxy_headers and self._client in (self.config.forwarded_allow_ips or ())
        self.open_connections[self._client] += 1
        if self.open_connections[self._client] > (CONNECTIONS_OF_THE_PROXY if self._proxy else CONNECTIONS_OF_A_CLIENT):
            transport.close()
            return
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._forget()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Hand the connection over to the WebSocket protocol, or close it when its client has too many of those."""
        if CountedSocket.open_sockets[self._client] >= (SOCKETS_OF_THE_PROXY if self._proxy else SOCKETS_OF_A_CLIENT):
            self.transport.close()
            return
        self._forget()
        super().handle_websocket_upgrade(event)

    def _forget(self) -> None:
        self._head_is_there()
        _less(self.open_connections, self._client)

    def data_received(self, data: bytes) -> None:
        """Read on; the clock runs while a head is begun and not whole."""
        super().data_received(data)
        if self.conn.their_state is h11.IDLE:
            self._expect_head()
        else:
            self._head_is_there()

    def _expect_head(self) -> None:
        if self._head is None:
            self._head = self.loop.call_later(HEAD_SECONDS, self._hang_up)

    def _head_is_there(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _hang_up(self) -> None:
        self._head = None
        if not self.transport.is_closing() and self.conn.their_state is h11.IDLE:
            self.transport.close()

    def on_response_complete(self) -> None:
        """The next head may take its time to begin: uvicorn's keep-alive clock runs then."""
        super().on_response_complete()
        self._head_is_there()
