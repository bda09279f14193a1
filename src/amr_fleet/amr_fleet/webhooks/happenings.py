"""What of the journal becomes an event for others, and how it is said.

An event's id is made of its entry, so the same entry has the same id however often it is sent: receivers drop an id
that they have seen. `seq` in it grows over all events of a site. Each event is of a line, its order or robot, in
which the outbox keeps the order.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from amr_fleet.domain.events import JournalEntry
from amr_fleet.fleet_time import LOCAL, UNIX
from amr_fleet.store.outgoing import OutgoingEvent
from amr_fleet.webhooks.settings import EventType

_PLAIN: Final[Mapping[str, EventType]] = {
    "order_created": "order.created", "order_assigned": "order.assigned", "order_picked": "order.picked",
    "order_done": "order.delivered", "order_failed": "order.failed", "order_cancelled": "order.cancelled",
    "order_held": "order.held", "order_released": "order.released", "order_requeued": "order.requeued",
    "robot_offline": "robot.unavailable", "robot_stopped": "robot.unavailable",
}  # fmt: skip
_CHANGED: Final = "order_changed"
KINDS: Final = (*_PLAIN, "order_evidence", "alarm_raised", _CHANGED)
"""Kinds of entries that may become events, and the one that changes what events say of an order."""
_OF_THE_ORDER: Final = ("reference", "load_id", "pick_place", "drop_place", "cutoff", "priority")
_OF_THE_ENTRY: Final = ("place", "code", "off", "turn", "read", "value", "match", "minutes", "kind", "mode", "station")
_MOST_ORDERS: Final = 5000


class Narrator:
    """Says entries as events. history: returns the journal's entries of one order."""

    def __init__(self, site: str, history: Callable[[str], list[JournalEntry]]) -> None:
        """site: its id."""
        self._site, self._history = site, history
        self._orders: dict[tuple[str, str], dict[str, Any]] = {}  # targets read at their own pace

    def event(self, target: str, seq: int, entry: JournalEntry, now: float) -> OutgoingEvent | None:
        """Return entry seq as an event, None when it is none. now: Unix seconds."""
        kind = event_type(entry)
        if kind is None:
            known = self._orders.get((target, entry.order_id))
            if entry.kind == _CHANGED and known is not None:
                known |= _changes(entry)
            return None
        order_id = entry.order_id or str(entry.facts.get("order_id") or "")
        at = datetime.fromtimestamp(entry.t if entry.t >= UNIX else now, UTC)
        data: dict[str, Any] = {"seq": seq, "site": self._site, "fleet_t": round(entry.t, 3)}
        data |= {"site_time": at.astimezone(LOCAL).isoformat(timespec="milliseconds")}
        data |= {"order_id": order_id, "robot": entry.robot}
        if order_id:
            data |= self._order(target, order_id, entry)
        data |= {name: entry.facts[name] for name in _OF_THE_ENTRY if name in entry.facts}
        body = {"type": kind, "timestamp": at.isoformat(timespec="milliseconds"), "data": data}
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        line = f"order:{order_id}" if order_id else f"robot:{entry.robot}"
        return OutgoingEvent(target, event_id(self._site, seq, entry), kind, line, text, at=now)

    def _order(self, target: str, order_id: str, entry: JournalEntry) -> dict[str, Any]:
        known = self._orders.get((target, order_id))
        if known is None:
            entries = [entry] if entry.kind == "order_created" else self._history(order_id)
            created = next((e.facts for e in entries if e.kind == "order_created"), {})
            known = {name: created.get(name) for name in _OF_THE_ORDER}
            for one in entries[: entries.index(entry) if entry in entries else None]:
                known |= _changes(one) if one.kind == _CHANGED else {}
            if len(self._orders) >= _MOST_ORDERS:
                del self._orders[next(iter(self._orders))]
            self._orders[target, order_id] = known
        return known


def _changes(entry: JournalEntry) -> dict[str, Any]:
    return {name: entry.facts[name] for name in _OF_THE_ORDER if name in entry.facts}


def event_type(entry: JournalEntry) -> EventType | None:
    """Return what an entry is to others, None = nothing."""
    if entry.kind == "order_evidence":
        return "load.mismatch" if entry.facts.get("match") == "no" else "load.seen"
    if entry.kind == "alarm_raised":
        return "order.late" if entry.facts.get("code") == "alarm.order_late" else None
    return _PLAIN.get(entry.kind)


def event_id(site: str, seq: int, entry: JournalEntry) -> str:
    """Return an id that only this entry has, and always."""
    said = json.dumps([site, seq, entry.t, entry.kind, entry.order_id, entry.robot, dict(entry.facts)], sort_keys=True)
    return f"evt_{hashlib.sha256(said.encode()).hexdigest()[:32]}"
