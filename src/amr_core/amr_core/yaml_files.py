"""YAML that people and other programs write: whatever is wrong with it is one kind of error."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import yaml

LEVELS: Final = 64
"""How deep lists and mappings may lie in each other. A file with 200,000 brackets ends the process in the C loader."""
LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The one in C reads a site six times as fast, where PyYAML was built with it."""


def read_yaml(path: Path) -> Any:
    """Return what a file holds, None when that is nothing. Raises OSError, and ValueError as `parse_yaml` does."""
    return parse_yaml(path.read_text(encoding="utf-8"))


def parse_yaml(text: str, loader: Any = LOADER) -> Any:
    """Return what a text holds for a (safe) loader, None when that is nothing.

    Raises ValueError: it is no YAML, lies in itself deeper than LEVELS, or has a date, number or truth that is none.
    """
    try:
        _measure(text)
        return yaml.load(text, Loader=loader)
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from error
    except Exception as error:  # a wrong date, number or truth raises whatever Python does on the way
        raise ValueError(f"a value is not what it says it is: {type(error).__name__}: {error}") from error


def _measure(text: str) -> None:
    level = 0
    for event in yaml.parse(text, Loader=LOADER):
        level += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if level > LEVELS:
            raise yaml.YAMLError(f"lists and mappings lie in each other deeper than {LEVELS}")
