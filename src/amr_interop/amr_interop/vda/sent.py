"""What a robot was sent: kept on disk before it goes out, so that master control can be killed at any moment.

The next update must begin at the last node that *we* released, whatever the robot says of its nodes; and a message that
is sent again must be the same message.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from amr_core.errors import AmrError
from amr_core.whole_files import write_whole
from amr_interop.vda.ids import plain, safe

_FORMAT: Final = 1
_SPARE: Final = 3
"""Numbers that no name of an order takes: pauses, cancels and what is asked for have them."""
_LONG: Final = 9
"""Digits of a number at most."""


@dataclass
class Names:
    """Ids of the fleet and what a robot gets to see instead: the characters of the text, its own length, digits."""

    table: dict[str, str] = field(default_factory=dict)
    last: int = 0

    def wire(
        self, name: str, length: int | None, *, numeric: bool = False, wish: str = "",
        urgent: Iterable[str] | None = None,
    ) -> str:  # fmt: skip
        """Return a name as the robot can take it; one that it can take as it is stays.

        wish: what it is to be called instead from now on, if the robot can take that. A number is given again when all
        have been used, never while it is in use. urgent: ids in use elsewhere, oldest first; such a name may take the
        last numbers, too, and the oldest of these when there is none: who can be told no order must be told to stop.
        """
        if name in self.table and not wish:
            return self.table[name]
        asked = safe(wish or name)
        if not (numeric and not asked.isdigit()) and not (length is not None and len(asked) > length):
            if wish:
                self.table[name] = asked
            return asked
        self.table[name] = short = self._number(length, urgent)
        return short

    def _number(self, length: int | None, urgent: Iterable[str] | None) -> str:
        """Return the next number that is not in use. Raises vda.names."""
        self.last = max(self.last, len(self.table))
        most = 10 ** min(length or _LONG, _LONG) - 1
        taken = {*self.table.values(), *(urgent or ())}
        if len(taken) < most - (_SPARE if urgent is None else 0):
            for _ in range(len(taken) + 1):
                self.last = self.last % most + 1
                if str(self.last) not in taken:
                    return str(self.last)
        used = set(self.table.values())
        oldest = next((number for number in urgent or () if number.isdigit() and number not in used), None)
        if oldest is None:
            raise AmrError("vda.names", count=len(taken), length=length or _LONG)
        return oldest

    def forget(self, names: Iterable[str]) -> None:
        """Take names out of the table that will not be said again: it must not grow for ever."""
        for name in names:
            self.table.pop(name, None)

    def ours(self, name: str) -> str:
        """Return the fleet's name."""
        return next((ours for ours, wire in self.table.items() if wire == name), plain(name))


@dataclass
class Sent:
    """The order that a robot has or is about to get.

    mission: the fleet's order_id; order_id, update_id: on the wire; content: the message as it was sent, without its
    header; fleet_update: the fleet's update_id in it, acked_update: in what the robot has confirmed, acked_end: the
    sequence id of the end of that. base: every node released so far as (fleet's node id, sequence id), the last one is
    the decision point; decision: that node as it was sent. way: every node released so far as (sequence id, x, y), m in
    the map, with the one that was put before the order. offset: the fleet's sequence id less ours. actions: ids of the
    fleet. names: of this order only, see Names. cancel: id of the cancelOrder that the fleet wants. ended: "" while
    it is worked on. reason: why the robot refused it, in its own words.
    """

    mission: str
    order_id: str
    update_id: int = 0
    content: dict[str, Any] = field(default_factory=dict)
    fleet_update: int = 0
    acked_update: int | None = None
    acked: bool = False
    acked_end: int = 0
    base: list[tuple[str, int]] = field(default_factory=list)
    decision: dict[str, Any] = field(default_factory=dict)
    way: list[tuple[int, float, float]] = field(default_factory=list)
    horizon: list[str] = field(default_factory=list)
    offset: int = 0
    actions: list[str] = field(default_factory=list)
    load: str = ""
    names: list[str] = field(default_factory=list)
    cancel: str = ""
    ended: str = ""
    reason: str = ""

    @property
    def end(self) -> int:
        """Sequence id of the decision point."""
        return self.base[-1][1]

    def left(self, reached: int) -> int:
        """Return how many nodes of the base lie beyond the sequence id of the node reached last."""
        return sum(number > reached for _, number in self.base)

    def takes_map(self, sequence_id: int) -> str:
        """Return the id of the action at a node by which a robot takes the map where a ride in a lift ends."""
        return f"{self.order_id}-map{sequence_id}"

    def node(self, sequence_id: int) -> str:
        """Return the fleet's name of the node with a sequence id of the base."""
        return next((name for name, number in self.base if number == sequence_id), self.base[0][0])


@dataclass
class SentBook:
    """All that is kept of one robot. mark: of this book, so that ids of one that was lost do not come again.

    orders, instants, zone_sets: how many there were. An id that a robot has seen must never mean something else.
    asked: the newest instant actions, type by id on the wire: nothing else may tell them from actions of an order.
    """

    sent: Sent | None = None
    names: Names = field(default_factory=Names)
    orders: int = 0
    instants: int = 0
    zone_sets: int = 0
    asked: dict[str, str] = field(default_factory=dict)
    mark: str = field(default_factory=lambda: secrets.token_hex(2))


