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
from amr_fleet.flight_views import DifferenceView
from amr_fleet.report.charts import FONT
from amr_fleet.report.count import Count
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

_VI: Final = {
    "title": "Biên bản kiểm kê bằng máy bay", "site": "Kho", "flight": "Chuyến bay", "places": "Dãy kệ",
    "flown": "Bay lúc", "pilot": "Người điều khiển", "user": "Người lập", "state": "Kết thúc",
    "again": "Xem lại chuyến",
    "DONE": "bay xong", "ABORTED": "bỏ dở", "CANCELLED": "đã hủy", "cells": "Ô đã đọc",
    "read": "{read} / {cells} ô: {label} có hàng, {empty} trống, {unreadable} không đọc được nhãn",
    "differences": "Chênh lệch so với sổ hàng", "none": "Sổ và kệ khớp nhau ở các ô đã đọc.",
    "levels": "Tầng", "all": "tất cả",
    "part": "Chỉ đếm các tầng đã ghi: ở dãy còn tầng khác, hàng thiếu không được tìm.",
    "left": "Ô không được đọc", "why": "Vì sao",
    "kind": "Loại", "load": "Mã kiện (SSCC)", "booked": "Sổ ghi ở", "found": "Thấy ở", "seen": "Đọc lúc",
    "order": "Đơn đã lập", "checked": "Người đã xem", "refused": "không lập được", "unsure": "chưa chắc",
    "misplaced": "Sai chỗ", "missing": "Thiếu", "not_in_book": "Không có trong sổ",
    "unreadable": "Không đọc được nhãn", "unseen": "Chưa thấy",
    "by_place": "Sổ ghi hàng theo dãy: hai kiện đổi chỗ cho nhau trong cùng một dãy không phải là chênh lệch. "
                "Máy bay đếm không giữ ảnh của ô kệ: mỗi chênh lệch được xem lại tại chỗ.",
    "signs": "Người điều khiển bay|Thủ kho|Người xem lại tại chỗ", "name": "(ký, ghi rõ họ tên, ngày)",
    "page": "Trang {page}",
}  # fmt: skip
_EN: Final = {
    "title": "Record of a count from the air", "site": "Site", "flight": "Flight", "places": "Aisles",
    "flown": "Flown", "pilot": "Pilot", "user": "Planned by", "state": "Ended", "again": "Second look of",
    "DONE": "done", "ABORTED": "broken off", "CANCELLED": "called off", "cells": "Cells read",
    "read": "{read} of {cells} cells: {label} with a load, {empty} empty, {unreadable} with a label nobody can read",
    "differences": "Differences from the cargo book", "none": "Racks and book agree in all cells that were read.",
    "levels": "Levels", "all": "all",
    "part": "Only these levels were counted: where racks have others, missing loads were not looked for.",
    "left": "Cells not read", "why": "Why",
    "kind": "Kind", "load": "Load (SSCC)", "booked": "Book says", "found": "Seen at", "seen": "Read at",
    "order": "Order made", "checked": "Looked after by", "refused": "could not be made", "unsure": "not sure",
    "misplaced": "Wrong place", "missing": "Missing", "not_in_book": "Not in the book",
    "unreadable": "Label cannot be read", "unseen": "Not seen",
    "by_place": "The book knows aisles: two loads that changed places within one are no difference. "
                "A count keeps no pictures of cells: each difference is looked at on the spot.",
    "signs": "Pilot|Store keeper|Who looked on the spot", "name": "(signature, name, date)", "page": "Page {page}",
}  # fmt: skip
_COLUMNS: Final = (
    ("kind", 27), ("load", 35), ("booked", 22), ("found", 28), ("seen", 18), ("order", 21), ("checked", 20),
)  # fmt: skip


def count_pdf(count: Count, site: Site, lang: Lang = "vi") -> bytes:
    """Return the record as a PDF file; the same count gives the same bytes."""
    fonts()
    words, flight = (_VI if lang == "vi" else _EN), count.flight
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
    story += [_differences(count, words, site, lang)] if flight.differences else [Paragraph(words["none"], TEXT)]
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
        *([("why", flight.why)] if flight.why else []),
        ("user", flight.user),
        ("pilot", flight.checklist.pilot if flight.checklist else ""),
        ("cells", words["read"].format(read=sum(states.values()), cells=count.cells, **states)),
        *([("left", ", ".join(count.left))] if count.left else []),
    ]
    cells = [[Paragraph(words[key], SMALL), Paragraph(escape(_drawn(value)), TEXT)] for key, value in rows]
    return Grid(cells, [34 * mm, WIDTH - 34 * mm], hAlign="LEFT", style=NO_PADDING)


def _differences(count: Count, words: dict[str, str], site: Site, lang: Lang) -> Grid:
    rows = [[Paragraph(words[column], CELL_HEAD) for column, _ in _COLUMNS]]
    rows += [[Paragraph(escape(_drawn(text)), CELL) for text in _row(one, count, words, site, lang)]
             for one in count.flight.differences]  # fmt: skip
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
