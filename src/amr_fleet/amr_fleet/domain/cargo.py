"""The register of cargo: what each load is, where it is, who carried it; a fold of the journal."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import cast

from amr_fleet.cargo_views import Cargo, CargoReading, CargoView, CargoWord, CustodyLeg
from amr_fleet.domain.events import JournalEntry
from amr_fleet.domain.undo import Undo, noted_dict
from amr_fleet.fact_fields import value_of
from amr_fleet.vocabulary import LoadWord, Match, ReadingKind

_MOST_READINGS = 50


@dataclass
class CargoRegister:
    """All loads that an order named. version counts up with each change."""

    loads: dict[str, CargoView] = field(default_factory=dict)
    version: int = 0
    keys: dict[str, str] = field(default_factory=dict)  # of what was said -> order
    _of_order: dict[str, tuple[str, str]] = field(default_factory=dict)  # its load, and where it takes that
    _last: dict[str, str] = field(default_factory=dict)

    @classmethod
    def noted(cls, undo: Undo) -> CargoRegister:
        """Return an empty one that can be put back."""
        made = cls()
        made.loads, made.keys, made._of_order, made._last = (noted_dict(undo) for _ in range(4))
        return made

    def held(self, load_id: str) -> bool:
        """Return whether customs hold the load."""
        load = self.loads.get(load_id)
        return load is not None and load.cargo.customs_hold

    def apply(self, entry: JournalEntry) -> None:
        """Take over an entry about an order or about cargo."""
        if entry.kind == "order_created":
            self._created(entry)
        elif entry.kind == "cargo_stocked":
            self._stocked(entry)
        elif entry.kind in ("cargo_held", "cargo_released"):
            self._hold(entry)
        elif entry.kind == "order_evidence" and entry.order_id in self._of_order:
            self._read(self.loads[self._of_order[entry.order_id][0]], entry)
        elif entry.kind == "order_said":
            self._said(entry)
        elif entry.kind in _LEG_KINDS and entry.order_id in self._of_order:
            self._leg(entry, *self._of_order[entry.order_id])

    def _created(self, entry: JournalEntry) -> None:
        load_id = str(entry.facts.get("load_id") or "")
        if not load_id:
            return
        place = str(entry.facts["pick_place"])
        self._of_order[entry.order_id] = (load_id, place)
        self._last[load_id] = entry.order_id
        cargo, old = value_of(Cargo, entry.facts, "cargo_"), self.loads.get(load_id)
        if old is None:
            self._put(CargoView(load_id=load_id, cargo=cargo, place=place, robot="", since=entry.t, legs=()))
        else:
            # Who says no weight or type knows none.
            weight, kind = cargo.weight_kg or old.cargo.weight_kg, cargo.load_type or old.cargo.load_type
            nothing = cargo == Cargo(weight_kg=cargo.weight_kg, load_type=cargo.load_type)  # of what the load is
            hold = cargo.customs_hold or old.cargo.customs_hold  # lifted by a person, never by the next order
            new = old.cargo if nothing else replace(cargo, customs_hold=hold)
            new = replace(new, weight_kg=weight, load_type=kind)
            if new != old.cargo:
                self._put(replace(old, cargo=new))

    def _hold(self, entry: JournalEntry) -> None:
        load = self.loads[str(entry.facts["load_id"])]
        self._put(replace(load, cargo=replace(load.cargo, customs_hold=entry.kind == "cargo_held")))

    def _stocked(self, entry: JournalEntry) -> None:
        load_id, place = str(entry.facts["load_id"]), str(entry.facts["place"])
        old = self.loads.get(load_id)
        if old is None:
            new = CargoView(load_id=load_id, cargo=Cargo(kind="pallet"), place=place, robot="", since=entry.t, legs=())
            self._put(new)
        else:
            self._put(replace(old, place=place, robot="", since=entry.t))

    def _leg(self, entry: JournalEntry, load_id: str, origin: str) -> None:
        load = self.loads[load_id]
        if entry.kind == "order_picked":
            # The robot took it where its order says, which is not where the book has a load that was misplaced.
            place = load.place if entry.facts.get("found_on_board") else origin
            leg = CustodyLeg(order_id=entry.order_id, robot=entry.robot, from_place=place, picked=entry.t)
            self._put(replace(load, place="", robot=entry.robot, since=entry.t, legs=(*load.legs, leg)))
        elif load.robot and entry.kind == "order_done":
            place = str(entry.facts.get("place") or "")
            leg = replace(load.legs[-1], to_place=place, dropped=entry.t)
            self._put(replace(load, place=place, robot="", since=entry.t, legs=(*load.legs[:-1], leg)))

    def last_order(self, load_id: str) -> str:
        """Return the newest order of a load, "" when there was none."""
        return self._last.get(load_id, "")

    def _read(self, load: CargoView, entry: JournalEntry) -> None:
        f = entry.facts
        reading = CargoReading(
            t=entry.t, order_id=entry.order_id, kind=cast(ReadingKind, f["read"]), value=str(f["value"]),
            valid=bool(f["valid"]), match=cast(Match, f["match"]),
            size_type=str(f["size_type"]), source=str(f["source"]),
        )  # fmt: skip
        self._put(replace(load, readings=(*load.readings, reading)[-_MOST_READINGS:]))

    def _said(self, entry: JournalEntry) -> None:
        f = entry.facts
        self.keys.update({str(f["key"]): entry.order_id} if f["key"] else {})
        load = self.loads.get(self._of_order.get(entry.order_id, ("", ""))[0])
        if load is None:
            return
        word = CargoWord(
            at=float(f["at"] or 0.0), order_id=entry.order_id, said=cast(LoadWord, f["said"]), place=str(f["place"]),
            user=str(f["user"]), read=str(f["read"]), text=str(f["text"]), photos=tuple(str(f["photos"]).split()),
        )  # fmt: skip
        load = replace(load, said=(*load.said, word)[-_MOST_READINGS:])
        gone = word.said == "taken" and load.place == word.place
        self._put(replace(load, place="", since=word.at) if gone else load)

    def _put(self, load: CargoView) -> None:
        self.loads[load.load_id] = load
        self.version += 1


_LEG_KINDS = ("order_picked", "order_done")
