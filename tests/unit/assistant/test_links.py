"""Every link of an answer leads to a page of the dashboard that who asked may open; two ended at "nothing here"."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from amr_fleet.assistant import tools
from amr_fleet.assistant.foresight import LINK as WHAT_IF
from amr_fleet.assistant.reading import Call
from tests.unit.assistant.asked import UNDERSTANDING

ROOT = Path(__file__).parents[3] / "src" / "amr_fleet"
ASSISTANT = ROOT / "amr_fleet" / "assistant"
MODEL = {ASSISTANT / "language_model.py"}  # its paths are a model's server's
ROUTES = re.findall(r'path: "([^"]+)".*role: "(\w+)"', (ROOT / "web/src/app/routes.ts").read_text(encoding="utf-8"))


def pages(role: str) -> list[re.Pattern[str]]:
    """Return the paths of the pages of a role, as patterns."""
    return [re.compile(re.sub(r":\w+", "[^/]+", path)) for path, of in ROUTES if of == role]


def leads(link: str, role: str = "viewer") -> bool:
    return any(page.fullmatch(link) for page in pages(role))


def written(path: Path) -> Iterator[str]:
    """Yield the links that a module writes, each thing that it puts into one as "x"."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        text = ""
        if isinstance(node, ast.Constant):
            text = node.value if isinstance(node.value, str) else ""
        elif isinstance(node, ast.JoinedStr):
            parts = [one.value if isinstance(one, ast.Constant) else "x" for one in node.values]
            text = "".join(map(str, parts))
        if re.fullmatch(r"/[a-z]*(/\w+)?", text):
            yield text


def test_every_link_that_an_answer_may_have_is_a_page_for_everybody() -> None:
    links = {link for path in ASSISTANT.glob("*.py") if path not in MODEL for link in written(path)} - {WHAT_IF}
    assert {"/", "/orders", "/robots", "/sandbox"} <= links
    assert [link for link in sorted(links) if not leads(link)] == []
    assert leads(WHAT_IF, "operator")
    assert not leads(WHAT_IF)  # the one page that a viewer's answer must not lead to


def test_every_tool_that_reads_leads_to_a_page() -> None:
    facts = UNDERSTANDING.facts
    named = {
        "robot": facts.robots[0].robot, "order": facts.orders[0].order, "station": facts.vocabulary.places[0],
        "name": "throughput",
    }  # fmt: skip
    for name, tool in tools.TOOLS.items():
        if tool.run is None or name in ("help", "what_if"):
            continue
        for args in ({}, {one: named[one] for one in tool.arguments if one in named}):
            result = tools.run(facts, Call(name, dict(args)))
            assert leads(result.link), (name, args, result.link)
            for row in result.rows:
                assert leads(str(row.get("link", "/"))), (name, row)
