"""What stands in payloads of doors and lifts over MQTT. Nothing that is no word of theirs is taken for one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Generic, TypeVar

from amr_core.json_texts import read_json

T = TypeVar("T")

_LONGEST: Final = 16_384  # bytes of a state


class LastSaid(Generic[T]):
    """What a door or lift said last, while that counts: for `every` s, until the connection is lost."""

    def __init__(self, every: float) -> None:
        self._every = every
        self._said: tuple[T, float] | None = None

    def put(self, said: T, now: float) -> None:
        """Take what it says at a time (s)."""
        self._said = (said, now)

    def at(self, now: float) -> T | None:
        """Return it, None when that is nothing any more."""
        if self._said is None or not 0.0 <= now - self._said[1] <= self._every:
            return None
        return self._said[0]

    def forget(self) -> None:
        """What was said before is of before."""
        self._said = None


def by_word(states: Mapping[T, Sequence[str]]) -> dict[str, T]:
    """Return what each word says, in small letters."""
    return {word.casefold(): state for state, words in states.items() for word in words}


def document(payload: bytes) -> Any:
    """Return what a payload says as JSON, None when that is nothing that can be read."""
    if len(payload) > _LONGEST:
        return None
    try:
        return read_json(payload)
    except (ValueError, RecursionError):
        return None


def part(found: Any, path: str) -> Any:
    """Return what stands in a JSON object at a path of names with dots between, None when nothing does."""
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def word_at(payload: bytes, path: str) -> str | None:
    """Return the word in a payload, None when there is none; true and false in JSON are words, too."""
    if path:
        found = part(document(payload), path)
        if isinstance(found, bool):
            return str(found)
        return found if isinstance(found, str) else None
    try:
        return payload.decode("utf-8") if len(payload) <= _LONGEST else None
    except ValueError:
        return None
