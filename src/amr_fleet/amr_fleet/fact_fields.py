"""Values whose fields are the facts of a journal entry: one rule writes and reads them, and no list of names is kept.

A field is the fact of its own name. The fields of a value inside it are facts with its name in front: `cargo.lot` is
`cargo_lot`; a field's metadata "fact" gives another name. A flag that is not set is not written. What a fact means
is in the metadata "says" of its field: `meanings`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import Field, fields, is_dataclass
from functools import cache
from typing import Any, Final, TypeVar, get_args, get_type_hints

from amr_core.errors import Fact

T = TypeVar("T")
_FACTS: Final = (str, int, float, bool)
_READ: Final[Mapping[type, Callable[[Any], Fact]]] = {
    int: lambda fact: int(fact or 0), float: lambda fact: float(fact or 0.0), bool: bool,
}  # fmt: skip


def facts_of(value: Any, before: str = "") -> dict[str, Fact]:
    """Return the fields of a dataclass as flat facts, `before` in front of each name; what is None is none of them."""
    facts: dict[str, Fact] = {}
    for field, fact in _names(value.__class__):
        content = getattr(value, field)
        if content is None or content is False:
            continue
        if content.__class__ not in _FACTS and is_dataclass(content):
            facts |= facts_of(content, f"{before}{fact}_")
        else:
            facts[before + fact] = content
    return facts


def value_of(kind: type[T], facts: Mapping[str, Fact], before: str = "") -> T:
    """Return the value whose fields are in the facts; what older journals lack has its default."""
    return kind(**fields_in(kind, facts, before))


def fields_in(kind: Any, facts: Mapping[str, Fact], before: str = "") -> dict[str, Any]:
    """Return those fields of a dataclass that the facts hold, by name."""
    found: dict[str, Any] = {}
    for name, fact, read, inner in _readers(kind, before):
        if inner is not None:
            if inside := fields_in(inner, facts, f"{fact}_"):
                found[name] = inner(**inside)
        elif fact in facts:
            found[name] = read(facts[fact])
    return found


def meanings(kind: Any, before: str = "") -> dict[str, str]:
    """Return what the facts of a dataclass mean, `before` in front of each name: of those fields that say it."""
    said: dict[str, str] = {}
    for field, (_, fact, _, inner) in zip(fields(kind), _readers(kind, before), strict=True):
        if inner is not None:
            said |= meanings(inner, f"{fact}_")
        elif "says" in field.metadata:
            said[fact] = str(field.metadata["says"])
    return said


@cache
def _names(kind: Any) -> tuple[tuple[str, str], ...]:
    """Return for each field its name and its fact."""
    return tuple((field.name, _name(field)) for field in fields(kind))


def _name(field: Field[Any]) -> str:
    return str(field.metadata.get("fact", field.name))


def _text(fact: Fact) -> str:
    return str(fact or "")


@cache
def _readers(kind: Any, before: str) -> tuple[tuple[str, str, Callable[[Any], Any], type[Any] | None], ...]:
    """Return for each field its name, its fact with `before`, what reads it, and the dataclass it holds, if any."""
    hints = get_type_hints(kind)
    inner = {name: next((a for a in get_args(hint) if is_dataclass(a)), None) for name, hint in hints.items()}
    return tuple((f.name, before + _name(f), _READ.get(hints[f.name], _text), inner[f.name]) for f in fields(kind))  # type: ignore[misc]
