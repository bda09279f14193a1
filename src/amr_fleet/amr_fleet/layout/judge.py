"""What a draft of the site would be: its text, what differs from the running site, and what is wrong with it. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import yaml
from pydantic import ValidationError

from amr_core.errors import AmrError, Fact
from amr_core.plain_text import plain
from amr_core.site import Site
from amr_core.site.lint import lint
from amr_core.site.patch import lines_of, name_of, patched
from amr_core.yaml_files import parse_yaml

SECTIONS: Final = (
    "walls", "boxes", "doors", "lanes", "zones", "places", "chargers", "parking", "cameras", "levels", "lifts",
    "conveyors", "fleet", "movers",
)  # fmt: skip
"""What the editor draws; it edits the demand, too. The rest of the site file stays as it is, but the sheet's size,
which holds all levels."""
DEMAND: Final = "demand"
LONGEST_ID: Final = 64
MOST_FINDINGS: Final = 200
MOST_DIFF_LINES: Final = 2000
Parts = Mapping[str, Any]
"""Section -> its objects, and the demand, as plain values."""
Change = Literal["added", "changed", "removed"]


@dataclass(frozen=True)
class DraftFinding:
    """What is wrong: a code of the lint or site.schema. section, id: the object ("": none); line of the text, 0 = none.

    Of the demand the id is that of a flow, "dock block". x, y: m, map frame; None: nowhere.
    """

    code: str
    severity: Literal["error", "warning"]
    facts: Mapping[str, Fact]
    section: str = ""
    id: str = ""
    line: int = 0
    x: float | None = None
    y: float | None = None


@dataclass(frozen=True)
class ObjectChange:
    """An object that differs from the running site, or its demand (id ""). fields: which of its values."""

    change: Change
    section: str
    id: str
    fields: Sequence[str] = ()


@dataclass(frozen=True)
class LayoutVerdict:
    """text: of the whole draft, "" where its values make no site. diff: unified, lines without their ends.

    comments_kept: what nobody changed stands in the text as it was; else it was written anew from its values.
    errors: how many findings keep robots off this site. findings_left_out, lines_left_out: more than are given here.
    """

    findings: Sequence[DraftFinding]
    changes: Sequence[ObjectChange]
    text: str = ""
    diff: Sequence[str] = field(default_factory=list)
    comments_kept: bool = True
    site: Site | None = None
    errors: int = 0
    findings_left_out: int = 0
    lines_left_out: int = 0


def parts_of(site: Site) -> dict[str, Any]:
    """Return what the editor changes of a site as plain values, defaults filled in."""
    drawn = {s: [one.model_dump(mode="json") for one in getattr(site, s)] for s in SECTIONS}
    return {**drawn, DEMAND: site.demand.model_dump(mode="json")}


def running_site(text: str) -> Site:
    """Return the site of a text, or raise site.unreadable or site.invalid."""
    try:
        return Site.model_validate(parse_yaml(text))
    except ValidationError as error:
        first = error.errors()[0]
        raise AmrError("site.invalid", where=".".join(map(str, first["loc"])), reason=first["msg"]) from error
    except ValueError as error:
        raise AmrError("site.unreadable", reason=str(error)[:200]) from error


def judge(base: str, parts: Parts) -> LayoutVerdict:
    """Return what a draft is against the text of the running site."""
    running = running_site(base)
    old = parts_of(running)
    drawn = {s: list(parts.get(s, old[s])) for s in SECTIONS}
    wanted: dict[str, Any] = {**parse_yaml(base), **drawn, DEMAND: parts.get(DEMAND, old[DEMAND])}
    if wanted["levels"] != old["levels"]:
        wanted["size"] = _sheet(running, wanted["levels"])
    changes = list(_changes(old, wanted))
    findings = [*_bad_ids(changes)]
    try:
        site = Site.model_validate(wanted)
    except ValidationError as error:
        findings += [_schema(wanted, dict(one)) for one in error.errors()]
        return LayoutVerdict(changes=changes, **_cut(findings))
    text, kept = _text(base, running, site)
    lines = lines_of(text, (*SECTIONS, DEMAND))
    findings += [_placed(wanted, lines, f.code, f.severity, f.facts, f.x, f.y) for f in lint(site)]
    diff = list(difflib.unified_diff(base.splitlines(), text.splitlines(), "running", "draft", lineterm="", n=2))
    return LayoutVerdict(
        changes=changes, text=text, diff=diff[:MOST_DIFF_LINES], comments_kept=kept, site=site,
        lines_left_out=max(0, len(diff) - MOST_DIFF_LINES), **_cut(findings),
    )  # fmt: skip


def _cut(findings: Sequence[DraftFinding]) -> dict[str, Any]:
    """Return the first findings, and how many there are besides; errors come first."""
    return {
        "findings": findings[:MOST_FINDINGS], "findings_left_out": max(0, len(findings) - MOST_FINDINGS),
        "errors": sum(f.severity == "error" for f in findings),
    }  # fmt: skip


def _sheet(running: Site, levels: Sequence[Mapping[str, Any]]) -> list[float]:
    """Return the size of the sheet: it grows to the east and north with the levels that are put on it."""
    size = list(running.size)
    for level in levels:
        size = [max(size[k], round(level["origin"][k] + level["size"][k], 6)) for k in (0, 1)]
    return size


def _text(base: str, running: Site, site: Site) -> tuple[str, bool]:
    """Return the text, and whether what nobody changed stands in it as it was."""
    old, new = parts_of(running), parts_of(site)
    sheet = {"size": list(site.size)} if site.size != running.size else {}
    brief = {s: [_brief(one) for one in getattr(site, s)] for s in SECTIONS}
    known = {s: {name_of(one) for one in old[s]} for s in SECTIONS}
    # A new object is written without its defaults; of an old one only what differs is written.
    wanted: dict[str, Any] = {
        s: [full if name_of(full) in known[s] else short for full, short in zip(new[s], brief[s], strict=True)]
        for s in SECTIONS
    }
    wanted[DEMAND] = new[DEMAND]
    try:
        text = patched(base, old, wanted, sheet)
        again = running_site(text)
        if (parts_of(again), again.size) == (new, site.size):
            return text, True
    except (ValueError, AmrError, LookupError):
        pass  # an unusual hand: the file is written anew
    anew = {**parse_yaml(base), **sheet, **brief, DEMAND: new[DEMAND]}
    return yaml.safe_dump(anew, sort_keys=False, allow_unicode=True, default_flow_style=None), False


def _brief(one: Any) -> dict[str, Any]:
    return dict(one.model_dump(mode="json", exclude_defaults=True))


def _changes(old: Parts, new: Parts) -> Iterator[ObjectChange]:
    for section in SECTIONS:
        before = {name_of(one): one for one in old[section]}
        after = {name_of(one): one for one in new[section]}
        for name in [n for n in after if n not in before]:
            yield ObjectChange("added", section, name)
        for name, one in after.items():
            fields = [k for k in one if name in before and one[k] != before[name].get(k)]
            if fields:
                yield ObjectChange("changed", section, name, fields)
        for name in [n for n in before if n not in after]:
            yield ObjectChange("removed", section, name)
    fields = [k for k in new[DEMAND] if new[DEMAND][k] != old[DEMAND].get(k)]
    if fields:
        yield ObjectChange("changed", DEMAND, "", fields)


def _bad_ids(changes: Sequence[ObjectChange]) -> Iterator[DraftFinding]:
    for one in changes:
        if one.change == "added" and not _is_name(one.id):
            facts: dict[str, Fact] = {"where": f"{one.section}.id", "kind": "bad_id", "reason": "1 to 64 visible signs"}
            yield DraftFinding("site.schema", "error", facts, one.section, one.id)


def _is_name(text: str) -> bool:
    try:
        return 0 < len(text) <= LONGEST_ID and plain(text) == text
    except ValueError:
        return False


def _schema(wanted: Mapping[str, Any], error: Mapping[str, Any]) -> DraftFinding:
    where = [str(part) for part in error["loc"]]
    section, name = where[0] if where and where[0] in (*SECTIONS, DEMAND) else "", ""
    if where[:2] == [DEMAND, "mix"] and len(where) > 2:
        name = name_of(wanted[DEMAND]["mix"][int(where[2])])
    elif section and len(where) > 1 and where[1].isdigit():
        one: Any = wanted[section][int(where[1])]
        name = name_of(one)
        if len(where) > 3 and where[2] == "stations" and where[3].isdigit():
            name = str(one["stations"][int(where[3])].get("id", name))
    limits = [v for k, v in error.get("ctx", {}).items() if isinstance(v, int | float)]
    facts: dict[str, Fact] = {
        "where": ".".join(where)[:100], "kind": str(error["type"]), "reason": str(error["msg"])[:200],
        "field": where[-1] if where else "", "limit": limits[0] if limits else "",
    }  # fmt: skip
    return DraftFinding("site.schema", "error", facts, section, name)


_OF_FACT: Final = {"lane": "lanes", "zone": "zones", "door": "doors", "station": "", "place": "places",
    "lift": "lifts", "camera": "cameras", "level": "levels", "conveyor": "conveyors", "robot": "fleet",
    "mover": "movers"}  # fmt: skip
_OF_WHAT: Final = {
    "Wall": "walls",
    "Box": "boxes",
    "Door": "doors",
    "Lane": "lanes",
    "Zone": "zones",
    "Place": "places",
    "Lift": "lifts",
    "Camera": "cameras",
    "Level": "levels",
    "Conveyor": "conveyors",
    "Robot": "fleet",
    "Mover": "movers",
}


def _placed(
    wanted: Parts, lines: Mapping[tuple[str, str], int], code: str, severity: Literal["error", "warning"],
    facts: Mapping[str, Fact], x: float | None, y: float | None,
) -> DraftFinding:  # fmt: skip
    section, name = _object(wanted, facts)
    plain_facts = {k: v if isinstance(v, str | int | float) else str(v) for k, v in facts.items()}
    return DraftFinding(code, severity, plain_facts, section, name, lines.get((section, name), 0), x, y)


def _object(wanted: Parts, facts: Mapping[str, Fact]) -> tuple[str, str]:
    """Return section and id of the object that a finding is about."""
    if "what" in facts:
        name = str(facts.get("id", ""))
        return _of_station(wanted, name) if facts["what"] == "Station" else (_OF_WHAT.get(str(facts["what"]), ""), name)
    if {"pick", "drop"} <= set(facts):
        return DEMAND, name_of(facts)
    for fact in ("mover", "conveyor", "robot", "lift", "camera", "station", "lane", "door", "zone", "place", "level"):
        name = str(facts.get(fact, ""))
        section, name = _of_station(wanted, name) if fact == "station" else (_OF_FACT[fact], name)
        # What names something that is not there is about the next one: a door that names a lane.
        if fact in facts and any(name in (name_of(one), *_stations(one)) for one in wanted.get(section, ())):
            return section, name
    return "", ""


def _stations(one: Mapping[str, Any]) -> list[Any]:
    return [station.get("id") for station in one.get("stations", ())]


def _of_station(wanted: Parts, name: str) -> tuple[str, str]:
    for section in ("chargers", "parking"):
        if any(one.get("id") == name for one in wanted[section]):
            return section, name
    for lift in wanted.get("lifts", ()):
        if name.startswith(f"{lift.get('id')}@"):  # the cabin at one of its stops
            return "lifts", str(lift.get("id"))
    for place in wanted["places"]:
        if name in _stations(place):
            return "places", name
    return "", name
