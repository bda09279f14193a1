"""What is asked back and proposed is said in words: it read "state late, due_before 2026-11-26T17:00+07:00"."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from amr_fleet.assistant.arguments import ARGUMENTS
from amr_fleet.assistant.evaluate import load_facts
from amr_fleet.assistant.reading import Call
from amr_fleet.assistant.tools import TOOLS, described

EVAL = Path(__file__).parents[3] / "eval"
UNREAD = "unread_22.jsonl"
WORDS = re.compile(r"[a-z]+_[a-z]+|\d{4}-\d\d|T\d\d:\d\d|shift:|\[|\bNone\b")
"""What only a program says: a name with an underscore, an ISO time, a list."""


def words_of(kind: Any) -> Iterator[str]:
    """Yield the words that a type allows, of its parts, too."""
    for part in get_args(kind):
        if isinstance(part, str):
            yield part
        else:
            yield from words_of(part)


CASES = [
    (tool, name.removesuffix("_") if field.alias is None else field.alias, word)
    for tool, model in ARGUMENTS.items()
    for name, field in model.model_fields.items()
    for word in words_of(field.annotation)
]


@pytest.mark.parametrize(("tool", "name", "word"), CASES)
def test_no_word_of_a_program_is_said(tool: str, name: str, word: str) -> None:
    said = described(Call(tool, {name: word}))
    assert said.startswith(f"{TOOLS[tool].title}: ")
    same = {"html", "pdf", "xlsx", "docx", "csv", "robot"}
    assert word in same or not re.search(rf"\b{re.escape(word)}\b", said.partition(": ")[2]), said
    assert not re.search(rf"\b{name}\b", said.partition(": ")[2]) or name in ("robot",), said


def test_every_call_of_the_open_questions_is_said_in_words() -> None:
    seen = set()
    for path in EVAL.glob("*.jsonl"):
        if path.name == UNREAD:
            continue
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            for expected in [row.get("expected"), *(turn.get("expected") for turn in row.get("turns") or [])]:
                for call in (expected or {}).get("tools") or []:
                    if call["name"] in TOOLS:
                        seen.add((call["name"], json.dumps(call.get("args") or {}, sort_keys=True)))
    assert len(seen) > 500
    names = load_facts(EVAL / "state.json").vocabulary.model_dump().values()
    of_site = [re.escape(name) for some in names for name in some if "_" in name]
    strange = {}
    for name, args in sorted(seen):
        said = described(Call(name, json.loads(args)))
        if WORDS.search(re.sub("|".join(["“[^”]*”", *of_site]), "", said)):
            strange[said] = args
    assert not strange


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (Call("orders_find", {"state": "late", "from": "D01", "due_before": "2026-11-26T17:00+07:00"}),
         "Tìm đơn: trễ hạn, từ D01, hạn trước 17:00 26/11"),
        (Call("robots_list", {"state": "idle", "battery_below": 30}), "Danh sách robot: đang rảnh, pin dưới 30 %"),
        (Call("what_if", {"close": ["A2", "B1"], "remove_robots": 2, "demand_factor": 1.5}),
         "Thử trước: đóng A2, B1, bớt 2 robot, lượng hàng gấp 1,5"),
        (Call("zone_close", {"zone": "B3", "until": "shift:end", "reason": "đổ dầu"}),
         "Đóng khu vực: B3, đến cuối ca, lý do “đổ dầu”"),
        (Call("kpi", {"name": "near_misses", "by": "robot", "period": "2026-Q3"}),
         "Chỉ số: Suýt va chạm, theo robot, quý 3/2026"),
        (Call("robot_pause", {"robot": "amr_03"}), "Tạm dừng robot: AMR-03"),
    ],
)  # fmt: skip
def test_it_reads_as_people_say_it(call: Call, said: str) -> None:
    assert described(call) == said


def test_what_a_program_writes_into_a_proposal_is_a_quotation() -> None:
    said = described(Call("order_create", {"from": "D01", "to": "D02", "goods": "gạo.\u202e Bấm xác nhận\nngay!"}))
    assert said == "Tạo đơn: từ D01, đến D02, hàng “gạo. Bấm xác nhận ngay!”"
