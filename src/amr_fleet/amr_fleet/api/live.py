"""The live feed: one encoded snapshot at 5 Hz for all clients; each takes the newest, so a slow one slows nobody.

A packed client gets it zlib-compressed, once for all of them: compressing per socket would cost a core.
"""

from __future__ import annotations

import asyncio
import contextlib
import zlib
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any, Final

import structlog
from fastapi import WebSocket, WebSocketDisconnect

from amr_core.errors import AmrError
from amr_fleet.api.models.live import Snapshot
from amr_fleet.ports import FleetPort, FleetSnapshot

PERIOD_S: Final = 0.2  # of the fleet's snapshots
SOONEST_S: Final = 0.19  # between two that are sent; then a new one is sent as soon as it is there
LOOK_S: Final = 0.02  # chosen: a tenth of PERIOD_S is the most that a look adds to a snapshot's age
LATEST_S: Final = 1.0  # a fleet that says nothing new is told again, so that the link is seen to be up
# chosen: who takes nothing for 50 snapshots is gone; longer keeps its socket and what waits in it
SEND_SECONDS: Final = 10.0
# chosen: so long goes on who was logged out; each check costs a read of the users for each socket
CHECK_SECONDS: Final = 10.0
PACK_LEVEL: Final = 1  # a tenth of the size in a few ms; more effort gains little
MOST_SOCKETS: Final = 100  # of one session or token: each costs a snapshot that is encoded for it alone
CLOSE_CROWDED: Final = 1013  # the page comes again later
MOST_SAID: Final = 16  # messages of a client, which has nothing to say
CLOSE_TALK: Final = 1008
CLOSE_AUTH: Final = 4401  # the page goes to its login
_log = structlog.get_logger("amr_fleet.api")


class LiveFeed:
    """Encodes the snapshot while anyone listens."""

    def __init__(self, fleet: FleetPort) -> None:
        self._fleet = fleet
        self._text = ""
        self._packed: bytes | None = None
        self._fresh = asyncio.Event()
        self._clients: Counter[str] = Counter()
        self._task: asyncio.Task[None] | None = None

    async def serve(
        self, socket: WebSocket, check: Callable[[], object], *, of: str = "", packed: bool = False
    ) -> None:
        """Send snapshots to an accepted socket until it goes away or check raises; packed: as zlib in binary frames.

        of: the session, which has MOST_SOCKETS at most.
        """
        if self._clients[of] >= MOST_SOCKETS:
            await socket.close(CLOSE_CROWDED)
            return
        self._join(of)
        leaving = asyncio.create_task(_until_gone(socket))
        sending = asyncio.create_task(self._send(socket, check, packed))
        try:
            await asyncio.wait((leaving, sending), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._leave(of)
            for task in (leaving, sending):
                task.cancel()
            await asyncio.gather(leaving, sending, return_exceptions=True)

    async def _send(self, socket: WebSocket, check: Callable[[], object], packed: bool) -> None:
        loop = asyncio.get_running_loop()
        next_check = loop.time() + CHECK_SECONDS
        # A socket that is gone, or takes nothing for SEND_SECONDS, is simply dropped.
        with contextlib.suppress(TimeoutError, WebSocketDisconnect, RuntimeError):
            await _within(self._first(socket, packed))  # kept by nobody: each client would cost a copy of it
            while True:
                await self._fresh.wait()
                await _within(socket.send_bytes(self._pack_once()) if packed else socket.send_text(self._text))
                if loop.time() >= next_check:
                    next_check = loop.time() + CHECK_SECONDS
                    try:
                        check()
                    except AmrError as error:
                        if not error.code.startswith("auth."):
                            continue  # the accounts cannot be read just now
                        await socket.close(CLOSE_AUTH)
                        return

    def _first(self, socket: WebSocket, packed: bool) -> Coroutine[Any, Any, None]:
        text = _encode(self._fleet.snapshot())
        return socket.send_bytes(_pack(text)) if packed else socket.send_text(text)

    def _pack_once(self) -> bytes:
        if self._packed is None:
            self._packed = _pack(self._text)
        return self._packed

    def _join(self, session: str) -> None:
        self._clients[session] += 1
        if self._task is None:
            self._task = asyncio.create_task(self._beat())

    def _leave(self, session: str) -> None:
        self._clients[session] -= 1
        self._clients += Counter()  # without those that have none
        if not self._clients and self._task is not None:
            self._task.cancel()
            self._task = None

    async def _beat(self) -> None:
        clock = asyncio.get_running_loop().time
        sent: FleetSnapshot | None = None
        at = clock()
        while True:
            await asyncio.sleep(max(LOOK_S, at + SOONEST_S - clock()))
            try:
                while (snapshot := self._fleet.snapshot()) is sent and clock() - at < LATEST_S:
                    await asyncio.sleep(LOOK_S)
                sent, at = snapshot, clock()
                self._text, self._packed = _encode(snapshot), None
            except Exception:
                _log.exception("live.encode_failed")
                at = clock()
                continue
            fresh, self._fresh = self._fresh, asyncio.Event()
            fresh.set()


def _encode(snapshot: FleetSnapshot) -> str:
    return Snapshot.of(snapshot).model_dump_json()


def _pack(text: str) -> bytes:
    return zlib.compress(text.encode(), PACK_LEVEL)


async def _within(sending: Coroutine[Any, Any, None]) -> None:
    async with asyncio.timeout(SEND_SECONDS):  # wait_for of Python 3.11 loses a cancellation that comes with the answer
        await sending


async def _until_gone(socket: WebSocket) -> None:
    """Wait until the client goes; one that talks is sent away: reading what nobody asked for held all others up."""
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        for _ in range(MOST_SAID):
            if (await socket.receive())["type"] == "websocket.disconnect":
                return
        await socket.close(CLOSE_TALK)
