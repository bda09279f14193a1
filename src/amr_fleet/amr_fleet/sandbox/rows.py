"""What is noted of a trial: incidents, conditions, proofs, test cards. Each row is checked before it is kept."""

from __future__ import annotations

import json
from typing import Annotated, Any, Final, Literal

import rfc8785
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from amr_core.errors import AmrError
from amr_fleet.sandbox.book import Breach, Trial
from amr_fleet.sandbox.record import Both, Digest, Line, Name, Text, TrialId, TrialRecord
from amr_fleet.vocabulary import IncidentKind, IncidentSeverity

# Heads of ASTM F3218; the first four of programme's conditions have ranges in the permit.
Head = Literal[
    "lighting", "external_emitters", "temperature", "humidity", "electrical_interference", "air_quality",
    "ground_surface", "boundaries", "wind",
]  # fmt: skip
RANGE_OF: Final = {"temperature": "temp", "humidity": "rh", "lighting": "lux", "wind": "wind"}
# ISO 18646-2, as far as domain knowledge goes: outside it figures of navigation are not comparable.
COMPARABLE: Final = {"temperature": (10.0, 30.0), "humidity": (0.0, 80.0), "lighting": (100.0, 1000.0)}
Finite = Annotated[float, Field(allow_inf_nan=False, ge=-1e12, le=1e12)]
RequiredDigest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
MOST_REPS: Final = 5000


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class People(_Row):
    """How many were concerned and what happened to them; never names."""

    n: Annotated[int, Field(ge=0, le=1000)] = 0
    injury: Literal["none", "first_aid", "medical", "serious", "fatal"] = "none"


class Evidence(_Row):
    """Where it can be looked up: entries of the journal (fleet s), a recording and its SHA-256."""

    journal: tuple[Finite, Finite] | None = None
    mcap: Line = ""
    sha256: Digest = ""


class Notified(_Row):
    """Who was told, when (Unix s), under which reference."""

    to: Line
    at: Finite
    ref: Line = ""


class Incident(_Row):
    """An incident; t_occurred and t_noticed in Unix seconds. The same id again says what is known by now."""

    id: TrialId
    t_occurred: Finite
    t_noticed: Finite
    place: Line = ""
    robots: Annotated[tuple[Name, ...], Field(max_length=1000)] = ()
    kind: IncidentKind
    severity: IncidentSeverity
    people: People = People()
    what: Text
    done_at_once: Text = ""
    evidence: Evidence = Evidence()
    cause: Text = ""
    measures: Annotated[tuple[Line, ...], Field(max_length=50)] = ()
    owner: Line = ""
    due: Line = ""
    notified: Annotated[tuple[Notified, ...], Field(max_length=50)] = ()
    closed: bool = False


class ConditionRow(_Row):
    """What the surroundings were: a head of ASTM F3218, value and unit, who measured it, at t (Unix s)."""

    at: Finite
    zone: Line = ""
    head: Head
    value: Finite
    unit: Line = ""
    source: Literal["sensor", "person"] = "person"
    nature: Literal["static", "dynamic", "transitional"] = "static"


class Proof(_Row):
    """That a duty of the permit is fulfilled: which file shows it."""

    duty: TrialId
    file: Line
    sha256: RequiredDigest
    note: Text = ""


class Standard(_Row):
    """Which clause of which standard a card is made after: its number, never its text."""

    name: Line = ""
    clause: Line = ""


class CardPlan(_Row):
    """Sample size: reliability R with confidence C takes n repetitions, of which c may fail."""

    R: Annotated[float, Field(gt=0.0, lt=1.0)]
    C: Annotated[float, Field(gt=0.0, lt=1.0)]
    n: Annotated[int, Field(ge=1, le=100000)]
    c: Annotated[int, Field(ge=0, le=1000)] = 0


class Rep(_Row):
    """One repetition: t0, t1 in Unix s; passed None = broken off, it stays listed and counts for nothing."""

    i: Annotated[int, Field(ge=1, le=100000)]
    t0: Finite
    t1: Finite
    passed: Annotated[bool | None, Field(alias="pass")]
    value: Finite | None = None
    note: Line = ""
    evidence: Annotated[tuple[RequiredDigest, ...], Field(max_length=20)] = ()
    conditions: Annotated[tuple[Line, ...], Field(max_length=50)] = ()


