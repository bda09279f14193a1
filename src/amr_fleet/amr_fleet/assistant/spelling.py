"""Short forms, southern words and slips of the finger, written out before anything is understood."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA, DamerauLevenshtein

from amr_fleet.assistant.slips import ALIKE, SWAPPED, distance, is_syllable, sounds
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
_GLUED: Final = 5
"""Letters from which on a word may be two without their blank: "tuầnnày"."""
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
_REFUSING_WORDS: Final = "không đừng chưa khoan khỏi thôi chẳng nếu khi hễ"
_REFUSING: Final = frozenset(key(word) for word in _REFUSING_WORDS.split())
"""Words that take a wish back, or put it off."""
_COUNTED_WORDS: Final = "phút giờ tiếng ngày tuần tháng đơn chuyến pallet thùng"
_COUNTED: Final = frozenset(key(word) for word in _COUNTED_WORDS.split())
_NUMBER_WORDS: Final = "một hai bốn sáu bảy tám chín mười mươi lăm chục"
_NUMBERS: Final = frozenset(key(word) for word in _NUMBER_WORDS.split())
FARTHEST: Final = 1.3  # price from which a word is not near at all; chosen: above TAKEN_BACK and any other limit here
LIMITS: Final = {3: 0.65, 4: 0.65, 5: 0.85, 6: 0.85}
LONG_LIMIT: Final = 1.0
"""Price of the slips in a word, by its letters, up to which it is read as another without help of its neighbours."""
BESIDE: Final = 0.96
"""The same for a word whose neighbours wait for it: one letter and one mark."""
OTHER_MARK: Final = 0.15  # price of each mark that differs; chosen: so small that two of them are less than any slip
NO_NEARER, NOT_FAR = 0.1, 0.35
"""So much farther than what a word is read as, a verb of command or another, a refusal still may be what is meant."""
MARGIN: Final = 0.2
"""So much nearer than the next one a word has to be."""
TAKEN_BACK: Final = 1.0
"""Price up to which a word that nobody can read may be one that takes a wish back."""
MIN_BESIDE: Final = 3
"""Letters from which on a slip is forgiven where its neighbour says which word is meant."""


def _marks(word: str) -> str:
    return word.partition("'")[2]


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
        self._keys_of: dict[str, list[str]] = defaultdict(list)
        for word in sorted(self._keys | _COUNTED):
            if bare(word).isalpha() and len(bare(word)) > 1:
                self._keys_of[bare(word)].append(word)
        self._letters = {form: form for form in self._keys_of}
        self._sounds = {form: sounds(form) for form in self._keys_of}
        self.right = lru_cache(maxsize=4096)(self._right)
        self.near = lru_cache(maxsize=4096)(self._near)

    def apart(self, words: Iterable[str]) -> list[str]:
        """Return words; one that nobody knows and that is two known ones without their blank becomes both."""
        return [part for word in words for part in self._apart(word)]

    def _apart(self, word: str) -> tuple[str, ...]:
        letters = bare(key(word))
        if len(letters) < _GLUED or not word.isalpha() or is_syllable(letters) or self.knows(self.right(word)):
            return (word,)
        halves = [(word[:at], word[at:]) for at in range(2, len(word) - 1)]
        found = [pair for pair in halves if all(self._whole(half, marked=letters != word) for half in pair)]
        return found[0] if len(found) == 1 else (word,)

    def _whole(self, word: str, *, marked: bool) -> bool:
        """Say whether a piece of a word is one of its own: spelt right, and one that Vietnamese may have."""
        form = key(word)
        known = form in self._keys or (not marked and form in self._bare)
        return known and (is_syllable(bare(form)) or len(bare(form)) >= MIN_SLIP)

    def beside(self, words: Sequence[str]) -> list[str]:
        """Return words; one that nobody knows becomes the only one a slip away that its neighbours wait for."""
        return [self._beside(words, at) for at in range(len(words))]

    def _beside(self, words: Sequence[str], at: int) -> str:
        word = words[at]
        found = key(word)
        letters = bare(found)
        known = found in self._keys or (letters == found and letters in self._bare) or found in _SHORT_KEYS
        known = known or key(_ENDING.sub(r"n\1", word)) in self._keys or key(from_telex(word)) in self._keys
        if known or not word.isalpha() or len(letters) < 2:
            return word
        before, after = words[at - 1] if at else "", words[at + 1] if at + 1 < len(words) else ""
        counts = before.isdigit() or key(before) in _NUMBERS
        near = set(_COUNTED) if counts else self._after.get(bare(key(before)), set())
        near = near | self._before.get(bare(key(after)), set())
        if any(bare(one) == letters for one in near):
            return word  # a mark too many or too few
        short = len(letters) < MIN_BESIDE
        far = {
            one: price
            for one, price in self.near(found).items()
            if one in near - _DANGER and price <= BESIDE and (not short or _marks(one) == _marks(found))
        }
        near = {one for one, price in far.items() if price < min(far.values()) + MARGIN}
        if len(near) > 1:
            near = {one for one in near if _marks(one) == _marks(found)}
        return near.pop() if len(near) == 1 else word

    def knows(self, found: str) -> bool:
        """Say whether a key is that of a word, or of a word without its marks, or no word at all."""
        letters = bare(found)
        return not letters.isalpha() or found in self._keys or letters in self._bare or found in _SHORT_KEYS

    def blurred(self, typed: str, read_as: str) -> bool:
        """Say whether a misspelt key may be another word than it is read as, one that takes a wish back above all."""
        if len(bare(typed)) < MIN_BESIDE:
            return False
        far = self.near(typed)
        most = min(TAKEN_BACK, far.get(read_as, TAKEN_BACK) + (NO_NEARER if read_as in _DANGER else NOT_FAR))
        if _marks(typed) and is_syllable(bare(typed)):  # "hơi" is a word, and no slip of "thôi"
            most = min(most, SWAPPED)
        if read_as not in _REFUSING and any(far.get(word, FARTHEST) <= most for word in _REFUSING):
            return True
        return not self.knows(read_as) and not is_syllable(bare(typed)) and bool(far)

    def _near(self, found: str) -> dict[str, float]:
        """Return the words that a misspelt one may be, each with the price of its slips."""
        letters, marks = bare(found), set(_marks(found))
        typed = sounds(letters)
        cutoff = 1 if len(typed) < MIN_SLIP else 2
        ways = ((letters, self._letters, 1 if len(letters) < MIN_SLIP else 2), (typed, self._sounds, cutoff))
        forms: dict[str, float] = {}
        for text, listed, most in ways:
            for _, _, form in process.extract(text, listed, scorer=OSA.distance, score_cutoff=most, limit=None):
                price = distance(text, listed[form])
                if price <= FARTHEST:
                    forms[form] = min(price, forms.get(form, FARTHEST))
        out: dict[str, float] = {}
        for form, price in forms.items():
            for one in self._keys_of[form]:
                other = len(marks ^ set(_marks(one))) if marks else 0
                out[one] = price + OTHER_MARK * other
        return out

    def _alike(self, found: str) -> str:
        """Return the only word that sounds like a word and has its marks, "" for none and for verbs of command."""
        same = {one for one, price in self.near(found).items() if price <= ALIKE and _marks(one) == _marks(found)}
        return same.pop() if len(same) == 1 and not same & _DANGER else ""

    def _misspelt(self, found: str) -> str:
        """Return the only word that a misspelt one can be, "" where several are as near or none is."""
        letters = bare(found)
        if len(letters) < MIN_BESIDE or is_syllable(letters):
            return ""  # a word that is Vietnamese is what was meant, unless its neighbours say otherwise
        far = self.near(found)
        if not far or min(far.values()) > LIMITS.get(len(letters), LONG_LIMIT):
            return ""
        nearest = {one for one, price in far.items() if price < min(far.values()) + MARGIN}
        if len({bare(one) for one in nearest}) > 1:
            return ""
        return nearest.pop() if len(nearest) == 1 else bare(nearest.pop())

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
        if letters != found and not is_syllable(letters) and (alike := self._alike(found)):
            return alike
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
        return self._misspelt(found) or self._nearest(letters)

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
