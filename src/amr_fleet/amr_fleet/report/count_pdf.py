"""The record of a count as PDF, in the style of the shift report: A4, fonts embedded, no clock in it."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any, Final
from xml.sax.saxutils import escape

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import getFont
from reportlab.platypus import KeepTogether, Paragraph, SimpleDocTemplate, Spacer
from reportlab.platypus import Table as Grid

from amr_core.errors import AmrError
from amr_core.site import Site
from amr_fleet.domain.flight_views import with_pictures
from amr_fleet.flight_views import DifferenceView
from amr_fleet.report.charts import FONT
from amr_fleet.report.count import Count
from amr_fleet.report.count_words import WORDS
from amr_fleet.report.pdf import (
    CELL,
    CELL_HEAD,
    HEAD,
    LINE,
    MARGIN,
    NO_PADDING,
    SMALL,
    TEXT,
    TITLE,
    WIDTH,
    fonts,
    foot_of,
)
from amr_fleet.report.period import stamp
from amr_fleet.report.texts import Lang

_COLUMNS: Final = (
    ("kind", 28), ("load", 34), ("booked", 19), ("found", 24), ("seen", 15), ("order", 18), ("checked", 17),
    ("photo", 16),
)  # fmt: skip


def count_pdf(count: Count, site: Site, lang: Lang = "vi", page: str = "") -> bytes:
    """Return the record as a PDF file; the same count gives the same bytes. page: address of the dashboard."""
    fonts()
    words, flight = WORDS[lang], count.flight
    name = site.name_vi if lang == "vi" else site.name_en
    out = BytesIO()
    document = SimpleDocTemplate(
        out, pagesize=A4, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=14 * mm, bottomMargin=16 * mm,
        title=f"{words['title']} {flight.flight_id}", author=name, lang=lang, invariant=1,
    )  # fmt: skip
    foot = foot_of(f"{name} · {words['flight']} {flight.flight_id}", words["page"])
    story: list[Any] = [Paragraph(words["title"], TITLE), Spacer(1, 2 * mm), _head(count, words, name, site, lang)]
    if flight.levels:
        story += [Spacer(1, 2 * mm), Paragraph(words["part"], TEXT)]
    story += [Paragraph(f"{words['differences']} ({len(flight.differences)})", HEAD)]
    story += [_differences(count, words, site, lang, page)] if flight.differences else [Paragraph(words["none"], TEXT)]
    story += [Spacer(1, 2 * mm), Paragraph(words["by_place"], SMALL), Spacer(1, 6 * mm), KeepTogether(_signs(words))]
    document.build(story, onFirstPage=foot, onLaterPages=foot)
    return out.getvalue()


def _head(count: Count, words: dict[str, str], name: str, site: Site, lang: Lang) -> Grid:
    flight = count.flight
    states = {state: count.read(state) for state in ("label", "empty", "unreadable")}
    rows = [
        ("site", name),
        ("flight", flight.flight_id),
        *([("again", flight.again)] if flight.again else []),
        ("places", ", ".join(_place(place, site, lang) for place in flight.places)),
        ("levels", ", ".join(map(str, flight.levels)) or words["all"]),
        ("flown", f"{stamp(flight.started)} – {stamp(flight.finished)}"),
        ("state", words.get(flight.state, flight.state)),
        *([("why", words.get(flight.why, flight.why))] if flight.why else []),
        ("user", flight.user),
        ("pilot", flight.checklist.pilot if flight.checklist else ""),
        ("cells", words["read"].format(read=sum(states.values()), cells=count.cells, **states)),
        *([("left", ", ".join(count.left))] if count.left else []),
    ]
    cells = [[Paragraph(words[key], SMALL), Paragraph(escape(_drawn(value)), TEXT)] for key, value in rows]
    return Grid(cells, [34 * mm, WIDTH - 34 * mm], hAlign="LEFT", style=NO_PADDING)


def _differences(count: Count, words: dict[str, str], site: Site, lang: Lang, page: str) -> Grid:
    rows = [[Paragraph(words[column], CELL_HEAD) for column, _ in _COLUMNS]]
    for one in with_pictures(count.flight):
        texts = [escape(_drawn(text)) for text in _row(one, count, words, site, lang)]
        rows += [[Paragraph(text, CELL) for text in (*texts, _picture(one, page))]]
    wide = sum(width for _, width in _COLUMNS)
    lines = [("LINEBELOW", (0, 0), (-1, 0), 0.8, LINE), ("LINEBELOW", (0, 1), (-1, -1), 0.3, LINE)]
    tight = [(side, (0, 0), (-1, -1), 2) for side in ("TOPPADDING", "BOTTOMPADDING", "LEFTPADDING", "RIGHTPADDING")]
    return Grid(rows, [WIDTH * width / wide for _, width in _COLUMNS], style=[*lines, *tight], repeatRows=1)


def _row(one: DifferenceView, count: Count, words: dict[str, str], site: Site, lang: Lang) -> Sequence[str]:
    kind = words[one.kind] if one.sure else f"{words['unseen']} ({words['unsure']})"
    found = ", ".join(filter(None, (_place(one.found, site, lang) if one.found else "", one.cell)))
    at = count.read_at.get(one.cell)
    return (
        kind, one.load_id, _place(one.booked, site, lang) if one.booked else "", found,
        stamp(at) if at is not None else "", one.order_id or (words["refused"] if one.refused else ""), one.checked_by,
    )  # fmt: skip


def _picture(one: DifferenceView, page: str) -> str:
    """Return the beginning of a picture's SHA-256 as a link to the picture; "" = there is none."""
    if not one.photo:
        return ""
    return f'<link href="{escape(page)}/api/v1/photos/{one.photo}">{one.photo[:8]}</link>' if page else one.photo[:8]


def _drawn(text: str) -> str:
    """Return a text with "?" for each character that the font lacks: it would print nothing."""
    known = getFont(FONT).face.charToGlyph
    return "".join(one if ord(one) in known else "?" for one in text)


def _place(place_id: str, site: Site, lang: Lang) -> str:
    try:
        place = site.place(place_id)
    except AmrError:  # of a site file before
        return place_id
    return place.name_vi if lang == "vi" else place.name_en


def _signs(words: dict[str, str]) -> list[Any]:
    names = words["signs"].split("|")
    cells = [[Paragraph(name, TEXT) for name in names], [Paragraph(words["name"], SMALL)] * len(names)]
    return [Grid(cells, [WIDTH / len(names)] * len(names), rowHeights=[6 * mm, 24 * mm], style=[
        ("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (0, -1), 0),
        ("LINEBELOW", (0, 1), (-1, 1), 0.3, LINE),
    ])]  # fmt: skip
