"""What a dossier says, as a fold of the journal: the same journal gives the same bytes."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import distributions
from typing import Any, Final

import rfc8785

from amr_core.errors import AmrError
from amr_core.site import Site
from amr_fleet.domain.events import JournalEntry
from amr_fleet.report.fold import make_report
from amr_fleet.report.period import Period
from amr_fleet.sandbox.book import Trial, TrialBook, book_of
from amr_fleet.sandbox.record import local
from amr_fleet.sandbox.rows import comparable, outside
from amr_fleet.sandbox.statistics import verdict

FORMAT: Final = "amr-trial-dossier/1"
_FIGURES: Final = (
    "created", "done", "cancelled", "failed", "open_at_end", "with_deadline", "on_time", "missions", "deadlocks",
    "interventions", "attempts_failed", "faults", "charges", "energy_wh", "service", "repair", "technical", "alarms",
    "digest",
)  # fmt: skip


def stamp(utc: float) -> str:
    """Return Unix seconds as ISO 8601 in the site's zone."""
    return local(utc).isoformat(timespec="seconds")


def chosen(book: TrialBook, trial_id: str) -> Trial:
    """Return the named trial, or the only one; raise sandbox.not_found."""
    if trial_id:
        return book.get(trial_id)
    if len(book.trials) != 1:
        raise AmrError("sandbox.not_found", trial=", ".join(book.trials) or "-")
    return next(iter(book.trials.values()))


def parts(journal: Sequence[JournalEntry], site: Site, trial_id: str) -> dict[str, bytes]:
    """Return the files that are made of the journal alone, by name."""
    book = book_of(journal)
    trial = chosen(book, trial_id)
    files = {
        "dossier.json": _json(_dossier(journal, site, book, trial)),
        "conditions.csv": _conditions(trial),
        "incidents.json": _json(list(trial.incidents.values())),
        "obstacles.json": _json(_obstacles(journal, book, trial)),
        "dataset-manifest.json": _json({"format": FORMAT, "files": []}),
    }
    for card_id, card in sorted(trial.cards.items()):
        files[f"cards/{card_id}.json"] = _json({**card, "verdict": asdict(verdict(card))})
    return files


def ran(trial: Trial, end: float) -> list[tuple[float, float]]:
    """Return the spans (fleet s) in which a trial ran, up to the end of the journal."""
    spans, since = [], None
    for step in trial.transitions:
        if step.state == "running":
            since = step.t
        elif since is not None:
            spans.append((since, step.t))
            since = None
    return [*spans, (since, end)] if since is not None and since <= end else spans


def _dossier(journal: Sequence[JournalEntry], site: Site, book: TrialBook, trial: Trial) -> dict[str, Any]:
    end = journal[-1].t if journal else 0.0

    def when(t: float) -> str:
        return stamp(book.utc(t))

    return {
        "format": FORMAT,
        "as_of": when(end),
        "site": {"id": site.id, "vi": site.name_vi, "en": site.name_en},
        "trial_id": trial.trial_id,
        "state": trial.state,
        "record": trial.record.model_dump(mode="json"),
        "versions": [{**asdict(v), "at": when(v.t)} for v in trial.versions],
        "transitions": [{**asdict(s), "at": when(s.t)} for s in trial.transitions],
        "breaches": [{**asdict(b), "at": when(b.t)} for b in trial.breaches],
        "duties": [
            {"id": d.id, "text": d.text.model_dump(), "due": d.due, "proof": dict(trial.proofs.get(d.id, {}))}
            for d in trial.record.control.duties
        ],
        "cards": [{"id": i, **asdict(verdict(c)), "plan": c["plan"]} for i, c in sorted(trial.cards.items())],
        "incidents": {"total": len(trial.incidents), "open": sum(not i["closed"] for i in trial.incidents.values())},
        "conditions": len(trial.conditions),
        "running": [{"begin": when(b), "end": when(e), "seconds": round(e - b, 3)} for b, e in ran(trial, end)],
        "figures": _figures(journal, site, trial, end),
        "simulated": book.anchor is not None,
    }


def _figures(journal: Sequence[JournalEntry], site: Site, trial: Trial, end: float) -> dict[str, Any]:
    """Return the figures of the shift report over all the time from the first start to the last stop."""
    spans = ran(trial, end)
    if not spans or spans[-1][1] <= spans[0][0]:
        return {}
    report = make_report(journal, site, Period(spans[0][0], spans[-1][1]))
    found: dict[str, Any] = asdict(report)
    return {name: found[name] for name in _FIGURES}


def _obstacles(journal: Sequence[JournalEntry], book: TrialBook, trial: Trial) -> list[dict[str, Any]]:
    """Return what stood in the way while the trial ran: alarms by code, deadlocks, stops."""
    spans = ran(trial, journal[-1].t if journal else 0.0)
    seen = Counter[str]()
    first: dict[str, float] = {}
    for entry in journal:
        code = str(entry.facts.get("code", "")) if entry.kind == "alarm_raised" else ""
        name = code or (entry.kind if entry.kind in ("deadlock", "robot_stopped", "order_failed") else "")
        if name and any(b <= entry.t <= e for b, e in spans):
            seen[name] += 1
            first.setdefault(name, entry.t)
    return [{"code": n, "count": c, "first": stamp(book.utc(first[n]))} for n, c in sorted(seen.items())]


def _conditions(trial: Trial) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        ("at", "zone", "head", "value", "unit", "source", "nature", "author", "within_permit", "comparable")
    )
    for row in trial.conditions:
        inside = outside(json.dumps(row), trial.record) is None
        writer.writerow(
            (stamp(row["at"]), row["zone"], row["head"], row["value"], row["unit"], row["source"], row["nature"],
             row["author"], "yes" if inside else "no", "yes" if comparable(dict(row)) else "no")
        )  # fmt: skip
    return out.getvalue().encode()


def sbom() -> bytes:
    """Return the installed Python packages as CycloneDX 1.6, sorted; no clock and no random number in it."""
    # A folder that an upgrade left empty has no metadata, thus no name.
    named = [d for d in distributions() if "Name" in d.metadata]
    found = {(d.metadata["Name"], d.version): d.metadata.json.get("license_expression", "") for d in named}
    components = [
        {
            "type": "library", "name": name, "version": version, "purl": f"pkg:pypi/{name.lower()}@{version}",
            **({"licenses": [{"expression": expression}]} if expression else {}),
        }
        for (name, version), expression in sorted(found.items(), key=lambda item: (item[0][0].lower(), item[0][1]))
    ]  # fmt: skip
    body = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": components}
    return _json(body)


def _json(value: object) -> bytes:
    return rfc8785.dumps(value)  # type: ignore[arg-type]
