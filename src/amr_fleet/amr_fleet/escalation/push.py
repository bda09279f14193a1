"""One push message to one browser: encrypted for it alone (RFC 8291), signed for its maker's service (VAPID, RFC 8292).

The service sees when a message goes to which browser and how long it is, and a mark of the alarm; not what it says.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import os
import re
from pathlib import Path
from typing import Annotated, Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import Field

from amr_core.errors import AmrError
from amr_fleet.escalation.messages import AlarmMessage, push_text
from amr_fleet.escalation.settings import PushChannel
from amr_fleet.report.texts import Lang
from amr_fleet.store.notes import write_key
from amr_fleet.store.push_devices import PushDevice
from amr_fleet.webhooks.delivery import DeliveryOutcome, judged, post
from amr_fleet.webhooks.endpoint import HttpEndpoint
from amr_fleet.webhooks.guard import allowed_addresses

TTL_S: Final = 3600
"""s that a service keeps a message for a browser that is away; an alarm that old has other steps."""
LONGEST_ENDPOINT: Final = 1000
# RFC 8292 allows a day; chosen: clocks may differ by minutes, and who gets hold of one has it for an hour
_TOKEN_S: Final = 3600.0
_TITLE, _BODY = 150, 600
_ENDPOINT: Final = re.compile(r"[!-~]+")
_HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_PORT: Final = 443
_NOT_FOUND, _GONE = 404, 410
_POINT, _SECRET = 65, 16


class _Service(HttpEndpoint):
    """Where a browser's messages go."""

    url: Annotated[str, Field(max_length=LONGEST_ENDPOINT)]


class VapidKey:
    """Says to push services who we are. A PEM file (PKCS 8, mode 0600).

    With another key every browser has to be switched on again.
    """

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self._pem = pem
        self.public = b64(
            key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        )

    @classmethod
    def load_or_make(cls, path: Path) -> VapidKey:
        """Read the key in a file, or make both; raise parameter.invalid when the file holds something else."""
        try:
            if not path.exists():
                write_key(path, ec.generate_private_key(ec.SECP256R1()))
            if path.stat().st_mode & 0o077:
                raise ValueError("others can read it: chmod 600")
            key = serialization.load_pem_private_key(path.read_bytes(), password=None)
            if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
                raise ValueError("it is no P-256 key")
        except (OSError, ValueError, TypeError) as error:
            raise AmrError("parameter.invalid", name=path.name, node="fleet", reason=str(error)[:200]) from error
        return cls(key)

    def authorization(self, origin: str, contact: str, now: float) -> str:
        """Return the header for a service (RFC 8292). now: Unix seconds."""
        from joserfc import jwt  # only where push is set up, as http_ece below
        from joserfc.jwk import ECKey

        claims = {"aud": origin, "exp": int(now + _TOKEN_S), "sub": contact}
        token = jwt.encode({"typ": "JWT", "alg": "ES256"}, claims, ECKey.import_key(self._pem))
        return f"vapid t={token}, k={self.public}"


def check(channel: PushChannel, endpoint: str, p256dh: str, auth: str, *, loopback: bool) -> None:
    """Raise request.invalid for what no browser gives: it says where the fleet's computer sends to."""
    _service(channel, endpoint, loopback=loopback)
    _receiver(p256dh)
    if len(_bytes(auth, "auth")) != _SECRET:
        raise _wrong("auth", f"must be {_SECRET} bytes")


