"""Names and numbers of documents as people see them: what looks the same is the same.

Unicode writes "số" in two ways, and hides marks, direction changes and blanks that no screen shows: two orders for one
document. Letters that only look alike (Latin and Cyrillic A) stay different.
"""

from __future__ import annotations

import unicodedata

# Shown as nothing although their categories are those of letters and marks (Unicode: Default_Ignorable_Code_Point), and
# the empty Braille pattern.
_INVISIBLE = frozenset(
    [*map(chr, (0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0))]
    + [chr(code) for code in (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))]
)
_REFUSED = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def plain(text: str) -> str:
    """Return text in NFC with single plain spaces and none at its ends.

    Raises ValueError for control, format (bidirectional ones, too), surrogate, private and unassigned characters,
    line separators, variation selectors and letters that no screen shows.
    """
    if text.isascii() and text.isprintable() and "  " not in text:  # as nearly all are
        return text.strip(" ")
    for character in text:
        if not _seen(character):
            raise ValueError(f"U+{ord(character):04X} is not a visible character")
    spaced = "".join(" " if unicodedata.category(character) == "Zs" else character for character in text)
    return unicodedata.normalize("NFC", " ".join(part for part in spaced.split(" ") if part))


def visible(text: str) -> str:
    """Return text as `plain` does, without what that refuses; line breaks are spaces."""
    return plain("".join(character for character in " ".join(text.split()) if _seen(character)))


def cut(text: str, longest: int) -> str:
    """Return what people can read of a text of any length, at most so many characters of it: nothing is refused."""
    return visible(text[: 10 * longest])[:longest].rstrip()


def _seen(character: str) -> bool:
    return character not in _INVISIBLE and unicodedata.category(character) not in _REFUSED


def read_as(text: str) -> str:
    """Return what a name reads like: the same for names that differ only in case, width or style of letters."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
