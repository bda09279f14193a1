"""Journal entries -> EPCIS events. Streaming: it remembers only open orders and what robots have on board.

order_picked: AssociationEvent ADD, the robot (parent) has the load (child), loading. order_done: DELETE, storing in a
block or rack, else unloading. order_evidence: ObjectEvent OBSERVE, inspecting. cargo_held: holding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from amr_fleet.domain.events import JournalEntry
from amr_fleet.epcis.event_hash import event_id
from amr_fleet.epcis.names import Gs1Names

CONTEXT: Final = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
OFFSET: Final = "+07:00"
KINDS: Final = frozenset(
    {"order_created", "order_picked", "order_done", "order_cancelled", "order_failed", "order_evidence", "cargo_held"}
)
"""The journal kinds that an event can come from or needs."""

_STORES: Final = frozenset({"block", "rack"})
Event = dict[str, Any]


class EpcisMapper:
    """`take` every entry of KINDS in journal order.

    local: fleet seconds -> ISO 8601 with +07:00. place_kinds: place -> dock, block ...; places that are not in it are
    not named. load: load id -> the number to publish (a pseudonym, or itself).
    """

    def __init__(
        self, names: Gs1Names, local: Callable[[float], str], place_kinds: Mapping[str, str],
        load: Callable[[str], str] = lambda load_id: load_id,
    ) -> None:  # fmt: skip
        self._names, self._local, self._kinds, self._load = names, local, place_kinds, load
        self._orders: dict[str, tuple[str, str]] = {}
        self._on_board: dict[str, str] = {}

    def take(self, entry: JournalEntry) -> Iterator[Event]:
        """Yield the events that the entry stands for: none or one."""
        if entry.kind == "order_created":
            load_id = str(entry.facts.get("load_id") or "")
            if load_id:
                self._orders[entry.order_id] = (load_id, str(entry.facts.get("pick_place") or ""))
            return
        if entry.kind == "cargo_held":
            yield self._observed(entry, str(entry.facts.get("load_id") or ""), "holding", "")
            return
        load_id, pick = self._orders.get(entry.order_id, ("", ""))
        if not load_id:
            return
        place = str(entry.facts.get("place") or "")
        if entry.kind == "order_picked":
            if self._on_board.get(entry.robot) != load_id:
                self._on_board[entry.robot] = load_id
                yield self._moved(entry, load_id, "ADD", "loading", place or pick)
        elif entry.kind == "order_evidence":
            yield self._observed(entry, load_id, "inspecting", "" if entry.robot in self._on_board else pick)
        elif entry.kind == "order_done":
            del self._orders[entry.order_id]
            self._on_board.pop(entry.robot, None)
            step = "storing" if self._kinds.get(place) in _STORES else "unloading"
            yield self._moved(entry, load_id, "DELETE", step, place)
        else:
            del self._orders[entry.order_id]

    def _moved(self, entry: JournalEntry, load_id: str, action: str, step: str, place: str) -> Event:
        event: Event = {
            "type": "AssociationEvent", **self._when(entry),
            "parentID": self._names.robot(entry.robot), "childEPCs": [self._names.load(self._load(load_id))],
            "action": action, "bizStep": step, "disposition": "in_transit" if action == "ADD" else "in_progress",
        }  # fmt: skip
        return self._finished(event, place)

    def _observed(self, entry: JournalEntry, load_id: str, step: str, place: str) -> Event:
        event: Event = {
            "type": "ObjectEvent", **self._when(entry), "epcList": [self._names.load(self._load(load_id))],
            "action": "OBSERVE", "bizStep": step, "disposition": "in_progress",
        }  # fmt: skip
        return self._finished(event, place)

    def _when(self, entry: JournalEntry) -> Event:
        return {"eventTime": self._local(entry.t), "eventTimeZoneOffset": OFFSET}

    def _finished(self, event: Event, place: str) -> Event:
        if place in self._kinds:
            event["readPoint"] = {"id": self._names.place(place)}
            event["bizLocation"] = {"id": self._names.place(place)}
        return {"type": event["type"], "eventID": event_id(event), **event}


def document_head(created: str) -> str:
    """Return the text of an EPCIS document up to its first event; TAIL ends it. created: ISO 8601."""
    return (
        f'{{"@context":["{CONTEXT}"],"type":"EPCISDocument","schemaVersion":"2.0","creationDate":"{created}",'
        '"epcisBody":{"eventList":['
    )


DOCUMENT_TAIL: Final = "]}}\n"
