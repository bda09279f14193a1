"""The report that a person asked the assistant for: its period, its file, and where that is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from amr_core.errors import AmrError
from amr_fleet.assistant.clocks import fleet_second
from amr_fleet.assistant.periods import interval
from amr_fleet.assistant.reading import Value
from amr_fleet.report.chosen import LONGEST_REPORT

PERIODIC: Final = "/periodic"
_FILES: Final = ("pdf", "xlsx")
_OF_KIND: Final = {
    "shift": "shift:current", "daily": "today", "weekly": "this_week", "monthly": "this_month",
    "quarterly": "this_quarter", "incident": "today",
}  # fmt: skip
"""The period of a report of which only the kind was said."""


@dataclass(frozen=True, kw_only=True)
class WantedReport:
    """A report of begin..end. form: of the file, "" = longer than a file of figures: the page of periodic reports."""

    begin: datetime
    end: datetime
    form: str
    asked: str

    def told(self) -> tuple[str, ...]:
        """Return what would be made, before anybody confirms."""
        span = f"Từ {self.begin:%H:%M %d/%m/%Y} đến {self.end:%H:%M %d/%m/%Y}"
        if not self.form:
            return (f"{span}: dài hơn 31 ngày, làm ở trang Báo cáo định kỳ.",)
        other = self.asked not in ("", self.form)
        return (f"{span}, tệp {self.form.upper()}.", *[f"Không có dạng {self.asked.upper()}."] * other)

    def link(self, now: float) -> str:
        """Return the address of the file, or of the page. now: any fleet second."""
        if not self.form:
            return PERIODIC
        begin, end = (fleet_second(at, now) for at in (self.begin, self.end))
        return f"/api/v1/report.{self.form}?begin={begin:.0f}&end={end:.0f}&lang=vi"


def wanted_report(args: Mapping[str, Value], now: datetime) -> WantedReport:
    """Return the report that a call asks for; raise report.bad_period for a period that is none."""
    period = str(args.get("period") or _OF_KIND.get(str(args.get("kind") or ""), "shift:current"))
    span = interval(period, now)
    if span is None or span[0] >= span[1]:
        raise AmrError("report.bad_period", period=period[:20])
    asked = str(args.get("format") or "")
    short = (span[1] - span[0]).total_seconds() <= LONGEST_REPORT
    form = (asked if asked in _FILES else _FILES[0]) if short else ""
    return WantedReport(begin=span[0], end=span[1], form=form, asked=asked)