class Card(_Row):
    """A test card. A series that failed starts again under a new id."""

    id: TrialId
    title: Both
    standard: Standard = Standard()
    purpose: Text = ""
    setup: dict[Line, Line] = {}
    robot_config_sha256: Digest = ""
    conditions_required: Annotated[tuple[Line, ...], Field(max_length=50)] = ()
    steps: Annotated[tuple[Line, ...], Field(max_length=100)] = ()
    metric: Line = ""
    plan: CardPlan
    reps: Annotated[tuple[Rep, ...], Field(max_length=MOST_REPS)] = ()
    deviations: Text = ""
    operator: Line = ""
    witness: Line = ""


_KINDS: Final[dict[str, type[_Row]]] = {
    "incident": Incident, "condition": ConditionRow, "proof": Proof, "card": Card,
}  # fmt: skip


def checked(kind: str, text: str, trial: Trial) -> str:
    """Return a row as canonical JSON; raise sandbox.invalid when it is none, or speaks of what the trial has not."""
    model = _KINDS[kind]
    try:
        row = model.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])[:100] or kind
        raise AmrError("sandbox.invalid", where=where, reason=str(first["msg"])[:200]) from error
    if isinstance(row, Proof) and row.duty not in {d.id for d in trial.record.control.duties}:
        raise AmrError("sandbox.invalid", where="duty", reason=f"the permit has no duty {row.duty}")
    if isinstance(row, Incident) and row.t_noticed < row.t_occurred:
        raise AmrError("sandbox.invalid", where="t_noticed", reason="before it occurred")
    if isinstance(row, Card):
        _check_card(row, trial)
    return rfc8785.dumps(row.model_dump(mode="json", by_alias=True)).decode()


def _check_card(card: Card, trial: Trial) -> None:
    numbers = [rep.i for rep in card.reps]
    if len(set(numbers)) != len(numbers):
        raise AmrError("sandbox.invalid", where="reps", reason="two repetitions have one number")
    if any(rep.t1 < rep.t0 for rep in card.reps):
        raise AmrError("sandbox.invalid", where="reps", reason="a repetition ends before it begins")
    old = trial.cards.get(card.id)
    if old is None:
        return
    now = {rep.i: rep.model_dump(mode="json", by_alias=True) for rep in card.reps}
    for rep in old["reps"]:  # nothing that was measured goes, or is made better afterwards
        if now.get(rep["i"]) != rep:
            raise AmrError("sandbox.invalid", where="reps", reason=f"repetition {rep['i']} was noted differently")
    if old["plan"] != card.plan.model_dump(mode="json"):
        raise AmrError("sandbox.invalid", where="plan", reason="the plan of a begun series stays as it is")


def outside(row: str, record: TrialRecord) -> tuple[float, float] | None:
    """Return value and limit of a condition that is outside the permit's range, None when it is inside."""
    found: dict[str, Any] = json.loads(row)
    name = RANGE_OF.get(found["head"])
    if name is None:
        return None
    low, high = getattr(record.envelope.conditions, name)
    value = float(found["value"])
    if low is not None and value < low:
        return value, low
    return (value, high) if high is not None and value > high else None


def comparable(row: dict[str, Any]) -> bool:
    """Return whether a condition lies in the range in which figures of navigation can be compared."""
    low, high = COMPARABLE.get(row["head"], (-1e12, 1e12))
    return bool(low <= row["value"] <= high)


def of_breach(trial: Trial, breach: Breach, utc: float) -> str:
    """Return the incident that a breach opens by itself."""
    robots = [breach.robot] if breach.robot else []
    row = Incident(
        id=f"{trial.trial_id[:40]}-B{len(trial.breaches) + 1:03d}", t_occurred=utc, t_noticed=utc,
        place=f"({breach.x:.2f}, {breach.y:.2f})" if breach.robot else "", robots=tuple(robots), kind="breach",
        severity="S1", what=f"{breach.rule}: {breach.value:g} / {breach.limit:g}",
        done_at_once="suspended", evidence=Evidence(journal=(utc - 60.0, utc + 60.0)),
    )  # fmt: skip
    return rfc8785.dumps(row.model_dump(mode="json", by_alias=True)).decode()
