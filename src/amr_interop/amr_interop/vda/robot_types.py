"""A robot type of a site, made of a factsheet and of what a person adds; what nobody said is filled in and told.

Sizes and payload are not guessed: traffic keeps the space of the type free, and gives it loads by its payload.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError

from amr_core.errors import AmrError
from amr_core.robots import RobotType, robot_type
from amr_core.site import OwnType
from amr_interop.vda import decode
from amr_interop.vda.fitting import misfits
from amr_interop.vda.messages import Extent, Factsheet
from amr_interop.vda.reading import Record, parse

NUMBERS: Final = tuple(name for name in OwnType.model_fields if name not in ("name", "like"))
"""What a person may add or change."""
_FORKS: Final = frozenset({"FORKLIFT"})


def own_type(payload: bytes, name: str, like: str, added: Mapping[str, float]) -> tuple[OwnType, tuple[str, ...]]:
    """Return a type called name and what is to be said about it, sentence by sentence.

    payload: the factsheet as JSON, as on the topic; like: the type of ours that says the rest, "" = by its class;
    added: `NUMBERS` that a person says, which go before the factsheet. Raises message.invalid for what is no factsheet,
    factsheet.unusable for one without sizes or payload, and for a type that its robot would get no orders with.
    """
    record = parse("factsheet", payload)
    _, sheet = decode.factsheet(record)
    notes = [f"not readable: {reason}" for reason in sheet.unread]
    like = like or _like(record, notes)
    kind = robot_type(like)
    values = _rest(record, sheet, kind, added, notes) | _sizes(sheet, kind, added, notes) | dict(added)
    try:
        own = OwnType.model_validate({"name": name, "like": like, **values})
    except ValidationError as error:
        first = error.errors()[0]
        raise _unusable(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    wrong = misfits(sheet, own.robot_type())
    fatal = [f"{error.code} {dict(error.facts)}" for error in wrong if error.level == "FATAL"]
    if fatal:
        raise _unusable(f"its robot would get no orders: {fatal[0]}")
    return own, (*notes, *(f"it will be told: {error.code} {dict(error.facts)}" for error in wrong))


def _unusable(reason: str) -> AmrError:
    return AmrError("factsheet.unusable", reason=reason[:300])


def _like(record: Record, notes: list[str]) -> str:
    kind = record.child("typeSpecification", Record(record.topic, "", {}))
    said = kind.text("agvClass", "") or kind.text("mobileRobotClass", "")
    like = "fork_robot" if said in _FORKS else "lift_amr"
    notes.append(f"its class is {said[:32] or 'not said'}: sensors, body, battery and times are those of {like}")
    return like


def _sizes(sheet: Factsheet, kind: RobotType, added: Mapping[str, float], notes: list[str]) -> dict[str, float]:
    """Return how far it reaches, bare and with the widest of its loads. A box without a place is taken as centred."""
    own = {"front", "rear", "half_width"}
    at = sheet.outline
    if at is None and not own <= added.keys():
        if not (sheet.length > 0.0 and sheet.width > 0.0):
            raise _unusable("it says neither envelopes2d nor length and width: add front, rear and half_width")
        notes.append("no envelopes2d: its length and width are taken as centred on its own frame")
    if at is None:
        at = Extent(sheet.length / 2.0, sheet.length / 2.0, sheet.width / 2.0, 0.0)
    # What it says of its length and width holds, too, around whatever its curves are.
    longer = max(0.0, (sheet.length - at.front - at.rear) / 2.0)
    sizes = {"front": at.front + longer, "rear": at.rear + longer, "half_width": max(at.half_width, sheet.width / 2.0)}
    loads = [
        load.extent or Extent(load.length / 2.0, load.length / 2.0, load.width / 2.0, 0.0)
        for load in sheet.loads
        if load.extent is not None or load.length > 0.0
    ]
    if not loads:
        missing = {"load_front", "load_rear", "load_half_width"} - added.keys()
        if missing:
            notes.append(f"no size of a load: {', '.join(sorted(missing))} are those of {kind.name}")
        return sizes | {
            "load_front": kind.load_front, "load_rear": kind.load_rear, "load_half_width": kind.load_half_width
        }  # fmt: skip
    return sizes | {
        "load_front": max(load.front for load in loads), "load_rear": max(load.rear for load in loads),
        "load_half_width": max(load.half_width for load in loads),
    }  # fmt: skip


def _rest(
    record: Record, sheet: Factsheet, kind: RobotType, added: Mapping[str, float], notes: list[str]
) -> dict[str, Any]:
    """Return speeds, accelerations and payload; what is not said is that of the type of ours."""
    body = record.child("physicalParameters", Record(record.topic, "", {}))
    said = {
        "max_speed": sheet.max_speed, "acceleration": sheet.acceleration, "deceleration": sheet.deceleration,
        "max_turn_rate": body.number("maximumAngularSpeed", 0.0),
    }  # fmt: skip
    values = {name: value if value > 0.0 else float(getattr(kind, name)) for name, value in said.items()}
    notes += [
        f"{name} is not said: {values[name]:g} as {kind.name}"
        for name, value in said.items()
        if value <= 0.0 and name not in added
    ]
    most = [load.max_weight for load in sheet.loads if load.max_weight > 0.0]
    payload = sheet.max_load if sheet.max_load > 0.0 else max(most, default=0.0)
    if payload <= 0.0 and "max_payload" not in added:
        raise _unusable("it does not say what it carries: add max_payload (kg)")
    return values | {"max_payload": payload}
