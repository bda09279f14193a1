"""Puts the engine back to how it was before something broke in the middle: nothing is ever half done.

Most of what the engine changes is small and is copied before each step (`Memory`). The books of all orders and loads
that there ever were are not: they note what they held before, key by key (`NotedDict`): a step costs what it changes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection
from dataclasses import is_dataclass
from itertools import islice
from typing import Any, Final, TypeVar

from pydantic import BaseModel

from amr_fleet.domain.graph import TrafficGraph
from amr_fleet.domain.mover import Mover

K = TypeVar("K")
V = TypeVar("V")
_ABSENT: Final = object()
_SAMPLE: Final = 64
"""Parts that are looked at to learn whether any of them change: a dict of orders holds nothing else."""


class Undo:
    """What ledgers held before, oldest first. Nothing is noted before the first `begin`."""

    def __init__(self) -> None:
        self._log: list[Callable[[], None]] | None = None
        self._whole: set[int] = set()

    def __reduce__(self) -> tuple[type[Undo], tuple[()]]:
        """A copy of an engine starts with nothing to undo."""
        return Undo, ()

    def begin(self) -> None:
        """Forget what was noted, and note from now on."""
        self._log, self._whole = [], set()

    def mark(self) -> int:
        """Return the moment that `back` goes back to."""
        self._whole = set()
        return len(self._log or ())

    def back(self, mark: int) -> None:
        """Undo all since a moment."""
        log, self._log = self._log or [], None
        while len(log) > mark:
            log.pop()()
        self._log, self._whole = log, set()

    def key(self, ledger: NotedDict[Any, Any], key: object) -> None:
        """Note what is under a key."""
        if self._log is None or id(ledger) in self._whole:
            return
        old = ledger.get(key, _ABSENT)
        self._log.append(lambda: _put(ledger, key, old))

    def whole(self, ledger: NotedDict[Any, Any]) -> None:
        """Note a ledger as it is, with its order: once for each moment."""
        if self._log is None or id(ledger) in self._whole:
            return
        self._whole.add(id(ledger))
        old = dict(ledger)
        self._log.append(lambda: _refill(ledger, old))


class NotedDict(dict[K, V]):
    """A dict that can be put back; an item that goes costs a copy of it, once a step. Values are frozen or ledgers."""

    undo: Undo | None = None

    def __setitem__(self, key: K, value: V) -> None:
        """Note what was there and put the value there."""
        if self.undo is not None:
            self.undo.key(self, key)
        dict.__setitem__(self, key, value)

    def __delitem__(self, key: K) -> None:
        """Note all and remove one."""
        self._leaves(key)
        dict.__delitem__(self, key)

    def pop(self, key: K, *default: Any) -> Any:
        """Note all and remove one."""
        self._leaves(key)
        return dict.pop(self, key, *default)

    def setdefault(self, key: K, default: Any = None) -> Any:
        """Return what is there, or put the default there."""
        if key not in self:
            self[key] = default
        return self[key]

    def update(self, *others: Any, **more: Any) -> None:
        """Put in all items, one by one."""
        for key, value in dict(*others, **more).items():
            self[key] = value

    def clear(self) -> None:
        """Note all and remove it."""
        if self.undo is not None:
            self.undo.whole(self)
        dict.clear(self)

    def _leaves(self, key: K) -> None:
        if self.undo is not None and key in self:
            self.undo.whole(self)


def noted_dict(undo: Undo) -> NotedDict[Any, Any]:
    """Return an empty one."""
    made = NotedDict[Any, Any]()
    made.undo = undo
    return made


class GrowingList(list[V]):
    """A list of frozen values that only ever grows."""


class Memory:
    """How the engine was at a moment, but for the ledgers, which `undo` puts back, and for what only `counts_on`."""

    def __init__(self, root: object, undo: Undo, graph: TrafficGraph) -> None:
        self._undo, self._mark = undo, undo.mark()
        self._graph, self._barriers, self._speed = graph, graph.barriers, graph.speed
        self._movers: list[tuple[Mover, dict[str, object]]] = []
        self._kept: list[tuple[Callable[[Any, Any], None], Any, Any]] = []
        self._keep(root)

    def restore(self) -> None:
        """Put all back, in place: who holds a part of the engine goes on holding it."""
        for refill, thing, before in self._kept:
            refill(thing, before)
        for mover, saved in self._movers:
            mover.load(saved)
        self._graph.restrict(self._barriers, dict(enumerate(self._speed)))
        self._undo.back(self._mark)

    def _keep(self, root: object) -> None:
        """Copy all that changes; it runs before each step and takes a quarter of it, so a type is judged once."""
        seen: set[int] = set()
        waiting: list[Any] = [root]
        while waiting:
            thing = waiting.pop()
            if id(thing) in seen:
                continue
            seen.add(id(thing))
            if isinstance(thing, Mover):
                self._movers.append((thing, thing.save()))
                thing = thing.blocker
                if thing is None:
                    continue
            copied, sampled = _COPIERS[type(thing)]
            refill, before, parts = copied(thing)
            self._kept.append((refill, thing, before))
            if sampled and len(parts) > _SAMPLE and not any(_CHANGES[type(part)] for part in islice(parts, _SAMPLE)):
                continue
            waiting += [part for part in parts if _CHANGES[type(part)]]


Copied = tuple[Callable[[Any, Any], None], Any, Collection[object]]
"""How to put a thing back, what it holds, and its parts."""


def _length_of(thing: Any) -> Copied:
    return _shorten, len(thing), ()


def _items_of(thing: Any) -> Copied:
    found = dict(thing)
    return _refill, found, found.values()


def _members_of(thing: Any) -> Copied:
    return _refill, set(thing), ()  # what is in a set does not change


def _rows_of(thing: Any) -> Copied:
    rows = list(thing)
    return _reload, rows, rows


def _fields_of(thing: Any) -> Copied:
    inside = dict(thing.__dict__)
    return _become, inside, inside.values()


class _Copiers(dict[type, tuple[Callable[[Any], Copied], bool]]):
    """How things of a type are copied, and whether their parts are of one kind, so that a few of them tell."""

    def __missing__(self, kind: type) -> tuple[Callable[[Any], Copied], bool]:
        found = self[kind] = next((how for base, how in _CONTAINERS if issubclass(kind, base)), (_fields_of, False))
        return found


_CONTAINERS: Final[tuple[tuple[type, tuple[Callable[[Any], Copied], bool]], ...]] = (
    (GrowingList, (_length_of, False)),
    (dict, (_items_of, True)),
    (set, (_members_of, False)),
    (list, (_rows_of, True)),
    (deque, (_rows_of, True)),
)
_COPIERS: Final = _Copiers()


class _Changes(dict[type, bool]):
    """Whether things of a type change, and no ledger notes how."""

    def __missing__(self, kind: type) -> bool:
        found = self[kind] = _looked_at(kind)
        return found


_CHANGES: Final = _Changes()


def _looked_at(kind: type) -> bool:
    if issubclass(kind, NotedDict | Undo | TrafficGraph | BaseModel) or getattr(kind, "counts_on", False):
        return False
    if issubclass(kind, dict | list | set | deque):
        return True
    if not kind.__module__.startswith("amr_fleet."):
        return False
    return not (is_dataclass(kind) and kind.__dataclass_params__.frozen)  # type: ignore[attr-defined]


def _put(into: dict[Any, Any], key: object, old: object) -> None:
    if old is _ABSENT:
        dict.pop(into, key, None)
    else:
        dict.__setitem__(into, key, old)


def _refill(into: Any, before: Any) -> None:
    (dict if isinstance(into, dict) else set).clear(into)
    (dict if isinstance(into, dict) else set).update(into, before)


def _reload(into: Any, before: list[Any]) -> None:
    into.clear()
    into.extend(before)


def _shorten(into: list[Any], length: int) -> None:
    del into[length:]


def _become(into: Any, before: dict[str, Any]) -> None:
    into.__dict__.clear()
    into.__dict__.update(before)
