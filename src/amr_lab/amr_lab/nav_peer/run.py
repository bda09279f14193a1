"""`amr bench nav2-conformance`: both sides after each other, their table in docs/nav2.md."""

from __future__ import annotations

import json
import re
import sys
import tempfile
from pathlib import Path

from amr_core.errors import AmrError
from amr_lab.nav_peer.conformance import DIFFERENT, compare, table
from amr_lab.nav_peer.side import ROBOT, SIDES, Name, started

CLIENT_LIMIT = 1500.0  # s of wall time for all questions; chosen: beyond it something hangs


def answers(side: Name, rtf: str) -> dict[str, str]:
    """Return what a side answers to each case of conformance."""
    with tempfile.TemporaryDirectory(prefix="amr-nav-peer-", ignore_cleanup_errors=True) as name:
        file = Path(name) / "answers.json"
        with started(side, Path(name), rtf=rtf) as running:
            running.ask("amr_lab.nodes.nav_conformance", ROBOT, str(file), limit=CLIENT_LIMIT)
        found: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
        return found


def run_conformance(output: Path | None, write: Path | None, rtf: str, seen: Path | None) -> bool:
    """Ask both sides, print what differs; tell whether all that differs is meant to. seen: JSON of an earlier run."""
    if seen is not None:
        sides: dict[str, dict[str, str]] = json.loads(seen.read_text(encoding="utf-8"))
    else:
        sides = {side: answers(side, rtf) for side in SIDES}
    if output is not None:
        output.write_text(json.dumps(sides, indent=1), encoding="utf-8")
    rows = compare(sides["nav2"], sides["embedded"])
    for row in rows:
        if row.verdict == DIFFERENT:
            sys.stdout.write(f"{row.case}: Nav2 {row.nav2}, embedded {row.ours}\n")
    text = table(rows, "`amr bench nav2-conformance`, Nav2 1.3.13 and the embedded navigation in the lab:")
    if write is not None:
        into(write, "conformance", text)
    sys.stdout.write(text.splitlines()[0] + "\n")
    return all(row.verdict != DIFFERENT for row in rows)


def into(document: Path, name: str, text: str) -> None:
    """Replace what stands between the two marks of a name in a document. Raises run.bad_option without the marks."""
    old = document.read_text(encoding="utf-8")
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    new, count = re.subn(
        f"({re.escape(start)}\n).*?(\n{re.escape(end)})", lambda m: m[1] + text + m[2], old, flags=re.DOTALL
    )
    if count != 1:
        raise AmrError("run.bad_option", option="write", value=str(document), reason=f"it needs {start} and {end} once")
    document.write_text(new, encoding="utf-8")
