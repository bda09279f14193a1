"""Runs files of questions against the assistant and counts what was understood."""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from amr_core.errors import AmrError
from amr_fleet.assistant.dialogue import Answer, Conversation
from amr_fleet.assistant.mentions import norm, number
from amr_fleet.assistant.reading import Call
from amr_fleet.assistant.state import Facts
from amr_fleet.assistant.times import Shifts
from amr_fleet.assistant.understanding import TalkedAbout, Understanding

_NUMBERED: Final = frozenset({"robot", "order", "alarm", "remove_robots"})
_PERIODS: Final = frozenset({"period", "date"})
_MONTHS: Final = 12


def load_facts(path: Path) -> Facts:
    """Read a state file; a wrong one raises assistant.bad_state with the place."""
    try:
        return Facts.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise AmrError("assistant.bad_file", path=str(path), reason=str(error).splitlines()[0]) from error


def load_rows(path: Path) -> list[dict[str, Any]]:
    """Read the rows of a file of questions, one JSON object a line."""
    rows = []
    try:
        for at, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if line.strip():
                row = json.loads(line)
                if not isinstance(row, dict):
                    raise ValueError(f"line {at} is no object")
                rows.append(row)
    except (OSError, ValueError) as error:
        raise AmrError("assistant.bad_file", path=str(path), reason=str(error)) from error
    return rows


