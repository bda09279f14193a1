"""Short forms, southern words and slips of the finger, written out before anything is understood."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

from rapidfuzz.distance import DamerauLevenshtein

from amr_fleet.assistant.text import bare, key
from amr_fleet.assistant.wording import read

SHORT: Final[dict[str, str]] = {form: meant for meant, forms in read("short_forms.yaml").items() for form in forms}
"""What people type and what it is read as."""
_LONGEST: Final = max(len(form.split()) for form in SHORT)
_SHORT_KEYS: Final = {" ".join(key(word) for word in form.split()): meant.split() for form, meant in SHORT.items()}
_BARE_SHORT: Final = {
    " ".join(bare(part) for part in form.split(" ")): meant
    for form, meant in _SHORT_KEYS.items()
    if len(form.split(" ")) > 1 and " ".join(bare(part) for part in form.split(" ")) not in _SHORT_KEYS
}
MIN_BARE: Final = 4
_BARE_ONE: Final = {
    bare(form): meant
    for form, meant in _SHORT_KEYS.items()
    if "'" in form and " " not in form and bare(form) not in _SHORT_KEYS and bare(form) not in ("muon", "dang")
}
_DOUBLE: Final = re.compile(r"([^\W\d_])\1")
_STRETCHED: Final = re.compile(r"([a-z])\1{2,}")
_ENDING: Final = re.compile(r"(?<![nc])(?<=[^\W\dbcdđfghjklmnpqrstvwxz_])([gh])$")
_TELEX: Final = (
    (re.compile(r"dd"), "d"),
    (re.compile(r"aa|aw"), "a"),
    (re.compile(r"ee"), "e"),
    (re.compile(r"oo|ow"), "o"),
    (re.compile(r"uw|w"), "u"),
)
MIN_SLIP: Final = 5
"""Letters from which on one slip of a finger is forgiven: in shorter words another word is one slip away."""


def write_out(words: Iterable[str]) -> list[str]:
    """Return words with short forms and southern words replaced; the longest form wins."""
    rest, out = list(words), []
    while rest:
        for count in range(min(_LONGEST, len(rest)), 0, -1):
            keys = " ".join(key(word) for word in rest[:count])
            meant = _SHORT_KEYS.get(keys)
            if meant is None and count == 1 and "'" not in keys and len(keys) >= MIN_BARE:
                meant = _BARE_ONE.get(keys)
            if meant is None and count > 1 and "'" not in keys:
                meant = _BARE_SHORT.get(keys)
            if meant is not None:
                out += meant
                del rest[:count]
                break
        else:
            out.append(rest.pop(0))
    return out


_COMMANDING: Final = (
    "dừng ngừng ngưng hủy xóa bỏ đóng mở chặn khóa cấm rào tạo lập chở chuyển đưa thả chạy tắt gỡ tháo giữ đứng "
    "nhận xác thôi đừng khoan không chưa"
)
_DANGER: Final = frozenset(key(word) for word in _COMMANDING.split())
"""Words that make a command, or take one back: no slip is read as one of these because of its neighbours."""
_COUNTED_WORDS: Final = "phút giờ tiếng ngày tuần tháng đơn chuyến pallet thùng"
_COUNTED: Final = frozenset(key(word) for word in _COUNTED_WORDS.split())
_NUMBER_WORDS: Final = "một hai bốn sáu bảy tám chín mười mươi lăm chục"
_NUMBERS: Final = frozenset(key(word) for word in _NUMBER_WORDS.split())
MIN_BESIDE: Final = 3
"""Letters from which on a slip is forgiven where its neighbour says which word is meant."""


class Speller:
    """Knows the words that the grammar and the site use, and brings slips of the finger back to them."""

    def __init__(self, words: Iterable[str], pairs: Iterable[tuple[str, str]] = ()) -> None:
        """words: every word that means something, lower case, with marks. pairs: words that stand side by side."""
        self._keys = {key(word) for word in words}
        self._after: dict[str, set[str]] = defaultdict(set)
        self._before: dict[str, set[str]] = defaultdict(set)
        for one, other in pairs:
            self._after[bare(key(one))].add(key(other))
            self._before[bare(key(other))].add(key(one))
        self._bare = {bare(word) for word in self._keys}
        self._long = sorted(word for word in self._bare if len(word) >= MIN_SLIP)
        self.right = lru_cache(maxsize=4096)(self._right)

    def beside(self, words: Sequence[str]) -> list[str]:
        """Return words; one that nobody knows becomes the only one a slip away that its neighbours wait for."""
        return [self._beside(words, at) for at in range(len(words))]

    def _beside(self, words: Sequence[str], at: int) -> str:
        word = words[at]
        found = key(word)
        letters = bare(found)
        known = found in self._keys or (letters == found and letters in self._bare) or found in _SHORT_KEYS
        known = known or key(_ENDING.sub(r"n\1", word)) in self._keys
        if known or not word.isalpha() or len(letters) < MIN_BESIDE:
            return word
        before, after = words[at - 1] if at else "", words[at + 1] if at + 1 < len(words) else ""
        counts = before.isdigit() or key(before) in _NUMBERS
        near = set(_COUNTED) if counts else self._after.get(bare(key(before)), set())
        near = near | self._before.get(bare(key(after)), set())
        if any(bare(one) == letters for one in near):
            return word  # a mark too many or too few
        near = {one for one in near - _DANGER if DamerauLevenshtein.distance(bare(one), letters, score_cutoff=1) == 1}
        if len(near) > 1:
            near = {one for one in near if one.partition("'")[2] == found.partition("'")[2]}
        return near.pop() if len(near) == 1 else word

    def _right(self, word: str) -> str:
        """Return the key that a typed word stands for; unknown words lose marks that mean nothing here."""
        found = key(word)
        if found in self._keys or not word.isalpha():
            return found
        once = key(_DOUBLE.sub(r"\1", word))
        if "'" in found and once in self._keys and once not in _DANGER:
            return once  # "sánng", "báoo"
        # No syllable ends in g or h alone: "dừg" is dừng, "cảh" is cảnh.
        whole = _ENDING.sub(r"n\1", word)
        if key(whole) in self._keys:
            return key(whole)
        letters = bare(key(whole))
        if letters == word and key(from_telex(word)) in self._keys:
            return key(from_telex(word))
        if letters in self._bare:
            # A mark too many or too few: read it as typed without marks, so that it is read back, not acted on.
            return letters
        for candidate in (
            _STRETCHED.sub(r"\1", letters),
            letters[:-1] if letters[-2:-1] == letters[-1:] else letters,
            _untelex(letters),
        ):
            if candidate in self._bare:
                return candidate
        return self._nearest(letters)

    def _nearest(self, letters: str) -> str:
        if len(letters) < MIN_SLIP:
            return letters
        near = [word for word in self._long if DamerauLevenshtein.distance(word, letters, score_cutoff=1) == 1]
        return near[0] if len(near) == 1 else letters


_TONES: Final = {"s": "\u0301", "f": "\u0300", "r": "\u0309", "x": "\u0303", "j": "\u0323"}
_DOUBLED: Final = (
    ("dd", "đ"),
    ("aa", "â"),
    ("ee", "ê"),
    ("oo", "ô"),
    ("uow", "ươ"),
    ("aw", "ă"),
    ("ow", "ơ"),
    ("uw", "ư"),
)
_TONE_WORD: Final = re.compile(r"([^aeiouyâăêôơư]*)([aeiouyâăêôơư]+)([sfrxj]?)([a-z]*?)([sfrxj]?)$")
_NUCLEUS: Final = re.compile("[âăêôơư](?=[^âăêôơư]*$)")


def from_telex(word: str) -> str:
    """Return a word typed by Telex with its marks ("ddang" -> "đang", "lafm" -> "làm"), or as it is."""
    text = word
    for typed, letter in _DOUBLED:
        text = text.replace(typed, letter)
    match = _TONE_WORD.fullmatch(text)
    tone = (match[3] or match[5]) if match else ""
    if match is None or not tone:
        return unicodedata.normalize("NFC", text) if text != word else word
    start, vowels, _, end, _ = match.groups()
    nucleus = _NUCLEUS.search(vowels)
    at = nucleus.start() if nucleus else len(vowels) - 1 if end or len(vowels) == 1 else len(vowels) - 2
    return unicodedata.normalize("NFC", f"{start}{vowels[: at + 1]}{_TONES[tone]}{vowels[at + 1 :]}{end}")


def _untelex(letters: str) -> str:
    """Return letters typed by Telex on a keyboard that was not switched over, without their marks."""
    word = letters
    for pattern, plain in _TELEX:
        word = pattern.sub(plain, word)
    return word[:-1] if len(word) > 2 and word[-1] in "sfrxj" else word


_NHIEU: Final = key("nhiêu")
_BAO: Final = key("bao")
_CALLS_SOMEBODY: Final = ("a", "e", "c", "ah", "ak")
_NAMED_BY_LETTER: Final = ("kho", "hall", "cua", "sanh", "san")


def how_many(words: list[str]) -> list[str]:
    """Return words with the southern "nhiêu" as "bao nhiêu", and without a letter at the end that calls somebody."""
    out: list[str] = []
    for at, word in enumerate(words):
        alone = word == _NHIEU and out[-1:] != [_BAO] and not bare("".join(words[at + 1 : at + 2])).startswith("nhat")
        out += [_BAO, word] if alone else [word]
        if word == _NHIEU and not alone and out[-2:-1] != [_BAO]:
            out[-1] = bare(word)  # "nhiều nhất" typed without marks
    if len(out) > 2 and out[-1] in _CALLS_SOMEBODY and bare(out[-2]) not in _NAMED_BY_LETTER:
        out.pop()
    return out
