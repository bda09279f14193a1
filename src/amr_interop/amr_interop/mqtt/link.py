"""An MQTT client whose network runs in a thread of its own: callbacks store, the owner's tick takes.

A broker that is slow, stuck or gone never holds up the owner: what cannot be sent now is dropped when the connection is
down (VDA 5050 orders go with QoS 0 and are sent again by those who wait for the answer).
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import math
import socket
import ssl
import sys
import termios
import threading
import time
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from amr_core.addresses import host_port
from amr_core.errors import AmrError
from amr_core.identity.tls import trusting
from amr_interop.vda.watch import KEEPALIVE_S

SEGMENT: Final = 536
"""Bytes of a TCP segment, the least that every IPv4 path must carry (RFC 879): frames of at most 590 bytes."""
_RADIO: Final = {socket.TCP_MAXSEG: SEGMENT, 16: 1, 44: 2000}
"""Options of TCP; Python has no name for two of <linux/tcp.h>: TCP_THIN_LINEAR_TIMEOUTS, for what it is worth before
Linux 6.15, which has TCP_RTO_MAX_MS."""
_CLOGGED: Final = 4096
_READ: Final = 65536
_INBOX: Final = 5000
# chosen: a broker confirms in ms; one that hangs delays a stop by so long, and the runner kills after 3.5 s
_FAREWELL_S: Final = 1.0
_WISHES: Final = 2
"""A connection may end by chance while it is asked for what can be done without; twice on end is the answer."""
_RECONNECT_S: Final = (1, 4)
"""A broker that is back must have all robots within 10 s; the client itself adds no jitter, so the range is short."""


@dataclass(frozen=True)
class Broker:
    """Where the broker is. ca, certificate, key: files in PEM; without ca the connection is not encrypted."""

    host: str = "127.0.0.1"
    port: int = 1883
    ca: str = ""
    certificate: str = ""
    key: str = ""
    user: str = ""
    password: str = ""

    @classmethod
    def parse(cls, text: str, **more: str) -> Broker:
        """Return the broker of HOST or HOST:PORT; run.bad_option for anything else."""
        found = host_port(text if ":" in text else f"{text}:1883")
        if found is None:
            raise AmrError("run.bad_option", option="--broker", value=text[:64], reason="give HOST or HOST:PORT")
        host, port = found
        return cls(host, port, **more)


@dataclass(frozen=True)
class Received:
    """A message as it came. retained: the broker had kept it."""

    topic: str
    payload: bytes
    retained: bool


@dataclass(frozen=True)
class Letter:
    """A message to send."""

    topic: str
    body: Mapping[str, Any]
    retain: bool = False
    qos: int = 0

    @property
    def payload(self) -> bytes:
        """The body as JSON."""
        return json.dumps(self.body, separators=(",", ":"), allow_nan=False).encode()


@dataclass(frozen=True)
class PlainLetter:
    """A message of plain text to send."""

    topic: str
    text: str
    retain: bool = False
    qos: int = 0

    @property
    def payload(self) -> bytes:
        """The text in UTF-8."""
        return self.text.encode()


class _Client(mqtt.Client):
    """A client for hundreds of messages a second, over radio.

    Small segments, asked for on both sides before the connection is made, pass every tunnel: one that loses larger
    frames without a word stops nothing. What is lost is sent again every 2 s at least: the system's own pace doubles
    each time, and of the few frames of a robot on a bad radio so many are lost in a row that it was silent for 14 s.
    What has come is read at once: paho asks the system for single bytes, and for one message after each wait. gather_s:
    after that it rests so long (s), so that more than one message is there then. paho has no setting for any of it.
    """

    gather_s = 0.0
    _ahead = b""

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:
        """Take all that has come."""
        while True:
            ended = super().loop_read(max_packets)
            if ended or not self._ahead:
                break
        if self.gather_s and not ended:
            time.sleep(self.gather_s)
        return ended

    def _sock_recv(self, bufsize: int) -> bytes:
        if not self._ahead:
            self._ahead = super()._sock_recv(max(bufsize, _READ))
        given, self._ahead = self._ahead[:bufsize], self._ahead[bufsize:]
        return given

    def _create_socket_connection(self) -> socket.socket:
        self._ahead = b""
        trouble = OSError(f"no address of {self._host}")
        for family, kind, protocol, _, address in socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM):
            line = socket.socket(family, kind, protocol)
            try:
                line.settimeout(self._connect_timeout)
                for option, value in _RADIO.items():
                    with contextlib.suppress(OSError):  # a system without it: then as it likes
                        line.setsockopt(socket.IPPROTO_TCP, option, value)
                line.connect(address)
            except OSError as error:
                line.close()
                trouble = error
                continue
            return line
        raise trouble


class MqttLink:
    """One connection. Thread-safe: every method may be called from any thread."""

    def __init__(
        self, broker: Broker, client_id: str, topics: Sequence[str], will: Letter | None = None, *,
        gather: float = 0.0, wished: Sequence[str] = (),
    ) -> None:  # fmt: skip
        """gather: s that messages may wait for each other, which spares a thread that hears many.

        wished: topics that it can do without; a broker may end the connection of who asks for what it may not hear.
        """
        self.counts: Counter[str] = Counter()
        self._broker = broker
        self._topics = [(topic, 1) for topic in topics]
        self._wished = [(topic, 0) for topic in wished]
        self._wish: int | None = None
        self._wishes_left: float = _WISHES
        self._inbox: deque[Received] = deque(maxlen=_INBOX)
        self._ready = threading.Event()
        self._connects = 0
        self._trouble = ""
        self._refused = False
        self._last: mqtt.MQTTMessageInfo | None = None
        self._subscription: int | None = None
        client = _Client(CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=True)
        client.gather_s = gather
        client.on_connect, client.on_disconnect = self._on_connect, self._on_disconnect
        client.on_connect_fail = self._on_connect_fail
        client.on_subscribe, client.on_message = self._on_subscribe, self._on_message
        client.reconnect_delay_set(*_RECONNECT_S)
        client.max_queued_messages_set(1000)
        if broker.user:
            client.username_pw_set(broker.user, broker.password)
        self._context = _tls(broker) if broker.ca else None
        if self._context is not None:
            client.tls_set_context(self._context)
        if will is not None:
            client.will_set(will.topic, will.payload, 1, retain=will.retain)
        self._client = client

    def start(self) -> None:
        """Begin to connect; it goes on trying by itself."""
        self._client.connect_async(self._broker.host, self._broker.port, KEEPALIVE_S)
        self._client.loop_start()

    def read_again(self) -> None:
        """Take our certificate as its files are now, from the next connection on. Raises OSError, what it had stays."""
        if self._context is not None and self._broker.certificate:
            _show(self._context, self._broker)

    def close(self) -> None:
        """Say good-bye and end the thread; what went with QoS 1 is given a second to be confirmed."""
        if self._last is not None and self._client.is_connected():
            with contextlib.suppress(RuntimeError, ValueError):
                self._last.wait_for_publish(_FAREWELL_S)
        self._client.disconnect()
        self._client.loop_stop()

    @property
    def ready(self) -> bool:
        """Connected, with all subscriptions confirmed."""
        return self._ready.is_set()

    @property
    def connects(self) -> int:
        """How often it has become ready: who sees this grow must say ONLINE again."""
        return self._connects

    @property
    def settled(self) -> bool:
        """The broker has confirmed the last message that went with QoS 1."""
        try:
            return self._last is None or self._last.is_published()
        except (RuntimeError, ValueError):  # it could not be sent
            return True

    @property
    def trouble(self) -> str:
        """Why there is no connection, in words; "" while there is one, and before anything is known."""
        return self._trouble

    @property
    def address(self) -> str:
        """Our address on the way to the broker, "" while there is no connection."""
        line: Any = self._client.socket() if self.ready else None
        try:
            return str(line.getsockname()[0]) if line is not None else ""
        except (OSError, ValueError):  # it ends this moment
            return ""

    @property
    def clogged(self) -> bool:
        """Whether more was sent than a state or two that the broker's computer has not acknowledged.

        What is sent then comes late, and what comes after it later still: of states only the newest is worth sending.
        """
        line, count = self._client.socket(), bytearray(4)
        if line is None:
            return False
        try:
            fcntl.ioctl(line.fileno(), termios.TIOCOUTQ, count)
        except (OSError, ValueError):  # closed by paho's thread meanwhile
            return False
        return int.from_bytes(count, sys.byteorder) > _CLOGGED

    def wait_ready(self, seconds: float) -> bool:
        """Wait until it is ready."""
        return self._ready.wait(seconds)

    def send(self, letter: Letter | PlainLetter) -> bool:
        """Send a message now; False when there is no connection: then it is dropped."""
        if not self._client.is_connected():
            self.counts["dropped"] += 1
            return False
        self.counts["sent"] += 1
        info = self._client.publish(letter.topic, letter.payload, letter.qos, letter.retain)
        self._last = info if letter.qos else self._last
        return info.rc == 0

    def take(self) -> list[Received]:
        """Return what has come since the last call, oldest first."""
        taken = []
        while self._inbox:
            taken.append(self._inbox.popleft())
        return taken

    def _on_connect(self, client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self.counts[f"refused: {reason}"] += 1
            self._trouble = f"it refuses us: {reason}"
            self._refused = True  # the connection ends next, and that says less
            return
        self.counts["connected"] += 1
        if self._topics:
            self._subscription = client.subscribe(self._topics)[1]
        else:
            self._set_ready()

    def _on_subscribe(self, client: mqtt.Client, _data: Any, mid: int, _reasons: Any, _properties: Any) -> None:
        if mid == self._wish:
            self._wish, self._wishes_left = None, math.inf
        if mid == self._subscription:
            self._set_ready()
            if self._wished and self._wishes_left > 0:
                self._wish = client.subscribe(self._wished)[1]

    def _set_ready(self) -> None:
        self._connects += 1
        self._trouble = ""
        self._ready.set()

    def _on_connect_fail(self, _client: mqtt.Client, _data: Any) -> None:
        self._trouble = str(sys.exc_info()[1] or "no connection")[:200]  # paho calls it while it handles the error

    def _on_disconnect(self, _client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        refused, self._refused = self._refused, False
        if not self._ready.is_set() and not refused:
            # With TLS 1.3 a refused certificate shows only here, as a connection that ends at once.
            why = "is our certificate revoked, or of another authority?" if self._broker.certificate else ""
            self._trouble = f"it ends the connection before it lets us in ({reason}){': ' if why else ''}{why}"
        if self._wish is not None:
            self._wish, self._wishes_left = None, self._wishes_left - 1
        self._ready.clear()
        self.counts["disconnected"] += 1

    def _on_message(self, _client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        self.counts["received"] += 1
        if len(self._inbox) == _INBOX:
            self.counts["overrun"] += 1
        self._inbox.append(Received(message.topic, bytes(message.payload), bool(message.retain)))


def _tls(broker: Broker) -> ssl.SSLContext:
    """Return a context that trusts the site's own authority only and shows our certificate."""
    try:
        context = trusting(broker.ca)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if broker.certificate:
            _show(context, broker)
    except (OSError, ssl.SSLError) as error:
        raise AmrError("mqtt.unreachable", broker=f"{broker.host}:{broker.port}", reason=str(error)) from None
    return context


def _show(context: ssl.SSLContext, broker: Broker) -> None:
    context.load_cert_chain(Path(broker.certificate), Path(broker.key or broker.certificate))
