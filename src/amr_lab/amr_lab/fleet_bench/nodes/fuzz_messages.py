"""Random messages of any ROS type: half of them look right, so that they come past the first check."""

from __future__ import annotations

import importlib
import math
import random
import re
from typing import Any, Final

from amr_ros.convert import to_stamp

_SEQUENCE: Final = re.compile(r"^sequence<(.+?)(?:, \d+)?>$")
_ARRAY: Final = re.compile(r"^(.+)\[(\d+)\]$")
_BITS: Final = {"int8": 8, "int16": 16, "int32": 32, "int64": 64}
# of any unit: usual ones, and those that break reckoning
_FLOATS: Final = (0.0, -0.0, 1.0, -1.0, 0.05, 3.7, 1e9, -1e9, 1e-300, math.inf, -math.inf, math.nan)
_TEXTS: Final = (
    "", "[" * 3000, '{"a": ' * 2000, "x" * 20000, "\u202eabc", "a\u0301" * 500,
    "../../etc/passwd", "'; DROP TABLE journal; --",
    '{"seconds": 1e400}', "null", "-1", "nan", "\t\r\n", "\U0001f6a2" * 100, "%s%n{0}{robot}", r'{"type": "\ud83d"}',
)  # fmt: skip
_DEEPEST: Final = 6


class MessageMaker:
    """Makes messages; words: names that mean something here (robots, nodes, places, states)."""

    def __init__(self, seed: int, words: tuple[str, ...]) -> None:
        self._random = random.Random(seed)
        self._words = words
        self.now = 0.0
        """Time of the nodes (s): most stamps that look right are of now."""

    def make(self, kind: type[Any], wild: bool | None = None) -> Any:
        """Return a message of this class."""
        wild = self._random.random() < 0.5 if wild is None else wild
        return self._fill(kind(), wild, 0)

    def _fill(self, message: Any, wild: bool, depth: int) -> Any:
        for name, kind in message.get_fields_and_field_types().items():
            if wild and self._random.random() < 0.3:
                continue  # as it is by default
            setattr(message, name, self._value(kind, wild, depth))
        return message

    def _value(self, kind: str, wild: bool, depth: int) -> Any:
        if found := _SEQUENCE.match(kind):
            return [self._value(found.group(1), wild, depth + 1) for _ in range(self._length(wild, depth, kind))]
        if found := _ARRAY.match(kind):
            return [self._value(found.group(1), wild, depth + 1) for _ in range(int(found.group(2)))]
        if kind == "builtin_interfaces/Time" and not wild and self._random.random() < 0.8:
            return to_stamp(self.now)
        if "/" in kind:
            package, _, name = kind.partition("/")
            cls = getattr(importlib.import_module(f"{package}.msg"), name)
            return self._fill(cls(), wild, depth + 1) if depth < _DEEPEST else cls()
        return self._plain(kind, wild)

    def _length(self, wild: bool, depth: int, kind: str) -> int:
        if not wild:
            return self._random.choice((0, 1, 2, 3))
        plain = "/" not in kind and "string" not in kind
        return self._random.choice(
            (0, 1, 2, 7, 360, 3000) if plain and depth < 2 else (0, 1, 2, 5, 40 if depth < 2 else 3)
        )

    def _plain(self, kind: str, wild: bool) -> Any:
        r = self._random
        if kind == "boolean":
            return r.random() < 0.5
        if kind in ("float", "double"):
            return self._number(kind, wild)
        if kind.startswith(("string", "wstring")):
            text = r.choice(_TEXTS) if wild and r.random() < 0.7 else r.choice(self._words)
            bound = re.search(r"<(\d+)>", kind)
            return text[: int(bound.group(1))] if bound else text
        if kind == "octet":
            return bytes([r.randrange(256)])
        return self._whole(kind, wild)

    def _number(self, kind: str, wild: bool) -> float:
        if not wild:
            return self._random.uniform(-1.0, 20.0)
        value = self._random.choice(_FLOATS) if self._random.random() < 0.6 else self._random.gauss(0.0, 1e3)
        return 3e38 if kind == "float" and math.isfinite(value) and abs(value) > 3e38 else value

    def _whole(self, kind: str, wild: bool) -> int:
        bits = _BITS.get(kind.removeprefix("u"), 8)
        low, high = (0, (1 << bits) - 1) if kind[0] in "ubc" else (-(1 << bits - 1), (1 << bits - 1) - 1)
        if not wild:
            return min(high, self._random.choice((0, 1, 2, 3, 4, 10)))
        return self._random.choice((low, high, 0, 1, high // 2, self._random.randint(low, high)))