class Shelf(Protocol):
    """Where books are kept."""

    def load(self, robot: str) -> SentBook:
        """Return a robot's book, an empty one when there is none."""

    def save(self, robot: str, book: SentBook) -> None:
        """Keep a book; it is safe when this returns."""

    def changed(self, robot: str) -> bool:
        """Return whether another process kept a book of this robot since it was read or kept here."""

    def load_sheet(self, robot: str) -> bytes:
        """Return the factsheet of a robot as it came, b"" when there is none."""

    def save_sheet(self, robot: str, payload: bytes) -> None:
        """Keep a factsheet."""


class MemoryShelf:
    """Keeps nothing beyond this process: for tests and demos."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._sheets: dict[str, bytes] = {}

    def load(self, robot: str) -> SentBook:
        """Return a robot's book."""
        return _read(self._texts[robot]) if robot in self._texts else SentBook()

    def save(self, robot: str, book: SentBook) -> None:
        """Keep a book."""
        self._texts[robot] = _write(book)

    def changed(self, robot: str) -> bool:  # noqa: ARG002  nobody else has this memory, whichever robot's it is
        """What is there was kept here."""
        return False

    def load_sheet(self, robot: str) -> bytes:
        """Return a factsheet."""
        return self._sheets.get(robot, b"")

    def save_sheet(self, robot: str, payload: bytes) -> None:
        """Keep a factsheet."""
        self._sheets[robot] = payload


class FileShelf:
    """One file for each robot, replaced as a whole."""

    def __init__(self, folder: Path, sync: Callable[[int], None] = os.fsync) -> None:
        self._folder = folder
        self._sync = sync
        self._seen: dict[str, bytes] = {}
        self._token = secrets.token_hex(4)  # a standby beside us writes here, too
        folder.mkdir(parents=True, exist_ok=True)

    def load(self, robot: str) -> SentBook:
        """Return a robot's book; store.damaged when its file cannot be read."""
        path = self._book(robot)
        try:
            content = path.read_bytes()
            book = _read(content.decode("utf-8"))
        except FileNotFoundError:
            self._seen[robot] = b""
            return SentBook()
        except (ValueError, KeyError, TypeError, OSError) as error:
            raise AmrError("store.damaged", count=1, first=f"{path.name}: {error}") from None
        self._seen[robot] = content
        return book

    def save(self, robot: str, book: SentBook) -> None:
        """Write a book."""
        content = _write(book).encode()
        self._replace(self._book(robot), content)
        self._seen[robot] = content

    def changed(self, robot: str) -> bool:
        """Return whether another process kept a book of this robot; OSError when that cannot be seen."""
        try:
            content = self._book(robot).read_bytes()
        except FileNotFoundError:
            content = b""
        return content != self._seen.get(robot, b"")

    def load_sheet(self, robot: str) -> bytes:
        """Return a factsheet; one that cannot be read is as good as none: the robot says it again."""
        try:
            return self._sheet(robot).read_bytes()
        except OSError:
            return b""

    def save_sheet(self, robot: str, payload: bytes) -> None:
        """Write a factsheet."""
        self._replace(self._sheet(robot), payload)

    def _book(self, robot: str) -> Path:
        return self._folder / f"{robot}.json"

    def _sheet(self, robot: str) -> Path:
        return self._folder / f"{robot}.factsheet.json"

    def _replace(self, path: Path, content: bytes) -> None:
        write_whole(path, content, part=path.with_suffix(f".{self._token}.part"), sync=self._sync)


def _write(book: SentBook) -> str:
    # Not dataclasses.asdict: it copies every message down to its numbers, at each order.
    sent = None if book.sent is None else vars(book.sent)
    # A number that is none would be kept, and no message with it can ever be written.
    return json.dumps({"format": _FORMAT, **vars(book), "sent": sent, "names": vars(book.names)}, allow_nan=False)


def _read(text: str) -> SentBook:
    values = json.loads(text)
    if values["format"] != _FORMAT:
        raise ValueError(f"format {values['format']}")
    raw = values["sent"]
    sent = None if raw is None else _sent(raw)
    names = Names(dict(values["names"]["table"]), int(values["names"].get("last", 0)))
    more = {"mark": str(values["mark"])} if "mark" in values else {}
    return SentBook(
        sent, names, int(values["orders"]), int(values.get("instants", 0)), int(values.get("zone_sets", 0)),
        {str(key): str(kind) for key, kind in values.get("asked", {}).items()}, **more,
    )  # fmt: skip


def _sent(raw: dict[str, Any]) -> Sent:
    base = [(str(n), int(s)) for n, s in raw["base"]]
    if "way" in raw:
        way = [(int(s), float(x), float(y)) for s, x, y in raw["way"]]
    else:  # a book of before: what its last message released is all that is known
        nodes = [n for n in raw.get("content", {}).get("nodes", []) if n["released"]]
        places = [(n["sequenceId"], n["nodePosition"]) for n in nodes if "nodePosition" in n]
        way = [(int(s), float(at["x"]), float(at["y"])) for s, at in places]
    return Sent(**{**raw, "base": base, "way": way})
