"""People of a simulated operation: they take alarms, close areas, pause robots; cameras and label readers report."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Final

from amr_fleet.domain.events import Ask, Event, JournalEntry
from amr_fleet.ports import ZoneRequest
from amr_fleet.report.period import shift_at
from amr_fleet.requests import AckAlarm, NoteEvidence, SetPaused, SetZone
from amr_lab.operation.demand import sscc

NAMES: Final = ("Nguyễn Văn Sáng", "Trần Thị Chiều", "Lê Văn Đêm")
"""Who is on shift 1, 2, 3. Made up; no dataset may hold them."""

_REACTION: Final = (20.0, 900.0)  # s from alarm to acknowledgement
_PAUSES, _CLOSURES, _CAMERA_ZONES = 0.1, 0.15, 0.4  # an hour


class Staff:
    """What people and sensors around the robots do, drawn from a seed."""

    def __init__(self, lanes: Sequence[str], robots: Sequence[str], cameras: Sequence[str], rng: random.Random) -> None:
        self._lanes, self._robots, self._cameras, self._rng = lanes, robots, cameras, rng
        self._due: list[tuple[float, Event]] = []
        self._next = {kind: self._after(0.0, kind) for kind in ("pause", "close", "camera")}
        self._count = 0

    def _after(self, now: float, kind: str) -> float:
        rates = {"pause": _PAUSES, "close": _CLOSURES, "camera": _CAMERA_ZONES if self._cameras else 0.0}
        return now + self._rng.expovariate(rates[kind] / 3600.0) if rates[kind] > 0 else float("inf")

    def hear(self, entries: Sequence[JournalEntry]) -> None:
        """Take notice of what was just journaled."""
        for e in entries:
            if e.kind == "alarm_raised" and self._rng.random() < 0.9:
                seen = e.t + self._rng.uniform(*_REACTION)
                ack = AckAlarm(alarm_id=str(e.facts["alarm"]), user=_on_shift(seen))
                self._due.append((seen, Ask(0, ack)))
            elif e.kind == "order_created" and e.facts.get("load_id"):
                self._count += 1
            elif e.kind == "order_picked":
                self._due.append((e.t + 0.5, Ask(0, self._reading(e))))

    def _reading(self, entry: JournalEntry) -> NoteEvidence:
        wrong, unreadable = self._rng.random() < 0.01, self._rng.random() < 0.02
        value = "?" if unreadable else sscc(900_000_000 + self._count) if wrong else ""
        return NoteEvidence(
            order_id=entry.order_id, load_id="", kind="code" if unreadable else "sscc", value=value, user="",
            valid=not unreadable, frames=self._rng.randint(3, 12), source="label_reader",
        )  # fmt: skip

    def events(self, now: float, load_of: dict[str, str]) -> Iterator[Event]:
        """Yield what happens now; load_of: order -> its load, for labels that are read as they are."""
        for item in [i for i in self._due if i[0] <= now]:
            self._due.remove(item)
            event = item[1]
            if isinstance(event, Ask) and isinstance(event.request, NoteEvidence) and not event.request.value:
                load = load_of.get(event.request.order_id, "")
                if not load:
                    continue
                event = Ask(0, NoteEvidence(**{**vars(event.request), "value": load}))
            yield event
        for kind, at in self._next.items():
            if now >= at:
                self._next[kind] = self._after(now, kind)
                yield Ask(0, self._act(kind, now))

    def _act(self, kind: str, now: float) -> SetPaused | SetZone:
        if kind == "pause":
            robot = self._rng.choice(self._robots)
            resume = SetPaused(robots=(robot,), pause=False, user=_on_shift(now), unloaded=True)
            self._due.append((now + self._rng.uniform(30.0, 300.0), Ask(0, resume)))
            return SetPaused(robots=(robot,), pause=True, user=_on_shift(now))
        camera = self._rng.choice(self._cameras) if kind == "camera" else ""
        zone = ZoneRequest(
            zone_id=f"camera.{camera}" if camera else f"dong-{round(now)}", kind="slow" if camera else "closed",
            elements=(self._rng.choice(self._lanes),), max_speed=0.3 if camera else 0.0,
            code="camera.person" if camera else "", text="" if camera else "Quét dọn, hỏi anh Ba",
            until=now + self._rng.uniform(20.0, 120.0 if camera else 600.0),
            user="camera" if camera else _on_shift(now),
        )  # fmt: skip
        return SetZone(zone=zone)


def _on_shift(t: float) -> str:
    return NAMES[shift_at(t).shift - 1]
