"""What a record has to be before anybody signs it: shapes, times, names of the site, no other permit in its way."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass

import shapely

from amr_core.errors import AmrError, Fact
from amr_core.site import Site
from amr_core.site.solids import area_of
from amr_fleet.fleet_time import LOCAL
from amr_fleet.sandbox.record import Polygon, TrialRecord
from amr_fleet.sandbox.sketch import Drawn, Sketch

_LEAST_AREA = 0.5  # m2: no robot stands on less
_OFFSET = LOCAL.utcoffset(None)
_SEVEN = "+07:00"


@dataclass(frozen=True)
class RecordFault:
    """One fault: a code of ERRORS with its facts."""

    code: str
    facts: dict[str, Fact]

    def error(self) -> AmrError:
        """Return it as an error."""
        return AmrError(self.code, **self.facts)


def _fault(code: str, **facts: Fact) -> RecordFault:
    return RecordFault(code, facts)


def faults(record: TrialRecord, site: Site | None = None, others: Iterable[TrialRecord] = ()) -> list[RecordFault]:
    """Return all faults; others: permits that are approved or run, this one not among them."""
    shapes = list(_shapes(_named_shapes(record)))
    found = [*shapes, *_times(record), *_twice(record)]
    if site is not None:
        found += _site(record, site)
    if not shapes:
        found += [
            _fault("sandbox.overlap", trial=record.trial_id, other=o.trial_id) for o in others if _meet(record, o)
        ]
    return found


def sketch_faults(sketch: Sketch, site: Site) -> list[RecordFault]:
    """Return all faults of what was drawn, before there is a record of it."""
    named = list(_drawn(sketch))
    found = [*_shapes(named), *_off_site(named, site)]
    found += [_fault("sandbox.invalid", where="areas", reason="there is none")] if not sketch.areas else []
    return [*found, *_unknown("serials", sketch.serials, {robot.name for robot in site.fleet})]


def check(record: TrialRecord, site: Site | None = None, others: Iterable[TrialRecord] = ()) -> None:
    """Raise the first fault as an error."""
    for found in faults(record, site, others):
        raise found.error()


def missing(record: TrialRecord) -> list[str]:
    """Return what a draft may lack and a submitted record may not."""
    needed = {
        "legal_basis": record.legal_basis, "permit.issuer": record.permit.issuer, "goals": record.goals,
        "participants": record.participants, "criteria": record.criteria,
        "authority.organisation": record.authority.organisation, "authority.accounts": record.authority.accounts,
        "selection_note": record.selection_note, "control.reports": record.control.reports,
        "control.emergency_plan": record.control.emergency_plan, "risk_register": record.risk_register,
    }  # fmt: skip
    return [name for name, value in needed.items() if not value]


def _named_shapes(record: TrialRecord) -> Iterator[tuple[str, Polygon]]:
    envelope = record.envelope
    yield from ((f"envelope.{where}", polygon) for where, polygon in _drawn(envelope))
    yield from ((f"envelope.max_speed.zones.{i}", z.polygon) for i, z in enumerate(envelope.max_speed.zones))


def _drawn(drawn: Drawn) -> Iterator[tuple[str, Polygon]]:
    yield from ((f"areas.{i}", p) for i, p in enumerate(drawn.areas))
    yield from ((f"forbidden.{i}", p) for i, p in enumerate(drawn.forbidden))


def _shapes(named: Iterable[tuple[str, Polygon]]) -> Iterator[RecordFault]:
    for where, points in named:
        polygon = shapely.Polygon(points)
        if polygon.convex_hull.area < _LEAST_AREA:  # points on a line: they cross nothing
            yield _fault("sandbox.invalid", where=where, reason=f"its area is under {_LEAST_AREA} m2")
        elif not polygon.is_valid:
            at = re.search(r"\[(\S+) (\S+)\]", shapely.is_valid_reason(polygon))
            x, y = (float(at[1]), float(at[2])) if at else points[0]
            yield _fault("sandbox.self_crossing", where=where, x=round(x, 2), y=round(y, 2))
        elif polygon.area < _LEAST_AREA:
            yield _fault("sandbox.invalid", where=where, reason=f"its area is under {_LEAST_AREA} m2")


def _times(record: TrialRecord) -> Iterator[RecordFault]:
    envelope = record.envelope
    for where, at in (("envelope.begin", envelope.begin), ("envelope.end", envelope.end)):
        if at.utcoffset() != _OFFSET:
            yield _fault("sandbox.time_zone", where=where, value=at.isoformat(), zone=_SEVEN)
    if envelope.begin >= envelope.end:
        yield _fault("sandbox.time_order", begin=envelope.begin.isoformat(), end=envelope.end.isoformat())
    for i, window in enumerate(envelope.windows):
        if window.begin in (window.end, "24:00"):
            yield _fault("sandbox.invalid", where=f"envelope.windows.{i}", reason="it has no length")
    for name, (low, high) in vars(envelope.conditions).items():
        if low is not None and high is not None and low > high:
            yield _fault("sandbox.invalid", where=f"envelope.conditions.{name}", reason="the range is empty")


def _twice(record: TrialRecord) -> Iterator[RecordFault]:
    """Tell of rows whose id another one has: cards, proofs and reports name them by it."""
    for where, ids in (
        ("criteria", [c.id for c in record.criteria]),
        ("risk_register", [r.id for r in record.risk_register]),
        ("control.duties", [d.id for d in record.control.duties]),
    ):
        for i, name in enumerate(ids):
            if name in ids[:i]:
                yield _fault("sandbox.invalid", where=f"{where}.{i}.id", reason=f"{name} is there twice")


def _off_site(named: Iterable[tuple[str, Polygon]], site: Site) -> Iterator[RecordFault]:
    floor = shapely.box(0.0, 0.0, *site.size)
    for where, points in named:
        shape = shapely.Polygon(points)
        if shape.is_valid and not shape.intersects(floor):
            yield _fault("sandbox.outside_site", where=where)


def _unknown(where: str, names: Iterable[str], known: Container[str]) -> Iterator[RecordFault]:
    yield from (_fault("sandbox.unknown_name", where=where, name=name[:64]) for name in names if name not in known)


def _site(record: TrialRecord, site: Site) -> Iterator[RecordFault]:
    yield from _off_site(_named_shapes(record), site)
    robots = {robot.name for robot in site.fleet}
    cameras = {camera.id for camera in site.cameras}
    types = {robot.type for robot in site.fleet}
    envelope = record.envelope
    for where, names, known in (
        ("envelope.serials", envelope.serials, robots),
        ("envelope.cameras", envelope.cameras, cameras),
        ("envelope.max_speed.types", envelope.max_speed.types, types),
    ):
        yield from _unknown(where, names, known)


def _meet(one: TrialRecord, other: TrialRecord) -> bool:
    """Two permits are for the same floor at the same time."""
    if one.trial_id == other.trial_id or one.begin >= other.end or other.begin >= one.end:
        return False
    mine = shapely.unary_union([area_of(p) for p in one.envelope.areas])
    theirs = shapely.unary_union([area_of(p) for p in other.envelope.areas])
    return bool(mine.intersection(theirs).area > 1e-6)
