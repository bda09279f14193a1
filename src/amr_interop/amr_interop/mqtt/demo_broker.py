"""A small MQTT 3.1.1 broker for demos and tests on one machine: loopback, no users, no disk.

A site takes mosquitto. This one is here so that `amr demo --vda5050` needs nothing installed: amqtt, the broker that
pip would bring, wants an older websockets than the API has. It knows QoS 0 and 1 coming in (all goes out with QoS 0:
the line is TCP on one machine), retained messages, last wills, keep-alive, take-over of a client id; it refuses QoS 2,
packets above 1 MB and other protocol versions by closing the connection.
Source: MQTT Version 3.1.1, OASIS standard, 2014.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

_MAX_PACKET: Final = 1_000_000
_CONNECT, _PUBLISH, _SUBSCRIBE, _UNSUBSCRIBE, _PING, _DISCONNECT = 1, 3, 8, 10, 12, 14
_CONNACK, _PUBACK, _SUBACK, _UNSUBACK, _PONG = 0x20, 0x40, 0x90, 0xB0, 0xD0
_HELLO_S: Final = 10.0  # chosen: a client says it at once; longer keeps sockets of who says nothing


class _BadPacketError(Exception):
    """The client does not keep to the protocol: it is cut off."""


@dataclass(eq=False)
class _Client:
    """One connection. will: (topic, payload, retain) until the client takes its leave."""

    writer: asyncio.StreamWriter
    client_id: str = ""
    keepalive: float = 0.0
    filters: list[str] = field(default_factory=list)
    will: tuple[str, bytes, bool] | None = None


def matches(pattern: str, topic: str) -> bool:
    """Return whether a topic is one of a filter with + and #. What begins with $ only a filter with $ gets."""
    if topic.startswith("$") != pattern.startswith("$"):
        return False
    wanted, levels = pattern.split("/"), topic.split("/")
    for index, level in enumerate(wanted):
        if level == "#":
            return True
        if index >= len(levels) or level not in ("+", levels[index]):
            return False
    return len(wanted) == len(levels)


