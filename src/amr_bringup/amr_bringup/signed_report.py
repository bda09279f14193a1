"""`amr report verify` for the reports that pages give as PDF: of a shift, of a count from the air."""

from __future__ import annotations

from pathlib import Path

from amr_bringup.incident_cli import key_line
from amr_bringup.periodic_report import journal_file
from amr_fleet.evidence.check import Check
from amr_fleet.evidence.signed_pdf import check_pdf, is_signed_pdf
from amr_fleet.periodic.reading import LARGEST
from amr_fleet.store import signed


def is_of_pages(path: Path) -> bool:
    """Return whether a file says that the fleet signed it; a periodic report has a check of its own."""
    try:
        return path.stat().st_size <= LARGEST and is_signed_pdf(path.read_bytes())
    except OSError:
        return False  # which is said where the file is read


def checks_of(path: Path, key: str, journal: str, evidence: Path | None) -> tuple[list[Check], bool]:
    """Return what was looked at in a report, and whether the key of its signature is known from elsewhere.

    journal: where the records are that it must agree with, "" = it is not compared; the key there is believed
    where none is given. Raises run.bad_option, store.failed, evidence.bad_key.
    """
    content, line = path.read_bytes(), key_line(key)
    if not journal:
        return check_pdf(content, line), bool(line)
    with signed.opened(journal_file(journal), evidence) as (database, ledger):
        line = line or (ledger.key.public.line() if ledger.key is not None else "")
        return check_pdf(content, line, lambda size: signed.root_at(database, size)), bool(line)
