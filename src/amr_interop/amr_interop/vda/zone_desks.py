"""Zones of a robot on all levels: a zone set is of one map (3.0, 6.4), so each map has a desk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from amr_interop.vda.floors import Floors
from amr_interop.vda.messages import Factsheet, WireState
from amr_interop.vda.sent import SentBook
from amr_interop.vda.zones import Ask, SiteZone, ZoneDesk


class ZoneDesks:
    """What one robot is told of zones, map by map."""

    def __init__(self, book: SentBook, floors: Floors) -> None:
        self._book = book
        self._floors = floors
        self._desks = [ZoneDesk(book, floor) for floor in floors.floors]
        self.ahead = 0.0
        self._wanted: tuple[SiteZone, ...] | None = None
        self._seen: tuple[WireState | None, list[WireState]] = None, []

    def anew(self) -> ZoneDesks:
        """Return desks for the same zones that have sent nothing yet: another book counts."""
        desks = ZoneDesks(self._book, self._floors)
        desks.wanted, desks.ahead = self._wanted, self.ahead
        return desks

    @property
    def wanted(self) -> tuple[SiteZone, ...] | None:
        """The zones of the fleet now, None while nothing was said of them."""
        return self._wanted

    @wanted.setter
    def wanted(self, zones: tuple[SiteZone, ...] | None) -> None:
        self._wanted = zones
        if len(self._desks) == 1:
            self._desks[0].wanted = zones
            return
        for desk, floor in zip(self._desks, self._floors.floors, strict=True):
            desk.wanted = None if zones is None else tuple(z for z in zones if self._floors.at(*_middle(z)) is floor)

    def step(
        self, now: float, state: WireState, sheet: Factsheet, wait: float, skew: float, ask: Ask
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield topics and messages, see `ZoneDesk.step`."""
        if self._seen[0] is not state:  # the same object each time: desks weigh what is new
            self._seen = state, self._shared(state)
        for desk, part in zip(self._desks, self._seen[1], strict=True):
            desk.ahead = self.ahead
            yield from desk.step(now, part, sheet, wait, skew, ask)

    def _shared(self, state: WireState) -> list[WireState]:
        """Return the state as each desk sees it: a request belongs to the map of its zone set, else to the first."""
        if len(self._desks) == 1:
            return [state]
        owners = [next((d for d in self._desks if d.owns(r.zone_set)), self._desks[0]) for r in state.requests]
        return [
            replace(state, requests=tuple(r for r, owner in zip(state.requests, owners, strict=True) if owner is desk))
            for desk in self._desks
        ]


def _middle(zone: SiteZone) -> tuple[float, float]:
    count = len(zone.corners)
    return sum(x for x, _ in zone.corners) / count, sum(y for _, y in zone.corners) / count
