"""Which tool a question asks for: patterns with weights. The tool whose heaviest pattern is heaviest is asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from amr_fleet.assistant.wording import any_of, read

_WORDS: Final = read("rules.yaml")
RULES: Final[dict[str, tuple[tuple[int, re.Pattern[str]], ...]]] = {
    tool: tuple((weight, any_of(patterns, _WORDS["parts"])) for weight, patterns in sorted(rules.items(), reverse=True))
    for tool, rules in _WORDS["tools"].items()
}


@lru_cache(maxsize=64)  # asked several times while one sentence is read
def weights(sentence: str) -> Mapping[str, int]:
    """Return the heaviest pattern of each tool that a sentence has; tools without one are left out."""
    found = {
        tool: next((weight for weight, matcher in rules if matcher.search(sentence)), 0)
        for tool, rules in RULES.items()
    }
    return MappingProxyType({tool: weight for tool, weight in found.items() if weight})
