"""A trial's record: what the permit says, by the letters of the law's list; a change is a new version.

Letters (Law on S&T and Innovation 2025, ch. II sec. 2): a goals, b participants, c criteria, d authority, đ
selection_note, e versions and transitions (kept by `book`), g envelope, h control. Lengths m in the map frame, speeds
m/s, masses kg, times with their zone (UTC+7: the site's).
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import rfc8785
import yaml
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from amr_core.errors import AmrError
from amr_core.json_texts import read_json
from amr_core.plain_text import plain
from amr_core.yaml_files import parse_yaml
from amr_fleet.fleet_time import LOCAL

_LARGEST_FILE: Final = 256 * 1024
MOST_POINTS, MOST_AREAS, MOST_ROWS = 200, 50, 200


def _visible(text: str) -> str:
    shown = plain(text)
    if text and not shown:
        raise ValueError("nothing that a screen shows")
    return shown


Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), AfterValidator(_visible)]
Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^[^\x00-\x1f]*$"),
    AfterValidator(_visible),
]
TrialId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64, pattern=r"^[^\x00-\x1f]+$")]
Digest = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{64})?$")]
Metre = Annotated[float, Field(ge=-1e5, le=1e5, allow_inf_nan=False)]
Speed = Annotated[float, Field(gt=0.0, le=5.0, allow_inf_nan=False)]
XY = tuple[Metre, Metre]
Polygon = Annotated[tuple[XY, ...], Field(min_length=3, max_length=MOST_POINTS)]
Areas = Annotated[tuple[Polygon, ...], Field(max_length=MOST_AREAS)]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: Final[tuple[Day, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ClockTime = Annotated[str, StringConstraints(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")]
Range = tuple[float | None, float | None]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Both(_Model):
    """A text in both languages."""

    vi: Line
    en: Line = ""


class PermitPaper(_Model):
    """The paper: number, who issued it, when, SHA-256 of its file."""

    number: Line = ""
    issuer: Line = ""
    date: Annotated[str, StringConstraints(pattern=r"^(\d{4}-\d{2}-\d{2})?$")] = ""
    file_sha256: Digest = ""


class Participant(_Model):
    """An organisation, its part, how to reach it."""

    org: Line
    role: Line
    contact: Line = ""


class Criterion(_Model):
    """What shall be reached: a figure of docs/kpis.md against a target."""

    id: TrialId
    text: Both
    kpi: Line = ""
    operator: Literal["<=", ">=", "<", ">", "="] = ">="
    target: float = 0.0


class Authority(_Model):
    """Who decides about the trial; accounts: users of role authority that may read it and decide."""

    organisation: Line = ""
    contact: Line = ""
    accounts: Annotated[tuple[Name, ...], Field(max_length=20)] = ()


class ZoneSpeed(_Model):
    """A speed limit inside a polygon."""

    polygon: Polygon
    max_speed: Speed


class MaxSpeed(_Model):
    """Speed limits: everywhere, in zones, for robot types; the lowest one holds."""

    all: Speed
    zones: Annotated[tuple[ZoneSpeed, ...], Field(max_length=MOST_AREAS)] = ()
    types: dict[Name, Speed] = {}


class TrialWindow(_Model):
    """When robots may drive in a week, in the site's time; an end before the begin is on the next day."""

    days: Annotated[tuple[Day, ...], Field(min_length=1, max_length=7)]
    begin: ClockTime
    end: ClockTime


class Supervision(_Model):
    """Who has to be there; heartbeat_s: how often one of them says so, 0 = never."""

    roles: tuple[Literal["operator", "engineer", "admin"], ...] = ("operator", "engineer", "admin")
    heartbeat_s: Annotated[float, Field(ge=0.0, le=86400.0, allow_inf_nan=False)] = 0.0


class Conditions(_Model):
    """Ranges that the surroundings have to be in: degrees Celsius, relative humidity in %, lux, m/s."""

    temp: Range = (None, None)
    rh: Range = (None, None)
    lux: Range = (None, None)
    wind: Range = (None, None)


class TrialEnvelope(_Model):
    """Letter g: where, when, how fast, how many, how heavy, under which conditions."""

    areas: Annotated[Areas, Field(min_length=1)]
    forbidden: Areas = ()
    begin: AwareDatetime
    end: AwareDatetime
    windows: Annotated[tuple[TrialWindow, ...], Field(max_length=50)] = ()
    max_speed: MaxSpeed
    max_robots_moving: Annotated[int, Field(ge=1, le=1000)]
    max_load_kg: Annotated[float, Field(gt=0.0, le=1e5, allow_inf_nan=False)]
    serials: Annotated[tuple[Name, ...], Field(min_length=1, max_length=1000)]
    supervision: Supervision = Supervision()
    conditions: Conditions = Conditions()
    cameras: Annotated[tuple[Name, ...], Field(max_length=200)] = ()
    network_min: Line = ""
    margin_s: Annotated[float, Field(ge=0.0, le=3600.0, allow_inf_nan=False)] = 60.0


