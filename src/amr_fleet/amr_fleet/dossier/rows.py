"""The journal in a dossier: one line a leaf of its tree, in canonical JSON. Of other writers: the hash."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import zstandard

from amr_core.errors import AmrError
from amr_fleet.domain.events import JournalEntry
from amr_fleet.store.leaves import JOURNAL, journal_content, journal_leaf

_LARGEST = 4 * 2**30


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf: its place, its hash, and the row of the journal, None for what another writer added."""

    place: int
    digest: bytes
    row: Mapping[str, Any] | None


def packed(leaves: Iterable[Leaf]) -> bytes:
    """Return all leaves as zstd-compressed lines."""
    text = bytearray()  # joining a list of lines would hold a month of them twice
    for x in leaves:
        text += b'{"digest":"%s","leaf":%d' % (x.digest.hex().encode(), x.place)
        text += b',"row":%s}\n' % journal_content(*[x.row[name] for name in JOURNAL]) if x.row else b"}\n"
    return zstandard.ZstdCompressor(level=3, write_content_size=True).compress(text)


def unpacked(data: bytes) -> list[Leaf]:
    """Return the leaves; raise sandbox.bad_dossier for bytes that are none."""
    try:
        text = zstandard.ZstdDecompressor().decompress(data, max_output_size=_LARGEST)
        return [_leaf(line) for line in text.splitlines()]
    except (zstandard.ZstdError, ValueError, KeyError, TypeError, MemoryError) as error:
        raise AmrError("sandbox.bad_dossier", path="journal.jsonl.zst", reason="it cannot be unpacked") from error


def _leaf(line: bytes) -> Leaf:
    found = json.loads(line)
    return Leaf(int(found["leaf"]), bytes.fromhex(found["digest"]), found.get("row"))


def changed(leaves: Sequence[Leaf]) -> Iterator[str]:
    """Yield the names of the rows that are not what their hashes say, and of places that are not in order."""
    for number, leaf in enumerate(leaves):
        name = f"dòng {leaf.row['seq']}" if leaf.row is not None and "seq" in leaf.row else f"lá {leaf.place}"
        if leaf.place != number:
            yield f"{name} (không đúng thứ tự)"
        elif leaf.row is not None:
            try:
                good = journal_leaf(leaf.row) == leaf.digest
            except (KeyError, ValueError, TypeError):
                good = False
            if not good:
                yield name


def entries(leaves: Iterable[Leaf]) -> list[JournalEntry]:
    """Return the journal's entries, oldest first."""
    rows = (leaf.row for leaf in leaves if leaf.row is not None)
    return [
        JournalEntry(
            t=float(row["t"]), kind=row["kind"], order_id=row["order_id"], robot=row["robot"],
            facts=json.loads(row["payload"]),
        )
        for row in rows
    ]  # fmt: skip