def send_one(
    channel: PushChannel, key: VapidKey, device: PushDevice, content: bytes, topic: str, now: float, *, loopback: bool
) -> DeliveryOutcome:
    """Send to one browser (now: Unix seconds); never raises for what the network, the service or a browser gave.

    gone: the browser is told nothing more. Nothing that it says holds the endpoint.
    """
    try:
        service = _service(channel, device.endpoint, loopback=loopback)
        host = service.parts.hostname or ""
        body = encrypted(content, _receiver(device.p256dh), _bytes(device.auth, "auth"))
        addresses = allowed_addresses(host, service.port, channel.allowed(), loopback=loopback)
        origin = f"{service.parts.scheme}://{service.parts.netloc}"
        headers = {
            "Content-Type": "application/octet-stream", "Content-Encoding": "aes128gcm", "TTL": str(TTL_S),
            "Urgency": "high", "Topic": topic, "User-Agent": "amr-escalation/1", "Connection": "close",
            "Authorization": key.authorization(origin, channel.subject, now),
        }  # fmt: skip
        status, retry_after, _ = post(service, host, addresses, body, headers)
    except AmrError as error:
        return DeliveryOutcome("away", f"{error.code}: {error.facts.get('reason', '')}"[:200])
    except (OSError, http.client.HTTPException, ValueError) as error:
        return DeliveryOutcome("away", f"{host}: {type(error).__name__}: {_without(error, device)}"[:200])
    if status in (_NOT_FOUND, _GONE):
        return DeliveryOutcome("gone", f"{host}: HTTP {status}")
    outcome = judged(status, retry_after)
    return DeliveryOutcome(outcome.verdict, f"{host}: {outcome.reason}" if outcome.reason else "", outcome.wait)


def encrypted(content: bytes, receiver: bytes, auth: bytes) -> bytes:
    """Return content for one browser (RFC 8291, one record). receiver: its public key."""
    import http_ece

    once = ec.generate_private_key(ec.SECP256R1())
    made: bytes = http_ece.encrypt(
        content, salt=os.urandom(16), private_key=once, dh=receiver, auth_secret=auth, version="aes128gcm"
    )
    return made


def content_of(message: AlarmMessage, lang: Lang) -> bytes:
    """Return what a browser is to show: the alarms by robot and place, nobody's name."""
    alarm = message.alarms[0] if message.alarms else ""
    said = {
        "title": message.subject[:_TITLE], "body": push_text(message, lang)[:_BODY], "lang": lang, "alarm": alarm,
        "url": f"/attention?alarm={alarm}" if alarm else "/escalation",
    }  # fmt: skip
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def topic_of(message: AlarmMessage, event_id: str) -> str:
    """Return the mark by which a newer message of an alarm takes the place of one that waits at the service."""
    about = message.alarms[0] if message.alarms else event_id
    return b64(hashlib.sha256(about.encode()).digest())[:32]


def b64(raw: bytes) -> str:
    """Return base64 as URLs have it, without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _service(channel: PushChannel, endpoint: str, *, loopback: bool) -> _Service:
    if not _ENDPOINT.fullmatch(endpoint) or len(endpoint) > LONGEST_ENDPOINT:
        raise _wrong("endpoint", f"must be a URL of at most {LONGEST_ENDPOINT} characters")
    try:
        found = _Service(
            name=channel.name, url=endpoint, networks=channel.networks, plain=channel.plain, ca_file=channel.ca_file,
            timeout=channel.timeout,
        )  # fmt: skip
    except ValueError as error:  # pydantic's would show the endpoint
        raise _wrong("endpoint", "must be https://host/path") from error
    host = found.parts.hostname or ""
    if found.parts.scheme != "https" and not (loopback and host in _HERE):
        raise _wrong("endpoint", "must be https://host/path")
    if found.port != _PORT and not loopback:
        raise _wrong("endpoint", f"must be at port {_PORT}")
    if not any(host == service or host.endswith(f".{service}") for service in channel.services):
        raise _wrong("endpoint", f"{host[:100]} is none of the push services that this site uses")
    return found


def _receiver(p256dh: str) -> bytes:
    raw = _bytes(p256dh, "p256dh")
    try:
        if len(raw) != _POINT:
            raise ValueError(p256dh)
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
    except ValueError as error:
        raise _wrong("p256dh", "must be a point of P-256") from error
    return raw


def _bytes(text: str, where: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise _wrong(where, "must be base64url") from error


def _without(error: Exception, device: PushDevice) -> str:
    """Return what failed without the endpoint, whatever library says it."""
    said = " ".join(str(error).split())
    path = device.endpoint.partition("://")[2].partition("/")[2]
    return said.replace(device.endpoint, "…").replace(path, "…") if path else said


def _wrong(where: str, reason: str) -> AmrError:
    return AmrError("request.invalid", where=where, reason=reason)
