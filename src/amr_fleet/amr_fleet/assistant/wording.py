"""The word lists of `words/`: data that a person who knows how the port talks may edit."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, Final

import yaml

from amr_fleet.assistant.patterns import pattern

_PART: Final = re.compile(r"\{([a-z_]+)\}")


@cache
def read(name: str) -> Any:
    """Return a file of word lists."""
    text = resources.files("amr_fleet.assistant").joinpath("words", name).read_text(encoding="utf-8")
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)) if name.endswith(".yaml") else text


def any_of(patterns: Sequence[str], parts: Mapping[str, Sequence[str]] | None = None) -> re.Pattern[str]:
    """Return one pattern that is found where any of the patterns is; {name} stands for one of a part."""
    return pattern("|".join(with_parts(patterns, parts or {})))


def with_parts(patterns: Sequence[str], parts: Mapping[str, Sequence[str]]) -> list[str]:
    """Return patterns with each {name} as one of a part."""
    return [_PART.sub(lambda match: f"({'|'.join(parts[match[1]])})", text) for text in patterns]


def named(name: str) -> dict[str, re.Pattern[str]]:
    """Return the patterns of a file whose entries are lists."""
    return {entry: any_of(patterns) for entry, patterns in read(name).items()}
