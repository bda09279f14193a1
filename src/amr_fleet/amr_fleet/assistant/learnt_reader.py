"""A learnt reader that carries the call: how likely each tool is for a sentence, and each of its kinds and states.

Softmaxes over what a sentence holds: words, pairs of words and pieces of words (a slip of the finger leaves most of
them), and what the grammar found in it (things, times, words for states). The things themselves stay the grammar's:
the reader says which tool and which state are meant, never which robot. One matrix of weights, a row a feature and a
column a label; `scripts/learnt_reader.py` learns `words/learnt_reader.txt`.
"""

from __future__ import annotations

import json
import math
import zlib
from binascii import a2b_base64, b2a_base64
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from amr_fleet.assistant import second_reader
from amr_fleet.assistant.cues import CUES, first
from amr_fleet.assistant.reading import Heard
from amr_fleet.assistant.text import bare
from amr_fleet.assistant.wording import read

TOOL: Final = "tool"
"""The question which tool is meant; its labels are those of `second_reader.label_of`."""
ABSENT: Final = "-"
"""The label of an argument that a sentence does not say."""
STEPS: Final = 16.0
"""Weights are kept in steps of 1/16, from -8 to 8."""
_LENGTH: Final = 3.0
"""Length of the vector of each family of features."""
_PIECES: Final = (3, 4)
"""Letters in a piece of a word."""
_THINGS: Final = ("robots", "orders", "places", "alarms", "vague", "unknown", "unknown_robots")
_LOADS: Final = ("sscc", "container", "goods", "barge")
_COUNTED_TO: Final = 3

Features = tuple[frozenset[str], ...]
Shares = Mapping[str, Mapping[str, float]]


def features(heard: Heard) -> Features:
    """Return the families of features of a sentence: its words, the pieces of its words, what was found in it."""
    return second_reader.features(heard.text), frozenset(_pieces(heard.text)), frozenset(_found(heard))


def _pieces(text: str) -> Iterator[str]:
    """Yield the pieces of a sentence's words without marks; ROBOT and the like are whole."""
    for word in text.split():
        letters = f"<{bare(word.rstrip(chr(39)))}>"
        if word.isupper() or not letters[1:-1].isalpha():
            continue
        for length in _PIECES:
            yield from (f"c:{letters[at : at + length]}" for at in range(len(letters) - length + 1))


def _found(heard: Heard) -> Iterator[str]:
    """Yield what the grammar found in a sentence: how many things of each kind, which times, words for states."""
    things = heard.mentions
    yield from (f"m:{kind}={min(len(getattr(things, kind)), _COUNTED_TO)}" for kind in _THINGS)
    yield from (f"m:{kind}" for kind in _LOADS if getattr(things, kind))
    yield from (f"p:{kind}" for place in things.places[:2] for kind in place)
    yield from (f"t:{field.name}" for field in fields(heard.times) if getattr(heard.times, field.name))
    yield from (f"q:{group}={value}" for group in CUES if (value := first(group, heard.text)))


def plain(names: Iterable[str]) -> frozenset[str]:
    """Return the words among the features of a sentence: no pairs, no marks, no things."""
    return frozenset(name for name in names if name.isalpha() and name.islower())


def scaled(found: Sequence[Sequence[int]]) -> list[tuple[int, float]]:
    """Return the rows of a sentence's known features, by family, each with its value: long sentences are no surer."""
    return [(row, _LENGTH / math.sqrt(len(rows))) for rows in found for row in rows]


@dataclass(frozen=True)
class LearntReader:
    """The labels of each question and their weights: a row for each known feature, a column for each label in order.

    A question is TOOL or "kpi.name", a tool and one of its arguments.
    """

    labels: Mapping[str, tuple[str, ...]]
    rows: Mapping[str, int]
    weights: npt.NDArray[np.int8]
    learnt_from: str
    """A digest of the rows that it was learnt from."""
    telling: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """For an argument of a tool the words beside which it was nearly always said."""

    def unheld(self, tool: str, args: Container[str], text: str) -> list[str]:
        """Return the arguments of a tool that a word of a heard sentence nearly always says and a call leaves out."""
        words = plain(second_reader.features(text))
        named = (question.partition(".") for question, told in self.telling.items() if not told.isdisjoint(words))
        return [argument for of, _, argument in named if of == tool and argument not in args]

    def shares(self, heard: Heard) -> Shares:
        """Return for each question how likely each of its labels is; the shares of a question sum to 1."""
        known = [[self.rows[name] for name in family if name in self.rows] for family in features(heard)]
        at = scaled(known)
        values = np.array([value for _, value in at], dtype=np.float32) / np.float32(STEPS)
        sums = values @ self.weights[[row for row, _ in at]].astype(np.float32)
        found, begin = {}, 0
        for question, labels in self.labels.items():
            part = sums[begin : begin + len(labels)]
            raised = np.exp(part - part.max())
            found[question] = dict(zip(labels, (raised / raised.sum()).tolist(), strict=True))
            begin += len(labels)
        return found

    def written(self) -> str:
        """Return the file that `loaded` reads: the digest, labels, features, weights and telling words."""
        names = "\t".join(sorted(self.rows, key=lambda name: self.rows[name]))
        packed = b2a_base64(zlib.compress(self.weights.tobytes(), 9), newline=False).decode()
        telling = json.dumps({question: sorted(words) for question, words in sorted(self.telling.items())})
        return "\n".join((self.learnt_from, json.dumps(self.labels), names, packed, telling, ""))


def loaded(text: str) -> LearntReader:
    """Return the reader that a file holds.

    Base64, not 85, which Python decodes in pieces: what they take up stays with the process.
    """
    digest, labels, names, packed, telling = text.splitlines()
    questions = {question: tuple(found) for question, found in json.loads(labels).items()}
    rows = {name: at for at, name in enumerate(names.split("\t"))}
    weights = np.frombuffer(zlib.decompress(a2b_base64(packed)), dtype=np.int8).reshape(len(rows), -1)
    told = {question: frozenset(words) for question, words in json.loads(telling).items()}
    return LearntReader(questions, rows, weights, digest, told)


@cache
def learnt_reader() -> LearntReader:
    """Return the reader of this release."""
    return loaded(read("learnt_reader.txt"))
