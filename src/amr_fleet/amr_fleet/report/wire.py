"""A report as JSON for the page, which builds its own sentences and charts."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from amr_fleet.report.figures import Report
from amr_fleet.report.period import Period

_SHARES = (
    "per_hour",
    "wait_share",
    "availability",
    "mtbf",
    "missions_between",
    "interventions_per_100_km",
    "wh_per_order",
    "protective_stops_per_100_h",
)


def period_json(period: Period) -> dict[str, Any]:
    """Return {begin, end, shift}."""
    return {"begin": period.begin, "end": period.end, "shift": period.shift}


def report_json(report: Report) -> dict[str, Any]:
    """Return all figures; seconds, metres, shares 0..1."""
    robots = [
        {**row, "total": robot.total, "availability": robot.availability}
        for row, robot in zip(asdict(report)["robots"], report.robots, strict=True)
    ]
    derived = {name: getattr(report, name) for name in _SHARES}
    sums = {"seconds": report.seconds, "metres": report.metres, "metres_loaded": report.metres_loaded}
    return {**asdict(report), **derived, **sums, "robots": robots}
