"""Each finding of the site lint has a sentence in the layout editor, with the facts that it has."""

from __future__ import annotations

import re
from pathlib import Path

from amr_core.site.lint.findings import SENTENCES

ROOT = Path(__file__).resolve().parents[2]
TEXTS = ROOT / "src/amr_fleet/web/src/features/layout/lint/texts.ts"


def test_each_finding_has_both_texts_and_only_facts_that_it_has() -> None:
    found = re.findall(r'"find\.(site\.\w+)": "(.*)",', TEXTS.read_text(encoding="utf-8"))
    assert sorted(code for code, _ in found) == sorted([*SENTENCES, *SENTENCES])
    for code, text in found:
        known = set(re.findall(r"{(\w+)}", SENTENCES[code][1]))
        assert set(re.findall(r"{(\w+)}", text)) <= known, text
