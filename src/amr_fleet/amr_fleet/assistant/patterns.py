"""Patterns over sentences of keys, written in plain Vietnamese.

A word matches its key, or its letters typed without marks; a lone apostrophe marks a word that has none.
`..` is a gap of up to four words, PLACE and other words in
capitals are things that were found before (robots, orders, times). `( ) | ?` mean what they mean in `re`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import Any, Final, cast

from amr_fleet.assistant.text import bare, key

_WORD: Final = re.compile(r"\[[^\]]*\]|\\.|[^\W\d_]+|%")
_PHRASE: Final = r"[^\W\d_]+(?: [^\W\d_]+)*"
# A group of words and phrases that is there once, or a word: a group says once for all where its words begin and end.
_TOKEN: Final = re.compile(rf"\((?P<choices>{_PHRASE}(?:\|{_PHRASE})+)\)(?![?*+{{])|{_WORD.pattern}")
_SPACED: Final = re.compile(r"\s*\.\.\s*")
GAP: Final = r"(?: [^ ]+){0,4} "
_BEGIN: Final = r"(?<![^ ])"
_END: Final = r"(?![^ ])"
_IN_WORD: Final = f"{_BEGIN}%s{_END}"

_LETTERS: Final = re.compile(r"(?:(?<=\(\?<!\[\^ \]\))|(?<=[ (|]))[a-z]+")

# One word or a flat group of words, then a blank, then another: words that stand side by side.
_SIDE_BY_SIDE: Final = re.compile(r"(\([^()]*\)|[^\W\d_]+)[?*]? (?=(\([^()]*\)|[^\W\d_]+))")

_GROUPS: Final = re.compile(r"\([^()]*\)")
_NESTED: Final = re.compile(r"\([^()]*\(")
_ELEMENT: Final = re.compile(r"(?:\([^()]*\)|[^ ()])+")
_WORDS_ALONE: Final = re.compile(rf"[^\W\d_]+|\({_PHRASE}(?:\|{_PHRASE})*\)")

_words: set[str] = set()
_pairs: set[tuple[str, str]] = set()


def _token(match: re.Match[str]) -> str:
    choices = match["choices"]
    if choices is None:
        return _one(match)
    each = (_WORD.sub(_one, choice).removeprefix(_BEGIN).removesuffix(_END) for choice in choices.split("|"))
    return f"{_BEGIN}({'|'.join(each)}){_END}"


def _one(match: re.Match[str]) -> str:
    word = match[0]
    if word.isupper() and word.isalpha():
        return _IN_WORD % word
    if word[0] in "[\\":  # a class of re, such as [a-z] or \d
        return word
    _words.add(word)
    form = key(word)
    marks = form.partition("'")[2]
    return _IN_WORD % (bare(form) + (f"(?:'{marks})?" if marks else "'?"))


class _Later:
    """A pattern that is compiled when it is first used: most of the time in which the grammar was loaded went there.

    It has what `re.Pattern` has; each name is kept once it was asked for.
    """

    def __init__(self, text: str) -> None:
        self.pattern = text

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        made = getattr(re.compile(self.pattern), name)
        setattr(self, name, made)
        return made


@cache
def pattern(text: str) -> re.Pattern[str]:
    """Return a pattern, compiled when it is first used; its words become known to the speller at once."""
    return cast("re.Pattern[str]", _Later(written(text)))


def written(text: str) -> str:
    """Return a pattern as `re` has it; its words become known to the speller."""
    parts = _SPACED.split(text)
    for part in parts:
        for match in _SIDE_BY_SIDE.finditer(part):
            _pairs.update((one, other) for one in _ends(match[1], -1) for other in _ends(match[2], 0))
    return GAP.join(_TOKEN.sub(_token, part) for part in parts).replace(f"{_END} {_BEGIN}", " ")


def needed_words(text: str) -> tuple[frozenset[str], ...]:
    """Return sets of letters of which a sentence must have one each for a pattern to be in it; () where none is sure.

    Only elements that are a word, or a group of words and phrases, that has to be there are looked at.
    """
    if "|" in _GROUPS.sub("", text) or _NESTED.search(text):
        return ()
    sets = []
    for element in _ELEMENT.findall(text):
        plain = element.removeprefix("^").removesuffix("$")
        if _WORDS_ALONE.fullmatch(plain):
            sets.append(frozenset(bare(_key(choice.split()[0])) for choice in plain.strip("()").split("|")))
    return tuple(sets)


def _key(word: str) -> str:
    return word if word.isupper() else key(word)


class Choice:
    """Patterns of which one has to be in a sentence. Each is made when a sentence has the words that it needs.

    To make all at once took half of the time in which the grammar was loaded, and most are never asked for.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        """texts: the patterns, as pattern() takes them; their words become known to the speller."""
        self._texts = [(written(text), needed_words(text)) for text in texts]
        self._made: dict[int, re.Pattern[str]] = {}
        self._of_word: dict[str, list[int]] = defaultdict(list)
        for at, (_, needs) in enumerate(self._texts):
            for word in min(needs, key=len) if needs else (ANY,):
                self._of_word[word].append(at)

    @property
    def pattern(self) -> str:
        """All patterns as one, made when it is asked for: it would stay beside its parts for good."""
        return "|".join(text for text, _ in self._texts)

    def has(self, sentence: str, words: frozenset[str]) -> bool:
        """Say whether a sentence has one of the patterns. words: those of letters()."""
        return any(
            self._has(at, sentence, words) for word in words if word in self._of_word for at in self._of_word[word]
        )

    def _has(self, at: int, sentence: str, words: frozenset[str]) -> bool:
        text, needs = self._texts[at]
        for need in needs:
            if words.isdisjoint(need):
                return False
        matcher = self._made.get(at) or self._made.setdefault(at, re.compile(text))
        return matcher.search(sentence) is not None


ANY: Final = ""
"""Stands for every word: patterns under it are looked for in each sentence."""


def letters(sentence: str) -> frozenset[str]:
    """Return the letters of the words of a sentence of keys, and ANY."""
    return frozenset((ANY, *map(bare, sentence.split())))


def _ends(group: str, at: int) -> list[str]:
    """Return the last (-1) or first (0) word of each alternative of a word or a flat group."""
    spoken = (choice.split() for choice in group.strip("()").split("|"))
    return [words[at] for words in spoken if words and words[at].isalpha() and not words[at].isupper()]


def word_pairs() -> frozenset[tuple[str, str]]:
    """Return the words that stand side by side in any pattern made so far."""
    return frozenset(_pairs)


def words_of(matcher: re.Pattern[str] | Choice) -> frozenset[str]:
    """Return the letters of the words that a pattern holds."""
    return frozenset(_LETTERS.findall(matcher.pattern))


def plain_words() -> frozenset[str]:
    """Return the keys of the words without marks that any pattern made so far names."""
    return frozenset(form for word in _words if "'" not in (form := key(word)))


def known_words() -> frozenset[str]:
    """Return every word that any pattern made so far names."""
    return frozenset(_words)
