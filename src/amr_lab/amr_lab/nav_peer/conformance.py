"""What two navigations answered to the same questions, side by side; differences that are meant have a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

SAME, MEANT, DIFFERENT = "same", "meant", "DIFFERENT"

REASONS: Final[Mapping[str, str]] = {
    "plan, goal in a stack": "Nav2 looks for a way into the goal's tolerance and finds none; ours says what is wrong",
    "topic speed_limit": "the latched one is the agent's, which ran beside Nav2 only",
    "route, unknown node": "to Nav2 an id that the graph has not is an unknown error; ours says which",
    "local_costmap/get_costmap, size": "Nav2's holds MPPI's horizon; ours is cut out of one memory for both costmaps",
    "plan, no planner named": "Nav2 has two, and asks which; ours has one",
    "service lifecycle_manager": "Nav2's managers take the defaults of DDS: a request may be lost, repeat it",
    **dict.fromkeys(
        ("spin, feedback", "follow, feedback", "dock at a station, feedback", "dock at a charger, feedback"),
        "Nav2 sends it with each turn of its loop; ours five times a second",
    ),
    "navigate, feedback": "Nav2 sends it with each tick of its tree; ours five times a second",
}
"""Case, or beginning of a case, that may differ: why."""


@dataclass(frozen=True)
class Answered:
    """One case: what each side was seen to do, whether that is the same, and why not."""

    case: str
    nav2: str
    ours: str
    verdict: str
    reason: str = ""


def compare(nav2: Mapping[str, str], ours: Mapping[str, str]) -> list[Answered]:
    """Return a row for each case that either side was asked."""
    return [_row(case, nav2.get(case, "not asked"), ours.get(case, "not asked")) for case in {**nav2, **ours}]


def _row(case: str, nav2: str, ours: str) -> Answered:
    if nav2 == ours:
        return Answered(case, nav2, ours, SAME)
    reason = max(((key, text) for key, text in REASONS.items() if case.startswith(key)), default=("", ""))[1]
    return Answered(case, nav2, ours, MEANT if reason else DIFFERENT, reason)


def table(rows: list[Answered], about: str) -> str:
    """Return what docs/nav2.md shows: counts, and a row for each case."""
    counts = {verdict: sum(row.verdict == verdict for row in rows) for verdict in (SAME, MEANT, DIFFERENT)}
    lines = [f"{about} {len(rows)} cases: {counts[SAME]} the same, {counts[MEANT]} differ and are meant to, "
             f"{counts[DIFFERENT]} differ.", "", "| case | Nav2 | embedded | |", "|---|---|---|---|"]  # fmt: skip
    lines += [f"| {r.case} | {r.nav2} | {r.ours} | {r.reason or r.verdict} |" for r in rows]
    return "\n".join(lines)
