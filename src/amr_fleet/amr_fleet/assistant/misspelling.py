"""Sentences misspelt as people misspell Vietnamese, from a seed: how much of what was understood still is."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from amr_fleet.assistant.text import fold

# Letters that sound alike somewhere in the country, at the begin and at the end of a syllable.
_BEGINS: Final = (
    ("s", "x"), ("tr", "ch"), ("l", "n"), ("d", "gi"), ("d", "z"), ("gi", "z"), ("gi", "d"), ("v", "d"), ("r", "g"),
    ("ph", "f"), ("qu", "w"), ("c", "k"), ("k", "c"), ("ngh", "ng"), ("ng", "ngh"), ("gh", "g"), ("p", "b"),
)  # fmt: skip
_ENDS: Final = (("ng", "n"), ("n", "ng"), ("t", "c"), ("c", "t"), ("i", "y"), ("y", "i"), ("ng", "g"), ("nh", "h"))
_KEYS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_TELEX_MARKS: Final = dict(zip("\u0300\u0301\u0309\u0303\u0323\u0306\u031b", "fsrxjww", strict=True))
_WORD: Final = re.compile(r"(?<![\w-])[^\W\d_]{3,}(?![\w-])")


def _pieces(word: str) -> list[str]:
    """Return the letters of a word, each with its marks."""
    return list(unicodedata.normalize("NFC", word))


def _other_begin(word: str, chance: random.Random) -> str:
    found = [
        (one, other)
        for pair in _BEGINS
        for one, other in (pair, pair[::-1])
        if word.startswith(one) and not (one == "n" and word.startswith(("ng", "nh"))) and fold(word[len(one) :])
    ]
    one, other = chance.choice(found) if found else ("", "")
    return other + word[len(one) :]


def _other_end(word: str, chance: random.Random) -> str:
    found = [(one, other) for one, other in _ENDS if word.endswith(one) and len(word) > len(one) + 1]
    one, other = chance.choice(found) if found else ("", "")
    return word[: len(word) - len(one)] + other


def _other_tone(word: str, _: random.Random) -> str:
    swap = {"\u0309": "\u0303", "\u0303": "\u0309"}
    return unicodedata.normalize("NFC", "".join(swap.get(char, char) for char in unicodedata.normalize("NFD", word)))


def _doubled(word: str, chance: random.Random) -> str:
    letters = _pieces(word)
    at = chance.randrange(len(letters))
    return "".join([*letters[: at + 1], letters[at], *letters[at + 1 :]])


def _missing(word: str, chance: random.Random) -> str:
    letters = _pieces(word)
    del letters[chance.randrange(len(letters))]
    return "".join(letters)


def _swapped(word: str, chance: random.Random) -> str:
    letters = _pieces(word)
    if len(letters) == 1:
        return word
    at = chance.randrange(len(letters) - 1)
    letters[at], letters[at + 1] = letters[at + 1], letters[at]
    return "".join(letters)


def _neighbour(word: str, chance: random.Random) -> str:
    letters = _pieces(word)
    at = chance.randrange(len(letters))
    row = next((row for row in _KEYS if letters[at] in row), "")
    if row:
        key = row.index(letters[at])
        letters[at] = chance.choice(row[max(0, key - 1) : key] + row[key + 1 : key + 2])
    return "".join(letters)


def _telex(word: str, _: random.Random) -> str:
    """Return a word as its keys were pressed, marks at the end."""
    typed, tail = "", ""
    for char in word:
        letters = list(unicodedata.normalize("NFD", char))
        plain, marks = letters[0], letters[1:]
        typed += "dd" if plain == "đ" else plain * (2 if "\u0302" in marks else 1)
        tail += "".join(_TELEX_MARKS.get(mark, "") for mark in marks)
    return typed + tail


SLIPS: Final[tuple[Callable[[str, random.Random], str], ...]] = (
    _other_begin, _other_begin, _other_end, _other_tone, _doubled, _missing, _swapped, _neighbour, _telex,
)  # fmt: skip


def misspelt(text: str, chance: random.Random) -> str:
    """Return a sentence with one word misspelt, or two of a long one; as it is where nothing can be."""
    words = list(_WORD.finditer(text))
    for match in sorted(chance.sample(words, min(len(words), 1 + (len(words) > 5))), key=lambda one: -one.start()):
        for _ in range(9):
            made = chance.choice(SLIPS)(match[0], chance)
            if made != match[0]:
                text = text[: match.start()] + made + text[match.end() :]
                break
    return text


def misspelt_rows(rows: Sequence[dict[str, Any]], count: int, seed: int) -> Iterator[dict[str, Any]]:
    """Yield count single rows with what was expected of them and texts misspelt; the same for the same seed."""
    chance = random.Random(seed)
    single = [row for row in rows if "turns" not in row and str(row.get("text", "")).strip()]
    for row in chance.sample(single, min(count, len(single))):
        yield {**row, "text": misspelt(str(row["text"]), chance), "variant": "misspelt"}
