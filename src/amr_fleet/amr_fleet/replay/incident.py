"""One incident as one file: journal, tracks and site of a stretch of time, and the same as MCAP for Foxglove."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Final

from amr_core.site import Site
from amr_fleet.domain.events import JournalEntry
from amr_fleet.replay.mcap_file import mcap_bytes
from amr_fleet.replay.tracks import Chunk, Frame, frames

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the same incident gives the same bytes


def between(chunks: Iterable[Chunk], begin: float, end: float) -> list[Frame]:
    """Return the frames of begin <= t <= end."""
    return [frame for chunk in chunks for frame in frames(chunk) if begin <= frame.t <= end]


def incident(site: Site, begin: float, end: float, entries: Sequence[JournalEntry], chunks: Sequence[Chunk]) -> bytes:
    """Return a zip: incident.json (what it is, SHA-256 of each part), journal.jsonl, tracks.json, site.json, MCAP."""
    shown = between(chunks, begin, end)
    files = {
        "journal.jsonl": "".join(_line(asdict(e)) + "\n" for e in entries).encode(),
        "tracks.json": _line(list(chunks)).encode(),
        "site.json": site.model_dump_json().encode(),
        "incident.mcap": mcap_bytes(site, shown, [e for e in entries if e.t <= end]),
    }
    about = {
        "site": site.id,
        "begin": begin,
        "end": end,
        "entries": len(entries),
        "frames": len(shown),
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {"incident.json": _line(about).encode(), **files}.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
