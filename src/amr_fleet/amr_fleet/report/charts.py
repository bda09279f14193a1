"""The charts of the printed report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from reportlab.graphics.charts.barcharts import HorizontalBarChart, VerticalBarChart
from reportlab.graphics.charts.legends import Legend
from reportlab.graphics.shapes import Drawing
from reportlab.lib.colors import HexColor

from amr_fleet.report.figures import USES, Report
from amr_fleet.report.period import stamp
from amr_fleet.report.texts import ReportTexts

FONT, BOLD = "BeVietnamPro", "BeVietnamPro-SemiBold"
# Grey base, colour for what is not as it should be: the same idea as on the screen.
COLOURS = {
    "loaded": "#33506e", "empty": "#7f9ab5", "wait": "#e39a12", "charge": "#8fae8b",
    "fault": "#cf2f2f", "paused": "#c9a26a", "offline": "#7a1414", "idle": "#d9dde2",
}  # fmt: skip
_MOST_BARS = 31


def by_hour(report: Report, words: ReportTexts, width: float) -> Drawing:
    """Return orders created and delivered in each hour."""
    hours = report.hours[:_MOST_BARS]
    drawing = Drawing(width, 150)
    chart = VerticalBarChart()
    chart.x, chart.y, chart.width, chart.height = 28, 34, width - 40, 92
    chart.data = [[h.created for h in hours], [h.done for h in hours]]
    chart.categoryAxis.categoryNames = [stamp(h.begin)[-5:] for h in hours]
    chart.valueAxis.valueMin = 0
    chart.valueAxis.valueMax = max([1, *(max(h.created, h.done) for h in hours)])
    chart.valueAxis.valueSteps = _steps(chart.valueAxis.valueMax)
    _style(chart, ["#c3c9d0", "#33506e"])
    chart.groupSpacing, chart.barSpacing = 6, 0
    drawing.add(chart)
    drawing.add(_legend([("#c3c9d0", words("created")), ("#33506e", words("done"))], 28, 146))
    return drawing


def by_use(report: Report, words: ReportTexts, width: float) -> Drawing:
    """Return what each robot's time went into, as shares."""
    robots = [r for r in report.robots if r.total > 0][::-1]
    height = 14.0 * max(1, len(robots)) + 52
    drawing = Drawing(width, height)
    chart = HorizontalBarChart()
    chart.x, chart.y, chart.width, chart.height = 52, 18, width - 64, height - 52
    chart.data = [[100.0 * r.seconds.get(use, 0.0) / r.total for r in robots] for use in USES]
    chart.categoryAxis.style = "stacked"
    chart.categoryAxis.categoryNames = [words.robot(r.robot) for r in robots]
    chart.valueAxis.valueMin, chart.valueAxis.valueMax, chart.valueAxis.valueStep = 0, 100, 25
    chart.valueAxis.labelTextFormat = "%d %%"
    chart.barWidth, chart.groupSpacing = 9, 4
    _style(chart, [COLOURS[use] for use in USES])
    drawing.add(chart)
    drawing.add(_legend([(COLOURS[use], words(use)) for use in USES], 0, height - 4))
    return drawing


def _steps(top: float) -> list[float]:
    step = max(1, round(top / 5))
    return [float(v) for v in range(0, int(top) + step, step) if v <= top]


def _style(chart: Any, colours: Sequence[str]) -> None:
    for i, colour in enumerate(colours):
        chart.bars[i].fillColor = HexColor(colour)
        chart.bars[i].strokeColor = None
    for axis in (chart.categoryAxis, chart.valueAxis):
        axis.labels.fontName, axis.labels.fontSize = FONT, 7
        axis.strokeColor = HexColor("#a9b1ba")
    chart.valueAxis.visibleGrid, chart.valueAxis.gridStrokeColor = True, HexColor("#e3e6e9")


def _legend(pairs: Sequence[tuple[str, str]], x: float, y: float) -> Legend:
    legend = Legend()
    legend.x, legend.y, legend.boxAnchor = x, y, "nw"
    legend.fontName, legend.fontSize = FONT, 7.5
    legend.alignment, legend.columnMaximum = "right", 1
    legend.dx, legend.dy, legend.dxTextSpace, legend.deltax = 7, 7, 4, 14
    legend.autoXPadding, legend.strokeWidth, legend.strokeColor = 8, 0, None
    legend.colorNamePairs = [(HexColor(colour), name) for colour, name in pairs]
    return legend
