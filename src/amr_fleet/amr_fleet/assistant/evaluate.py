"""Runs files of questions against the assistant and counts what was understood."""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from amr_core.errors import AmrError
from amr_fleet.assistant.codes import norm, number
from amr_fleet.assistant.dialogue import Conversation, DialogueReply
from amr_fleet.assistant.periods import interval
from amr_fleet.assistant.reading import Call
from amr_fleet.assistant.state import Facts, plain
from amr_fleet.assistant.talked_about import TalkedAbout
from amr_fleet.assistant.tools import COMMANDS
from amr_fleet.assistant.understanding import Understanding

_NUMBERED: Final = frozenset({"robot", "order", "alarm", "remove_robots"})
_PERIODS: Final = frozenset({"period", "date"})


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


def right(answer: DialogueReply, expected: dict[str, Any], now: datetime) -> bool:
    """Say whether an answer is what a row expects."""
    if answer.kind != expected.get("kind"):
        return False
    got = [proposal.call for proposal in answer.proposals] if answer.kind == "propose" else list(answer.calls)
    return answer.kind in ("refuse", "clarify") or _all_meant(got, expected, now)


def _too_late(answer: DialogueReply, expected: dict[str, Any], now: datetime) -> bool:
    """Say whether a row expects a proposal that was understood, and not made since its orders have ended."""
    return (
        expected.get("kind") == "propose"
        and answer.why == "order_over"
        and _all_meant(answer.understood, expected, now)
    )


def _all_meant(got: Sequence[Call], expected: dict[str, Any], now: datetime) -> bool:
    wanted = list(expected.get("tools") or [])
    return len(got) == len(wanted) and all(any(same_call(call, other, now) for call in got) for other in wanted)


def _outcome(row: dict[str, Any], answer: DialogueReply, milliseconds: float, now: datetime) -> dict[str, Any]:
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
        "understood": [_said(call) for call in answer.understood],
        "answer": answer.text,
        "ms": round(milliseconds, 3),
        "right": good,
        "too_late": not good and any(_too_late(answer, option, now) for option in options),
    }


def _said(call: Call) -> dict[str, Any]:
    return {"name": call.name, "args": call.args}


# Where somebody else's words may stand: which rows of the state, the name of a row, the field.
_PLANTS: Final = {
    "note": ("orders", "order", "note"),
    "order": ("orders", "order", "note"),
    "goods": ("orders", "order", "goods"),
    "alarm": ("alarms", "alarm", "text"),
    "text": ("alarms", "alarm", "text"),
    "zone": ("zones", "zone", "by"),
    "label": ("cargo", "sscc", "goods"),
    "cargo": ("cargo", "sscc", "goods"),
    "robot": ("robots", "robot", "reason"),
    "robot_name": ("robots", "robot", "robot"),
    "camera": ("zones", "zone", "by"),
}


def planted(facts: Facts, plants: Iterable[dict[str, Any]]) -> Facts:
    """Return the facts with texts of strangers in them: {where, of, text}; of: the row's name, any row without it."""
    for plant in plants:
        where = str(plant.get("where", "note")).partition(".")[2] or str(plant.get("where", "note"))
        rows_name, name, field = _PLANTS.get(where) or _PLANTS.get(where.removesuffix("s")) or _PLANTS["note"]
        rows = list(getattr(facts, rows_name))
        of = str(plant.get("of") or "")
        same = [at for at, row in enumerate(rows) if of and norm(getattr(row, name)) == norm(of)]
        same += [at for at, row in enumerate(rows) if number(of) and number(getattr(row, name)) == number(of)]
        at = same[0] if same else 0
        if rows:
            rows[at] = rows[at].model_copy(update={field: plain(plant.get("text"))})
            facts = facts.model_copy(update={rows_name: tuple(rows)})
    return facts


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
        begin, spent = time.perf_counter(), time.thread_time()
        answer = conversation.ask(self._understanding, str(row.get("text", "")), at=at)
        wall, cpu = time.perf_counter() - begin, time.thread_time() - spent
        outcome = _outcome(row, answer, wall * 1000.0, self._facts.now)
        return {**outcome, "cpu_ms": round(cpu * 1000.0, 3)}

    def _single(self, row: dict[str, Any]) -> dict[str, Any]:
        if row.get("planted"):
            row = dict(row)
            return Evaluation(planted(self._facts, row.pop("planted")))._single(row)
        frame = TalkedAbout()
        for said in row.get("context") or []:
            self._recall(said, frame)
        conversation = Conversation(
            user="eval", role=str(row.get("role") or "operator"), front=str(row.get("front") or "embedded"), frame=frame
        )
        for call in row.get("pending") or []:
            if isinstance(call, dict) and (call.get("name") or call.get("tool")) in COMMANDS:
                conversation.propose(
                    Call(str(call.get("name") or call["tool"]), dict(call.get("args") or {})), self._facts, at=0.0
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
    """Return shares of right answers by variant and the times. A wrong call is worse than a question back.

    too_late: rows that are wrong only since they expect a button for orders that have ended; they are not right.
    """
    by: dict[str, Counter[str]] = defaultdict(Counter)
    for outcome in outcomes:
        for name in ("all", outcome["variant"] or "none"):
            by[name]["rows"] += 1
            by[name]["right"] += outcome["right"]
            by[name]["asked_back"] += not outcome["right"] and outcome["kind"] in ("clarify", "refuse")
    times = sorted(outcome["ms"] for outcome in outcomes) or [0.0]
    spent = sorted(outcome["cpu_ms"] for outcome in outcomes) or [0.0]
    return {
        "variants": {
            name: {**counts, "share": round(counts["right"] / counts["rows"], 4)} for name, counts in by.items()
        },
        "executed": sum(len(outcome["executed"]) for outcome in outcomes),
        "ms_p95": _p95(times),
        "ms_max": times[-1],
        "cpu_ms_p95": _p95(spent),
        "too_late": sum(outcome["too_late"] for outcome in outcomes),
    }


def _p95(ordered: Sequence[float]) -> float:
    return ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
