"""Learn the assistant's learnt reader from labelled sentences: python scripts/learnt_reader.py [--without FILE...].

Writes words/learnt_reader.txt. With --without it learns without each of these files in turn, writes nothing and prints
what is understood of the file by the grammar alone and with the reader. Only what the reader adds says something of
strangers, since the grammar of today was mended with the rows that are in the repository. With --limits it also prints
what other limits of doubt would make of the file: how many are right, asked back and answered wrongly.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from unittest import mock

import numpy as np
from scipy import sparse
from second_reader import EVAL, files, fitted

from amr_fleet.assistant import learnt_call
from amr_fleet.assistant import understanding as reading_of
from amr_fleet.assistant.evaluate import Evaluation, figures, load_facts, load_rows
from amr_fleet.assistant.learnt_reader import ABSENT, STEPS, TOOL, Features, LearntReader, features, plain, scaled
from amr_fleet.assistant.second_reader import label_of
from amr_fleet.assistant.understanding import Understanding

WRITTEN: Final = EVAL.parent / "src" / "amr_fleet" / "amr_fleet" / "assistant" / "words" / "learnt_reader.txt"
ARGUMENTS: Final = (
    *("kpi.name", "robots_list.state", "orders_find.state", "alarms_list.state", "alarms_list.severity"),
    *("zones_list.state", "zones_list.source", "incidents_list.kind"),
    *("robots_list.type", "orders_find.priority", "kpi.by"),
)
"""Arguments whose values the reader learns better than the grammar's words tell them, on rows that neither had read."""
ROUNDS: Final = 150
DECAY: Final = 2e-4
"""Of the sum of squares, so that a word of one sentence says little."""
OFTEN: Final = 2
"""A feature of fewer sentences is left out."""
SENTENCES: Final = 3
NEARLY_ALWAYS: Final = 0.8
"""In so many sentences for a tool, and in such a share of them, an argument is said beside a word that tells it."""
LEAST: Final = STEPS / 8
"""A feature without a weight of so many steps is left out."""


@dataclass(frozen=True)
class Said:
    """A sentence's features, and the labels that are right for each question that it answers."""

    features: Features
    right: dict[str, tuple[str, ...]]


def sentences(paths: Sequence[Path]) -> list[Said]:
    """Return the rows that stand by themselves, as the grammar hears them, with their labels."""
    understanding = Understanding(load_facts(EVAL / "state.json"))
    rows = [row for path in paths for row in load_rows(path) if "turns" not in row and not row.get("context")]
    return [Said(features(understanding.hear(str(row["text"]))), _right(row)) for row in rows]


def _options(row: dict[str, Any]) -> list[dict[str, Any]]:
    return [row.get("expected") or {}, *(row.get("alternatives") or [])]