class Duty(_Model):
    """A condition of the permit that has to be shown to be fulfilled; due: a date, "" = before the start."""

    id: TrialId
    text: Both
    due: Annotated[str, StringConstraints(pattern=r"^(\d{4}-\d{2}-\d{2})?$")] = ""


class Control(_Model):
    """Letter h: how the process is watched."""

    reports: Text = ""
    watch: Text = ""
    insurance: Text = ""
    emergency_plan: Text = ""
    duties: Annotated[tuple[Duty, ...], Field(max_length=MOST_ROWS)] = ()


class RobotUnit(_Model):
    """A robot of the trial; serial: its name in the fleet."""

    serial: Name
    type: Line = ""
    firmware: Line = ""


class Software(_Model):
    """What is tried: commit, hashes of map and parameters, robots."""

    commit: Line = ""
    map_sha256: Digest = ""
    params_sha256: Digest = ""
    robots: Annotated[tuple[RobotUnit, ...], Field(max_length=1000)] = ()


class Risk(_Model):
    """A row of a register: of risks, of AI systems, of processing of personal data."""

    id: TrialId
    text: Both
    measure: Text = ""
    owner: Line = ""


class TrialRecord(_Model):
    """One version of a trial."""

    trial_id: TrialId
    title: Both
    legal_basis: Annotated[tuple[Line, ...], Field(max_length=20)] = ()
    permit: PermitPaper = PermitPaper()
    goals: Annotated[tuple[Both, ...], Field(max_length=MOST_ROWS)] = ()
    participants: Annotated[tuple[Participant, ...], Field(max_length=MOST_ROWS)] = ()
    criteria: Annotated[tuple[Criterion, ...], Field(max_length=MOST_ROWS)] = ()
    authority: Authority = Authority()
    selection_note: Text = ""
    envelope: TrialEnvelope
    control: Control = Control()
    software: Software = Software()
    risk_register: Annotated[tuple[Risk, ...], Field(max_length=MOST_ROWS)] = ()
    ai_register: Annotated[tuple[Risk, ...], Field(max_length=MOST_ROWS)] = ()
    pdp_register: Annotated[tuple[Risk, ...], Field(max_length=MOST_ROWS)] = ()

    def canonical(self) -> str:
        """Return the record as canonical JSON (RFC 8785)."""
        return rfc8785.dumps(self.model_dump(mode="json")).decode()

    def sha256(self) -> str:
        """Return the SHA-256 of the canonical JSON, in hex."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()

    @property
    def begin(self) -> float:
        """Begin of the permit in Unix seconds."""
        return self.envelope.begin.timestamp()

    @property
    def end(self) -> float:
        """End of the permit in Unix seconds."""
        return self.envelope.end.timestamp()


def parse(raw: object) -> TrialRecord:
    """Return the record in a JSON value or text; raise sandbox.invalid, with the place of the first fault."""
    try:
        return TrialRecord.model_validate_json(raw) if isinstance(raw, str | bytes) else TrialRecord.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])[:100]
        raise AmrError("sandbox.invalid", where=where or "record", reason=str(first["msg"])[:200]) from error
    except RecursionError as error:
        raise AmrError("sandbox.invalid", where="record", reason="nested too deeply") from error


def load(path: Path) -> TrialRecord:
    """Read a record from a YAML or JSON file; raise sandbox.bad_file or sandbox.invalid."""
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST_FILE + 1)
        if len(data) > _LARGEST_FILE:
            raise ValueError(f"larger than {_LARGEST_FILE} bytes")
        raw: Any = read_json(data) if path.suffix == ".json" else parse_yaml(data.decode(), _Loader)
    except (OSError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())[:200]
        raise AmrError("sandbox.bad_file", path=str(path), reason=reason) from error
    return parse(raw)


class _Loader(yaml.SafeLoader):
    """YAML whose times stay text: YAML would turn them into UTC, and the zone that the permit names would be lost."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in rules if tag != "tag:yaml.org,2002:timestamp"]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def local(at: float) -> datetime:
    """Return Unix seconds in the site's time."""
    return datetime.fromtimestamp(at, LOCAL)
