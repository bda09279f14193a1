"""`amr report`: the shift report of a journal file, without a running fleet."""

from __future__ import annotations

import json
from pathlib import Path

from amr_core.errors import AmrError
from amr_core.site import Site
from amr_fleet.api.models import reports
from amr_fleet.report.excel import excel
from amr_fleet.report.figures import Report
from amr_fleet.report.fold import make_report, whole
from amr_fleet.report.pdf import pdf
from amr_fleet.report.period import Period
from amr_fleet.report.texts import TEXTS, Lang
from amr_fleet.store.journal import read_entries


def write_report(
    site: Site, journal: Path, output: Path, begin: float | None, end: float | None, lang: str = "vi"
) -> Report:
    """Read the journal and write output (.pdf, .xlsx or .json); raise run.bad_option or store.failed."""
    language: Lang | None = next((known for known in TEXTS if known == lang), None)
    if language is None:
        raise AmrError("run.bad_option", option="--lang", value=lang, reason="vi or en")
    if output.suffix not in (".pdf", ".xlsx", ".json"):
        raise AmrError("run.bad_option", option="output", value=output.name, reason="ends in .pdf, .xlsx or .json")
    if not journal.is_file():
        raise AmrError("run.bad_option", option="journal", value=str(journal), reason="there is no such file")
    entries = read_entries(str(journal))
    all_of_it = whole(entries)
    period = Period(all_of_it.begin if begin is None else begin, all_of_it.end if end is None else end)
    report = make_report(entries, site, period)
    if output.suffix == ".json":
        figures = reports.Report.model_validate(report).model_dump(mode="json")
        content = (json.dumps(figures, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()
    else:
        content = pdf(report, language) if output.suffix == ".pdf" else excel(report, language)
    output.write_bytes(content)
    return report
