"""Which tool a question asks for: patterns with weights. The tool whose heaviest pattern is heaviest is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from amr_fleet.assistant.patterns import Choice, letters, pattern
from amr_fleet.assistant.second_reader import shares
from amr_fleet.assistant.wording import read, with_parts

_WORDS: Final = read("rules.yaml")
RULES: Final[dict[str, tuple[tuple[int, Choice], ...]]] = {
    tool: tuple(
        (weight, Choice(with_parts(patterns, _WORDS["parts"])))
        for weight, patterns in sorted(rules.items(), reverse=True)
    )
    for tool, rules in _WORDS["tools"].items()
}


@lru_cache(maxsize=64)  # asked several times while one sentence is read
def weights(sentence: str) -> Mapping[str, int]:
    """Return the heaviest pattern of each tool that a sentence has; tools without one are left out."""
    found = _weighed(sentence)
    if max(found.values(), default=0) < _CLEAR:
        shorter = _SAYS_LITTLE.sub("", sentence)
        again = _weighed(shorter) if shorter != sentence else {}
        found |= {tool: max(weight, found.get(tool, 0)) for tool, weight in again.items()}
    return MappingProxyType(found)


def _weighed(sentence: str) -> dict[str, int]:
    words = letters(sentence)
    found = {
        tool: next((weight for weight, choice in rules if choice.has(sentence, words)), 0)
        for tool, rules in RULES.items()
    }
    return {tool: weight for tool, weight in found.items() if weight}


_CLEAR: Final = 6
"""A weight below it is no clear answer: gaps may be too short for how politely it is said."""
_SAYS_LITTLE: Final = pattern("(hiện|đang|được|đã|vẫn|cứ|thì|là|mà|luôn|đều|cả|tại) ")


def likelier(ranked: Sequence[tuple[str, int]], text: str, least: int) -> tuple[str, int]:
    """Return the heaviest tool; one as heavy where the second reader is for it, and hardly for the other."""
    below = 1 if ranked[0][0] == "help" else 0  # which is asked for in words of its own
    near = [one for one in ranked[1:] if one[1] >= max(least, ranked[0][1] - below)]
    if not near:
        return ranked[0]
    found = shares(text)
    best = max(near, key=lambda one: found.get(f"tools:{one[0]}", 0.0))
    likelier = found.get(f"tools:{best[0]}", 0.0) >= _FOR_IT and found.get(f"tools:{ranked[0][0]}", 0.0) < _AGAINST_IT
    return best if likelier else ranked[0]


_FOR_IT, _AGAINST_IT = 0.6, 0.1
"""Shares of the second reader for the one tool and for the other."""
