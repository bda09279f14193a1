"""The official PDF of a periodic report: PDF/A-3b by Typst, with its data attached; the same report, the same bytes."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from amr_fleet.periodic.compose import compose
from amr_fleet.periodic.model import PeriodicReport
from amr_fleet.periodic.paper import Chart, Paper
from amr_fleet.typesetting import typeset

_HERE: Final = Path(__file__).resolve().parent
FONTS: Final = _HERE / "fonts"
ATTACHED: Final = "bao-cao.json"
_DOTS_PER_INCH: Final = 200.0  # px an inch of a chart in a DOCX; chosen: sharp on paper, some 1260 px wide


def pdf(report: PeriodicReport) -> bytes:
    """Return the report as PDF."""
    return print_paper(compose(report), report.to_json(), int(report.period.end))


def print_paper(paper: Paper, attached: bytes, dated: int) -> bytes:
    """Return a paper as PDF with data attached. dated: what it says of its making (Unix seconds); never the clock."""
    inputs = {"paper": json.dumps(asdict(paper), ensure_ascii=False), "report": attached.decode()}
    return _compile("paper.typ", inputs, format="pdf", pdf_standards="a-3b", timestamp=dated)


def picture(chart: Chart) -> bytes:
    """Return a chart as PNG, 160 mm wide."""
    inputs = {"chart": json.dumps(asdict(chart), ensure_ascii=False)}
    return _compile("chart_picture.typ", inputs, format="png", ppi=_DOTS_PER_INCH)


def _compile(name: str, inputs: dict[str, str], **options: Any) -> bytes:
    return typeset(_HERE / name, FONTS, inputs, **options)