def _right(row: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    options = _options(row)
    tools = (label_of(str(one.get("kind")), [tool["name"] for tool in one.get("tools") or []]) for one in options)
    found = {TOOL: tuple(dict.fromkeys(tools))}
    for question in ARGUMENTS:
        tool, _, argument = question.partition(".")
        calls = [one["tools"][0] for one in options if [call["name"] for call in one.get("tools") or []] == [tool]]
        values = [value for call in calls for value in _values(call, argument)]
        if values:
            found[question] = tuple(dict.fromkeys(values))
    return found


def _values(call: dict[str, Any], argument: str) -> list[str]:
    """Return the values of an argument that are right in a row, ABSENT where it may be left out."""
    args, free = call.get("args") or {}, call.get("optional") or {}
    if argument in args:
        return [str(args[argument]), *map(str, (call.get("accept") or {}).get(argument, ()))]
    return [ABSENT, *([str(free[argument])] if free.get(argument, "*") != "*" else [])]


def digest(paths: Sequence[Path]) -> str:
    """Return a digest of the texts and labels of files, whatever the order of their rows."""
    rows = (json.dumps([row.get("text"), _right(row)]) for path in paths for row in load_rows(path) if "text" in row)
    return hashlib.sha256("\n".join(sorted(rows)).encode()).hexdigest()[:16]


def learnt(said: Sequence[Said], learnt_from: str = "") -> LearntReader:
    """Return the reader of labelled sentences: a softmax regression for each question, over the same features."""
    counted = Counter(name for one in said for family in one.features for name in family)
    known = sorted(name for name, count in counted.items() if count >= OFTEN)
    column = {name: at for at, name in enumerate(known)}
    questions = [question for question in (TOOL, *ARGUMENTS) if any(question in one.right for one in said)]
    labels, parts = {}, []
    for question in questions:
        asked = [one for one in said if question in one.right]
        labels[question] = tuple(sorted({label for one in asked for label in one.right[question]}))
        right = [one.right[question] for one in asked]
        wanted = np.array([[(label in labels_) / len(labels_) for label in labels[question]] for labels_ in right])
        parts.append(fitted(_rows(asked, column), wanted, ROUNDS, DECAY))
    steps = np.clip(np.rint(np.hstack(parts) * STEPS), -128, 127).astype(np.int8)
    kept = np.flatnonzero(np.abs(steps.astype(np.int16)).max(axis=1) >= LEAST)
    rows = {known[old]: new for new, old in enumerate(kept)}
    narrowing = (question for question in ARGUMENTS if not question.startswith("kpi."))  # a figure is never left out
    telling = {question: words for question in narrowing if (words := _telling(said, question))}
    return LearntReader(labels, rows, steps[kept], learnt_from, telling)


def _telling(said: Sequence[Said], question: str) -> frozenset[str]:
    """Return the words beside which an argument was nearly always said, in the sentences for its tool."""
    asked = [(plain(one.features[0]), ABSENT not in one.right[question]) for one in said if question in one.right]
    counted = Counter(word for words, _ in asked for word in words)
    told = Counter(word for words, is_said in asked if is_said for word in words)
    return frozenset(
        word for word, count in counted.items() if count >= SENTENCES and told[word] >= NEARLY_ALWAYS * count
    )


def _rows(said: Sequence[Said], column: dict[str, int]) -> sparse.csr_matrix[np.float64]:
    found = [scaled([[column[name] for name in family if name in column] for family in one.features]) for one in said]
    at = [row for row, pairs in enumerate(found) for _ in pairs]
    flat, values = [name for pairs in found for name, _ in pairs], [value for pairs in found for _, value in pairs]
    return sparse.csr_matrix((values, (at, flat)), shape=(len(said), len(column)))


LIMITS: Final = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
"""Limits of doubt to compare: below it a call is asked back."""


def measured(reader: LearntReader, path: Path, limits: Sequence[float] = ()) -> dict[str, dict[str, int]]:
    """Return how many rows of a file are right, asked back and answered wrongly, by the grammar alone and with it.

    limits: of doubt, each instead of both that the release has.
    """
    rows = load_rows(path)
    facts = load_facts(EVAL / "state.json")
    found = {}
    with mock.patch.object(learnt_call, "learnt_reader", return_value=reader):
        found["both"] = Evaluation(facts).run(rows)
        for limit in limits:
            with mock.patch.multiple(learnt_call, _WHOLE=limit, _WHOLE_LIGHT=limit):
                found[f"limit {limit}"] = Evaluation(facts).run(rows)
    with mock.patch.object(reading_of, "with_learnt", lambda reading, *_: reading):
        found["grammar"] = Evaluation(facts).run(rows)
    return {name: _counts(figures(outcomes)["variants"]["all"]) for name, outcomes in found.items()}


def _counts(counted: dict[str, Any]) -> dict[str, int]:
    right, asked = int(counted["right"]), int(counted["asked_back"])
    return {"rows": int(counted["rows"]), "right": right, "asked": asked, "wrong": int(counted["rows"]) - right - asked}


def labelled(reader: LearntReader, path: Path) -> tuple[int, int]:
    """Return for how many rows of a file the tool that the reader finds likeliest is a right one, and of how many."""
    understanding = Understanding(load_facts(EVAL / "state.json"))
    rows = [row for row in load_rows(path) if "turns" not in row and not row.get("context")]
    right = 0
    for row in rows:
        found = reader.shares(understanding.hear(str(row["text"])))[TOOL]
        right += max(found, key=lambda label: found[label]) in _right(row)[TOOL]
    return right, len(rows)


def main() -> None:
    """Write the reader, or say what it adds on the files that it is told to leave out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--without", type=Path, nargs="*", default=[])
    parser.add_argument("--limits", action="store_true")
    asked = parser.parse_args()
    without = [path.resolve() for path in asked.without]
    if not without:
        WRITTEN.write_text(learnt(sentences(files()), digest(files())).written(), encoding="utf-8")
        return
    for path in without:
        reader = learnt(sentences([other for other in files() if other.resolve() != path]))
        tool, rows = labelled(reader, path)
        print(f"{path.name}: the learnt reader alone names a right tool for {tool} of {rows}")
        for name, counts in measured(reader, path, LIMITS if asked.limits else ()).items():
            print(f"  {name:9}", ", ".join(f"{count} {what}" for what, count in counts.items()))


if __name__ == "__main__":
    main()
