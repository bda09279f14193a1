"""Writes a dossier: all or nothing, and the same bytes for the same journal."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any, Final

from amr_core.errors import AmrError
from amr_core.heap import millions_of_objects
from amr_core.site import Site
from amr_fleet.domain.events import JournalEntry
from amr_fleet.dossier import certificate, crate
from amr_fleet.dossier.pades import Seal
from amr_fleet.dossier.parts import chosen, parts, sbom
from amr_fleet.dossier.pdf import pdf
from amr_fleet.dossier.rows import Leaf, entries, packed
from amr_fleet.evidence import dsse
from amr_fleet.evidence.archive import zipped
from amr_fleet.replay.incident import between
from amr_fleet.replay.mcap_file import mcap_bytes
from amr_fleet.replay.tracks import decode
from amr_fleet.sandbox.book import Trial, TrialBook, book_of
from amr_fleet.store.leaves_export import SignedRecords, records
from amr_fleet.store.notes import PrivateKey
from amr_fleet.store.tracks import TrackStore

ATTESTATION: Final = "attestations/dossier.dsse.json"
CERTIFICATE: Final = "attestations/key.crt"
PUBLIC_PEM: Final = "attestations/key.pem"
WINDOW_S: Final = 60.0  # of tracks before and after an incident
MOST_INCIDENTS: Final = 200
_FOLDER: Final = Path(__file__).resolve().parent


def write(
    where: str, out: Path, site: Site, *, trial_id: str = "", evidence: Path | None = None, now: float | None = None,
    seal: Seal | None = None,
) -> dict[str, bytes]:  # fmt: skip
    """Write the dossier of a journal into a new folder, or a file OUT.zip; return its files.

    now: Unix s, for the certificate; seal: signs the PDF for a person. Raises store.not_empty when OUT is there,
    record.failed when it cannot be written: then nothing is left of it.
    """
    if out.exists():
        raise AmrError("store.not_empty", where=str(out))
    with millions_of_objects():
        found = records(where, evidence)
        files = build(found, site, trial_id, _tracks(where), time.time() if now is None else now, seal)
    part = out.with_name(f".{out.name}.part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        if out.suffix == ".zip":
            part.write_bytes(zipped(files))
        else:
            shutil.rmtree(part, ignore_errors=True)
            for name, content in files.items():
                (part / name).parent.mkdir(parents=True, exist_ok=True)
                (part / name).write_bytes(content)
        part.rename(out)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        part.unlink(missing_ok=True) if part.is_file() else None
        raise AmrError("record.failed", folder=str(out), reason=error.strerror or type(error).__name__) from error
    return files


def build(
    found: SignedRecords, site: Site, trial_id: str, tracks: TrackStore | None, now: float, seal: Seal | None = None
) -> dict[str, bytes]:
    """Return all files of a dossier by name; the leaves are taken out of found."""
    leaves = [Leaf(place, digest, row) for place, digest, row in found.leaves]
    found.leaves.clear()
    lines = packed(leaves)
    journal = entries(leaves)
    leaves.clear()  # of a month they are gigabytes
    book = book_of(journal)
    trial = chosen(book, trial_id)
    begin = min(now, book.utc(journal[0].t)) - 86400.0
    crt = certificate.load_or_make(found.folder, found.key, site.id, begin=begin, now=now)
    if certificate.parse(crt).expired(now):
        raise AmrError("evidence.bad_key", reason=f"the certificate {found.folder / certificate.FILE} has expired")
    files = parts(journal, site, trial.trial_id)
    files["ho-so.pdf"] = pdf(files) if seal is None else seal(pdf(files))
    files["journal.jsonl.zst"] = lines
    files["site.json"] = site.model_dump_json().encode()
    files["sbom.cdx.json"] = sbom()
    files["VERIFY.vi.md"] = (_FOLDER / "VERIFY.vi.md").read_bytes()
    files["dossier.schema.json"] = (_FOLDER / "dossier.schema.json").read_bytes()
    files["checkpoints/key.pub"] = (found.key.public.line() + "\n").encode()
    files |= {f"checkpoints/{size:012d}.note": note.encode() for size, note in found.notes}
    files |= _recordings(site, book, trial, journal, tracks)
    files |= {CERTIFICATE: crt, PUBLIC_PEM: found.key.public.pem()}
    return _signed(files, found.key, trial.trial_id)


def _signed(files: dict[str, bytes], key: PrivateKey, trial_id: str) -> dict[str, bytes]:
    """Add an attestation for each card, the index, and the attestation of everything."""
    keyid = key.public.id.hex()
    body: dict[str, Any] = json.loads(files["dossier.json"])
    for card in body["cards"]:
        name = f"cards/{card['id']}.json"
        result = {"passed": "PASSED", "failed": "FAILED", "open": "WARNED"}[card["state"]]
        predicate = {
            "result": result, "configuration": [{"name": name, "digest": {"sha256": dsse.sha256(files[name])}}],
            "passedTests": [card["id"]] if result == "PASSED" else [],
            "warnedTests": [card["id"]] if result == "WARNED" else [],
            "failedTests": [card["id"]] if result == "FAILED" else [],
        }  # fmt: skip
        payload = dsse.statement({name: files[name]}, dsse.TEST_RESULT, predicate)
        files[f"attestations/card-{card['id']}.dsse.json"] = dsse.envelope(payload, keyid, key.sign)
    record = body["record"]
    about = {
        "title": record["title"]["vi"], "description": f"Hồ sơ thử nghiệm có kiểm soát {trial_id}",
        "date": body["as_of"], "organisation": (record["participants"] or [{"org": body["site"]["vi"]}])[0]["org"],
    }  # fmt: skip
    files[crate.NAME] = crate.metadata(files, (ATTESTATION,), about)
    predicate = {"format": body["format"], "trial_id": trial_id, "as_of": body["as_of"]}
    payload = dsse.statement(files, dsse.DOSSIER_TYPE, predicate)
    return {**files, ATTESTATION: dsse.envelope(payload, keyid, key.sign)}


def _tracks(where: str) -> TrackStore | None:
    path = Path(where).with_name("tracks.sqlite3")
    return TrackStore(str(path)) if path.is_file() else None


def _recordings(
    site: Site, book: TrialBook, trial: Trial, journal: list[JournalEntry], tracks: TrackStore | None
) -> dict[str, bytes]:
    """Return an MCAP file for each incident: tracks and journal from a minute before to a minute after."""
    files: dict[str, bytes] = {}
    try:
        for name, row in list(trial.incidents.items())[:MOST_INCIDENTS]:
            at = book.fleet(row["t_occurred"])
            begin, end = at - WINDOW_S, at + WINDOW_S
            chunks = [decode(p) for p in tracks.read(begin, end)] if tracks is not None else []
            near = [e for e in journal if begin <= e.t <= end]
            files[f"evidence/{name}.mcap"] = mcap_bytes(site, between(chunks, begin, end), near)
    finally:
        if tracks is not None:
            tracks.close()
    return files
