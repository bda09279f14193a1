"""A second reader beside the grammar: which tool a sentence asks for by its words alone, learnt from rows of `eval/`.

The grammar knows rules, and nothing of a sentence that they do not name; the second reader knows how often words and
pairs of words stood in sentences for each tool, and nothing of their order. Where they differ one of them is wrong, so
the sentence is asked back (`doubt`). A softmax over words and pairs of words (a maximum entropy classifier: Nigam,
Lafferty and McCallum 1999); `scripts/second_reader.py` learns `words/second_reader.txt`.
"""

from __future__ import annotations

import math
from base64 import b85decode, b85encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import Final

from amr_fleet.assistant.text import bare
from amr_fleet.assistant.wording import read

NOTHING: Final = "nothing"
"""The label of sentences that are refused or asked back."""
STEPS: Final = 16.0
"""Weights are kept in steps of 1/16, from -8 to 8."""
_LENGTH: Final = 3.0
"""Length of the vector of a sentence's features, so that long sentences are no surer than short ones."""


def features(text: str) -> frozenset[str]:
    """Return the words of a heard sentence, with marks and without, and its pairs, side by side or with one between."""
    words = [word.rstrip("'") for word in text.split()]
    row = ["^", *map(bare, words), "$"]
    marked = (word for word in words if "'" in word)
    near = (f"{one} {other}" for one, other in pairwise(row))
    apart = (f"{one} . {other}" for one, other in zip(row, row[2:], strict=False))
    return frozenset((*row[1:-1], *marked, *near, *apart))


def scale(found: int) -> float:
    """Return the value of each of so many features of a sentence that the reader knows."""
    return _LENGTH / math.sqrt(found) if found else 0.0


def label_of(kind: str, tools: Sequence[str]) -> str:
    """Return what a sentence of a kind (tools, propose, clarify, refuse) asks for by its tools, as one label."""
    if kind not in ("tools", "propose") or not tools:
        return NOTHING
    return f"{kind}:{tools[0]}"


@dataclass(frozen=True)
class SecondReader:
    """Labels, and the weights of each feature for each label in their order, in steps of 1/16."""

    labels: tuple[str, ...]
    weights: Mapping[str, bytes]
    learnt_from: str
    """A digest of the rows that it was learnt from."""

    def shares(self, text: str) -> dict[str, float]:
        """Return how likely each label is for a heard sentence; the shares sum to 1."""
        found = [self.weights[name] for name in features(text) if name in self.weights]
        unit = scale(len(found)) / STEPS
        sums = [unit * sum(map(_signed, column)) for column in zip(*found, strict=True)] or [0.0] * len(self.labels)
        top = max(sums)
        raised = [math.exp(one - top) for one in sums]
        return {label: one / sum(raised) for label, one in zip(self.labels, raised, strict=True)}

    def likeliest(self, text: str) -> str:
        """Return the label with the largest share."""
        found = self.shares(text)
        return max(found, key=lambda label: found[label])

    def knows(self, text: str) -> bool:
        """Say whether it has learnt every word of a heard sentence, with marks or without."""
        return all(bare(word) in self.weights for word in text.split() if word.isalpha())

    def met(self, text: str) -> bool:
        """Say whether the letters of every word of a heard sentence, with or without marks, tell it something."""
        letters = (bare(word.rstrip("'")) for word in text.split() if not word.isupper())
        return all(word in self.weights for word in letters if word.isalpha())

    def written(self) -> str:
        """Return the file that `loaded` reads: the digest, the labels, a feature and its weights a line."""
        lines = (f"{name}\t{b85encode(weights).decode()}" for name, weights in sorted(self.weights.items()))
        return "\n".join((self.learnt_from, " ".join(self.labels), *lines, ""))


def _signed(step: int) -> int:
    return step - 256 if step >= 128 else step


def loaded(text: str) -> SecondReader:
    """Return the reader that a file holds."""
    digest, labels, *lines = text.splitlines()
    pairs: Iterable[tuple[str, str, str]] = (line.partition("\t") for line in lines)
    return SecondReader(tuple(labels.split()), {name: b85decode(coded) for name, _, coded in pairs}, digest)


@cache
def second_reader() -> SecondReader:
    """Return the reader of this release."""
    return loaded(read("second_reader.txt"))


@lru_cache(maxsize=64)
def shares(text: str) -> Mapping[str, float]:
    """Return how likely each label is for a heard sentence."""
    return second_reader().shares(text)
