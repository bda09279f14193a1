"""The report as PDF: A4, fonts embedded, no clock and no random ids in it."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor, white
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import KeepTogether, Paragraph, SimpleDocTemplate, Spacer
from reportlab.platypus import Table as Grid

from amr_fleet.report import charts
from amr_fleet.report.figures import Report
from amr_fleet.report.period import stamp
from amr_fleet.report.tables import Table, key_figures, tables
from amr_fleet.report.texts import Lang, ReportTexts

_FONTS: Final = Path(__file__).resolve().parent / "fonts"
MARGIN: Final = 16 * mm
_FRAME: Final = 6.0  # pt: what a frame keeps free inside its edges
WIDTH: Final = A4[0] - 2 * MARGIN - 2 * _FRAME
_GREY, LINE, _PALE = HexColor("#59636d"), HexColor("#d3d7dc"), HexColor("#f1f2f4")


def _style(size: float, font: str = charts.FONT, **more: Any) -> ParagraphStyle:
    return ParagraphStyle(f"{font}{size}", fontName=font, fontSize=size, leading=size * 1.35, **more)


TITLE: Final = _style(18, charts.BOLD)
HEAD: Final = _style(11, charts.BOLD, spaceBefore=8, spaceAfter=4)
TEXT: Final = _style(8.5)
SMALL: Final = _style(7, textColor=_GREY)
CELL: Final = _style(7.5)
CELL_HEAD: Final = _style(7, charts.BOLD, textColor=_GREY)
_BIG: Final = _style(13, charts.BOLD)


def fonts() -> None:
    """Register the fonts of our papers."""
    registerFont(TTFont(charts.FONT, _FONTS / "BeVietnamPro-Regular.ttf"))
    registerFont(TTFont(charts.BOLD, _FONTS / "BeVietnamPro-SemiBold.ttf"))


def foot_of(text: str, page_text: str) -> Callable[[Any, Any], None]:
    """Return what draws the foot of a page: a text, and page_text with the number of the {page}."""

    def foot(canvas: Any, page: Any) -> None:
        canvas.setFont(charts.FONT, 7)
        canvas.setFillColor(_GREY)
        canvas.drawString(MARGIN + _FRAME, 9 * mm, text)
        canvas.drawRightString(A4[0] - MARGIN - _FRAME, 9 * mm, page_text.format(page=page.page))

    return foot


def pdf(report: Report, lang: Lang = "vi") -> bytes:
    """Return the report as a PDF file; the same report gives the same bytes."""
    fonts()
    words = ReportTexts(lang)
    out = BytesIO()
    document = SimpleDocTemplate(
        out, pagesize=A4, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=14 * mm, bottomMargin=16 * mm,
        title=f"{words('title')} {words.site(report)} {words.period(report.period)}", author=words.site(report),
        lang=lang, invariant=1,
    )  # fmt: skip

    foot = foot_of(
        f"{words.site(report)} · {words.shift(report.period)} · {words.period(report.period)}", words("page")
    )
    document.build(_story(report, words), onFirstPage=foot, onLaterPages=foot)
    return out.getvalue()


def _story(report: Report, words: ReportTexts) -> list[Any]:
    story: list[Any] = [
        Paragraph(words("title"), TITLE),
        Spacer(1, 2 * mm),
        _identity(report, words),
        Spacer(1, 4 * mm),
    ]
    if report.covered.hours <= 0:
        return [*story, Paragraph(words("empty_report"), TEXT)]
    story += [_key_figures(report, words), Spacer(1, 3 * mm)]
    if report.hours:
        story.append(KeepTogether([Paragraph(words("hours"), HEAD), charts.by_hour(report, words, WIDTH)]))
    if any(r.total > 0 for r in report.robots):
        story.append(KeepTogether([Paragraph(words("time"), HEAD), charts.by_use(report, words, WIDTH)]))
    for table in tables(report, words):
        story.append(KeepTogether([Paragraph(table.title, HEAD), _table(table)]))
    return [*story, *_end(report, words)]


def _identity(report: Report, words: ReportTexts) -> Grid:
    rows = [
        (words("site"), words.site(report)),
        (words("period"), f"{words.shift(report.period)}: {words.period(report.period)}"),
        (words("covered"), words.period(report.covered)),
        (words("digest"), report.digest),
    ]
    cells = [[Paragraph(name, SMALL), Paragraph(value, TEXT)] for name, value in rows]
    return Grid(
        cells, [34 * mm, WIDTH - 34 * mm], hAlign="LEFT", style=[("TOPPADDING", (0, 0), (-1, -1), 1), *NO_PADDING]
    )


NO_PADDING: Final = [
    ("LEFTPADDING", (0, 0), (0, -1), 0),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 1),
    ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
]


def _key_figures(report: Report, words: ReportTexts) -> Grid:
    cells = [[Paragraph(name, SMALL), Paragraph(value, _BIG)] for name, value in key_figures(report, words)]
    style = [
        ("BACKGROUND", (0, 0), (-1, -1), _PALE),
        ("INNERGRID", (0, 0), (-1, -1), 3, white),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]
    return Grid([cells[:4], cells[4:]], [WIDTH / 4] * 4, style=style)


def _table(table: Table) -> Grid:
    right = ParagraphStyle("right", parent=CELL, alignment=2)
    right_head = ParagraphStyle("right_head", parent=CELL_HEAD, alignment=2)
    rows = [[Paragraph(c, right_head if i else CELL_HEAD) for i, c in enumerate(table.head)]]
    rows += [[Paragraph(c, right if i else CELL) for i, c in enumerate(row)] for row in table.rows]
    n = len(table.head)
    first = WIDTH * (0.40 if n <= 3 else 0.28 if n <= 8 else 0.10)
    rest = min((WIDTH - first) / (n - 1), 45 * mm)
    lines = [("LINEBELOW", (0, 0), (-1, 0), 0.8, LINE), ("LINEBELOW", (0, 1), (-1, -1), 0.3, LINE)]
    tight = [
        *((side, (0, 0), (-1, -1), 1.5) for side in ("TOPPADDING", "BOTTOMPADDING")),
        *((side, (0, 0), (-1, -1), 2) for side in ("LEFTPADDING", "RIGHTPADDING")),
    ]
    return Grid(rows, [first, *[rest] * (n - 1)], style=[*lines, *tight], repeatRows=1, hAlign="LEFT")


def _notes(report: Report) -> list[Any]:
    """Return the notes of the shift; what people wrote is text, never markup."""
    return [Paragraph(f"{stamp(n.t)} · {escape(n.user)}: {escape(n.text)}", TEXT) for n in report.notes]


def _end(report: Report, words: ReportTexts) -> list[Any]:
    definitions = [
        Paragraph(words(f"def.{name}"), SMALL) for name in ("service", "wait", "available", "people", "docking")
    ]
    sign = Grid(
        [[Paragraph(words("leader"), TEXT), Paragraph(words("next_leader"), TEXT)]], [WIDTH / 2] * 2,
        rowHeights=[24 * mm], style=[("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (0, -1), 0)],
    )  # fmt: skip
    lines = Grid([[""]] * 4, [WIDTH], rowHeights=[8 * mm] * 4, style=[("LINEBELOW", (0, 0), (-1, -1), 0.3, LINE)])
    return [
        KeepTogether([Paragraph(words("definitions"), HEAD), *definitions]),
        KeepTogether([Paragraph(words("notes"), HEAD), *_notes(report), lines, Spacer(1, 4 * mm), sign]),
    ]
