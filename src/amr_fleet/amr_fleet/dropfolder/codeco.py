"""CODECO (D.95B): container gate moves of our robots, told to the partner that announced the container.

BGM 34 = gate in (the robot took it at a gate), 36 = gate out (it left it at one). Files are named by journal entry, so
writing one again after a crash replaces it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from amr_fleet.domain.events import JournalEntry
from amr_fleet.dropfolder.edifact import escaped
from amr_fleet.dropfolder.settings import Codeco

KINDS = ("order_picked", "order_done")


def gate_move(entry: JournalEntry, gates: Sequence[str]) -> str:
    """Return the document code of a move through a gate, "" when it is none."""
    if entry.facts.get("place") not in gates:
        return ""
    return {"order_picked": "34", "order_done": "36"}.get(entry.kind, "")


def codeco(seq: int, code: str, container: str, document: str, at: datetime, how: Codeco) -> bytes:
    """Return an interchange with one message. seq: of the journal entry; at: local time; document: of the COPARN."""
    ref = f"AMR{seq}"
    body = [
        f"UNH+{seq}+CODECO:D:95B:UN:ITG14", f"BGM+{code}+{ref}+9", "TDT+1++3", f"RFF+ACD:{escaped(document[:35])}",
        f"EQD+CN+{escaped(container)}+++{'3' if code == '34' else '2'}+5", f"DTM+7:{at:%Y%m%d%H%M}:203",
        f"LOC+165+{how.location}:139:6", "CNT+16:1",
    ]  # fmt: skip
    head = f"UNB+UNOA:2+{escaped(how.sender)}+{escaped(how.recipient)}+{at:%y%m%d}:{at:%H%M}+{ref}"
    lines = [head, *body, f"UNT+{len(body) + 1}+{seq}", f"UNZ+1+{ref}"]
    return ("'\r\n".join(lines) + "'\r\n").encode("ascii")
