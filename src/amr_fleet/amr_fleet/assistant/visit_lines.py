"""Visits of trucks, barges and ships in answers: which one is meant, and how it stands in one sentence."""

from __future__ import annotations

from typing import Final

from amr_fleet.assistant.codes import norm, number
from amr_fleet.assistant.state import Facts, VisitRow
from amr_fleet.assistant.strangers import named

_KINDS: Final = {"truck": "Xe tải", "barge": "Sà lan", "ship": "Tàu"}


def visit_of(facts: Facts, name: str) -> VisitRow | None:
    """Return the visit of a name or bare number, the one that is there first; None when nobody knows it."""
    if not name:
        return None
    known = sorted(facts.visits, key=lambda row: row.state == "departed")
    alike = (row for row in known if norm(row.name) == norm(name))
    bare = (row for row in known if name.isdigit() and number(row.name) == number(name))
    return next(alike, None) or next(bare, None)


def visit_line(row: VisitRow) -> str:
    """Return how a visit stands: its count against plan, its closing time, and whether it will be late."""
    parts = [f"{_KINDS.get(row.kind, 'Chuyến')} {named(row.name)}: {_count(row)}"]
    if row.state == "departed":
        return f"{parts[0]}, đã rời."
    parts.append(f"giờ cắt máng {row.closes[11:16]}")
    if row.ends:
        late = row.ends > row.closes
        parts.append(f"dự kiến xong {row.ends[11:16]}{', sẽ trễ' if late else ''}")
    if row.late:
        parts.append(f"{row.late} đơn sẽ trễ giờ cắt máng")
    return f"{', '.join(parts)}."


def _count(row: VisitRow) -> str:
    return f"đã giao {row.done}/{row.whole} kiện" if row.whole else f"đã giao {row.done} kiện"
