"""The tables of a report, in words: the same ones for PDF and Excel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from amr_fleet.report.figures import USES, Report, Spread
from amr_fleet.report.texts import ReportTexts


@dataclass(frozen=True)
class Table:
    """A heading, column titles and rows; the first column is text, the others are right-aligned."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


def key_figures(r: Report, w: ReportTexts) -> list[tuple[str, str]]:
    """Return the figures that a shift leader looks at first, as (name, value)."""
    on_time = f"{w.number(r.on_time)} / {w.number(r.with_deadline)}" if r.with_deadline else "–"
    return [
        (w("done"), w.number(r.done)),
        (w("per_hour"), w.number(r.per_hour, 1)),
        (w("p95"), w.duration(r.service.p95)),
        (w("on_time"), on_time),
        (w("wait_share"), w.percent(r.wait_share)),
        (w("availability"), w.percent(r.availability)),
        (w("interventions"), w.number(r.interventions)),
        (w("deadlocks"), w.number(r.deadlocks)),
    ]


def tables(r: Report, w: ReportTexts) -> list[Table]:
    """Return all tables in the order of the report; a table without rows is left out."""
    makers = (_orders, _times, _reliability, _technical, _flows, _robots, _waits, _alarms)
    found = [make(r, w) for make in makers]
    return [table for table in found if table.rows]


def _orders(r: Report, w: ReportTexts) -> Table:
    names = ("created", "done", "cancelled", "failed", "open_at_end", "attempts_failed")
    return Table(w("orders"), (w("figure"), w("count")), [(w(n), w.number(getattr(r, n))) for n in names])


def _times(r: Report, w: ReportTexts) -> Table:
    head = (w("figure"), w("n"), w("mean"), w("ci95"), w("p50"), w("p95"), w("longest"))
    named = ((w("service"), r.service), (w("allocation"), r.allocation), (w("repair"), r.repair))
    return Table(w("service"), head, [(name, *_spread(s, w)) for name, s in named])


def _spread(s: Spread, w: ReportTexts) -> tuple[str, ...]:
    return (w.number(s.n), *(w.duration(v) for v in (s.mean, s.ci95, s.p50, s.p95, s.longest)))


def _reliability(r: Report, w: ReportTexts) -> Table:
    rows = [
        (w("missions"), w.number(r.missions)),
        (w("metres"), f"{w.number(r.metres / 1000.0, 2)} {w('kilometre')}"),
        (w("metres_loaded"), f"{w.number(r.metres_loaded / 1000.0, 2)} {w('kilometre')}"),
        (w("faults"), w.number(r.faults)),
        (w("mtbf"), w.duration(r.mtbf)),
        (w("mmbi"), w.number(r.missions_between, 1)),
        (w("per_100_km"), w.number(r.interventions_per_100_km, 1)),
        (w("charges"), w.number(r.charges)),
    ]
    return Table(w("availability"), (w("figure"), w("value")), rows)


def _technical(r: Report, w: ReportTexts) -> Table:
    t = r.technical
    age = "–" if t.state_age_p99 is None else f"≤ {w.number(t.state_age_p99, 1)} {w('second')}"
    energy = "–" if r.wh_per_order is None else f"{w.number(r.wh_per_order)} Wh"
    rows = [
        (w("protective_stops"), w.number(t.protective_stops)),
        (w("emergency_stops"), w.number(t.emergency_stops)),
        (w("halts"), w.number(t.halts)),
        (w("off"), _deviation(t.off, 1000.0, "mm", w)),
        (w("turn"), _deviation(t.turn, 1.0, "°", w)),
        (w("links_lost"), w.number(t.links.n)),
        (w("link_p95"), w.duration(t.links.p95)),
        (w("state_age"), age),
        (w("camera_zones"), w.number(t.camera_zones.n)),
        (w("camera_p95"), w.duration(t.camera_zones.p95)),
        (w("wrong_loads"), f"{w.number(t.wrong_loads)} / {w.number(t.labels_read)}"),
        (w("wh_per_order"), energy),
    ]
    return Table(w("technical"), (w("figure"), w("value")), rows)


def _deviation(s: Spread, scale: float, unit: str, w: ReportTexts) -> str:
    if s.mean is None or s.p95 is None:
        return "–"
    return f"{w.number(s.mean * scale, 1)} / {w.number(s.p95 * scale, 1)} {unit}"


def _flows(r: Report, w: ReportTexts) -> Table:
    head = (w("flow"), w("created"), w("done"), w("mean"), w("p50"), w("p95"), w("longest"))
    rows = [
        (f"{w(f.pick_kind)} – {w(f.drop_kind)}", w.number(f.created), w.number(f.done),
         *(w.duration(v) for v in (f.service.mean, f.service.p50, f.service.p95, f.service.longest)))
        for f in r.flows
    ]  # fmt: skip
    return Table(w("flows"), head, rows)


def _robots(r: Report, w: ReportTexts) -> Table:
    head = (w("robot"), w("done"), w("kilometre"), *(w(use) for use in USES), w("availability"), w("soc_min"))
    rows = [
        (w.robot(b.robot), w.number(b.done), w.number(b.metres / 1000.0, 1),
         *(w.percent(b.seconds.get(use, 0.0) / b.total if b.total else None) for use in USES),
         w.percent(b.availability), w.percent(b.soc_min))
        for b in r.robots
    ]  # fmt: skip
    return Table(w("robots"), head, rows)


def _waits(r: Report, w: ReportTexts) -> Table:
    total = sum(r.waits.values())
    rows = [(w(code), w.duration(s), w.percent(s / total)) for code, s in r.waits.items() if s > 0]
    return Table(w("waits"), (w("cause"), w("time"), w("share")), rows)


def _alarms(r: Report, w: ReportTexts) -> Table:
    rows = [(w(code), w.number(n)) for code, n in sorted(r.alarms.items(), key=lambda item: (-item[1], item[0]))]
    return Table(w("alarms"), (w("alarm"), w("count")), rows)
