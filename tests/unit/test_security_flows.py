"""docs/security.md: the drawing of what crosses boundaries of trust, its table and the threats are of one another."""

from __future__ import annotations

import re
from pathlib import Path

_PAGE = (Path(__file__).resolve().parents[2] / "docs" / "security.md").read_text(encoding="utf-8")
_DRAWING = _PAGE.partition("```mermaid\n")[2].partition("```")[0]
_EDGE = re.compile(r"^  (\w+) <?-->\|(\w+)\| (\w+)$", re.MULTILINE)


def rows(head: str) -> list[list[str]]:
    """Return the cells of the table whose first line begins so."""
    lines = _PAGE[_PAGE.index(head) :].split("\n\n", 1)[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def drawn() -> list[str]:
    return [flow for _, flow, _ in _EDGE.findall(_DRAWING)]


def threats() -> list[list[str]]:
    return [row[1].split(", ") for row in rows("| threat | flow |")]


def test_each_flow_is_drawn_once_and_told_once() -> None:
    assert len(drawn()) > 15
    assert drawn() == [row[0] for row in rows("| flow | protocol |")]
    assert len(set(drawn())) == len(drawn())
    assert all(len(row) == 5 and all(row) for row in rows("| flow | protocol |"))


def test_threats_and_flows_are_of_each_other() -> None:
    against = {flow for row in threats() for flow in row}
    assert len(threats()) > 30
    assert against == set(drawn())


def test_what_is_drawn_leads_from_one_zone_to_another_or_between_processes_of_the_server() -> None:
    zones, zone = {}, ""
    for line in _DRAWING.splitlines():
        if begun := re.match(r"  subgraph (\w+) ", line):
            zone = begun[1]
        elif zone and (box := re.match(r"    (\w+)[\[(]", line)):
            zones[box[1]] = zone
        elif line == "  end":
            zone = ""
    for left, flow, right in _EDGE.findall(_DRAWING):
        assert (zones[left] == zones[right]) is flow.startswith("E"), flow
    assert {box for left, _, right in _EDGE.findall(_DRAWING) for box in (left, right)} == set(zones), "nobody is alone"
