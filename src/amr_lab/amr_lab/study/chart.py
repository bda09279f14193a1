"""A small SVG chart of a study: delivered orders, p95 service time and in-time share against the fleet's size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

_COLOURS = ("#2b6cb0", "#c05621", "#2f855a", "#6b46c1", "#b83280", "#4a5568")
# Figure, title, how many of its unit (1, s, 1) make one of the title's.
_PANELS = (("throughput", "delivered per hour", 1.0), ("service_p95", "service p95, min", 60.0),
           ("in_time", "in time, %", 0.01))  # fmt: skip
_W, _H, _LEFT, _TOP, _GAP = 280, 220, 50, 50, 70


def chart_svg(title: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the chart: one line a policy and demand, one panel a figure."""
    series: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        series.setdefault(f"{row['policy']} {row['orders_per_hour']:g}/h", []).append(row)
    width = _LEFT + len(_PANELS) * (_W + _GAP)
    height = _TOP + _H + 50 + 16 * len(series)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" '
        f'font-size="12"><rect width="100%" height="100%" fill="white"/>',
        f'<text x="{_LEFT}" y="24" font-size="16">{escape(title)}: fleet size against demand</text>',
    ]
    for k, (field, label, unit) in enumerate(_PANELS):
        parts += _panel(_LEFT + k * (_W + _GAP), field, label, unit, series)
    for k, name in enumerate(series):
        y = _TOP + _H + 56 + 16 * k
        parts.append(f'<rect x="{_LEFT}" y="{y - 9}" width="18" height="4" fill="{_COLOURS[k % len(_COLOURS)]}"/>')
        parts.append(f'<text x="{_LEFT + 26}" y="{y}">{escape(name)}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _panel(
    left: float, field: str, label: str, unit: float, series: Mapping[str, Sequence[Mapping[str, Any]]]
) -> list[str]:
    points = [(r["robots"], r[field] / unit) for rows in series.values() for r in rows]
    most_x, most_y = max(x for x, _ in points), max(max(y for _, y in points), 1e-9) * 1.08
    bottom = _TOP + _H
    parts = [
        f'<path d="M{left} {_TOP}V{bottom}H{left + _W}" fill="none" stroke="#718096"/>',
        f'<text x="{left}" y="{_TOP - 8}">{escape(label)}</text>',
        f'<text x="{left + _W}" y="{bottom + 34}" text-anchor="end">robots</text>',
    ]
    for k in range(5):
        value, y = most_y * k / 4, bottom - _H * k / 4
        parts.append(f'<text x="{left - 6}" y="{y + 4:.0f}" text-anchor="end">{value:.0f}</text>')
        parts.append(f'<path d="M{left} {y:.1f}h{_W}" stroke="#e2e8f0"/>')
    for x in sorted({x for x, _ in points}):
        at = left + _W * x / most_x
        parts.append(f'<text x="{at:.0f}" y="{bottom + 16}" text-anchor="middle">{x}</text>')
    for k, rows in enumerate(series.values()):
        ordered = sorted((r["robots"], r[field] / unit) for r in rows)
        xy = [(left + _W * x / most_x, bottom - _H * y / most_y) for x, y in ordered]
        colour = _COLOURS[k % len(_COLOURS)]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in xy)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in xy]
    return parts
