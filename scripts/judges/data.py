"""Run inside the environment of requirements/validators-data.lock: judges of a dataset that we did not write.

Usage: data.py FOLDER EPCIS_SCHEMA. Prints a JSON object {judge: {ok, told}}, exits with 1 if one is not ok.
"""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any


def croissant(folder: Path) -> str:
    """Validate croissant.json and load every record set; a changed file must be refused by its checksum."""
    import mlcroissant

    dataset = mlcroissant.Dataset(jsonld=str(folder / "croissant.json"))
    issues = dataset.metadata.ctx.issues
    if issues.errors:
        raise ValueError(issues.report())
    counts = {}
    for records in dataset.metadata.record_sets:
        counts[records.id] = sum(1 for _ in dataset.records(records.id))
    with tempfile.TemporaryDirectory() as temporary:
        copy = Path(temporary) / "copy"
        shutil.copytree(folder, copy)
        with (copy / "data" / "alarms.csv").open("a") as file:
            file.write("\n")
        try:
            sum(1 for _ in mlcroissant.Dataset(jsonld=str(copy / "croissant.json")).records("alarms"))
        except Exception as error:
            refused = type(error).__name__
        else:
            raise ValueError("a changed CSV was loaded")
    warnings = len(issues.warnings)
    return f"{len(counts)} record sets, {sum(counts.values())} records, {warnings} warnings; changed CSV: {refused}"


def data_package(folder: Path) -> str:
    """Validate datapackage.json and every table with its constraints and keys."""
    import frictionless

    report = frictionless.validate(str(folder / "datapackage.json"))
    if not report.valid:
        raise ValueError(str(report.flatten(["title", "rowNumber", "fieldName", "message"])[:5]))
    rows = sum(int(task.stats.get("rows") or 0) for task in report.tasks)
    return f"{len(report.tasks)} resources, {rows} rows"


def k_anonymity(folder: Path) -> str:
    """Let pycanon count k and l of the table about people anew and compare with the report."""
    import pandas
    from pycanon import anonymity

    told = next(r for r in json.loads((folder / "anonymisation.json").read_text())["rules"] if r["rule"] == 7)
    with (folder / "data" / "interventions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows:
        if told["k_after"] != 0:
            raise ValueError("the table is empty and the report says otherwise")
        return "no rows"
    quasi, sensitive = told["quasi_identifiers"], [told["sensitive"]]
    table = pandas.DataFrame(rows, columns=[*quasi, *sensitive], dtype=object)
    k = int(anonymity.k_anonymity(table, quasi))
    least = int(anonymity.l_diversity(table, quasi, sensitive))
    t = float(anonymity.t_closeness(table, quasi, sensitive))
    if k < 5 or least < 2 or (k, least) != (told["k_after"], told["l_after"]):
        raise ValueError(f"k {k}, l {least}; the report says {told['k_after']}, {told['l_after']}")
    return f"k {told['k_before']} -> {k}, l {told['l_before']} -> {least}, t {t:.2f}, {len(rows)} rows"


def epcis(folder: Path, schema: Path) -> str:
    """Validate events/epcis.jsonld by the public schema; without eventTimeZoneOffset it must be refused."""
    import jsonschema
    from referencing import Registry, Resource

    documents = {p.name: json.loads(p.read_text()) for p in schema.parent.glob("*.json")}
    main = documents[schema.name]
    registry: Any = Registry().with_resources(
        (key, Resource.from_contents(d, default_specification=jsonschema.validators.referencing.jsonschema.DRAFT7))
        for name, d in documents.items()
        for key in {name, d.get("$id", name)}
    )
    validator = jsonschema.validators.validator_for(main)(main, registry=registry)
    document = json.loads((folder / "events" / "epcis.jsonld").read_text())
    errors = [f"{list(e.absolute_path)}: {e.message[:200]}" for e in _first(validator.iter_errors(document), 5)]
    if errors:
        raise ValueError(str(errors))
    events = document["epcisBody"]["eventList"]
    if events:
        first = {key: value for key, value in events[0].items() if key != "eventTimeZoneOffset"}
        broken = {**document, "epcisBody": {"eventList": [first]}}
        if validator.is_valid(broken):
            raise ValueError("an event without eventTimeZoneOffset passes: the schema judges nothing")
    return f"{len(events)} events"


def _first(items: Any, most: int) -> list[Any]:
    return [item for _, item in zip(range(most), items, strict=False)]


def event_hashes(folder: Path) -> str:
    """Reckon each eventID anew with the reference generator of the EPCIS event hash."""
    from epcis_event_hash_generator import hash_generator, json_to_py

    document = json.loads((folder / "events" / "epcis.jsonld").read_text())
    every = document["epcisBody"]["eventList"]
    # 40 a run: each goes through a JSON-LD processor. The first ones, and a spread over the rest.
    chosen = every[:10] + every[10 :: max(1, len(every) // 30)]
    if chosen:
        text = json.dumps({**document, "epcisBody": {"eventList": chosen}})
        told = hash_generator.epcis_hashes_from_events(json_to_py.event_list_from_epcis_document_str(text))
        ids = [event["eventID"] for event in chosen]
        if sorted(told) != sorted(ids):
            raise ValueError(f"{len(set(told) - set(ids))} of {len(ids)} differ; first {told[0]} and {ids[0]}")
    if len({event["eventID"] for event in every}) != len(every):
        raise ValueError("an eventID comes twice")
    return f"{len(chosen)} of {len(every)} ids reckoned anew, all the same"


def checksums(folder: Path) -> str:
    """Check SHA256SUMS and that it names every file."""
    listed = {line[66:]: line[:64] for line in (folder / "SHA256SUMS").read_text().splitlines()}
    there = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}
    there.pop("SHA256SUMS")
    wrong = [n for n, p in there.items() if hashlib.sha256(p.read_bytes()).hexdigest() != listed.get(n)]
    if wrong or set(listed) != set(there):
        raise ValueError(str(wrong or set(listed) ^ set(there)))
    return f"{len(there)} files"


def main(arguments: list[str]) -> int:
    """Run all judges."""
    folder, schema = Path(arguments[0]), Path(arguments[1])
    judges: dict[str, Callable[[], str]] = {
        "SHA256SUMS": lambda: checksums(folder),
        "Croissant 1.1 (mlcroissant)": lambda: croissant(folder),
        "Data Package 2.0 (frictionless)": lambda: data_package(folder),
        "k, l (pycanon)": lambda: k_anonymity(folder),
        "EPCIS 2.0 (public JSON schema)": lambda: epcis(folder, schema),
        "event hash (epcis-event-hash-generator)": lambda: event_hashes(folder),
    }
    found = {}
    for name, judge in judges.items():
        try:
            found[name] = {"ok": True, "told": judge()}
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            found[name] = {"ok": False, "told": f"{type(error).__name__} at {where.name}: {error}"[:2000]}
    print(json.dumps(found))
    return 0 if all(item["ok"] for item in found.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
