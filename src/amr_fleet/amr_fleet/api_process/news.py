"""What the engine's process tells of the fleet: only what is new, in frames of bounded work for the engine's thread."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final

from amr_fleet.ports import BookView, EngineCondition, FleetPort, FleetSnapshot
from amr_fleet.sandbox.book import TrialBook

PART: Final = 200
"""Views in one frame: while something is pickled the engine's thread stands."""
Piece = range | object
"""Of a sequence: a run of places of the one that was told before it, or an item that was not in that."""
_NAMES: Final = tuple(one.name for one in fields(FleetSnapshot))


@dataclass(frozen=True)
class FleetNews:
    """What is new since the last news. snapshot: fields of it, {} = it is the same; more: some others follow at once.

    A sequence is told as the pieces of which it is made of the one before it. Of more than PART pieces the first news
    has the first PART, the next ones the rest.
    """

    condition: EngineCondition
    snapshot: dict[str, Any] = field(default_factory=dict)
    book: BookView | None = None
    trials: TrialBook | None = None
    more: bool = False


class NewsWriter:
    """Looks at a fleet and says what is new."""

    def __init__(self, fleet: FleetPort) -> None:
        self._fleet = fleet
        self._told: FleetSnapshot | None = None
        self._book: BookView | None = None
        self._trials: TrialBook | None = None

    def look(self) -> tuple[bool, Iterator[bytes]]:
        """Return whether something is new, and the frames that say so (one with the condition at least)."""
        snapshot, book, trials = self._fleet.snapshot(), self._fleet.book(), self._fleet.trials()
        new = FleetNews(
            self._fleet.condition(),
            {} if snapshot is self._told else _changed(self._told, snapshot),
            None if book is self._book else book,
            None if trials is self._trials else trials,
        )
        self._told, self._book, self._trials = snapshot, book, trials
        return bool(new.snapshot or new.book or new.trials), map(_pickled, _cut(new))


class NewsReader:
    """Puts the news together again."""

    def __init__(self) -> None:
        self.snapshot: FleetSnapshot | None = None
        self.book, self.trials = BookView(), TrialBook()
        self.condition = EngineCondition()
        self._new: dict[str, Any] = {}

    def hear(self, content: bytes) -> None:
        """Take a frame; the snapshot is a new one once all parts of it are there."""
        news: FleetNews = pickle.loads(content)  # from the engine's process, which started this one
        self.condition = news.condition
        self.book = self.book if news.book is None else news.book
        self.trials = self.trials if news.trials is None else news.trials
        for name, value in news.snapshot.items():
            self._new[name] = (*self._new[name], *value) if name in self._new else value
        if news.more or not self._new:
            return
        new, self._new = self._new, {}
        for name, value in new.items():
            if isinstance(value, tuple):
                new[name] = tuple(_joined(getattr(self.snapshot, name, ()), value))
        self.snapshot = FleetSnapshot(**new) if self.snapshot is None else replace(self.snapshot, **new)


def _changed(old: FleetSnapshot | None, new: FleetSnapshot) -> dict[str, Any]:
    """Return the fields that differ: sequences as tuples of pieces, and all others as they are."""
    changed: dict[str, Any] = {}
    for name in _NAMES:
        before, value = getattr(old, name, None), getattr(new, name)
        if old is not None and value is before:
            continue
        if isinstance(value, Sequence) and not isinstance(value, str | bytes):
            value = tuple(_pieces(before or (), value))
            if before is not None and value == ((range(len(before)),) if before else ()):
                continue
        changed[name] = value
    return changed


def _pieces(old: Sequence[object], new: Sequence[object]) -> Iterator[Piece]:
    """Yield the new sequence as runs of the old one and as items that are not in it.

    Most views are the very objects of before. One that was made anew is compared with the one that it may replace.
    """
    places = {id(item): place for place, item in enumerate(old)}
    begin = end = 0
    for item in new:
        place = places.get(id(item), -1)
        if place < 0 and end < len(old) and old[end] == item:
            place = end
        if place == end:
            end += 1
            continue
        if begin < end:
            yield range(begin, end)
        if place < 0:
            yield item
            begin = end = end + 1
        else:
            begin, end = place, place + 1
    if begin < end:
        yield range(begin, end)


def _joined(old: Sequence[object], pieces: Sequence[Piece]) -> Iterator[object]:
    for piece in pieces:
        if isinstance(piece, range):
            yield from old[piece.start : piece.stop]
        else:
            yield piece


def _cut(news: FleetNews) -> Iterator[FleetNews]:
    """Yield the news so that no frame has a sequence of more than PART pieces."""
    rest = {name: value for name, value in news.snapshot.items() if isinstance(value, tuple) and len(value) > PART}
    yield replace(news, snapshot={**news.snapshot, **{n: v[:PART] for n, v in rest.items()}}, more=bool(rest))
    begin = PART
    while rest:
        part = {name: value[begin : begin + PART] for name, value in rest.items()}
        begin += PART
        rest = {name: value for name, value in rest.items() if len(value) > begin}
        yield FleetNews(news.condition, part, more=bool(rest))


def _pickled(news: FleetNews) -> bytes:
    return pickle.dumps(news, pickle.HIGHEST_PROTOCOL)
