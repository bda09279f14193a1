"""Puts the engine back to how it was before something broke in the middle: nothing is ever half done.

Most of what the engine changes is small and is copied before each step (`Memory`); the journaled state, which few steps
change, before its first change (`all_of`). The books of all orders and loads that there ever were are not copied: they
note what they held before, key by key (`NotedDict`): a step costs what it changes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable
from dataclasses import fields, is_dataclass
from itertools import islice
from types import NoneType, UnionType
from typing import Any, Final, Literal, NoReturn, TypeVar, Union, get_args, get_origin, get_type_hints

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

    def all_of(self, thing: object) -> None:
        """Note a thing and its parts as they are, before the first change: once for each moment."""
        if self._log is None or id(thing) in self._whole:
            return
        self._whole.add(id(thing))
        kept = _copies_of(thing)
        self._log.append(lambda: _put_all_back(kept))


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


class Fixed(dict[K, V]):
    """A dict that nobody writes once it is made (TypeError): no step has to remember it."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("fixed: make a new one")

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[type[Fixed[K, V]], tuple[dict[K, V]]]:
        """Return how a copy is made: whole, not item by item."""
        return Fixed, (dict(self),)


class Memory:
    """How the engine was at a moment, but for what `undo` puts back and for what only `counts_on`."""

    def __init__(self, root: object, undo: Undo, graph: TrafficGraph) -> None:
        self._undo, self._mark = undo, undo.mark()
        self._graph, self._barriers, self._speed = graph, graph.barriers, graph.speed
        self._kept = _copies_of(root)

    def restore(self) -> None:
        """Put all back, in place: who holds a part of the engine goes on holding it."""
        _put_all_back(self._kept)
        self._graph.restrict(self._barriers, dict(enumerate(self._speed)))
        self._undo.back(self._mark)


def _copies_of(root: object) -> list[tuple[Any, Any]]:
    """Copy all that changes; it runs before each step, so types are judged once and most parts are never seen."""
    seen, waiting, kept = set[int](), [root], list[tuple[Any, Any]]()
    while waiting:
        thing = waiting.pop()
        if id(thing) not in seen:
            seen.add(id(thing))
            before, parts = _COPIERS[type(thing)](thing)
            kept.append((thing, before))
            waiting += parts
    return kept


def _put_all_back(kept: Iterable[tuple[Any, Any]]) -> None:
    for thing, before in kept:
        _put_back(thing, before)


Copied = tuple[Any, Iterable[object]]
"""What a thing holds, and its parts that change."""


def _length_of(thing: Any) -> Copied:
    return len(thing), ()


def _items_of(thing: Any) -> Copied:
    found = dict(thing)
    return found, _changing(found.values()) if found else ()


def _members_of(thing: Any) -> Copied:
    return set(thing), ()  # what is in a set does not change


def _rows_of(thing: Any) -> Copied:
    rows = list(thing)
    return rows, _changing(rows) if rows else ()


def _route_of(mover: Any) -> Copied:
    return mover.save(), ()


def _changing(parts: Collection[object]) -> Iterable[object]:
    """Return those that change; of many, which are of one kind, a few tell."""
    for kind in set(map(type, parts if len(parts) <= _SAMPLE else islice(parts, _SAMPLE))):
        if _CHANGES[kind]:
            return [part for part in parts if _CHANGES[type(part)]]
    return ()


def _copier_of(kind: type) -> Callable[[Any], Copied]:
    """Return how things of a type that is no container are copied: of their fields, those that may change are seen."""
    names = _fields_that_change(kind)

    def fields_of(thing: Any) -> Copied:
        inside = dict(thing.__dict__)
        return inside, [part for name in (inside if names is None else names) if _CHANGES[type(part := inside[name])]]

    return fields_of


def _fields_that_change(kind: type) -> list[str] | None:
    """Return the fields that may hold what changes, None where their types do not say."""
    if not is_dataclass(kind):
        return None
    try:
        hints = get_type_hints(kind)
    except NameError:  # of a name that only type checkers see
        return None
    return [field.name for field in fields(kind) if _may_change(hints[field.name])]


def _may_change(hint: Any) -> bool:
    """Return whether a field of this type may hold what changes; what is not known may."""
    kind = get_origin(hint) or hint
    if kind in (Union, UnionType):
        return any(map(_may_change, get_args(hint)))
    if kind is Literal:
        return False
    if not isinstance(kind, type):
        return True
    return not (issubclass(kind, _STEADY) or (is_dataclass(kind) and not _CHANGES[kind]))


_STEADY: Final = (str, int, float, tuple, frozenset, NoneType, NotedDict, Fixed, Undo)
"""Types, with all that derive from them, that no step changes, or that put themselves back."""


class _Copiers(dict[type, Callable[[Any], Copied]]):
    """How things of a type are copied."""

    def __missing__(self, kind: type) -> Callable[[Any], Copied]:
        found = next((how for base, how in _CONTAINERS if issubclass(kind, base)), None) or _copier_of(kind)
        self[kind] = found
        return found


_CONTAINERS: Final[tuple[tuple[type, Callable[[Any], Copied]], ...]] = (
    (Mover, _route_of),
    (GrowingList, _length_of),
    (dict, _items_of),
    (set, _members_of),
    (list, _rows_of),
    (deque, _rows_of),
)
_COPIERS: Final = _Copiers()


class _Changes(dict[type, bool]):
    """Whether things of a type change, and no ledger notes how."""

    def __missing__(self, kind: type) -> bool:
        found = self[kind] = _looked_at(kind)
        return found


_CHANGES: Final = _Changes()


def _looked_at(kind: type) -> bool:
    if issubclass(kind, NotedDict | Fixed | Undo | TrafficGraph | BaseModel):
        return False
    if getattr(kind, "counts_on", False) or getattr(kind, "notes_itself", False):
        return False
    if issubclass(kind, dict | list | set | deque):
        return True
    if not kind.__module__.startswith("amr_fleet."):
        return False
    return not (is_dataclass(kind) and kind.__dataclass_params__.frozen)  # type: ignore[attr-defined]


def _put_back(into: Any, before: Any) -> None:
    """Make a thing hold what it held, by its kind as in `_CONTAINERS`."""
    if isinstance(into, Mover):
        into.load(before)
    elif isinstance(into, GrowingList):
        del into[before:]
    elif isinstance(into, dict | set):
        _refill(into, before)
    elif isinstance(into, list | deque):
        into.clear()
        into.extend(before)
    else:
        into.__dict__.clear()
        into.__dict__.update(before)


def _put(into: dict[Any, Any], key: object, old: object) -> None:
    if old is _ABSENT:
        dict.pop(into, key, None)
    else:
        dict.__setitem__(into, key, old)


def _refill(into: Any, before: Any) -> None:
    (dict if isinstance(into, dict) else set).clear(into)
    (dict if isinstance(into, dict) else set).update(into, before)
