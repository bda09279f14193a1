"""The gate of a release: two persons let it out, and the journal remembers; one that is withdrawn stays listed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from amr_core.errors import AmrError, Fact
from amr_core.plain_text import plain
from amr_fleet.dataset.about import SUMS, files_in
from amr_fleet.domain.events import JournalEntry
from amr_fleet.store.journal import JournalStore

KINDS: Final = frozenset({"dataset_released", "dataset_withdrawn"})


@dataclass(frozen=True)
class Gone:
    """A release that went out. root: SHA-256 of its SHA256SUMS; withdrawn: why, "" while it stands."""

    root: str
    profile: str
    name: str
    by: str
    second: str
    judged: str
    withdrawn: str = ""


def root_of(folder: Path) -> str:
    """Return the root of a dataset whose files are all as SHA256SUMS says; raise dataset.changed."""
    try:
        text = (folder / SUMS).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AmrError("dataset.changed", file=SUMS, reason=str(error)) from None
    listed = {line[66:]: line[:64] for line in text.splitlines()}
    there = {file.path: file.sha256 for file in files_in(folder, without=(SUMS,))}
    for name in sorted(listed.keys() | there.keys()):
        if listed.get(name) != there.get(name):
            reason = "missing" if name not in there else "not listed" if name not in listed else "not what was written"
            raise AmrError("dataset.changed", file=name[:200], reason=reason)
    return hashlib.sha256(text.encode()).hexdigest()


def releases(journal: JournalStore) -> list[Gone]:
    """Return what was released, oldest first, also what was withdrawn."""
    found: dict[str, Gone] = {}
    for entry in journal.stream(KINDS, float("inf")):
        f = {name: str(value) for name, value in entry.facts.items()}
        if entry.kind == "dataset_released":
            found[f["root"]] = Gone(f["root"], f["profile"], f["name"], f["by"], f["second"], f["judged"])
        elif f["root"] in found:
            old = vars(found[f["root"]])
            found[f["root"]] = Gone(**{**old, "withdrawn": f["reason"]})
    return list(found.values())


def release(folder: Path, journal: str, *, by: str, second: str, judged: str = "") -> Gone:
    """Write down that a dataset goes out. judged: verdicts of `make validators`, in words.

    The fleet must stand: its journal has one writer. Raises dataset.changed, dataset.gate (one person is not enough,
    or it went out before), store.in_use, store.damaged.
    """
    first, other = _person(by), _person(second)
    if first.casefold() == other.casefold():
        raise AmrError("dataset.gate", reason="a release needs two persons")
    root = root_of(folder)
    package = _package(folder)
    gone = Gone(root, str(package["profile"]), str(package["name"]), first, other, _line(judged))
    with closing(JournalStore(journal)) as store:
        store.own()
        if any(old.root == root for old in releases(store)):
            raise AmrError("dataset.gate", reason="this very release went out before")
        _write(store, "dataset_released", {n: v for n, v in vars(gone).items() if n != "withdrawn"})
    return gone


def withdraw(root: str, journal: str, *, by: str, reason: str) -> None:
    """Write down that a release is withdrawn; it stays listed. Raises dataset.gate for one that nobody knows."""
    person, why = _person(by), _line(reason)
    if not why:
        raise AmrError("dataset.gate", reason="say why")
    with closing(JournalStore(journal)) as store:
        store.own()
        known = [old for old in releases(store) if old.root == root]
        if not known or known[0].withdrawn:
            raise AmrError("dataset.gate", reason=f"there is no release {root[:64]}, or it is withdrawn already")
        _write(store, "dataset_withdrawn", {"root": root, "reason": why, "by": person})


def _write(store: JournalStore, kind: str, facts: Mapping[str, Fact]) -> None:
    _, last, _ = store.census()
    store.append([JournalEntry(t=last, kind=kind, facts=facts)])


def _person(name: str) -> str:
    found = _line(name)[:80]
    if not found:
        raise AmrError("dataset.gate", reason="a release needs two persons with names")
    return found


def _line(text: str) -> str:
    try:
        return plain(text)[:500]
    except ValueError as error:
        raise AmrError("dataset.gate", reason=str(error)) from None


def _package(folder: Path) -> dict[str, Any]:
    try:
        package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
        profile = json.loads((folder / "anonymisation.json").read_text(encoding="utf-8"))["profile"]
        return {"name": package["name"], "profile": profile}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AmrError("dataset.changed", file="datapackage.json", reason=str(error)) from None
