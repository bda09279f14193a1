"""UN/EDIFACT (ISO 9735, syntax versions 1 to 4) as segments, and what holds an interchange together.

Source: ISO 9735:1988 and its UNA service string; counts and references as UNB/UNZ and UNH/UNT give them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from amr_core.errors import AmrError

_MOST_SEGMENTS, _MOST_COMPONENTS = 100_000, 1_000_000
_LONGEST_SEGMENT: Final = 5_000  # characters; the five lines of text of an FTX have 350 in D.95B
_TAG: Final = re.compile(r"[A-Z]{3}")
_CHARSETS: Final = {"UNOA": "ascii", "UNOB": "ascii", "UNOC": "latin-1", "UNOY": "utf-8", "UNOW": "utf-8"}


@dataclass(frozen=True)
class EdiSegment:
    """A segment. number: in the interchange, from 1; elements: each a list of components."""

    number: int
    tag: str
    elements: tuple[tuple[str, ...], ...]

    def at(self, element: int, component: int = 0) -> str:
        """Return a component, "" when it is not there; both count from 0."""
        found = self.elements[element] if element < len(self.elements) else ()
        return found[component] if component < len(found) else ""


@dataclass(frozen=True)
class Message:
    """A message of an interchange. kind: COPARN, version: D:95B; segments: between UNH and UNT."""

    reference: str
    kind: str
    version: str
    segments: tuple[EdiSegment, ...]


def bad(segment: int, reason: str) -> AmrError:
    """Return the error for a segment; number 0: the file as a whole."""
    return AmrError("drop.bad_segment", segment=segment, reason=reason)


def decoded(data: bytes) -> str:
    """Return the text of an interchange in the character set that its UNB names. Raises drop.bad_segment."""
    head = re.search(rb"UNB.(UNO[A-Z])", data[:200])
    charset = _CHARSETS.get(head.group(1).decode()) if head else None
    if charset is None:
        raise bad(1, "no UNB with a character set UNOA, UNOB, UNOC, UNOW or UNOY")
    try:
        return data.decode(charset)
    except UnicodeDecodeError as error:
        raise bad(1, f"byte {error.start} is not in its character set") from error


def segments(text: str) -> list[EdiSegment]:
    """Return the segments of an interchange. Raises drop.bad_segment with the number of the one that is broken."""
    text, component, element, release, end = _service(text.lstrip("\ufeff \r\n\t"))
    if text.count(element) + text.count(component) > _MOST_COMPONENTS:  # each is a text in a list
        raise bad(0, f"more than {_MOST_COMPONENTS} components")
    found: list[EdiSegment] = []
    elements: list[list[str]] = [[""]]
    k, begin, size = 0, 0, len(text)
    while k < size:
        if k - begin > _LONGEST_SEGMENT:
            raise bad(len(found) + 1, f"longer than {_LONGEST_SEGMENT} characters")
        char = text[k]
        if char == release and release != " ":
            if k + 1 >= size:
                raise bad(len(found) + 1, "it ends with a release character")
            elements[-1][-1] += text[k + 1]
            k += 2
            continue
        if char == end:
            found.append(_segment(len(found) + 1, elements))
            elements, begin = [[""]], k
        elif char == element:
            elements.append([""])
        elif char == component:
            elements[-1].append("")
        elif char not in "\r\n":
            elements[-1][-1] += char
        k += 1
    if elements != [[""]] and any(part.strip() for one in elements for part in one):
        raise bad(len(found) + 1, "the file ends within it")
    return found


def _service(text: str) -> tuple[str, str, str, str, str]:
    """Return what comes behind a UNA, and the signs: component, element, release, end of a segment."""
    if not text.startswith("UNA"):
        return text, ":", "+", "?", "'"
    if len(text) < 9:
        raise bad(1, "UNA is cut off")
    return text[9:], text[3], text[4], text[6], text[8]


def _segment(number: int, elements: list[list[str]]) -> EdiSegment:
    if number > _MOST_SEGMENTS:
        raise bad(number, f"more than {_MOST_SEGMENTS} segments")
    tag = elements[0][0].strip()
    if not _TAG.fullmatch(tag):
        raise bad(number, f"{tag[:10]!r} is no tag")
    return EdiSegment(number, tag, tuple(tuple(one) for one in elements[1:]))


def messages(found: list[EdiSegment], sender: str = "") -> list[Message]:
    """Return the messages of an interchange whose counts and references are right. sender: who must have sent it."""
    if not found or found[0].tag != "UNB":
        raise bad(1, "an interchange begins with UNB")
    first, last = found[0], found[-1]
    if last.tag != "UNZ":
        raise bad(last.number, "an interchange ends with UNZ")
    if sender and first.at(1) != sender:
        raise bad(1, f"the sender is {first.at(1)[:35]!r}, not {sender!r}")
    if last.at(1) != first.at(4):
        raise bad(last.number, "UNZ has another reference than UNB")
    made: list[Message] = []
    inside: list[EdiSegment] | None = None
    for segment in found[1:-1]:
        if segment.tag == "UNH":
            if inside is not None:
                raise bad(segment.number, "UNH within a message")
            inside = [segment]
        elif inside is None:
            raise bad(segment.number, f"{segment.tag} outside a message")
        elif segment.tag == "UNT":
            made.append(_message(inside, segment))
            inside = None
        else:
            inside.append(segment)
    if inside is not None:
        raise bad(last.number, "the last message has no UNT")
    if last.at(0) != str(len(made)):
        raise bad(last.number, f"UNZ counts {last.at(0)[:10]!r} messages, there are {len(made)}")
    return made


def _message(inside: list[EdiSegment], end: EdiSegment) -> Message:
    head = inside[0]
    if end.at(1) != head.at(0):
        raise bad(end.number, "UNT has another reference than UNH")
    if end.at(0) != str(len(inside) + 1):
        raise bad(end.number, f"UNT counts {end.at(0)[:10]!r} segments, there are {len(inside) + 1}")
    return Message(head.at(0), head.at(1, 0), f"{head.at(1, 1)}:{head.at(1, 2)}", tuple(inside[1:]))


def escaped(text: str) -> str:
    """Return a text as it stands in a segment, in upper-case ASCII (UNOA)."""
    return re.sub(r"([?+:'])", r"?\1", text.upper().encode("ascii", "replace").decode())