def interval(period: str, now: datetime) -> tuple[datetime, datetime] | None:
    """Return begin and end of a period, None for one that is not understood."""
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    month = day.replace(day=1)
    week = day - timedelta(days=day.weekday())
    quarter = month.replace(month=(month.month - 1) // 3 * 3 + 1)
    named = {
        "today": (day, day + timedelta(days=1)),
        "yesterday": (day - timedelta(days=1), day),
        "this_week": (week, week + timedelta(days=7)),
        "last_week": (week - timedelta(days=7), week),
        "last_24h": (now - timedelta(days=1), now),
        "last_7_days": (now - timedelta(days=7), now),
        "this_month": (month, _months(month, 1)),
        "last_month": (_months(month, -1), month),
        "this_quarter": (quarter, _months(quarter, 3)),
        "last_quarter": (_months(quarter, -3), quarter),
        "this_year": (month.replace(month=1), month.replace(month=1, year=month.year + 1)),
        "last_year": (month.replace(month=1, year=month.year - 1), month.replace(month=1)),
    }
    if period in named:
        return named[period]
    if period.startswith("shift:"):
        return _shift(period[6:], now)
    return _written(period, month)


def _written(period: str, month: datetime) -> tuple[datetime, datetime] | None:
    try:
        if "-Q" in period:
            begin = month.replace(year=int(period[:4]), month=int(period[-1]) * 3 - 2)
            return begin, _months(begin, 3)
        if len(period) == len("2026-07"):
            begin = month.replace(year=int(period[:4]), month=int(period[5:]))
            return begin, _months(begin, 1)
        begin_text, _, end_text = period.partition("/")
        begin, end = (datetime.fromisoformat(text) for text in (begin_text, end_text or begin_text))
    except ValueError:
        return None
    begin, end = (at if at.tzinfo else at.replace(tzinfo=month.tzinfo) for at in (begin, end))
    return begin, end + timedelta(days=1) if len(end_text or begin_text) == len("2026-07-01") else end


def _months(at: datetime, count: int) -> datetime:
    index = at.year * _MONTHS + at.month - 1 + count
    return at.replace(year=index // _MONTHS, month=index % _MONTHS + 1)


def _shift(name: str, now: datetime) -> tuple[datetime, datetime] | None:
    shifts = Shifts()
    day = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    names = ("morning", "afternoon", "night")
    begins = [
        (day + timedelta(days=offset, hours=getattr(shifts, shift)), shift) for offset in range(3) for shift in names
    ]
    spans = [(begin, end, shift) for (begin, shift), (end, _) in pairwise(begins)]
    current = next(at for at, (begin, end, _) in enumerate(spans) if begin <= now < end)
    if name in ("current", "previous"):
        begin, end, _ = spans[current - (name == "previous")]
        return begin, end
    return next(((begin, end) for begin, end, shift in reversed(spans[: current + 1]) if shift == name), None)


def _same_value(name: str, got: object, wanted: object, now: datetime) -> bool:
    if isinstance(got, list) or isinstance(wanted, list):
        left, right = (value if isinstance(value, list) else [value] for value in (got, wanted))
        return len(left) == len(right) and all(
            any(_same_value(name, one, other, now) for other in right) for one in left
        )
    if isinstance(got, int | float) and isinstance(wanted, int | float):
        return abs(float(got) - float(wanted)) < 1e-6
    one, other = str(got), str(wanted)
    if one.lower() == other.lower() or norm(one) == norm(other):
        return True
    if name in _PERIODS:
        left_span, right_span = interval(one, now), interval(other, now)
        return left_span is not None and left_span == right_span
    if name in ("due", "due_before", "until"):
        return one[:16] == other[:16]
    return name in _NUMBERED and number(one) != "" and number(one) == number(other)


def same_call(got: Call, wanted: dict[str, Any], now: datetime) -> bool:
    """Say whether a call is the wanted one: the same tool, each argument equal or accepted, none too many."""
    if got.name != wanted.get("name"):
        return False
    args, accept, optional = wanted.get("args") or {}, wanted.get("accept") or {}, wanted.get("optional") or {}
    for name, value in args.items():
        if name not in got.args or not any(
            _same_value(name, got.args[name], other, now) for other in (value, *accept.get(name, ()))
        ):
            return False
    for name, value in got.args.items():
        if name not in args:
            allowed = name in optional and (optional[name] == "*" or _same_value(name, value, optional[name], now))
            if not allowed and not any(_same_value(name, value, other, now) for other in accept.get(name, ())):
                return False
    return True


def right(answer: Answer, expected: dict[str, Any], now: datetime) -> bool:
    """Say whether an answer is what a row expects."""
    if answer.kind != expected.get("kind"):
        return False
    got = [proposal.call for proposal in answer.proposals] if answer.kind == "propose" else list(answer.calls)
    wanted = list(expected.get("tools") or [])
    if answer.kind in ("refuse", "clarify"):
        return True
    return len(got) == len(wanted) and all(any(same_call(call, other, now) for call in got) for other in wanted)


def _outcome(row: dict[str, Any], answer: Answer, milliseconds: float, now: datetime) -> dict[str, Any]:
    options = [row.get("expected") or {}, *(row.get("alternatives") or [])]
    good = any(right(answer, option, now) for option in options) and all(
        str(text) in answer.text for text in row.get("must_hold") or [] if isinstance(text, str)
    )
    return {
        "id": row.get("id"),
        "variant": row.get("variant", ""),
        "text": row.get("text", ""),
        "kind": answer.kind,
        "why": answer.why,
        "calls": [_said(call) for call in answer.calls],
        "proposals": [_said(proposal.call) for proposal in answer.proposals],
        "executed": [_said(call) for call in answer.executed],
        "answer": answer.text,
        "ms": round(milliseconds, 3),
        "right": good,
    }


def _said(call: Call) -> dict[str, Any]:
    return {"name": call.name, "args": call.args}


class Evaluation:
    """Asks the questions of rows and dialogues on one state of the fleet."""

    def __init__(self, facts: Facts) -> None:
        """Learn the site once."""
        self._facts = facts
        self._understanding = Understanding(facts)

    def run(self, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return one outcome a row, and one a turn of a dialogue."""
        return [outcome for row in rows for outcome in (self._dialogue(row) if "turns" in row else [self._single(row)])]

    def _ask(self, row: dict[str, Any], conversation: Conversation, at: float) -> dict[str, Any]:
        begin = time.perf_counter()
        answer = conversation.ask(self._understanding, str(row.get("text", "")), at=at)
        return _outcome(row, answer, (time.perf_counter() - begin) * 1000.0, self._facts.now)

    def _single(self, row: dict[str, Any]) -> dict[str, Any]:
        frame = TalkedAbout()
        for said in row.get("context") or []:
            self._recall(said, frame)
        conversation = Conversation(
            user="eval", role=str(row.get("role") or "operator"), front=str(row.get("front") or "embedded"), frame=frame
        )
        return self._ask(row, conversation, 0.0)

    def _recall(self, said: dict[str, Any], frame: TalkedAbout) -> None:
        """Take up what was said before: a person's sentence as asked, anybody else's only for the things it names."""
        text = str(said.get("text", ""))
        if said.get("who", "user") in ("user", "operator", "person", "người"):
            self._understanding.read(text, frame)
        else:
            things = self._understanding.hear(text).mentions
            if things.robots or things.orders or things.places:
                frame.mentions, frame.until = things, frame.until or 300.0

    def _dialogue(self, row: dict[str, Any]) -> list[dict[str, Any]]:
        conversation = Conversation(
            user="eval", role=str(row.get("role") or "operator"), front=str(row.get("front") or "embedded")
        )
        at, outcomes = 0.0, []
        for turn, said in enumerate(row["turns"]):
            at += float(said.get("after_s") or 0.0)
            outcomes.append(
                self._ask({"id": f"{row.get('id')}.{turn + 1}", "variant": "dialogue", **said}, conversation, at)
            )
        return outcomes


def figures(outcomes: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return shares of right answers by variant and the times. A wrong call is worse than a question back."""
    by: dict[str, Counter[str]] = defaultdict(Counter)
    for outcome in outcomes:
        for name in ("all", outcome["variant"] or "none"):
            by[name]["rows"] += 1
            by[name]["right"] += outcome["right"]
            by[name]["asked_back"] += not outcome["right"] and outcome["kind"] in ("clarify", "refuse")
    times = sorted(outcome["ms"] for outcome in outcomes) or [0.0]
    return {
        "variants": {
            name: {**counts, "share": round(counts["right"] / counts["rows"], 4)} for name, counts in by.items()
        },
        "executed": sum(len(outcome["executed"]) for outcome in outcomes),
        "ms_p95": times[min(len(times) - 1, int(0.95 * len(times)))],
        "ms_max": times[-1],
    }
