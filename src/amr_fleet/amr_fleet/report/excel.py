"""The report as an Excel workbook: numbers as numbers, one sheet for each question, charts that Excel draws itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

import xlsxwriter

from amr_fleet.report.figures import USES, Report, Spread
from amr_fleet.report.period import stamp
from amr_fleet.report.tables import key_figures
from amr_fleet.report.texts import Lang, ReportTexts

Row = Sequence[str | float | int | None]


def excel(report: Report, lang: Lang = "vi") -> bytes:
    """Return the report as an .xlsx file; the same report gives the same bytes."""
    words = ReportTexts(lang)
    out = BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    # A fixed creation time: the bytes depend on the journal alone.
    book.set_properties({"title": words("title"), "author": words.site(report), "created": datetime(2026, 1, 1)})
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    _summary(book, head, report, words)
    _hours(book, head, report, words)
    _sheet(book, head, words("flows"), _flow_rows(report, words))
    _sheet(book, head, words("robots"), _robot_rows(report, words))
    waits = [(words(code), round(seconds, 1)) for code, seconds in report.waits.items()]
    _sheet(book, head, words("waits"), [(words("cause"), words("second")), *waits])
    alarms = [(words(code), n) for code, n in report.alarms.items()]
    _sheet(book, head, words("alarms"), [(words("alarm"), words("count")), *alarms])
    if report.notes:
        noted = [(stamp(note.t), note.user, note.text) for note in report.notes]
        _sheet(book, head, words("notes"), [(words("period"), "", ""), *noted])
    book.close()
    return out.getvalue()


def _sheet(book: Any, head: Any, name: str, rows: Sequence[Row]) -> Any:
    sheet = book.add_worksheet(name[:31])
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, max(1, max(len(r) for r in rows) - 1), 13)
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            if value is not None:
                sheet.write(i, j, value, head if i == 0 else None)
    sheet.freeze_panes(1, 1)
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    return sheet


def _summary(book: Any, head: Any, r: Report, w: ReportTexts) -> None:
    rows: list[Row] = [(w("title"), w.site(r)), (w("period"), f"{w.shift(r.period)}: {w.period(r.period)}")]
    rows += [(w("covered"), w.period(r.covered)), (w("digest"), r.digest), ()]
    rows += [(name, value) for name, value in key_figures(r, w)]
    rows += [
        (),
        *((w(n), getattr(r, n)) for n in ("created", "done", "cancelled", "failed", "open_at_end", "missions")),
    ]
    rows += [(w("metres") + " (m)", round(r.metres, 1)), (w("metres_loaded") + " (m)", round(r.metres_loaded, 1)), ()]
    unit = w("second")
    rows.append((f"{w('time')} ({unit})", w("n"), w("mean"), w("ci95"), w("p50"), w("p95"), w("longest")))
    for name, spread in (("service", r.service), ("allocation", r.allocation), ("repair", r.repair)):
        rows.append((w(name), spread.n, *_spread(spread)))
    sheet = _sheet(book, head, w("summary"), rows)
    sheet.set_column(1, 1, 34)


def _spread(s: Spread) -> tuple[float | None, ...]:
    return tuple(None if v is None else round(v, 1) for v in (s.mean, s.ci95, s.p50, s.p95, s.longest))


def _hours(book: Any, head: Any, r: Report, w: ReportTexts) -> None:
    rows: list[Row] = [(w("hours"), w("created"), w("done")), *((stamp(h.begin), h.created, h.done) for h in r.hours)]
    name = w("hours")[:31]
    sheet = _sheet(book, head, name, rows)
    if not r.hours:
        return
    chart = book.add_chart({"type": "column"})
    for column, colour in ((1, "#c3c9d0"), (2, "#33506e")):
        chart.add_series(
            {
                "name": [name, 0, column],
                "categories": [name, 1, 0, len(r.hours), 0],
                "values": [name, 1, column, len(r.hours), column],
                "fill": {"color": colour},
            }
        )
    chart.set_title({"name": w("hours")})
    sheet.insert_chart("E2", chart)


def _flow_rows(r: Report, w: ReportTexts) -> list[Row]:
    unit = f" ({w('second')})"
    head = (w("flow"), w("created"), w("done"), *(w(n) + unit for n in ("mean", "ci95", "p50", "p95", "longest")))
    rows = [(f"{w(f.pick_kind)} – {w(f.drop_kind)}", f.created, f.done, *_spread(f.service)) for f in r.flows]
    return [head, *rows]


def _robot_rows(r: Report, w: ReportTexts) -> list[Row]:
    unit = f" ({w('second')})"
    head = (
        w("robot"), w("done"), w("metres") + " (m)", w("metres_loaded") + " (m)", *(w(use) + unit for use in USES),
        w("availability"), w("soc_min"), w("soc_used"), w("interventions"),
    )  # fmt: skip
    rows: list[Row] = [head]
    for b in r.robots:
        low = None if b.soc_min is None else round(b.soc_min, 3)
        up = None if b.availability is None else round(b.availability, 5)
        times = (round(b.seconds.get(use, 0.0), 1) for use in USES)
        rows.append(
            (
                w.robot(b.robot),
                b.done,
                round(b.metres, 1),
                round(b.metres_loaded, 1),
                *times,
                up,
                low,
                round(b.soc_used, 4),
                b.interventions,
            )
        )
    return rows
