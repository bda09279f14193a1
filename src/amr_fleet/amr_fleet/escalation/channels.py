"""One try on one channel: mail server, HTTP gateway, webhook. Each ends within its time limit and never raises."""

from __future__ import annotations

import http.client
import json
import re
import smtplib
import socket
from collections.abc import Callable
from dataclasses import replace
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import formatdate
from typing import Final
from urllib.parse import urlencode

from pydantic import JsonValue

from amr_core.errors import AmrError
from amr_core.identity.tls import trusting
from amr_fleet.escalation.messages import AlarmMessage
from amr_fleet.escalation.settings import EmailChannel, HttpChannel, WebhookChannel, secret
from amr_fleet.store.outgoing import OutgoingEvent
from amr_fleet.webhooks.delivery import DeliveryOutcome, connect, deliver, judged, post, secured, time_limit
from amr_fleet.webhooks.guard import allowed_addresses

_PLACE: Final = re.compile(r"\{(to|text|subject|id)\}")
_CODES: Final = re.compile(r"(?:\w+ )?(?:\d{3} )?(?:\d\.\d{1,3}\.\d{1,3}(?=\s|$))?")
"""What a reason begins with that is no number of anybody: "SMTP 550 5.1.1"."""
_ADDRESS: Final = re.compile(r"[^\s<>\"'(),;:]+@[^\s<>\"'(),;:]+|\+?\d(?:[ .()/-]{0,2}\d){7,}")
"""An address of e-mail, or eight digits and more as telephones have them."""


def send(
    channel: EmailChannel | HttpChannel | WebhookChannel,
    event: OutgoingEvent,
    message: AlarmMessage,
    to: str,
    now: float,
    *,
    loopback: bool,
) -> DeliveryOutcome:
    """Send a message to an address ("" for a webhook). now: Unix seconds; loopback: this computer may be reached.

    No answer ends a channel for good, HTTP 410 neither: nobody would be told of the next alarm.
    """
    try:
        match channel:
            case WebhookChannel():
                outcome = deliver(channel, replace(event, body=_for_programs(message)), now, loopback=loopback)
            case HttpChannel():
                outcome = _http(channel, event, message, to, loopback)
            case EmailChannel():
                outcome = _email(channel, event, message, to, now, loopback)
    except AmrError as error:
        return DeliveryOutcome("away", f"{error.code}: {error.facts.get('reason', '')}"[:200])
    except (OSError, http.client.HTTPException, smtplib.SMTPException, ValueError) as error:
        said = _without_addresses(f"{type(error).__name__}: {' '.join(str(error).split())}", to)
        return DeliveryOutcome("away", said[:200])
    return replace(outcome, verdict="refused") if outcome.verdict == "gone" else outcome


def _for_programs(message: AlarmMessage) -> str:
    said = {"type": message.kind, "timestamp": message.facts["timestamp"], "data": message.facts}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def _without_addresses(reason: str, to: str) -> str:
    """Return what a server said without whom it was to reach: the page and the log show people by name only."""
    for known in sorted({to, to.partition("@")[0]} - {""}, key=len, reverse=True):
        reason = re.sub(rf"(?<!\w){re.escape(known)}(?!\w)", "…", reason, flags=re.IGNORECASE)
    codes = _CODES.match(reason)
    begin = codes.end() if codes is not None else 0
    return reason[:begin] + _ADDRESS.sub("…", reason[begin:])


# HTTP ---------------------------------------------------------------------------------------------------------------


def _http(
    channel: HttpChannel, event: OutgoingEvent, message: AlarmMessage, to: str, loopback: bool
) -> DeliveryOutcome:
    host = channel.parts.hostname or ""
    addresses = allowed_addresses(host, channel.port, channel.allowed(), loopback=loopback)
    values = {"to": to, "text": message.text, "subject": message.subject, "id": event.event_id}
    filled = {name: _filled(value, values) for name, value in channel.body.items()}
    kind = "application/x-www-form-urlencoded" if channel.form else "application/json"
    body = urlencode({n: str(v) for n, v in filled.items()}) if channel.form else json.dumps(filled, ensure_ascii=False)
    headers = {name: secret(path, channel.name) for name, path in channel.header_files.items()}
    headers |= {"Content-Type": kind, "User-Agent": "amr-escalation/1", "Connection": "close"}
    status, retry_after, said = post(channel, host, addresses, body.encode(), headers)
    outcome = judged(status, retry_after)
    if outcome.verdict == "taken" and channel.expect.encode() not in said:
        return DeliveryOutcome("refused", "the answer does not say that it was taken (expect)")
    return outcome


