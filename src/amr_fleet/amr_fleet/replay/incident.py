"""One incident as one file: journal, tracks and site of a stretch of time, and the same as MCAP for Foxglove.

Signed like a dossier, with the key of the records: `amr incident verify` says what of such a file holds.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Final

from amr_core.site import Site
from amr_fleet.domain.events import JournalEntry
from amr_fleet.evidence import dsse
from amr_fleet.evidence.archive import zipped
from amr_fleet.evidence.signing import Signing
from amr_fleet.replay.mcap_file import mcap_bytes
from amr_fleet.replay.tracks import Chunk, Frame, frames

ABOUT: Final = "incident.json"
JOURNAL: Final = "journal.jsonl"
ATTESTATION: Final = "incident.dsse.json"
CHECKPOINT: Final = "checkpoint.note"
PUBLIC_KEY: Final = "key.pub"
PUBLIC_PEM: Final = "key.pem"


def between(chunks: Iterable[Chunk], begin: float, end: float) -> list[Frame]:
    """Return the frames of begin <= t <= end."""
    return [frame for chunk in chunks for frame in frames(chunk) if begin <= frame.t <= end]


def incident(
    site: Site,
    begin: float,
    end: float,
    entries: Sequence[JournalEntry],
    chunks: Sequence[Chunk],
    signing: Signing | None = None,
) -> bytes:
    """Return a zip: incident.json (what it is, SHA-256 of each part), journal.jsonl, tracks.json, site.json, MCAP.

    Signed: also the attestation over all of it, the checkpoint of the journal and the public key.
    """
    shown = between(chunks, begin, end)
    files = {
        JOURNAL: "".join(line_of(e) + "\n" for e in entries).encode(),
        "tracks.json": _line(list(chunks)).encode(),
        "site.json": site.model_dump_json().encode(),
        "incident.mcap": mcap_bytes(site, shown, [e for e in entries if e.t <= end]),
    }
    if signing is not None:
        files |= {PUBLIC_KEY: (signing.key.public.line() + "\n").encode(), PUBLIC_PEM: signing.key.public.pem()}
        files |= {CHECKPOINT: signing.note.encode()} if signing.note else {}
    about = {
        "site": site.id,
        "begin": begin,
        "end": end,
        "entries": len(entries),
        "frames": len(shown),
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }
    files[ABOUT] = _line(about).encode()
    if signing is not None:
        what = {"site": site.id, "begin": begin, "end": end}
        payload = dsse.statement(files, dsse.INCIDENT_TYPE, what)
        files[ATTESTATION] = dsse.envelope(payload, signing.key.public.id.hex(), signing.key.sign)
    return zipped(files)


def line_of(entry: JournalEntry) -> str:
    """Return an entry as a line of the journal in an incident."""
    return _line(asdict(entry))


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
