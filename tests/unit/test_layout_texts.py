"""Each finding of the site lint has a sentence in the layout editor, with the facts that it has; so have its words."""

from __future__ import annotations

import re
from pathlib import Path

from amr_core.site.lint import references
from amr_core.site.lint.findings import SENTENCES, WHYS, finding_why

ROOT = Path(__file__).resolve().parents[2]
TEXTS = ROOT / "src/amr_fleet/web/src/features/layout/lint/texts.ts"


def _texts(kind: str) -> list[tuple[str, str]]:
    return re.findall(rf'"find\.{kind}": "(.*)",', TEXTS.read_text(encoding="utf-8"))


def test_each_finding_has_both_texts_and_only_facts_that_it_has() -> None:
    found = _texts(r"(site\.\w+)")
    assert sorted(code for code, _ in found) == sorted([*SENTENCES, *SENTENCES])
    for code, text in found:
        known = set(re.findall(r"{(\w+)}", SENTENCES[code][1]))
        assert set(re.findall(r"{(\w+)}", text)) <= known, text


def test_each_reason_has_both_texts_and_only_facts_that_it_has() -> None:
    found = _texts(r"why\.(\w+)")
    assert sorted(why for why, _ in found) == sorted([*WHYS, *WHYS])
    for why, text in found:
        assert set(re.findall(r"{(\w+)}", text)) == set(re.findall(r"{(\w+)}", WHYS[why])), text


def test_a_reason_comes_as_a_word_and_in_english() -> None:
    made = finding_why("site.lift_stop", (1.0, 2.0), "no_stop_lane", lift="L", level="up", lane="x")
    assert (made.facts["why"], made.message) == ("no_stop_lane", "Lift L at up: there is no lane x")


def test_each_kind_of_object_has_both_texts() -> None:
    words = set(re.findall(r'"([A-Z][a-z]+)"', Path(references.__file__).read_text(encoding="utf-8")))
    assert "Station" in words
    found = [what for what, _ in _texts(r"what\.(\w+)")]
    assert sorted(found) == sorted([*words, *words])
