"""What a message says, and how it waits in the outbox: in words for people, as facts for programs."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

from amr_core.errors import AmrError
from amr_fleet.domain.alarms import CALLED
from amr_fleet.escalation.engine import Notice
from amr_fleet.fleet_time import LOCAL
from amr_fleet.ports import AlarmView
from amr_fleet.report.texts import TEXTS, Lang, ReportTexts
from amr_fleet.store.outgoing import OutgoingEvent

PREFIX: Final = "escalation:"
"""Before the names of channels in the outbox, which webhooks share on PostgreSQL."""
MessageKind = Literal["escalation.alarm", "escalation.test"]
_MOST_LINES: Final = 8
_WORDS: Final[dict[Lang, dict[str, str]]] = {
    "vi": {
        "subject": "[{site}] {count} cảnh báo chưa ai nhận: {first}",
        "line": "{what}, {minutes} phút", "more": "và {n} cảnh báo nữa",
        "end": "Mở trang Cần xử lý và bấm: Tôi nhận việc này.", "order": "đơn {order}",
        "test": "[{site}] Tin thử", "test_text": "Tin thử do {user} gửi. Không có cảnh báo nào.",
        "push_test": "Máy này nhận được cảnh báo. Không có cảnh báo nào.",
    },
    "en": {
        "subject": "[{site}] {count} alarms that nobody took: {first}",
        "line": "{what}, {minutes} min", "more": "and {n} more",
        "end": "Open the dashboard and press: I take this.", "order": "order {order}",
        "test": "[{site}] Test message", "test_text": "A test that {user} sent. There is no alarm.",
        "push_test": "This device is told of alarms. There is none now.",
    },
}  # fmt: skip


@dataclass(frozen=True)
class AlarmMessage:
    """What one person gets, or a program (person ""). facts: for programs; keys, alarms: see engine.Notice."""

    kind: MessageKind
    person: str
    subject: str
    text: str
    facts: dict[str, Any]
    keys: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()

    def event(self, channel: str, now: float) -> OutgoingEvent:
        """Return it as the outbox keeps it (now: Unix seconds)."""
        kept = {
            "person": self.person, "subject": self.subject, "text": self.text, "facts": self.facts,
            "keys": self.keys, "alarms": self.alarms,
        }  # fmt: skip
        said = json.dumps([self.kind, channel, self.person, self.keys or now], ensure_ascii=False)
        event_id = f"evt_{hashlib.sha256(said.encode()).hexdigest()[:32]}"
        # A line of its own: a message that is not taken must hold up no other.
        body = json.dumps(kept, ensure_ascii=False)
        return OutgoingEvent(PREFIX + channel, event_id, self.kind, f"{self.person}:{event_id}", body, at=now)


def message_of(event: OutgoingEvent) -> AlarmMessage:
    """Return a message as it was kept. Raises store.failed."""
    try:
        kept = json.loads(event.body)
        kind: MessageKind = "escalation.test" if event.type == "escalation.test" else "escalation.alarm"
        return AlarmMessage(
            kind, str(kept["person"]), str(kept["subject"]), str(kept["text"]), dict(kept["facts"]),
            tuple(map(str, kept["keys"])), tuple(map(str, kept["alarms"])),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError) as error:
        raise AmrError("store.failed", reason=f"message {event.row} cannot be read") from error


def escalated(notice: Notice, site: str, lang: Lang, now: float, fleet_t: float) -> AlarmMessage:
    """Return the message of a notice. now: Unix seconds; fleet_t: s."""
    words = _WORDS[lang]
    lines = [
        words["line"].format(what=_what(alarm, lang), minutes=max(0, int((fleet_t - alarm.reason.since) / 60.0)))
        for alarm in notice.alarms[:_MOST_LINES]
    ]
    more = len(notice.alarms) - len(lines)
    subject = words["subject"].format(site=site, count=len(notice.alarms), first=_what(notice.alarms[0], lang))
    text = "\n".join([*lines, *([words["more"].format(n=more)] if more else []), words["end"]])
    facts = _facts("escalation.alarm", site, now) | {
        "step": notice.step,
        "alarms": [
            {
                "alarm": alarm.alarm_id, "code": alarm.reason.code, "robot": alarm.robot, "order_id": alarm.order_id,
                "about": _thing(alarm), "since": alarm.reason.since,
            }
            for alarm in notice.alarms
        ],
    }  # fmt: skip
    ids = tuple(alarm.alarm_id for alarm in notice.alarms)
    return AlarmMessage("escalation.alarm", notice.person, subject, text, facts, notice.keys, ids)


def tried(person: str, user: str, site: str, lang: Lang, now: float, device: str = "") -> AlarmMessage:
    """Return a message that says that it is a test. device: the browser of user that it is for, "" = by address."""
    words = _WORDS[lang]
    subject, text = words["test"].format(site=site), words["test_text"].format(user=user)
    facts = _facts("escalation.test", site, now) | ({"account": user, "device": device} if device else {})
    return AlarmMessage("escalation.test", person, subject, text, facts)


def push_text(message: AlarmMessage, lang: Lang) -> str:
    """Return what a browser shows below the subject: nobody's name, whoever looks at the screen."""
    return _WORDS[lang]["push_test"] if message.kind == "escalation.test" else message.text


def _facts(kind: MessageKind, site: str, now: float) -> dict[str, Any]:
    at = datetime.fromtimestamp(now, UTC)
    local = at.astimezone(LOCAL).isoformat(timespec="seconds")
    return {"type": kind, "timestamp": at.isoformat(timespec="milliseconds"), "site": site, "site_time": local}


def _what(alarm: AlarmView, lang: Lang) -> str:
    """Return an alarm in a few words; one without words of its own is told by its code."""
    name = TEXTS[lang].get(alarm.reason.code, alarm.reason.code)
    order = _WORDS[lang]["order"].format(order=alarm.order_id) if alarm.order_id else ""
    about = " ".join(part for part in (ReportTexts.robot(alarm.robot), order, _thing(alarm)) if part)
    return f"{name}: {about}" if about else name


def _thing(alarm: AlarmView) -> str:
    """Return the camera, door, lift ... that an alarm is about, or ""."""
    return next((str(alarm.reason.facts[name]) for name in CALLED if name in alarm.reason.facts), "")
