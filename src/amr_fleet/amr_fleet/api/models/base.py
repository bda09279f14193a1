"""What bodies and answers are made of. Metres in the map frame, radians, seconds of the fleet's clock (0 = none)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema
from typing_extensions import TypeAliasType

from amr_core.plain_text import cut, plain
from amr_fleet.domain.holds import LONGEST_WHY, MOST_OWNERS
from amr_fleet.fleet_time import DAY_S

WEEK_S: Final = 7 * DAY_S  # chosen: what is farther off was typed wrong; shorter refuses plans that people make


def _visible(text: str) -> str:
    shown = plain(text)
    if not shown:
        raise ValueError("nothing that a screen shows")
    return shown


Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=64, pattern=r"^[^\x00-\x1f]*$"),
    AfterValidator(_visible),
]
Label = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=64, pattern=r"^[^\x00-\x1f]*$"), AfterValidator(plain)
]
Why = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=LONGEST_WHY, pattern=r"^[^\x00-\x1f]*$"),
    AfterValidator(plain),
]
Owners = Annotated[tuple[Name, ...], Field(max_length=MOST_OWNERS)]
"""Whose pauses or holds a person ends or takes over, by their user names."""


def _readable(text: object, longest: int) -> str:
    return cut(text, longest) if isinstance(text, str) else ""


def _readable_owners(names: object) -> list[str]:
    few = names[:MOST_OWNERS] if isinstance(names, list | tuple) else ()
    return [name for name in (_readable(one, 64) for one in few) if name]


Seen = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]
"""The newest fleet time (s) of what a person saw before naming owners, 0 = not said: what came later stays."""
# The same with a stop, which nothing that is said with it may refuse: what cannot be read is cut or left out.
WhyOfStop = Annotated[str, BeforeValidator(lambda text: _readable(text, LONGEST_WHY))]
OwnersOfStop = Annotated[tuple[str, ...], BeforeValidator(_readable_owners)]
_PLAIN: Final = (str, int, float, bool, type(None))


class RequestBody(BaseModel):
    """Base of all request bodies: nothing unknown, nothing changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Answer(BaseModel):
    """Base of all answers: a view's attributes of the same names, checked and rounded as the fields say."""

    model_config = ConfigDict(from_attributes=True, json_schema_serialization_defaults_required=True)


def _rounded(digits: int) -> BeforeValidator:
    def measured(value: float | None) -> float | None:
        return round(float(value), digits) if value is not None and math.isfinite(value) else None

    return BeforeValidator(measured)


def _moment(value: float) -> float:
    return round(float(value), 3) if math.isfinite(value) else 0.0


def _points(points: Iterable[Sequence[float]]) -> list[tuple[float, float]]:
    return [(round(float(x), 2), round(float(y), 2)) for x, y in points]


def _facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return facts as plain values: what a foreign robot nests is told as text."""
    return {name: value if isinstance(value, _PLAIN) else str(value) for name, value in facts.items()}


# A figure that may be unknown; at most so many digits.
Measured = Annotated[float | None, _rounded(3)]
Tenths = Annotated[float | None, _rounded(1)]
# A time or a duration; never unknown, 0 = none.
Seconds = Annotated[float, BeforeValidator(_moment)]
XY = TypeAliasType("XY", tuple[float, float])
Points = Annotated[list[XY], BeforeValidator(_points)]
_FACT: Final[dict[str, Any]] = {"type": ["string", "number", "boolean", "null"]}
Facts = TypeAliasType(
    "Facts",
    Annotated[
        dict[str, Any],
        BeforeValidator(_facts),
        WithJsonSchema({"type": "object", "additionalProperties": _FACT}),
    ],
)
