"""docs/asvs.md has each requirement of level 2 of ASVS 4.0.3 once, and what it cites is there."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Final

_ROOT = Path(__file__).resolve().parents[2]
_PAGE = (_ROOT / "docs" / "asvs.md").read_text(encoding="utf-8")
_ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| (.+?) \| (.+?) \| (.+) \|$", re.MULTILINE)
_VERDICT = re.compile(r"(holds|partly|no|n/a)\b")

LEVEL_2: Final = (
    "1.1:1-7 1.2:1-4 1.4:1,4-5 1.5:1-4 1.6:1-4 1.7:1-2 1.8:1-2 1.9:1-2 1.10:1 1.11:1-2 1.12:2 1.14:1-6 2.1:1-12 "
    "2.2:1-3 2.3:1-3 2.4:1-5 2.5:1-7 2.6:1-3 2.7:1-6 2.8:1-7 2.9:1-3 2.10:1-4 3.1:1 3.2:1-4 3.3:1-4 3.4:1-5 "
    "3.5:1-3 3.7:1 4.1:1-3,5 4.2:1-2 4.3:1-3 5.1:1-5 5.2:1-8 5.3:1-10 5.4:1-3 5.5:1-4 6.1:1-3 6.2:1-6 6.3:1-2 "
    "6.4:1-2 7.1:1-4 7.2:1-2 7.3:1,3-4 7.4:1-3 8.1:1-4 8.2:1-3 8.3:1-8 9.1:1-3 9.2:1-4 10.2:1-2 10.3:1-3 11.1:1-8 "
    "12.1:1-3 12.2:1 12.3:1-6 12.4:1-2 12.5:1-2 12.6:1 13.1:1,3-5 13.2:1-3,5-6 13.3:1-2 13.4:1-2 14.1:1-4 "
    "14.2:1-6 14.3:2-3 14.4:1-7 14.5:1-4"
)
"""Sections with their numbers of level 1 and 2; those that are missing are of level 3 or were taken out."""

UNPICKLED: Final = {"api_process/main.py", "api_process/news.py", "api_process/remote.py"}
"""In the API's own process, and only what the engine sent, which started it and which it trusts (ADR 10)."""
GUESSED: Final = {
    "amr_fleet/assistant/fuzz.py": "sentences to try the assistant with",
    "amr_fleet/assistant/misspelling.py": "spelling errors to try it with",
    "amr_fleet/rehearsal/kinematic.py": "robots of a rehearsal",
    "amr_fleet/rehearsal/rehearsal.py": "robots of a rehearsal",
    "amr_fleet/webhooks/sending.py": "how long to wait before the next try",
    "amr_uav/sample_stock.py": "what lies in a sample rack",
}
"""Modules of the product that draw numbers which may be guessed -> what for."""


def sources(pattern: str) -> set[str]:
    """Return the modules of the product (not of the laboratory, nor the simulator) with a line that fits."""
    files = [path.relative_to(_ROOT / "src") for path in (_ROOT / "src").glob("amr_*/amr_*/**/*.py")]
    return {
        "/".join(file.parts[1:])
        for file in files
        if file.parts[0] not in ("amr_lab", "amr_sim")
        and re.search(pattern, (_ROOT / "src" / file).read_text(encoding="utf-8"), re.MULTILINE)
    }


def level_2() -> list[str]:
    found = []
    for section in LEVEL_2.split():
        name, _, numbers = section.partition(":")
        for part in numbers.split(","):
            first, _, last = part.partition("-")
            found += [f"{name}.{n}" for n in range(int(first), int(last or first) + 1)]
    return found


def test_no_number_of_level_2_is_missing_or_comes_twice() -> None:
    assert len(level_2()) == 259
    assert [row[0] for row in _ROW.findall(_PAGE)] == level_2()


def test_each_says_whether_it_holds_and_by_what_that_is_shown() -> None:
    bare = [row[0] for row in _ROW.findall(_PAGE) if not _VERDICT.match(row[2])]
    assert bare == []
    unproven = [row[0] for row in _ROW.findall(_PAGE) if row[2].startswith(("holds", "partly")) and "`" not in row[3]]
    assert unproven == []
    unsaid = [row[0] for row in _ROW.findall(_PAGE) if re.fullmatch("partly", row[2])]
    assert unsaid == [], "what is missing is said"


def test_what_is_cited_is_there() -> None:
    cited = {
        (path, name) for row in _ROW.findall(_PAGE) for path, name in re.findall(r"`([\w./-]+)(?:::(\w+))?`", row[3])
    }
    assert len(cited) > 100
    assert sorted(path for path, _ in cited if not (_ROOT / path).exists()) == []
    functions = [(path, name) for path, name in cited if name]
    assert [one for one in functions if f"def {one[1]}(" not in (_ROOT / one[0]).read_text(encoding="utf-8")] == []


def test_only_the_process_of_the_api_unpickles_and_only_what_the_engine_sent() -> None:
    assert sources(r"\b(pickle\.loads?\(|Unpickler|from pickle|marshal|shelve\.open|dill)") == {
        f"amr_fleet/{path}" for path in UNPICKLED
    }


def test_yaml_makes_no_objects_and_no_text_is_run() -> None:
    assert sources(r"yaml\.(unsafe_|full_)|(Unsafe|Full)Loader|yaml\.Loader|(?<![.\w])(eval|exec)\(") == set()


def test_numbers_that_may_be_guessed_are_drawn_only_where_nothing_is_secret() -> None:
    assert sources(r"^\s*(import random\b|from random import)") == set(GUESSED)


def test_the_figures_of_the_page_are_those_of_its_rows() -> None:
    counted = Counter(match[1] for row in _ROW.findall(_PAGE) if (match := _VERDICT.match(row[2])))
    said = {word: int(number) for word, number in re.findall(r"(holds|partly|no|n/a) (\d+)", _PAGE)}
    assert said == dict(counted)
