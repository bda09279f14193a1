"""`amr report periodic` and `amr report verify`: the report to an authority from a journal, without a running fleet."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Final

from amr_core.errors import AmrError
from amr_core.heap import millions_of_objects
from amr_core.plain_text import plain
from amr_core.site import Site
from amr_core.yaml_files import read_yaml
from amr_fleet.domain.office import FIELDS
from amr_fleet.dossier.pades import Seal, looks_signed
from amr_fleet.files_at_once import write_all
from amr_fleet.periodic.build import Source, make, office_of
from amr_fleet.periodic.docx_file import docx
from amr_fleet.periodic.model import CheckpointPart, PeriodicReport
from amr_fleet.periodic.pdf_file import pdf
from amr_fleet.periodic.reading import read
from amr_fleet.periodic.verify import Answer, Records, signed_by, verify
from amr_fleet.reporting_periods import PeriodRule, ReportingPeriod, day_of, midnight
from amr_fleet.store import copies, signed
from amr_fleet.store.verify import whole
from amr_fleet.store.where import is_postgresql

FORMATS: Final[dict[str, Callable[[PeriodicReport], bytes]]] = {
    "docx": docx, "pdf": pdf, "json": PeriodicReport.to_json,
}  # fmt: skip
JOURNAL: Final = "journal.sqlite3"
_PLACES: Final = (JOURNAL, f"state/{JOURNAL}")  # where a journal is looked for when none is named


@dataclass(frozen=True, kw_only=True)
class PeriodicRequest:
    """What is asked for. letterhead: YAML file with texts of `domain.office.FIELDS`; simulated_from: ISO day."""

    site: Site
    journal: str = ""
    evidence: Path | None = None
    rule: PeriodRule = "legal"
    simulated_from: str = ""
    letterhead: Path | None = None


def write_periodic(
    request: PeriodicRequest, period: str, out: Path, formats: Sequence[str], seal: Seal | None = None
) -> list[Path]:
    """Write bao-cao-PERIOD.{docx,pdf,json} into a folder, all or none; return them. seal: signs the PDF."""
    unknown = [name for name in formats if name not in FORMATS]
    if unknown or not formats:
        raise AmrError("run.bad_option", option="--format", value=",".join(formats)[:60], reason="docx, pdf or json")
    if seal is not None and "pdf" not in formats:
        raise AmrError("run.bad_option", option="--signer", value="", reason="only the PDF can be signed")
    with millions_of_objects():
        report = make_periodic(request, ReportingPeriod.parse(period, request.rule))
    files = {out / f"bao-cao-{report.period.code}.{name}": FORMATS[name](report) for name in formats}
    if seal is not None:
        printed = next(path for path in files if path.suffix == ".pdf")
        files[printed] = seal(files[printed])
    write_all(files)
    return list(files)


def sign_file(path: Path, out: Path, seal: Seal) -> None:
    """Write a report's PDF with a person's signature appended; raise report.not_ours, store.not_empty.

    One that is signed is refused: a second signature would read as something appended after the first.
    """
    content = read(path).content
    if not content.startswith(b"%PDF-"):
        raise AmrError("report.not_ours", file=path.name, reason="only the PDF can be signed")
    if looks_signed(content):
        raise AmrError("report.not_ours", file=path.name, reason="it is signed already")
    if out.exists():
        raise AmrError("store.not_empty", where=str(out))
    write_all({out: seal(content)})


def make_periodic(request: PeriodicRequest, period: ReportingPeriod) -> PeriodicReport:
    """Return the report of a period from the journal as it is now.

    Raises store.damaged when a row was changed or lost: its tree would be signed, and its figures not be those of it.
    """
    where = journal_file(request.journal)
    whole(copies.look(where, request.evidence))
    with signed.opened(where, request.evidence) as (database, ledger):
        tree = signed.tree_now(database, ledger)
        entries = signed.entries_below(database, tree.size)
        first = signed.first_signed(database)
    begins: float | None = None
    if request.simulated_from:
        begins = midnight(_day(request.simulated_from))
    elif first is not None:
        begins = midnight(day_of(first))
    source = Source(
        site=request.site, journal=entries, checkpoint=CheckpointPart(**asdict(tree)), clock_begins=begins,
        texts=_letterhead(request.letterhead),
    )  # fmt: skip
    return make(source, period)


def journal_file(where: str) -> str:
    """Return the journal that is meant: a file, a --state folder, a server, or the one in the working directory."""
    if not where:
        found = [name for name in _PLACES if Path(name).is_file()]
        if not found:
            reason = f"name a journal file or a --state folder (or set AMR_DATABASE): there is no {_PLACES[0]} here"
            raise AmrError("run.bad_option", option="--journal", value="", reason=reason)
        return found[0]
    if is_postgresql(where):
        return where
    path = Path(where)
    path = path / JOURNAL if path.is_dir() else path
    if not path.is_file():
        raise AmrError("run.bad_option", option="--journal", value=where, reason="there is no such file")
    return str(path)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise AmrError("run.bad_option", option="--simulated-from", value=text, reason="a day, 2027-01-01") from error


def _letterhead(path: Path | None) -> dict[str, str]:
    """Return the texts of a YAML file; raise run.bad_option for anything but known fields with text."""
    if path is None:
        return {}

    def wrong(reason: str) -> AmrError:
        return AmrError("run.bad_option", option="--letterhead", value=str(path), reason=reason)

    try:
        content = read_yaml(path)
    except (OSError, ValueError) as error:
        raise wrong(" ".join(str(error).split())[:200]) from error
    if not isinstance(content, dict):
        raise wrong("not a list of names and texts")
    texts: dict[str, str] = {}
    for name, value in content.items():
        if name not in FIELDS:
            raise wrong(f"{str(name)[:40]} is none of {', '.join(FIELDS)}")
        if not isinstance(value, str | int | date):
            raise wrong(f"{name} is not a text")
        try:
            texts[name] = "\n".join(plain(line) for line in str(value).strip().split("\n"))
        except ValueError as error:
            raise wrong(f"{name}: {error}") from error
    if texts.get("date"):
        _day(texts["date"])
    return texts


def verify_file(request: PeriodicRequest, path: Path, authorities: bytes | None = None) -> list[Answer]:
    """Return what holds of a report's file against the journal.

    authorities: PEM certificates; given, a person whom one of them has certified must have signed the PDF.
    """
    file = read(path)
    report = file.report
    where = journal_file(request.journal)
    size = report.checkpoint.size if report.checkpoint is not None else math.inf
    with signed.opened(where, request.evidence) as (database, ledger):
        below = int(min(size, 2**62))
        entries = signed.entries_below(database, below)
        everything = signed.entries_below(database, 2**62)
        root = signed.root_at(database, report.checkpoint.size) if report.checkpoint is not None else ""
        key = ledger.key.public.line() if ledger.key is not None else ""
    # A report of a simulation says when its clock began; what it says is part of what is compared.
    source = Source(
        site=request.site, journal=entries, checkpoint=report.checkpoint, clock_begins=report.clock_begins
    )  # fmt: skip
    fresh = make(source, ReportingPeriod.parse(report.period.code, report.period.rule))
    found = copies.look(where, request.evidence)
    records = Records(
        faults=[str(fault) for fault in found.faults], root=root, key=key, fresh=fresh, office=office_of(everything)
    )
    return [*verify(file, records, hashlib.sha256(file.content).hexdigest()), signed_by(file, path.name, authorities)]
