"""COPARN (D.95B): containers that are announced or released, as held orders; a deletion cancels them.

BGM 1001 says what it is (11 acceptance, 12 release ...), BGM 1225 what to do: 9 original and 2 addition create, 3
deletion and 1 cancellation cancel. A change (4) or replacement (5) is refused: which orders it means is not sure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from amr_core.errors import AmrError
from amr_fleet.domain import cargo_ids
from amr_fleet.dropfolder.edifact import Message, bad, decoded, messages, segments
from amr_fleet.dropfolder.settings import Partner

_CREATES: Final = frozenset({"9", "2"})
_CANCELS: Final = frozenset({"3", "1"})
MOST_CONTAINERS: Final = 10_000


@dataclass(frozen=True)
class Announced:
    """A container of a COPARN. segment: of its EQD; reference: of its order; cancel: the order is to be cancelled.

    load_type: of its size and type by the partner's table, "" when the partner has none.
    """

    segment: int
    container: str
    reference: str
    pick_place: str
    drop_place: str
    booking: str
    cancel: bool
    load_type: str


def read_coparn(data: bytes, partner: Partner) -> list[Announced]:
    """Return the containers of a file. Raises drop.bad_segment; nothing of a broken interchange counts."""
    found = [one for message in messages(segments(decoded(data)), partner.sender) for one in _of(message, partner)]
    if not found:
        raise bad(0, "there is no container in it")
    if len(found) > MOST_CONTAINERS:
        raise bad(0, f"more than {MOST_CONTAINERS} containers")
    seen: set[tuple[str, bool]] = set()
    for one in found:
        if (one.reference, one.cancel) in seen:
            raise bad(one.segment, f"container {one.container} comes twice")
        seen.add((one.reference, one.cancel))
    return found


def _of(message: Message, partner: Partner) -> list[Announced]:
    first = message.segments[0].number if message.segments else 0
    if (message.kind, message.version) != ("COPARN", "D:95B"):
        raise bad(first, f"it is {message.kind[:10]} {message.version[:10]}, not COPARN D:95B")
    begin = next((s for s in message.segments if s.tag == "BGM"), None)
    if begin is None or not begin.at(1):
        raise bad(first, "BGM with a document number is missing")
    code, document, function = begin.at(0), begin.at(1), begin.at(2)
    way = partner.ways.get(code)
    if way is None:
        raise bad(begin.number, f"no way is set for document code {code[:5]!r}")
    if function not in _CREATES | _CANCELS:
        raise bad(begin.number, f"function {function[:5]!r} is neither 9, 2 (create) nor 3, 1 (cancel)")
    booking, made = "", []
    for segment in message.segments:
        if segment.tag == "RFF" and segment.at(0) == "BN":
            booking = segment.at(0, 1)
        elif segment.tag == "EQD" and segment.at(0) == "CN":
            number = _number(segment.at(1), segment.number, partner)
            reference = f"{partner.name}:{document}:{number}"
            if len(reference) > 128:
                raise bad(begin.number, "the document number is too long")
            ends = (way.pick_place, way.drop_place)
            cancel = function in _CANCELS
            kind = "" if cancel else _load_type(segment.at(2), segment.number, partner)
            made.append(Announced(segment.number, number, reference, *ends, booking, cancel, kind))
    return made


def _load_type(size: str, segment: int, partner: Partner) -> str:
    """Return our load type for a container's size and type (EQD 8155, as 22G1)."""
    if not partner.load_types:
        return ""
    if size not in partner.load_types:
        raise bad(segment, f"no load type is set for size and type {size[:10]!r}")
    return partner.load_types[size]


def _number(text: str, segment: int, partner: Partner) -> str:
    try:
        return cargo_ids.container(text)
    except AmrError as error:
        if partner.check_digit or not 0 < len(text) <= 40:
            raise bad(segment, f"{text[:20]!r} is no container number (ISO 6346)") from error
        return text
