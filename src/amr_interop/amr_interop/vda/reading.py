"""Reading of JSON that others wrote: every value is checked where it is taken, and what is wrong is named."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection
from typing import Any, Final, TypeVar

from amr_core.errors import AmrError
from amr_core.json_texts import read_json
from amr_core.numbers import is_number

T = TypeVar("T")
MAX_BYTES: Final = 1_000_000
"""Twice an order of 2000 nodes, and what the site's broker lets through; what is longer is not read at all."""
_MAX_LIST: Final = 5000
_REQUIRED: Final = object()


def invalid(topic: str, reason: str) -> AmrError:
    """Return the error for a message that cannot be used."""
    return AmrError("message.invalid", topic=topic, reason=reason[:200])


def parse(topic: str, payload: bytes) -> Record:
    """Return the object in a payload; message.invalid for anything else, NaN and infinity, too."""
    if len(payload) > MAX_BYTES:
        raise invalid(topic, f"{len(payload)} bytes are more than {MAX_BYTES}")
    try:
        value = read_json(payload, _JSON.decode)
    except (ValueError, RecursionError) as error:
        raise invalid(topic, f"no JSON: {error}") from None
    if not isinstance(value, dict):
        raise invalid(topic, "no JSON object")
    return Record(topic, "", value)


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")


_JSON: Final = json.JSONDecoder(parse_constant=_no_constant)


class Record:
    """One JSON object: values by name and type. Without a default a value that is missing is an error."""

    def __init__(self, topic: str, path: str, values: dict[str, Any]) -> None:
        self.topic = topic
        self.path = path
        self.values = values

    def fail(self, key: str, reason: str) -> AmrError:
        """Return the error about one of the values."""
        return invalid(self.topic, f"{self.path}{key} {reason}")

    def _get(self, key: str, default: Any, kind: type | tuple[type, ...], what: str) -> Any:
        value = self.values.get(key)
        if type(value) is kind:  # a hundred times in a state, 400 states a second
            return value
        if value is None:
            if default is _REQUIRED:
                raise self.fail(key, "is missing")
            return default
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.fail(key, f"is not {what}")
        return value

    def text(self, key: str, default: Any = _REQUIRED, *, longest: int = 512) -> str:
        """Return a string."""
        value: str = self._get(key, default, str, "a string")
        if isinstance(value, str) and len(value) > longest:
            raise self.fail(key, f"has more than {longest} characters")
        return value

    def word(self, key: str, words: Collection[str], default: Any = _REQUIRED) -> str:
        """Return one of the words."""
        value = self.text(key, default)
        if value not in words:
            raise self.fail(key, f"{value[:32]!r} is none of {', '.join(sorted(words))}")
        return value

    def number(self, key: str, default: Any = _REQUIRED) -> Any:
        """Return a finite number."""
        found = self.values.get(key)
        if type(found) is float and math.isfinite(found):
            return found
        value = self._get(key, default, (int, float), "a number")
        try:
            if value is not None and not math.isfinite(value):
                raise self.fail(key, "is not finite")
            return value if value is None else float(value)
        except OverflowError:
            raise self.fail(key, "is too large") from None

    def count(self, key: str, default: Any = _REQUIRED) -> int:
        """Return an integer, 0 to 2**32 - 1; 3.0 is one, too."""
        found = self.values.get(key)
        if type(found) is int and 0 <= found < 2**32:
            return found
        value = self.number(key, default)
        if value is None or value != int(value) or not 0 <= value < 2**32:
            raise self.fail(key, "is not a whole number of 32 bits")
        return int(value)

    def flag(self, key: str, default: Any = _REQUIRED) -> bool:
        """Return a boolean."""
        value: bool = self._get(key, default, bool, "a boolean")
        return value

    def child(self, key: str, default: Any = _REQUIRED) -> Any:
        """Return the object below key as a Record (or the default)."""
        value = self._get(key, default, dict, "an object")
        return Record(self.topic, f"{self.path}{key}.", value) if isinstance(value, dict) else value

    def children(self, key: str, default: Any = _REQUIRED) -> list[Record]:
        """Return the objects of a list."""
        values = self._list(key, default)
        if not all(isinstance(value, dict) for value in values):
            raise self.fail(key, "is not a list of objects")
        return [Record(self.topic, f"{self.path}{key}[{i}].", value) for i, value in enumerate(values)]

    def texts(self, key: str, default: Any = _REQUIRED) -> list[str]:
        """Return the strings of a list."""
        values = self._list(key, default)
        if not all(isinstance(value, str) for value in values):
            raise self.fail(key, "is not a list of strings")
        return values

    def numbers(self, key: str, default: Any = _REQUIRED) -> list[float]:
        """Return the finite numbers of a list."""
        values = self._list(key, default)
        if not all(map(is_number, values)):
            raise self.fail(key, "is not a list of numbers")
        return [float(value) for value in values]

    def _list(self, key: str, default: Any) -> list[Any]:
        values: list[Any] = self._get(key, default, list, "a list")
        if len(values) > _MAX_LIST:
            raise self.fail(key, f"has more than {_MAX_LIST} entries")
        return values


class LastRead:
    """What was made of the lists of a robot's last message. Most of them come again as they were, twice a second."""

    def __init__(self) -> None:
        self._version: object = None
        self._made: dict[str, tuple[list[Any], tuple[Any, ...]]] = {}

    def spelt(self, version: object) -> None:
        """Forget all when the messages are of another version than before: their entries have other names."""
        if version is not self._version:
            self._version, self._made = version, {}

    def read(self, record: Record, key: str, make: Callable[[Record], T], default: Any = _REQUIRED) -> tuple[T, ...]:
        """Return what make makes of each object in a list; of a list that is as before, what it made then."""
        told, before = record.values.get(key), self._made.get(key)
        if before is not None and before[0] == told:
            return before[1]
        made = tuple(make(entry) for entry in record.children(key, default))
        if told:
            self._made[key] = told, made
        return made


def references(topic: str, payload: bytes) -> list[tuple[str, str]]:
    """Return what can be said about a message that cannot be used: ids as far as they can be read."""
    found = [("topic", topic)]
    try:
        values = parse(topic, payload).values
    except AmrError:
        return found
    for key in ("headerId", "orderId", "orderUpdateId"):
        if isinstance(values.get(key), str | int):
            found.append((key, str(values[key])[:128]))
    return found
