"""Learn the assistant's second reader from labelled sentences: python scripts/second_reader.py [--without FILE...].

Writes words/second_reader.txt. With --without it leaves the rows of these files out, prints how many of them it labels
right, and writes nothing: what it says of an author whom it has not read.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy import sparse

from amr_fleet.assistant.evaluate import load_facts, load_rows
from amr_fleet.assistant.second_reader import STEPS, SecondReader, features, label_of, scale
from amr_fleet.assistant.understanding import Understanding

ROOT: Final = Path(__file__).parents[1]
EVAL: Final = ROOT / "eval"
WRITTEN: Final = ROOT / "src" / "amr_fleet" / "amr_fleet" / "assistant" / "words" / "second_reader.txt"
ROUNDS: Final = 300
RATE: Final = 0.05
DECAY: Final = 1e-3
"""Of the sum of squares, so that a word of one sentence says little."""
OFTEN: Final = 2
"""A feature of fewer sentences is left out."""

Floats = npt.NDArray[np.float64]


def files() -> list[Path]:
    """Return the files that it learns from."""
    return [*sorted(EVAL.glob("vi*.jsonl")), EVAL / "out_of_scope.jsonl"]


Said = tuple[str, tuple[str, ...]]


def sentences(paths: Sequence[Path]) -> list[Said]:
    """Return the heard sentences of the rows that stand by themselves, each with the labels that are right."""
    understanding = Understanding(load_facts(EVAL / "state.json"))
    rows = [row for path in paths for row in load_rows(path) if "turns" not in row and not row.get("context")]
    return [(understanding.hear(str(row["text"])).text, _labels(row)) for row in rows]


def _labels(row: dict[str, Any]) -> tuple[str, ...]:
    options = (row.get("expected") or {}, *(row.get("alternatives") or []))
    found = (label_of(str(one.get("kind")), [tool["name"] for tool in one.get("tools") or []]) for one in options)
    return tuple(dict.fromkeys(found))


def digest(paths: Sequence[Path]) -> str:
    """Return a digest of the texts and labels of files, whatever the order of their rows."""
    rows = (json.dumps([row.get("text"), _labels(row)]) for path in paths for row in load_rows(path))
    return hashlib.sha256("\n".join(sorted(rows)).encode()).hexdigest()[:16]


def learnt(said: Sequence[Said], learnt_from: str = "") -> SecondReader:
    """Return the reader of labelled sentences: softmax regression by Adam over all sentences at once."""
    counted = Counter(name for text, _ in said for name in features(text))
    column = {name: at for at, name in enumerate(sorted(name for name, count in counted.items() if count >= OFTEN))}
    labels = tuple(sorted({label for _, right in said for label in right}))
    rows: sparse.csr_matrix[np.float64] = _rows([text for text, _ in said], column)
    wanted = np.array([[(label in right) / len(right) for label in labels] for _, right in said])
    weights = fitted(rows, wanted, ROUNDS, DECAY)
    steps = np.clip(np.rint(weights * STEPS), -128, 127).astype(np.int8)
    kept = {name: steps[at].tobytes() for name, at in column.items() if np.abs(steps[at]).max() >= STEPS / 4}
    return SecondReader(labels, kept, learnt_from)


def _rows(texts: Sequence[str], column: dict[str, int]) -> sparse.csr_matrix[np.float64]:
    found = [[column[name] for name in features(text) if name in column] for text in texts]
    values = [scale(len(names)) for names in found for _ in names]
    at = [row for row, names in enumerate(found) for _ in names]
    flat = [name for names in found for name in names]
    return sparse.csr_matrix((values, (at, flat)), shape=(len(texts), len(column)))


def fitted(rows: sparse.csr_matrix[np.float64], wanted: Floats, rounds: int, decay: float) -> Floats:
    """Return a weight for each feature and label, by Adam over all sentences at once.

    A feature that no sentence has keeps weight 0: only the others are calculated.
    """
    used = np.flatnonzero(rows.getnnz(axis=0))
    found = np.zeros((rows.shape[1], wanted.shape[1]))
    rows = rows[:, used]
    weights = np.zeros((len(used), wanted.shape[1]))
    mean, square = np.zeros_like(weights), np.zeros_like(weights)
    back = rows.T.tocsr()
    for step in range(1, rounds + 1):
        sums: Floats = np.asarray(rows @ weights)
        raised = np.exp(sums - sums.max(axis=1, keepdims=True))
        slope = back @ (raised / raised.sum(axis=1, keepdims=True) - wanted) / len(wanted) + decay * weights
        mean = 0.9 * mean + 0.1 * slope
        square = 0.999 * square + 0.001 * slope**2
        weights -= RATE * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
    found[used] = weights
    return found


def agreed(reader: SecondReader, said: Sequence[Said]) -> int:
    """Return for how many sentences the label that the reader finds likeliest is one of the right ones."""
    return sum(reader.likeliest(text) in right for text, right in said)


def main() -> None:
    """Write the reader, or say how it reads the files that it is told to leave out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--without", type=Path, nargs="*", default=[])
    without = [path.resolve() for path in parser.parse_args().without]
    paths = [path for path in files() if path.resolve() not in without]
    if not without:
        WRITTEN.write_text(learnt(sentences(paths), digest(paths)).written(), encoding="utf-8")
        return
    reader = learnt(sentences(paths))
    for path in without:
        said = sentences([path])
        print(f"{path.name}: {agreed(reader, said)} of {len(said)} labelled right")


if __name__ == "__main__":
    main()