class DemoBroker:
    """Serves until close(); call it on a running event loop."""

    def __init__(self) -> None:
        self._clients: dict[str, _Client] = {}
        self._kept: dict[str, bytes] = {}
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()

    async def start(self, port: int = 0) -> int:
        """Listen on loopback and return the port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Close all connections and wait until they are."""
        if self._server is not None:
            self._server.close()
        for client in list(self._clients.values()):
            client.will = None
            client.writer.close()
        serving = list(self._serving)
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = _Client(writer)
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)
        try:
            head, body = await asyncio.wait_for(_packet(reader), _HELLO_S)
            if head >> 4 != _CONNECT:
                raise _BadPacketError
            self._connect(client, body)
            while True:
                patience = 1.5 * client.keepalive or None
                head, body = await asyncio.wait_for(_packet(reader), patience)
                if head >> 4 == _DISCONNECT:
                    client.will = None
                    break
                self._handle(client, head, body)
                await writer.drain()
        except (_BadPacketError, OSError, EOFError, TimeoutError, struct.error, IndexError, UnicodeDecodeError):
            pass
        finally:
            self._leave(client)

    def _leave(self, client: _Client) -> None:
        if self._clients.get(client.client_id) is client:
            del self._clients[client.client_id]
        client.writer.close()
        will, client.will = client.will, None
        if will is not None:
            self._publish(*will)

    def _connect(self, client: _Client, body: bytes) -> None:
        name, at = _text(body, 0)
        if name != "MQTT" or body[at] != 4:
            client.writer.write(bytes([_CONNACK, 2, 0, 1]))
            raise _BadPacketError
        flags, client.keepalive = body[at + 1], struct.unpack_from(">H", body, at + 2)[0]
        client.client_id, at = _text(body, at + 4)
        client.client_id = client.client_id or f"#{id(client):x}"
        if flags & 0x04:
            topic, at = _text(body, at)
            payload, at = _bytes(body, at)
            client.will = (topic, payload, bool(flags & 0x20))
        old = self._clients.pop(client.client_id, None)
        if old is not None:
            self._leave(old)  # its will comes before what the new one says
        self._clients[client.client_id] = client
        client.writer.write(bytes([_CONNACK, 2, 0, 0]))

    def _handle(self, client: _Client, head: int, body: bytes) -> None:
        kind = head >> 4
        if kind == _PUBLISH:
            self._published(client, head, body)
        elif kind == _SUBSCRIBE:
            self._subscribe(client, body)
        elif kind == _UNSUBSCRIBE:
            at = 2
            while at < len(body):
                pattern, at = _text(body, at)
                client.filters = [f for f in client.filters if f != pattern]
            client.writer.write(bytes([_UNSUBACK, 2]) + body[:2])
        elif kind == _PING:
            client.writer.write(bytes([_PONG, 0]))
        elif kind != 4:  # a PUBACK says nothing new
            raise _BadPacketError

    def _published(self, client: _Client, head: int, body: bytes) -> None:
        quality = (head >> 1) & 3
        topic, at = _text(body, 0)
        if quality > 1 or not topic or set(topic) & {"+", "#"}:
            raise _BadPacketError
        if quality:
            client.writer.write(bytes([_PUBACK, 2]) + body[at : at + 2])
            at += 2
        self._publish(topic, body[at:], bool(head & 1))

    def _subscribe(self, client: _Client, body: bytes) -> None:
        at, patterns = 2, []
        while at < len(body):
            pattern, at = _text(body, at)
            patterns.append(pattern)
            at += 1
        client.filters += [p for p in patterns if p not in client.filters]
        client.writer.write(bytes([_SUBACK, 2 + len(patterns)]) + body[:2] + bytes(len(patterns)))
        for topic, payload in self._kept.items():
            if any(matches(p, topic) for p in patterns):
                client.writer.write(_publication(topic, payload, retained=True))

    def _publish(self, topic: str, payload: bytes, retain: bool) -> None:
        if retain and payload:
            self._kept[topic] = payload
        elif retain:
            self._kept.pop(topic, None)
        packet = _publication(topic, payload, retained=False)
        for client in list(self._clients.values()):
            if any(matches(pattern, topic) for pattern in client.filters):
                client.writer.write(packet)


@contextlib.contextmanager
def serving(port: int = 0) -> Iterator[int]:
    """Serve in a thread of its own while the context lasts; yield the port. Raises OSError when it is taken."""
    loop, broker = asyncio.new_event_loop(), DemoBroker()
    try:
        number = loop.run_until_complete(broker.start(port))
    except OSError:
        loop.close()
        raise
    thread = threading.Thread(target=loop.run_forever, name="demo_broker", daemon=True)
    thread.start()
    try:
        yield number
    finally:
        asyncio.run_coroutine_threadsafe(broker.close(), loop).result(2.0)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(2.0)
        loop.close()


async def _packet(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = (await reader.readexactly(1))[0]
    length = 0
    for shift in (0, 7, 14, 21):
        byte = (await reader.readexactly(1))[0]
        length |= (byte & 0x7F) << shift
        if not byte & 0x80:
            break
    else:
        raise _BadPacketError
    if length > _MAX_PACKET:
        raise _BadPacketError
    return head, await reader.readexactly(length)


def _text(body: bytes, at: int) -> tuple[str, int]:
    value, end = _bytes(body, at)
    return value.decode("utf-8"), end


def _bytes(body: bytes, at: int) -> tuple[bytes, int]:
    length = struct.unpack_from(">H", body, at)[0]
    end = at + 2 + length
    if end > len(body):
        raise _BadPacketError
    return body[at + 2 : end], end


def _publication(topic: str, payload: bytes, *, retained: bool) -> bytes:
    name = topic.encode()
    rest = len(name) + 2 + len(payload)
    size = bytearray()
    while True:
        rest, digit = divmod(rest, 128)
        size.append(digit | (0x80 if rest else 0))
        if not rest:
            break
    return bytes([0x30 | retained]) + bytes(size) + struct.pack(">H", len(name)) + name + payload