def _filled(value: JsonValue, values: dict[str, str]) -> JsonValue:
    """Return a value with its places filled in, once: what is filled in is not looked at again."""
    match value:
        case str():
            return _PLACE.sub(lambda found: values[found[1]], value)
        case list():
            return [_filled(one, values) for one in value]
        case dict():
            return {name: _filled(one, values) for name, one in value.items()}
    return value


# E-mail -------------------------------------------------------------------------------------------------------------


class _Smtp(smtplib.SMTP):
    """smtplib on a connection that was made before, to an address that was judged."""

    def __init__(self, channel: EmailChannel, sock: socket.socket) -> None:
        self._given = sock
        super().__init__(channel.host, channel.port, timeout=channel.timeout)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:  # noqa: ARG002  smtplib's own
        return self._given


def _email(
    channel: EmailChannel, event: OutgoingEvent, message: AlarmMessage, to: str, now: float, loopback: bool
) -> DeliveryOutcome:
    addresses = allowed_addresses(channel.host, channel.port, channel.allowed(), loopback=loopback)
    password = secret(channel.password_file, channel.name) if channel.password_file else ""
    mail = _mail(channel, event, message, to, now)
    return _within(channel, addresses, lambda smtp: _speak(smtp, channel, mail, password, to))


def _mail(channel: EmailChannel, event: OutgoingEvent, message: AlarmMessage, to: str, now: float) -> EmailMessage:
    mail = EmailMessage(SMTP_POLICY)
    mail["From"], mail["To"], mail["Date"] = channel.sender, to, formatdate(now)
    mail["Subject"] = " ".join(message.subject.split())[:200]
    # The same each time: a mailbox shows what came twice once.
    mail["Message-ID"] = f"<{event.event_id}@{channel.sender.partition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text, cte="base64")
    return mail


def _within(
    channel: EmailChannel, addresses: list[str], speak: Callable[[smtplib.SMTP], DeliveryOutcome]
) -> DeliveryOutcome:
    """Speak with the server; a time limit is over all of it: TLS, the greeting, and what is said after STARTTLS."""
    tried = addresses[:4]
    sock = connect(tried, channel.port, channel.timeout / max(1, len(tried)))
    try:
        with time_limit(sock, channel.timeout):
            sock.settimeout(channel.timeout)
            if channel.security == "tls":
                sock = secured(sock, channel.host, channel.ca_file)
            smtp = _Smtp(channel, sock)
            try:
                return speak(smtp)
            finally:
                smtp.close()
    finally:
        sock.close()


def _speak(smtp: smtplib.SMTP, channel: EmailChannel, mail: EmailMessage, password: str, to: str) -> DeliveryOutcome:
    smtp.ehlo()
    if channel.security == "starttls":
        smtp.starttls(context=trusting(channel.ca_file))
    if channel.user:
        smtp.login(channel.user, password)
    try:
        smtp.send_message(mail)
    except smtplib.SMTPRecipientsRefused as error:
        return _refused(*next(iter(error.recipients.values())), to)
    except (smtplib.SMTPDataError, smtplib.SMTPSenderRefused) as error:
        return _refused(error.smtp_code, error.smtp_error, to)
    return DeliveryOutcome("taken")


def _refused(code: int, said: bytes | str, to: str) -> DeliveryOutcome:
    """Return what a refusal means: 4xx passes and 5xx is for good, but a person may mend either meanwhile."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return DeliveryOutcome("refused", _without_addresses(f"SMTP {code} {' '.join(text.split())}", to)[:200])
