"""No row of our own questions is another one with a number, a name or a time put in its place."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from pathlib import Path

from amr_fleet.assistant.evaluate import load_facts
from amr_fleet.assistant.numbers import NUMBER_WORDS

ROOT = Path(__file__).parents[3]
GOODS = {row.goods.lower() for row in load_facts(ROOT / "eval" / "state.json").orders if row.goods}
_NUMBERS = "|".join(
    sorted((re.escape(word) for word in {*NUMBER_WORDS} - {"không", "năm", "tư"}), key=len, reverse=True)
)
_NUMBER = re.compile(rf"(?<!\w)(?:{_NUMBERS})(?!\w)")
_GOODS = re.compile("|".join(sorted(map(re.escape, GOODS), key=len, reverse=True)))
_TIMES = re.compile(r"(?<!\w)(?:sáng|trưa|chiều|tối|đêm|hôm nay|hôm qua|hôm kia|ngày mai|tuần|tháng|quý)(?!\w)")


def shape(text: str) -> str:
    """Return a sentence without its numbers, codes, goods, times, capitals and signs."""
    words = _TIMES.sub("@", _GOODS.sub("@", unicodedata.normalize("NFC", text).lower()))
    words = re.sub(r"\S*\d\S*", "#", _NUMBER.sub("#", words))
    return re.sub(r"#( #)+", "#", " ".join(re.sub(r"[^\w#@ ]", " ", words).split()))


def shapes(pattern: str) -> Counter[str]:
    """Count the shapes of the single questions of files."""
    files = sorted((ROOT / "eval").glob(pattern))
    rows = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines() if line]
    return Counter(shape(row["text"]) for row in rows if not row.get("context"))


def test_a_shape_is_what_stands_around_what_changes() -> None:
    assert shape("Robot 6 đâu rồi?") == shape("robot AMR-12 đâu rồi") == shape("Robot mười hai đâu rồi")
    assert shape("Gạo tới cửa 3 hôm qua") == shape("phân bón tới cửa D04 hôm nay")
    assert shape("Robot 6 đâu rồi?") != shape("Robot 6 đứng đâu rồi?")


def test_no_question_of_the_first_file_is_another_with_other_numbers_or_names() -> None:
    assert [one for one, count in shapes("vi.jsonl").items() if count > 1] == []


def test_the_docs_say_how_many_shapes_the_questions_have() -> None:
    """Authors who know nothing of each other ask the same: it is said, not hidden."""
    every, ours = shapes("vi*.jsonl"), shapes("vi.jsonl") + shapes("vi_2.jsonl")
    told = (ROOT / "docs" / "assistant.md").read_text(encoding="utf-8")
    assert len(ours) >= 300
    assert f"{every.total():,} single questions have {len(every):,} shapes" in told
    assert f"{ours.total()} with {len(ours)}" in told
