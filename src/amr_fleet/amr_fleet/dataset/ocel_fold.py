"""Journal entries -> events and objects of the OCEL log. Only open orders are remembered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from amr_core.errors import ERRORS
from amr_fleet.dataset.alarm_rows import ended_by_person, source_of
from amr_fleet.dataset.ocel_file import OcelFile, Relation
from amr_fleet.dataset.ocel_model import EVENT_TYPES
from amr_fleet.dataset.release import SYSTEMS, Cell, DatasetRelease, number
from amr_fleet.dataset.schema import MISSION_RESULTS
from amr_fleet.domain.events import JournalEntry
from amr_fleet.vocabulary import ALARM_CODES, MISSION_KINDS

KINDS: Final = frozenset({*EVENT_TYPES, "order_changed", "alarm_acked"})
_ENDS: Final = frozenset({"order_done", "order_cancelled", "order_failed"})
_CODES: Final = frozenset({*ERRORS, *ALARM_CODES})
_WORDS: Final = frozenset(
    {*MISSION_KINDS, "sscc", "container", "code", "yes", "no", "unknown", "closed", "hold", "slow"}
)


@dataclass
class _Known:
    load: str
    container: str
    pick: str
    drop: str
    kind: str
    priority: int


@dataclass
class OcelFold:
    """`take` entries of KINDS in journal order, also those before the period, which become no events."""

    release: DatasetRelease
    file: OcelFile
    chargers: frozenset[str]
    _orders: dict[str, _Known] = field(default_factory=dict)
    _zones: dict[str, str] = field(default_factory=dict)
    _acked: dict[str, float] = field(default_factory=dict)

    def start(self) -> None:
        """Add what is there before anything happens: robots, stations, chargers."""
        for name, model in self.release.robots.items():
            self.file.add_object("robot", f"robot:{name}", {"model": model})
        for place, kind in self.release.places.items():
            self.file.add_object("station", f"station:{place}", {"kind": kind})
        for charger in sorted(self.chargers):
            self.file.add_object("charger", f"charger:{charger}", {})

    def take(self, entry: JournalEntry) -> None:
        """Take over one entry."""
        f, r = entry.facts, self.release
        if entry.kind == "order_created":
            self._orders[entry.order_id] = _Known(
                str(f.get("load_id") or ""), str(f.get("cargo_container") or ""), str(f.get("pick_place") or ""),
                str(f.get("drop_place") or ""), str(f.get("cargo_kind") or ""), int(number(f.get("priority"))),
            )  # fmt: skip
        elif entry.kind == "alarm_acked":
            self._acked[str(f.get("alarm"))] = entry.t
            return
        if r.stretch.holds(entry.t):
            relations = list(self._about(entry))
            time = self._time(entry)
            if entry.kind == "order_changed":
                self._changed(entry, time)
            else:
                self.file.add_event(entry.kind, time, self._attributes(entry), relations)
                self._moved(entry, time)
        if entry.kind in _ENDS:
            self._orders.pop(entry.order_id, None)

    def _time(self, entry: JournalEntry) -> str:
        """Return when it was; what a person did only to the hour."""
        user = str(entry.facts.get("user") or "")
        if entry.kind == "alarm_cleared":
            by_person = ended_by_person(self._acked.pop(str(entry.facts.get("alarm")), None), entry.t)
        else:
            kinds = ("order_cancelled", "order_changed", "zone_set", "zone_cleared")
            by_person = entry.kind in kinds and user not in SYSTEMS
        t = self.release.coarse(entry.t) if by_person else entry.t
        return self.release.published.utc(t).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _about(self, entry: JournalEntry) -> Iterator[Relation]:
        if entry.order_id:
            yield from self._order(entry.order_id, entry.kind)
        if entry.robot:
            name = self.release.robot(entry.robot)
            self.file.add_object("robot", f"robot:{name}", {})
            carries = entry.kind in ("order_picked", "order_done")
            yield f"robot:{name}", "carrier" if carries else "robot"
        if entry.kind.startswith("mission_"):
            yield from self._mission(entry)
        elif entry.kind.startswith("zone_"):
            yield from self._zone(entry)

    def _order(self, order_id: str, kind: str) -> Iterator[Relation]:
        r, known = self.release, self._orders.get(order_id)
        name = str(r.order(order_id))
        if known is None:
            self.file.add_object("order", name, {})
            yield name, "order"
            return
        load = f"load:{r.names.sscc(known.load)}" if known.load else ""
        box = r.names.name("container", known.container)
        if box:
            self.file.add_object("container", box, {})
        if load:
            cargo = known.kind if f"kind:{known.kind}" in r.kept else "other"
            place = r.place(known.pick)
            self.file.add_object("load", load, {"place": place, "kind": cargo}, [(box, "container")] if box else [])
        ends = [(p, q) for p, q in ((known.pick, "from"), (known.drop, "to")) if p in r.places]
        stations = [(f"station:{place}", q) for place, q in ends]
        parts = [*stations, *([(load, "load")] if load else [])]
        self.file.add_object("order", name, {"priority": known.priority}, parts)
        yield name, "order"
        yield from parts
        if box and kind == "order_created":
            yield box, "container"

    def _mission(self, entry: JournalEntry) -> Iterator[Relation]:
        mission = f"mission:{self.release.names.name('mission', str(entry.facts.get('mission')))}"
        kind = str(entry.facts.get("kind") or "")
        self.file.add_object("mission", mission, {"kind": kind if kind in MISSION_KINDS else None})
        yield mission, "mission"
        if (goal := str(entry.facts.get("goal") or "")) in self.chargers:
            yield f"charger:{goal}", "to"

    def _zone(self, entry: JournalEntry) -> Iterator[Relation]:
        zone = str(entry.facts.get("zone"))
        if entry.kind == "zone_set":
            self._zones[zone] = self.release.names.name("zone", f"{zone} {entry.t}")
        name = self._zones.get(zone) or self.release.names.name("zone", zone)
        if entry.kind == "zone_cleared":
            self._zones.pop(zone, None)
        self.file.add_object("zone", name, {"kind": _word(entry.facts.get("zone_kind"))})
        yield name, "zone"

    def _changed(self, entry: JournalEntry, time: str) -> None:
        known = self._orders.get(entry.order_id)
        if known is not None and "priority" in entry.facts:
            name = str(self.release.order(entry.order_id))
            self.file.change("order", name, time, "priority", int(number(entry.facts.get("priority"))))

    def _moved(self, entry: JournalEntry, time: str) -> None:
        known = self._orders.get(entry.order_id)
        if known is None or not known.load or entry.kind not in ("order_picked", "order_done"):
            return
        place = f"robot:{self.release.robot(entry.robot)}"
        if entry.kind == "order_done":
            place = self.release.place(entry.facts.get("place"))
        self.file.change("load", f"load:{self.release.names.sscc(known.load)}", time, "place", place)

    def _attributes(self, entry: JournalEntry) -> dict[str, Cell]:
        f = entry.facts
        found: dict[str, Cell] = {}
        for name in EVENT_TYPES[entry.kind]:
            if name in ("off", "turn"):
                found[name] = number(f[name]) if name in f else None
            elif name == "priority":
                found[name] = int(number(f.get(name)))
            elif name == "code":
                found[name] = str(f.get("code")) if f.get("code") in _CODES else "other"
            elif name == "result":
                found[name] = str(f.get("why")) if f.get("why") in MISSION_RESULTS else "other"
            elif name == "source":
                found[name] = source_of(dict(f))
            elif name == "valid":
                found[name] = bool(f.get("valid"))
            else:
                found[name] = _word(f.get("zone_kind" if entry.kind == "zone_set" else name))
        return found


def _word(value: object) -> str | None:
    return str(value) if value in _WORDS else None
