"""Patterns in plain Vietnamese: where words end, what marks are for, and what a pattern's words are."""

from __future__ import annotations

import gc

import pytest

from amr_fleet.assistant.patterns import pattern, words_of
from amr_fleet.assistant.text import key
from amr_fleet.assistant.understanding import Understanding as _loads_the_whole_grammar  # noqa: F401


@pytest.mark.parametrize(
    ("text", "sentence", "found"),
    [
        ("giao (gấp|ngay lập tức) đi", "giao gấp đi", True),
        ("giao (gấp|ngay lập tức) đi", "giao ngay lập tức đi", True),
        ("giao (gấp|ngay lập tức) đi", "giao ngay đi", False),
        ("(gấp|ngay)", "gấpngay", False),
        ("(gấp|ngay)", "ngaythang", False),
        ("(gấp|ngay)", "không gấp", True),
        ("(ra|vào)", "tra", False),
        ("(gấp|ngay)", "rất gấp lắm", True),
        ("(gấp|ngay)?đi", "đi", True),  # a group that may be missing says nothing of words' ends around it
        ("(đã|đang) .. (ở|tại) PLACE", "đang đứng yên ở PLACE", True),
        ("(đã|đang) .. (ở|tại) PLACE", "đang ở PLACE", True),  # a gap may be empty
        ("chờ", "chợ", False),
        ("(chờ|đợi)", "chợ", False),
    ],
)
def test_a_group_matches_what_its_words_one_by_one_would(text: str, sentence: str, found: bool) -> None:
    spoken = " ".join(word if word.isupper() else key(word) for word in sentence.split())
    assert bool(pattern(text).search(spoken)) is found


def test_what_is_typed_without_marks_matches_in_a_group_too() -> None:
    assert pattern("(chờ|đợi) xe").search("cho xe")
    assert pattern("(chờ|đợi) xe").search("doi xe")


def test_every_word_of_a_pattern_is_known_also_within_groups() -> None:
    text = "robot (đang làm|bận) gì (ở đâu|tại) PLACE"
    assert words_of(pattern(text)) == {"robot", "dang", "lam", "ban", "gi", "o", "dau", "tai"}


def test_every_pattern_of_the_grammar_can_be_compiled_though_none_is_when_it_is_loaded() -> None:
    """A pattern is made when a sentence needs it: a broken one would be found by whoever says that sentence."""
    gc.unfreeze()  # another test's process may have set aside what was loaded before
    later = [one for one in gc.get_objects() if type(one).__name__ == "_Later"]
    assert len(later) > 200
    for one in later:
        one.search("không có câu này")
