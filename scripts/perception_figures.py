"""Writes what `amr bench perception --json FILE` measured into the table of docs/perception.md.

Usage: amr bench perception --json FILE && python scripts/perception_figures.py FILE
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[1] / "docs" / "perception.md"
BEGIN, END = "<!-- figures -->\n", "<!-- end -->"
HEAD = "| capability | data | measured | goal | met |\n|---|---|---|---|---|\n"


def line(row: dict[str, Any]) -> str:
    """Return the line of one row of the bench."""
    measured, goal = (", ".join(f"{key} {value}" for key, value in row[part].items()) for part in ("metrics", "goal"))
    met = "yes" if row["met"] else "no: " + ", ".join(row["unmet"]) if row["measured"] else "not measured"
    return f"| {row['capability']} | {row['data']} | {measured} | {goal} | {met} |\n"


def with_figures(page: str, rows: list[dict[str, Any]]) -> str:
    """Return the page with these rows in place of its own."""
    before, rest = page.split(BEGIN)
    return before + BEGIN + HEAD + "".join(map(line, rows)) + END + rest.split(END, 1)[1]


if __name__ == "__main__":
    PAGE.write_text(with_figures(PAGE.read_text(), json.loads(Path(sys.argv[1]).read_text())["rows"]))
