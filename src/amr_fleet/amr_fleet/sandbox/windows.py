"""When a trial may run: begin and end of the permit, weekly windows in the site's time (UTC+7, no daylight saving)."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from amr_fleet.fleet_time import LOCAL
from amr_fleet.sandbox.record import DAYS, TrialEnvelope, TrialWindow, local


def _minutes(text: str) -> int:
    hours, _, minutes = text.partition(":")
    return 60 * int(hours) + int(minutes)


def _spans(window: TrialWindow, around: datetime) -> list[tuple[float, float]]:
    """Return the spans of a window that begin yesterday, today or in the week after, in Unix seconds."""
    begin, end = _minutes(window.begin), _minutes(window.end)
    length = end - begin if end > begin else end - begin + 24 * 60
    midnight = datetime(around.year, around.month, around.day, tzinfo=LOCAL)
    days = (midnight + timedelta(days=shift) for shift in range(-1, 9))
    starts = [(d + timedelta(minutes=begin)).timestamp() for d in days if DAYS[d.weekday()] in window.days]
    return [(start, start + 60.0 * length) for start in starts]


def span_at(envelope: TrialEnvelope, at: float) -> tuple[float, float] | None:
    """Return begin and end (Unix s) of the time around `at` in which robots may drive, None when they may not."""
    first, last = envelope.begin.timestamp(), envelope.end.timestamp()
    if not first <= at < last:
        return None
    if not envelope.windows:
        return first, last
    spans = sorted(span for window in envelope.windows for span in _spans(window, local(at)))
    found = next(((b, e) for b, e in spans if b <= at < e), None)
    if found is None:
        return None
    begin, end = found
    for b, e in spans:  # windows that touch or overlap are one
        if b <= end < e:
            end = e
    return max(begin, first), min(end, last)


def next_begin(envelope: TrialEnvelope, at: float) -> float:
    """Return when robots may drive next (Unix s), `at` when they may now, inf when never again."""
    first, last = envelope.begin.timestamp(), envelope.end.timestamp()
    if at >= last:
        return math.inf
    start = max(at, first)
    if span_at(envelope, start) is not None:
        return start
    begins = [b for window in envelope.windows for b, _ in _spans(window, local(start)) if b > start]
    following = min(begins, default=math.inf)
    return following if following < last else math.inf
